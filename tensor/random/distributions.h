// Fills of raw memory with PyTorch's random streams, bit for bit. Values are
// drawn in the order of the memory. Every fill_* and dropout_forward locks the
// generator; normal_one leaves that to the caller. Arguments are not
// checked here, and nothing throws.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "taper/tensor/export.h"
#include "taper/tensor/random/generator.h"

namespace taper::random {

/// Uniform in [0, 1) with 24 bits (one word) and with 53 bits (two words).
inline float unit_float(const Generator& generator) {
  return static_cast<float>(generator.u32() & 0xFFFFFF) * 0x1p-24f;
}
inline double unit_double(const Generator& generator) {
  return static_cast<double>(generator.u64() & ((1ull << 53) - 1)) * 0x1p-53;
}

/// One draw from the normal distribution; every second one comes from the
/// generator's cache.
TAPER_API double normal_one(const Generator& generator, double mean,
                            double std);

/// Uniform in [from, to). T is float or double.
template <class T>
TAPER_API void fill_uniform(const Generator& generator, T* out, int64_t n,
                            double from, double to);

/// Normal with this mean and standard deviation. T is float or double.
/// PyTorch has two streams: one for contiguous tensors of 16 and more
/// elements, and one for all others, where the caller passes
/// contiguous = false and the elements in memory order.
template <class T>
TAPER_API void fill_normal(const Generator& generator, T* out, int64_t n,
                           double mean, double std, bool contiguous = true);

/// 1 with probability p, else 0. T is float, double, int64_t or bool.
template <class T>
TAPER_API void fill_bernoulli(const Generator& generator, T* out, int64_t n,
                              double p);

/// The same with one probability per element, P float or double. `out` may be
/// `p` itself.
template <class T, class P>
TAPER_API void fill_bernoulli_each(const Generator& generator, T* out,
                                   int64_t n, const P* p);

/// y = x * noise, where noise is 0 with probability p and 1 / (1 - p)
/// otherwise; 0 < p < 1. T is float or double; `noise` is kept for the
/// backward and `y` may be `x`.
template <class T>
TAPER_API void dropout_forward(const Generator& generator, const T* x, T* y,
                               T* noise, int64_t n, double p);

/// Integers in [from, to). T is float, double, int64_t or bool.
template <class T>
TAPER_API void fill_randint(const Generator& generator, T* out, int64_t n,
                            int64_t from, int64_t to);

/// Integers in [from, 2^63 - 1], the stream of random_(from, nullopt) for
/// int64 tensors.
TAPER_API void fill_randint_from(const Generator& generator, int64_t* out,
                                 int64_t n, int64_t from);

/// How many integers from 0 up T represents exactly.
template <class T>
constexpr uint64_t exact_integers =
    std::is_integral_v<T>
        ? static_cast<uint64_t>(std::numeric_limits<T>::max()) + 1
        : (uint64_t{1} << std::numeric_limits<T>::digits) + 1;

/// Integers from 0 up to `range`, the stream of random_() for dtypes with that
/// many; `wide` ones, of 8 bytes, take two words each. T is float, double,
/// int64_t or bool.
template <class T>
TAPER_API void fill_random(const Generator& generator, T* out, int64_t n,
                           uint64_t range = exact_integers<T>,
                           bool wide = sizeof(T) == 8);

/// A random permutation of 0 .. n-1.
TAPER_API void fill_randperm(const Generator& generator, int64_t* out,
                             int64_t n);

/// Exponential with rate lambda. T is float or double.
template <class T>
TAPER_API void fill_exponential(const Generator& generator, T* out, int64_t n,
                                double lambda);

/// Trials up to the first success. T is float, double or int64_t.
template <class T>
TAPER_API void fill_geometric(const Generator& generator, T* out, int64_t n,
                              double p);

/// exp of a normal with this mean and standard deviation. T is float or
/// double.
template <class T>
TAPER_API void fill_log_normal(const Generator& generator, T* out, int64_t n,
                               double mean, double std);

/// Cauchy. T is float or double.
template <class T>
TAPER_API void fill_cauchy(const Generator& generator, T* out, int64_t n,
                           double median, double sigma);

/// One row of multinomial with replacement: `samples` indices below
/// `categories`, drawn in proportion to `weights` (not negative, sum above 0).
/// `cumulative` is scratch of `categories` elements. T is float or double.
template <class T>
TAPER_API void multinomial_row(const Generator& generator, const T* weights,
                               int64_t categories, T* cumulative, int64_t* out,
                               int64_t samples);

}  // namespace taper::random
