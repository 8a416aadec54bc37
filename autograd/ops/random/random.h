// Random tensors, with PyTorch's numbers for the same seed. Elements are drawn
// in the order of the memory. When an argument is wrong nothing is drawn. The
// in-place forms (uniform_, normal_, ...) are methods of Tensor.
#pragma once

#include "taper/tensor/random/generator.h"
#include "taper/tensor/tensor.h"

namespace taper {

/// Uniform in [0, 1).
TAPER_API Tensor rand(IntArrayRef sizes, GeneratorRef generator,
                      const TensorOptions& options = {});
inline Tensor rand(IntArrayRef sizes, const TensorOptions& options = {}) {
  return rand(sizes, {}, options);
}
/// Normal with this mean and standard deviation, numbers or tensors that
/// broadcast. Throws when a standard deviation is negative.
TAPER_API Tensor normal(double mean, double std, IntArrayRef sizes,
                        GeneratorRef generator = {},
                        const TensorOptions& options = {});
TAPER_API Tensor normal(const Tensor& mean, double std = 1,
                        GeneratorRef generator = {});
TAPER_API Tensor normal(double mean, const Tensor& std,
                        GeneratorRef generator = {});
TAPER_API Tensor normal(const Tensor& mean, const Tensor& std,
                        GeneratorRef generator = {});
/// Normal with mean 0 and standard deviation 1.
inline Tensor randn(IntArrayRef sizes, GeneratorRef generator,
                    const TensorOptions& options = {}) {
  return normal(0, 1, sizes, generator, options);
}
inline Tensor randn(IntArrayRef sizes, const TensorOptions& options = {}) {
  return normal(0, 1, sizes, {}, options);
}
/// Integers in [low, high), low being 0 if left out; int64 by default.
TAPER_API Tensor randint(int64_t low, int64_t high, IntArrayRef sizes,
                         GeneratorRef generator,
                         const TensorOptions& options = kLong);
inline Tensor randint(int64_t low, int64_t high, IntArrayRef sizes,
                      const TensorOptions& options = kLong) {
  return randint(low, high, sizes, {}, options);
}
inline Tensor randint(int64_t high, IntArrayRef sizes, GeneratorRef generator,
                      const TensorOptions& options = kLong) {
  return randint(0, high, sizes, generator, options);
}
inline Tensor randint(int64_t high, IntArrayRef sizes,
                      const TensorOptions& options = kLong) {
  return randint(0, high, sizes, {}, options);
}
/// A permutation of 0 .. n-1; int64 by default.
TAPER_API Tensor randperm(int64_t n, GeneratorRef generator,
                          const TensorOptions& options = kLong);
inline Tensor randperm(int64_t n, const TensorOptions& options = kLong) {
  return randperm(n, {}, options);
}

/// With the shape, dtype and, where they leave no gaps, the strides of x.
TAPER_API Tensor rand_like(const Tensor& x, const TensorOptions& options = {});
TAPER_API Tensor randn_like(const Tensor& x, const TensorOptions& options = {});
TAPER_API Tensor randint_like(const Tensor& x, int64_t low, int64_t high,
                              const TensorOptions& options = {});
inline Tensor randint_like(const Tensor& x, int64_t high,
                           const TensorOptions& options = {}) {
  return randint_like(x, 0, high, options);
}

/// 1 with probability p[i] (or p), else 0, in the shape and dtype of p (or x).
TAPER_API Tensor bernoulli(const Tensor& p, GeneratorRef generator = {});
TAPER_API Tensor bernoulli(const Tensor& x, double p,
                           GeneratorRef generator = {});
/// `num_samples` indices per row of `weights` (1-d or 2-d), drawn in
/// proportion to the weights, which need not add up to 1.
TAPER_API Tensor multinomial(const Tensor& weights, int64_t num_samples,
                             bool replacement = false,
                             GeneratorRef generator = {});

}  // namespace taper
