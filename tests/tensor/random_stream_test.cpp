// The random streams against PyTorch's, on every instruction set that the
// processor has. The expected hashes come from tests/golden/make_random.py.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "taper/tensor/error.h"
#include "taper/tensor/kernels/simd/random.h"
#include "taper/tensor/kernels/simd/select.h"
#include "taper/tensor/random/distributions.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

using kernels::RandomTable;

struct Isa {
  const char* name;
  const RandomTable* table;
};

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas = {{"baseline", &kernels::baseline::random_table}};
#if defined(__x86_64__)
  if (kernels::supported_level() >= 1) {
    isas.push_back({"v3", &kernels::v3::random_table});
  }
  if (kernels::supported_level() >= 2) {
    isas.push_back({"v4", &kernels::v4::random_table});
  }
#endif
  return isas;
}

// Lets the fills run on one table until the end of the scope.
class UseTable {
 public:
  explicit UseTable(const RandomTable* table) : saved_(kernels::random_table) {
    kernels::random_table = table;
  }
  ~UseTable() { kernels::random_table = saved_; }

 private:
  const RandomTable* saved_;
};

uint32_t fnv1a(const void* data, size_t bytes) {
  const auto* byte = static_cast<const unsigned char*>(data);
  uint32_t value = 2166136261u;
  for (size_t i = 0; i < bytes; ++i) value = (value ^ byte[i]) * 16777619u;
  return value;
}

// Zeroed memory of n elements; unlike std::vector it has bools in a row.
template <class T>
class Buffer {
 public:
  explicit Buffer(int64_t n) : size_(n), data_(new T[n]()) {}
  T* data() const { return data_.get(); }
  T& operator[](int64_t i) const { return data_[i]; }
  uint32_t hash() const { return fnv1a(data(), size_ * sizeof(T)); }

 private:
  int64_t size_;
  std::unique_ptr<T[]> data_;
};

using Fill = uint32_t (*)(const Generator& generator, int64_t n);

// The hash of n elements of type T after fill(generator, elements, n).
template <class T, auto fill>
uint32_t hash_of(const Generator& generator, int64_t n) {
  Buffer<T> out(n);
  fill(generator, out.data(), n);
  return out.hash();
}

template <class T, class P>
uint32_t bernoulli_each(const Generator& generator, int64_t n) {
  Buffer<P> p(n);
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<P>(i % 11) * P{0.09375};
  Buffer<T> out(n);
  random::fill_bernoulli_each(generator, out.data(), n, p.data());
  return out.hash();
}

template <class T>
uint32_t dropout(const Generator& generator, int64_t n, double p) {
  Buffer<T> x(n), noise(n);
  for (int64_t i = 0; i < n; ++i) x[i] = static_cast<T>(i - 3);
  random::dropout_forward(generator, x.data(), x.data(), noise.data(), n, p);
  return x.hash();
}

template <class T>
uint32_t multinomial(const Generator& generator, int64_t n) {
  Buffer<T> weights(20), cumulative(20);
  for (int i = 0; i < 20; ++i) weights[i] = static_cast<T>(i % 7 + 1);
  Buffer<int64_t> out(n + 1);
  random::multinomial_row(generator, weights.data(), 20, cumulative.data(),
                          out.data(), n + 1);
  return out.hash();
}

uint32_t mixed(const Generator& generator, int64_t n) {
  Buffer<double> out(3 * n + 7);
  double* end = out.data();
  auto append = [&](auto zero, int64_t count, auto fill) {
    Buffer<decltype(zero)> part(count);
    fill(generator, part.data(), count);
    for (int64_t i = 0; i < count; ++i) *end++ = static_cast<double>(part[i]);
  };
  auto normal = [](const Generator& g, auto* to, int64_t count) {
    random::fill_normal(g, to, count, 0, 1);
  };
  append(0.0f, 3, normal);
  append(0.0, 1, normal);
  append(0.0f, n, normal);
  append(0.0f, 1, [](const Generator& g, float* to, int64_t count) {
    random::fill_uniform(g, to, count, 0, 1);
  });
  append(0.0, 2, normal);
  append(0.0, n, normal);
  append(int64_t{0}, n, [](const Generator& g, int64_t* to, int64_t count) {
    random::fill_randint(g, to, count, 0, 100);
  });
  return out.hash();
}

