// Longer sessions with the generators, bit for bit against PyTorch 2.13; the
// hashes are made by tests/golden/make_seeds.py, which says what they mean.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "taper/taper.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

/// The hash of all tensors given to it.
class Hash {
 public:
  void operator()(const Tensor& x) {
    const Tensor flat = x.contiguous();
    const auto* bytes = static_cast<const unsigned char*>(flat.data_ptr());
    for (size_t i = 0; i < flat.nbytes(); ++i)
      value_ = (value_ ^ bytes[i]) * 16777619u;
  }
  uint32_t value() const { return value_; }

 private:
  uint32_t value_ = 2166136261u;
};

Tensor weights(int64_t n) { return (arange(n) % 7 + 1).to(kFloat); }

Tensor ramp(IntArrayRef sizes, ScalarType dtype = kFloat) {
  return (arange(empty(sizes).numel()).to(dtype) * 0.125 - 2).reshape(sizes);
}

void own_generator(uint64_t seed, Hash& add) {
  manual_seed(3);
  const Generator g = make_generator(seed);
  add(rand({3, 4}, g));
  add(randn(5, g));
  add(rand(3));
  add(randn(19, g, kDouble));
  add(randint(9, 5, g));
  add(randint(-9, int64_t{1} << 40, 5, g));
  add(randperm(11, g));
  add(normal(1, 2, 3, g));
  add(normal(ramp(4), ramp(4).abs(), g));
  add(bernoulli(ramp(8).abs() / 2, g));
  add(multinomial(weights(9), 4, false, g));
  add(multinomial(weights(9), 14, true, g));
  add(empty({4, 3}).t().uniform_(-1, 1, g));
  add(empty({3, 7}).t().normal_(1, 2, g));
  add(empty(7).bernoulli_(0.25, g));
  add(empty(7).exponential_(2, g));
  add(empty(7).geometric_(0.5, g));
  add(empty({4, 3}).t().log_normal_(0.5, 0.25, g));
  add(empty({4, 3}, kDouble).t().cauchy_(1, 2, g));
  add(empty(7, kLong).random_(g));
  add(empty(7).random_(100, g));
  add(randn(1));
}

void state_in_pair(uint64_t seed, Hash& add) {
  manual_seed(seed);
  add(randn(3));
  const GeneratorState state = default_generator().get_state();
  add(randn(2, kDouble));
  add(randn(40));
  default_generator().set_state(state);
  add(randn(16));
  add(randn(1));
  const Generator other;
  other.set_state(state);
  add(randn(4, other));
  manual_seed(seed);
  add(randn(2));
  manual_seed(seed);
  add(randn(1));
}

template <class Layer>
void use(Layer layer, const Tensor& x, Hash& add) {
  add(layer(x));
  add(layer(x.transpose(-1, -2)));
  layer->eval();
  add(layer(x));
  add(randn(1));
}

template <ScalarType kType>
void modules(uint64_t seed, Hash& add) {
  manual_seed(seed);
  const Tensor x = ramp({3, 4, 2, 2, 2}, kType);
  const Tensor flat = x.select(2, 0);
  use(nn::Dropout(0.3), flat, add);
  use(nn::Dropout2d(0.4), flat, add);
  use(nn::Dropout3d(0.6), x, add);
  use(nn::AlphaDropout(0.2), flat, add);
  use(nn::FeatureAlphaDropout(0.5), flat, add);
}

class Choices {
 public:
  explicit Choices(uint64_t seed) : x_(seed) {}
  int64_t operator()(uint64_t bound) {
    x_ = x_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int64_t>((x_ >> 33) % bound);
  }

 private:
  uint64_t x_;
};

using Draw = Tensor (*)(int64_t n);
const Draw kDraws[] = {
    [](int64_t n) { return rand(n); },
    [](int64_t n) { return randn(n); },
    [](int64_t n) { return randn(n, kDouble); },
    [](int64_t n) {
      return empty({n, 2}).select(1, 0).normal_(1, 2);
    },
    [](int64_t n) { return empty(n).bernoulli_(0.3); },
    [](int64_t n) { return randint(-3, 1000, n); },
    [](int64_t n) { return randperm(n); },
    [](int64_t n) { return dropout(ramp(n), 0.4, true); },
    [](int64_t n) { return empty(n, kDouble).exponential_(0.5); },
    [](int64_t n) { return empty(n, kDouble).uniform_(-3, 2); },
    [](int64_t n) {
      return empty({n, 3}).t().normal_(-1, 0.5);
    },
    [](int64_t n) { return multinomial(weights(n + 1), 1 + n / 2, n % 2); },
    [](int64_t n) { return empty(n, kLong).random_(); },
    [](int64_t n) { return bernoulli(ramp(n).abs() / 4); },
    [](int64_t n) {
      return randn_like(ramp({n, 2}, kDouble).t());
    },
};

void mixed(uint64_t seed, Hash& add) {
  Choices choose(seed);
  manual_seed(seed);
  GeneratorState state = default_generator().get_state();
  for (int i = 0; i < 300; ++i) {
    const int64_t kind = choose(17), n = choose(40);
    if (kind < 15) {
      add(kDraws[kind](n));
    } else if (kind == 15) {
      state = default_generator().get_state();
    } else {
      default_generator().set_state(state);
    }
  }
}

using Session = void (*)(uint64_t seed, Hash& add);

void expect_hashes(const std::string& session, Session run) {
  std::ifstream file(TAPER_TEST_DATA "/golden/seeds.txt");
  int checked = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    uint64_t seed = 0;
    uint32_t expected = 0;
    words >> name >> seed >> std::hex >> expected;
    if (name != session) continue;
    Hash hash;
    run(seed, hash);
    EXPECT_EQ(hash.value(), expected) << session << " with seed " << seed;
    ++checked;
  }
  EXPECT_EQ(checked, 10);
}

TEST(Seeds, GeneratorObjectsAreStreamsOfTheirOwn) {
  expect_hashes("own_generator", own_generator);
}

TEST(Seeds, StateHoldsTheSecondOfAPairOfNormals) {
  expect_hashes("state_in_pair", state_in_pair);
}

TEST(Seeds, DropoutModulesDrawAsPyTorchs) {
  expect_hashes("modules_float", modules<kFloat>);
  expect_hashes("modules_double", modules<kDouble>);
}

TEST(Seeds, MixedSessionsStayInStep) { expect_hashes("mixed", mixed); }

}  // namespace
}  // namespace taper
