// Runs of random words, and what each distribution makes of them.
#include "taper/tensor/random/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <utility>

#include "taper/tensor/kernels/simd/random.h"

namespace taper::random {
namespace {

using kernels::random_table;
using Lock = std::lock_guard<std::mutex>;

constexpr double kPi = 3.14159265358979323846;

// Calls use(words, first, count) for runs of elements that take kWords words
// each, 1 or 2. A pair may lie across two blocks of the engine.
template <int kWords, class Use>
void each_draw(Mt19937& engine, int64_t n, Use use) {
  for (int64_t done = 0; done < n;) {
    int64_t count;
    const uint32_t* words = engine.peek(count);
    count /= kWords;
    if (count == 0) {
      const uint32_t first = engine.u32();
      const uint32_t pair[] = {first, engine.u32()};
      use(pair, done++, 1);
      continue;
    }
    count = std::min(count, n - done);
    use(words, done, count);
    engine.skip(kWords * count);
    done += count;
  }
}

// Fills out with convert(draw) of words, or of pairs of words as 64 bits.
template <int kWords, class T, class Convert>
void map_draws(const Generator& generator, T* out, int64_t n, Convert convert) {
  Lock lock(generator.mutex());
  each_draw<kWords>(
      generator.engine(), n,
      [&](const uint32_t* words, int64_t first, int64_t count) {
        for (int64_t i = first; i < first + count; ++i, words += kWords) {
          if constexpr (kWords == 1) {
            out[i] = static_cast<T>(convert(words[0]));
          } else {
            const uint64_t high = words[0];
            out[i] = static_cast<T>(convert(high << 32 | words[1]));
          }
        }
      });
}

double unit53(uint64_t word) {
  return static_cast<double>(word & ((1ull << 53) - 1)) * 0x1p-53;
}

template <class T>
void uniform(Mt19937& engine, T* out, int64_t n, T from, T to) {
  const auto kernel = std::get<kernels::Uniform<T>>(random_table->uniform);
  each_draw<sizeof(T) / 4>(
      engine, n, [&](const uint32_t* words, int64_t first, int64_t count) {
        kernel(words, out + first, count, from, to - from);
      });
}

void normal_blocks(float* data, int64_t blocks, double mean, double std) {
  random_table->normal_blocks(data, blocks, static_cast<float>(mean),
                              static_cast<float>(std));
}

void normal_blocks(double* data, int64_t blocks, double mean, double std) {
  for (double* end = data + 16 * blocks; data < end; data += 16) {
    for (int j = 0; j < 8; ++j) {
      const double radius = std::sqrt(-2 * std::log(1 - data[j]));
      const double angle = 2 * kPi * data[j + 8];
      data[j] = std::fma(radius * std::cos(angle), std, mean);
      data[j + 8] = std::fma(radius * std::sin(angle), std, mean);
    }
  }
}

// Blocks of 16 in place; when n is no multiple of 16 the last 16 elements are
// drawn a second time, over what the last whole block left there.
template <class T>
void normal_by_blocks(Mt19937& engine, T* out, int64_t n, double mean,
                      double std) {
  constexpr int64_t kChunk = 2048;  // stays in the first-level cache
  const int64_t whole = n - n % 16;
  for (int64_t i = 0; i < whole; i += kChunk) {
    const int64_t count = std::min(whole - i, kChunk);
    uniform<T>(engine, out + i, count, 0, 1);
    normal_blocks(out + i, count / 16, mean, std);
  }
  if (whole == n) return;
  uniform<T>(engine, out + whole, n - whole, 0, 1);
  uniform<T>(engine, out + n - 16, 16, 0, 1);
  normal_blocks(out + n - 16, 1, mean, std);
}

// word < p as integers: the draw's 53 bits below the smallest integer that is
// not below p * 2^53.
uint64_t threshold_of(double p) {
  return static_cast<uint64_t>(std::ceil(std::ldexp(p, 53)));
}

// word % divisor without a division (Lemire, Kaser and Kurz, 2019).
class Modulo {
 public:
  explicit Modulo(uint32_t divisor)
      : divisor_(divisor), inverse_(~uint64_t{0} / divisor + 1) {}
  uint32_t operator()(uint32_t word) const {
    const uint64_t fraction = inverse_ * word;
    return static_cast<uint32_t>((Wide{fraction} * divisor_) >> 64);
  }