uint32_t state(const Generator& generator, int64_t n) {
  Buffer<float> out(n);
  random::fill_uniform(generator, out.data(), n, 0, 1);
  random::fill_normal(generator, out.data(), 1, 0, 1);
  const GeneratorState bytes = generator.get_state();
  return fnv1a(&bytes, sizeof(bytes));
}

struct Stream {
  const char* name;
  Fill fill;
};

// One stream of random.txt: a fill of `n` elements of type T at `to`.
#define STREAM(name, T, ...)                                    \
  {                                                             \
    name, hash_of<T, [](const Generator& g, T* to, int64_t n) { \
      random::__VA_ARGS__;                                      \
    }>                                                          \
  }

const Stream streams[] = {
    STREAM("rand_float", float, fill_uniform(g, to, n, 0, 1)),
    STREAM("rand_double", double, fill_uniform(g, to, n, 0, 1)),
    STREAM("uniform_float", float, fill_uniform(g, to, n, -2.3, 3.7)),
    STREAM("uniform_double", double, fill_uniform(g, to, n, -2.3, 3.7)),
    STREAM("randn_float", float, fill_normal(g, to, n, 0, 1)),
    STREAM("randn_double", double, fill_normal(g, to, n, 0, 1)),
    STREAM("normal_float", float, fill_normal(g, to, n, 2.1, 3.3)),
    STREAM("normal_double", double, fill_normal(g, to, n, 2.1, 3.3)),
    STREAM("normal_column", float, fill_normal(g, to, n, 2, 3, false)),
    STREAM("bernoulli_float", float, fill_bernoulli(g, to, n, 0.3)),
    STREAM("bernoulli_double", double, fill_bernoulli(g, to, n, 0.1)),
    STREAM("bernoulli_long", int64_t, fill_bernoulli(g, to, n, 0.7)),
    STREAM("bernoulli_bool", bool, fill_bernoulli(g, to, n, 0.5)),
    {"bernoulli_each_float", bernoulli_each<float, float>},
    {"bernoulli_each_double", bernoulli_each<double, double>},
    {"bernoulli_each_long", bernoulli_each<int64_t, float>},
    {"dropout_float",
     [](const Generator& g, int64_t n) { return dropout<float>(g, n, 0.3); }},
    {"dropout_double",
     [](const Generator& g, int64_t n) { return dropout<double>(g, n, 0.1); }},
    STREAM("randint_float", float, fill_randint(g, to, n, -5, 95)),
    STREAM("randint_double", double, fill_randint(g, to, n, -5, 95)),
    STREAM("randint_long", int64_t, fill_randint(g, to, n, -5, 95)),
    STREAM("randint_bool", bool, fill_randint(g, to, n, 0, 2)),
    STREAM("randint_below_28", int64_t,
           fill_randint(g, to, n, 0, (1 << 28) - 1)),
    STREAM("randint_from_28", int64_t, fill_randint(g, to, n, 0, 1 << 28)),
    STREAM("randint_wide", int64_t,
           fill_randint(g, to, n, -(1ll << 62), (1ll << 62) + 9)),
    STREAM("random_float", float, fill_random(g, to, n)),
    STREAM("random_double", double, fill_random(g, to, n)),
    STREAM("random_long", int64_t, fill_random(g, to, n)),
    STREAM("random_bool", bool, fill_random(g, to, n)),
    STREAM("random_from", int64_t, fill_randint_from(g, to, n, 5)),
    STREAM("random_all", int64_t,
           fill_randint_from(g, to, n, std::numeric_limits<int64_t>::min())),
    STREAM("randperm", int64_t, fill_randperm(g, to, n)),
    STREAM("exponential_float", float, fill_exponential(g, to, n, 1.5)),
    STREAM("exponential_double", double, fill_exponential(g, to, n, 1.5)),
    STREAM("geometric_float", float, fill_geometric(g, to, n, 0.3)),
    STREAM("geometric_double", double, fill_geometric(g, to, n, 0.3)),
    STREAM("geometric_long", int64_t, fill_geometric(g, to, n, 0.3)),
    STREAM("log_normal_float", float, fill_log_normal(g, to, n, 0.5, 1.2)),
    STREAM("log_normal_double", double, fill_log_normal(g, to, n, 0.5, 1.2)),
    STREAM("cauchy_float", float, fill_cauchy(g, to, n, 0.5, 1.2)),
    STREAM("cauchy_double", double, fill_cauchy(g, to, n, 0.5, 1.2)),
    {"multinomial_float", multinomial<float>},
    {"multinomial_double", multinomial<double>},
    {"mixed", mixed},
    {"state", state},
};