 private:
  using Wide [[gnu::mode(TI)]] = unsigned;  // 128 bits
  uint64_t divisor_;
  uint64_t inverse_;
};

}  // namespace

double normal_one(const Generator& generator, double mean, double std) {
  if (generator.has_normal()) {
    return std::fma(generator.take_normal(), std, mean);
  }
  const double angle = 2 * kPi * unit_double(generator);
  const double radius = std::sqrt(-2 * std::log1p(-unit_double(generator)));
  generator.cache_normal(radius * std::sin(angle));
  return std::fma(radius * std::cos(angle), std, mean);
}

template <class T>
void fill_uniform(const Generator& generator, T* out, int64_t n, double from,
                  double to) {
  Lock lock(generator.mutex());
  uniform<T>(generator.engine(), out, n, static_cast<T>(from),
             static_cast<T>(to));
}

template <class T>
void fill_normal(const Generator& generator, T* out, int64_t n, double mean,
                 double std, bool contiguous) {
  Lock lock(generator.mutex());
  if (contiguous && n >= 16) {
    normal_by_blocks(generator.engine(), out, n, mean, std);
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<T>(normal_one(generator, mean, std));
  }
}

template <class T>
void fill_bernoulli(const Generator& generator, T* out, int64_t n, double p) {
  Lock lock(generator.mutex());
  const auto kernel = std::get<kernels::Bernoulli<T>>(random_table->bernoulli);
  const uint64_t threshold = threshold_of(p);
  each_draw<2>(generator.engine(), n,
               [&](const uint32_t* words, int64_t first, int64_t count) {
                 kernel(words, out + first, count, threshold);
               });
}

template <class T, class P>
void fill_bernoulli_each(const Generator& generator, T* out, int64_t n,
                         const P* p) {
  Lock lock(generator.mutex());
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_same_v<P, float>) {
      out[i] = static_cast<T>(unit_float(generator) < p[i]);
    } else {
      out[i] = static_cast<T>(unit_double(generator) < p[i]);
    }
  }
}

template <class T>
void dropout_forward(const Generator& generator, const T* x, T* y, T* noise,
                     int64_t n, double p) {
  Lock lock(generator.mutex());
  const auto kernel = std::get<kernels::Dropout<T>>(random_table->dropout);
  const double keep = 1 - p;
  const uint64_t threshold = threshold_of(keep);
  const T scale = 1 / static_cast<T>(keep);
  each_draw<2>(generator.engine(), n,
               [&](const uint32_t* words, int64_t first, int64_t count) {
                 kernel(words, x + first, y + first, noise + first, count,
                        threshold, scale);
               });
}

template <class T>
void fill_randint(const Generator& generator, T* out, int64_t n, int64_t from,
                  int64_t to) {
  const auto base = static_cast<uint64_t>(from);
  const uint64_t range = static_cast<uint64_t>(to) - base;
  if (range < 1u << 28) {
    const Modulo modulo(static_cast<uint32_t>(range));
    map_draws<1>(generator, out, n, [=](uint32_t word) {
      return static_cast<int64_t>(base + modulo(word));
    });
  } else {
    map_draws<2>(generator, out, n, [=](uint64_t word) {
      return static_cast<int64_t>(base + word % range);
    });
  }
}

void fill_randint_from(const Generator& generator, int64_t* out, int64_t n,
                       int64_t from) {
  const int64_t last = std::numeric_limits<int64_t>::max();
  if (from > std::numeric_limits<int64_t>::min()) {
    // The sum wraps where last + 1 does; the range comes out right.
    const uint64_t end = static_cast<uint64_t>(last) + 1;
    fill_randint(generator, out, n, from, static_cast<int64_t>(end));
    return;
  }
  map_draws<2>(generator, out, n, [](uint64_t word) { return word; });
}

template <class T>
void fill_random(const Generator& generator, T* out, int64_t n, uint64_t range,
                 bool wide) {
  if (wide) {
    map_draws<2>(generator, out, n,
                 [=](uint64_t word) { return word % range; });
  } else {
    map_draws<1>(generator, out, n, Modulo(static_cast<uint32_t>(range)));
  }
}

void fill_randperm(const Generator& generator, int64_t* out, int64_t n) {
  Lock lock(generator.mutex());
  // From here on 32 bits are too coarse and PyTorch builds the permutation
  // inside out from 64-bit words.
  if (n >= std::numeric_limits<uint32_t>::max() / 20) {
    for (int64_t i = 0; i < n; ++i) {
      const auto z =
          static_cast<int64_t>(generator.u64() % static_cast<uint64_t>(i + 1));
      out[i] = out[z];
      out[z] = i;
    }
    return;
  }
  std::iota(out, out + n, int64_t{0});
  each_draw<1>(generator.engine(), n - 1,
               [&](const uint32_t* words, int64_t first, int64_t count) {
                 for (int64_t i = 0; i < count; ++i) {
                   const auto left = static_cast<uint32_t>(n - first - i);
                   int64_t* here = out + first + i;
                   std::swap(here[0], here[words[i] % left]);
                 }
               });
}

template <class T>
void fill_exponential(const Generator& generator, T* out, int64_t n,
                      double lambda) {
  const double scale = -1 / lambda;
  map_draws<2>(generator, out, n, [=](uint64_t word) {
    return scale * std::log1p(-unit53(word));
  });
}

template <class T>
void fill_geometric(const Generator& generator, T* out, int64_t n, double p) {
  const double scale = std::log1p(-p);
  map_draws<2>(generator, out, n, [=](uint64_t word) {
    return std::ceil(std::log(unit53(word)) / scale);
  });
}

template <class T>
void fill_log_normal(const Generator& generator, T* out, int64_t n, double mean,
                     double std) {
  Lock lock(generator.mutex());
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<T>(std::exp(normal_one(generator, mean, std)));
  }
}

template <class T>
void fill_cauchy(const Generator& generator, T* out, int64_t n, double median,
                 double sigma) {
  map_draws<2>(generator, out, n, [=](uint64_t word) {
    return std::fma(sigma, std::tan(kPi * (unit53(word) - 0.5)), median);
  });
}

template <class T>
void multinomial_row(const Generator& generator, const T* weights,
                     int64_t categories, T* cumulative, int64_t* out,
                     int64_t samples) {
  Lock lock(generator.mutex());
  T sum = 0;
  for (int64_t i = 0; i < categories; ++i) cumulative[i] = sum += weights[i];
  for (int64_t i = 0; i < categories; ++i) cumulative[i] /= sum;
  cumulative[categories - 1] = 1;
  for (int64_t s = 0; s < samples; ++s) {
    const double u = unit_double(generator);
    out[s] =
        std::lower_bound(cumulative, cumulative + categories, u) - cumulative;
  }
}

#define TAPER_FLOATING(T)                                                    \
  template void fill_uniform(const Generator&, T*, int64_t, double, double); \
  template void fill_normal(const Generator&, T*, int64_t, double, double,   \
                            bool);                                           \
  template void dropout_forward(const Generator&, const T*, T*, T*, int64_t, \
                                double);                                     \
  template void fill_exponential(const Generator&, T*, int64_t, double);     \
  template void fill_log_normal(const Generator&, T*, int64_t, double,       \
                                double);                                     \
  template void fill_cauchy(const Generator&, T*, int64_t, double, double);  \
  template void multinomial_row(const Generator&, const T*, int64_t, T*,     \
                                int64_t*, int64_t);
TAPER_FLOATING(float)
TAPER_FLOATING(double)

#define TAPER_ANY(T)                                                           \
  template void fill_bernoulli(const Generator&, T*, int64_t, double);         \
  template void fill_bernoulli_each(const Generator&, T*, int64_t,             \
                                    const float*);                             \
  template void fill_bernoulli_each(const Generator&, T*, int64_t,             \
                                    const double*);                            \
  template void fill_randint(const Generator&, T*, int64_t, int64_t, int64_t); \
  template void fill_random(const Generator&, T*, int64_t, uint64_t, bool);
TAPER_ANY(float)
TAPER_ANY(double)
TAPER_ANY(int64_t)
TAPER_ANY(bool)

template void fill_geometric(const Generator&, float*, int64_t, double);
template void fill_geometric(const Generator&, double*, int64_t, double);
template void fill_geometric(const Generator&, int64_t*, int64_t, double);

}  // namespace taper::random