Fill find_stream(const std::string& name) {
  for (const Stream& stream : streams) {
    if (name == stream.name) return stream.fill;
  }
  return nullptr;
}

// Runs one line of random.txt: name, seed, and a hash for each size.
void check_line(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  uint64_t seed = 0;
  words >> name >> seed >> std::hex;
  const Fill fill = find_stream(name);
  ASSERT_NE(fill, nullptr) << "no stream " << name;
  const Generator generator(seed);
  for (int64_t n : {1, 5, 15, 16, 17, 20, 31, 32, 100, 1000}) {
    uint32_t expected = 0;
    ASSERT_TRUE(words >> expected) << line;
    ASSERT_EQ(fill(generator, n), expected) << name << ' ' << seed << ' ' << n;
  }
}

TEST(RandomStream, EqualsPyTorchOnEveryInstructionSet) {
  for (const Isa& isa : supported_isas()) {
    SCOPED_TRACE(isa.name);
    const UseTable use(isa.table);
    std::ifstream file(TAPER_TEST_DATA "/golden/random.txt");
    size_t lines = 0;
    for (std::string line; std::getline(file, line); ++lines) check_line(line);
    EXPECT_EQ(lines, 8 * std::size(streams));
  }
}

TEST(RandomStream, FirstValuesAfterSeedZero) {
  const Generator generator(0);
  Buffer<float> out(2);
  random::fill_uniform(generator, out.data(), 2, 0, 1);
  EXPECT_EQ(out[0], 0.49625658988952637f);
  EXPECT_EQ(out[1], 0.7682217955589294f);
  generator.set_current_seed(0);
  random::fill_normal(generator, out.data(), 2, 0, 1);
  EXPECT_EQ(out[0], 1.5409960746765137f);
  EXPECT_EQ(out[1], -0.293428897857666f);
}

TEST(RandomStream, MersenneTwisterIsTheStandardOne) {
  Mt19937 engine(5489);
  std::mt19937 expected;
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(engine.u32(), expected());
}

TEST(RandomStream, ManySizesAgreeBetweenInstructionSets) {
  const std::vector<Isa> isas = supported_isas();
  for (int64_t n = 1; n < 3000; n += 37) {
    std::vector<uint32_t> hashes;
    for (const Isa& isa : isas) {
      const UseTable use(isa.table);
      const Generator generator(static_cast<uint64_t>(n));
      hashes.push_back(mixed(generator, n) ^ dropout<float>(generator, n, 0.2));
    }
    for (uint32_t hash : hashes) ASSERT_EQ(hash, hashes[0]) << n;
  }
}

// Uses the fused operation of the baseline kernels for word * 2^-24 times
// width plus from, and compares it with the exact one.
void check_fused(uint32_t word, float width, float from) {
  const auto uniform = std::get<kernels::Uniform<float>>(
      kernels::baseline::random_table.uniform);
  const float x = static_cast<float>(word) * 0x1p-24f;
  const float expected = std::fma(x, width, from);
  float out = 0;
  uniform(&word, &out, 1, from, width);
  if (std::isnan(expected)) {
    ASSERT_TRUE(std::isnan(out));
  } else {
    ASSERT_EQ(fnv1a(&out, 4), fnv1a(&expected, 4))
        << x << " * " << width << " + " << from;
  }
}

float random_float(std::mt19937& engine) {
  const auto digits = static_cast<float>(engine() % (1u << 24));
  const int exponent = static_cast<int>(engine() % 80) - 60;
  return std::ldexp(engine() & 1 ? digits : -digits, exponent);
}

TEST(RandomStream, BaselineFusedEqualsFmaForRandomNumbers) {
  std::mt19937 engine(1);
  for (int i = 0; i < 300000; ++i) {
    const uint32_t word = (engine() & 0xFFFFFF) >> engine() % 24;
    check_fused(word, random_float(engine), random_float(engine));
  }
}

// The product is (2^23 - a) (2^23 + a), a little less than a power of two that
// is half a unit of `from`: so little that a sum in double loses it and ends
// exactly halfway between two floats.
TEST(RandomStream, BaselineFusedEqualsFmaNextToHalfwayCases) {
  std::mt19937 engine(2);
  for (int i = 0; i < 100000; ++i) {
    const uint32_t a = engine() % 300;
    const int exponent = static_cast<int>(engine() % 100) - 60;
    float width = std::ldexp(static_cast<float>((1u << 23) + a), exponent);
    auto from = static_cast<float>((1u << 23) + engine() % (1u << 23));
    from = std::ldexp(from, exponent + 24);
    if (engine() & 1) width = -width;
    if (engine() & 1) from = -from;
    check_fused(2 * ((1u << 23) - a) & 0xFFFFFF, width, from);
  }
}

TEST(RandomStream, BaselineFusedHandlesTheEndsOfTheRange) {
  const float tiny = std::numeric_limits<float>::denorm_min();
  const float huge = std::numeric_limits<float>::max();
  const float infinity = std::numeric_limits<float>::infinity();
  const float edges[] = {0.0f,     -0.0f,     tiny,     -tiny,
                         3 * tiny, 0x1p-126f, 1.0f,     0x1.fffffep-1f,
                         huge,     -huge,     infinity, -infinity};
  for (uint32_t word : {0u, 1u, 0x7FFFFFu, 0x800000u, 0xFFFFFFu}) {
    for (float width : edges) {
      for (float from : edges) check_fused(word, width, from);
    }
  }
}

TEST(RandomStream, BernoulliKeepsTheEndsOfTheInterval) {
  const Generator generator(3);
  Buffer<float> out(1000);
  random::fill_bernoulli(generator, out.data(), 1000, 0.0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(out[i], 0);
  random::fill_bernoulli(generator, out.data(), 1000, 1.0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(out[i], 1);
}

TEST(RandomStream, DropoutPropagatesNanAndKeepsTheNoise) {
  const Generator generator(0);
  Buffer<float> x(64), y(64), noise(64);
  for (int i = 0; i < 64; ++i) x[i] = i == 0 ? NAN : -1.0f;
  random::dropout_forward(generator, x.data(), y.data(), noise.data(), 64, 0.5);
  EXPECT_TRUE(std::isnan(y[0]));
  for (int i = 1; i < 64; ++i) {
    EXPECT_EQ(y[i], -noise[i]);
    EXPECT_TRUE(noise[i] == 0 || noise[i] == 2);
  }
}

TEST(Generator, CopiesShareTheStreamAndClonesForkIt) {
  const Generator first(11);
  const Generator shared = first;
  first.u32();
  random::normal_one(first, 0, 1);
  const Generator fork = first.clone();
  EXPECT_TRUE(first == shared);
  EXPECT_FALSE(first == fork);
  const double cached = random::normal_one(fork, 0, 1);
  EXPECT_EQ(cached, random::normal_one(shared, 0, 1));
  EXPECT_EQ(fork.u64(), first.u64());
  shared.u64();
  EXPECT_NE(shared.u64(), fork.u64());
}

TEST(Generator, StateRestoresTheStreamAtEveryPosition) {
  for (int used : {0, 1, 623, 624, 625, 1248}) {
    const Generator source(5), target(6);
    for (int i = 0; i < used; ++i) source.u32();
    target.set_state(source.get_state());
    EXPECT_EQ(target.current_seed(), 5u);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(target.u32(), source.u32());
  }
}

TEST(Generator, RejectsABrokenStateAndStaysAsItWas) {
  const Generator generator(5), twin(5);
  GeneratorState state = generator.get_state();
  state.next = 625;
  EXPECT_THROW(generator.set_state(state), ValueError);
  state.next = 3;
  state.left = 3;
  EXPECT_THROW(generator.set_state(state), ValueError);
  EXPECT_EQ(generator.u32(), twin.u32());
}

TEST(Generator, SeedingForgetsTheCachedNormal) {
  const Generator generator(8);
  const double first = random::normal_one(generator, 0, 1);
  generator.set_current_seed(8);
  EXPECT_EQ(random::normal_one(generator, 0, 1), first);
}

TEST(Generator, SystemSeedsDifferAndAreReported) {
  const Generator generator;
  EXPECT_EQ(generator.current_seed(), 67280421310721u);
  const uint64_t first = generator.seed();
  EXPECT_EQ(generator.current_seed(), first);
  EXPECT_NE(generator.seed(), first);
}

TEST(Generator, ManualSeedRestartsTheDefaultStream) {
  manual_seed(-7);
  EXPECT_EQ(default_generator().current_seed(), ~0ull - 6);
  const uint32_t word = default_generator().u32();
  EXPECT_EQ(word, make_generator(~0ull - 6).u32());
}

}  // namespace
}  // namespace taper
