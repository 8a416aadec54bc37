// normal, bernoulli and multinomial with their parameters in tensors.
#include <cmath>
#include <tuple>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/random/draw.h"
#include "taper/autograd/ops/random/random.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/random/distributions.h"

namespace taper {
namespace {

void check_std(const Tensor& std) {
  check<TypeError>(
      is_floating(std.dtype()),
      "[normal] expected a floating dtype for the standard deviation, got {}",
      std.dtype());
  NoGradGuard no_grad;
  check<ValueError>(std.numel() == 0 || std.ge(0).all().item<bool>(),
                    "[normal] a standard deviation is below 0");
}

Tensor normal_of(const Tensor& mean, const Tensor& std, GeneratorRef generator,
                 ScalarType dtype) {
  check_std(std);
  SmallShape shape = broadcast_shapes("normal", mean.sizes(), std.sizes());
  Tensor y = normal(0, 1, shape, generator, dtype);
  y.mul_(std.detach()).add_(mean.detach());
  return record(y, "NormalBackward3", mean, zero_slope, std, zero_slope);
}

// The rows have to be finite and not negative, and to have as many numbers
// above zero as are drawn without replacement.
template <class T>
void check_weights(const T* weights, int64_t rows, int64_t categories,
                   int64_t needed) {
  for (int64_t r = 0; r < rows; ++r) {
    int64_t positive = 0;
    for (int64_t i = 0; i < categories; ++i) {
      T weight = weights[r * categories + i];
      check<ValueError>(
          weight >= 0 && std::isfinite(weight),
          "[multinomial] the weights must be finite and not negative, got {}",
          static_cast<double>(weight));
      positive += weight > 0 ? 1 : 0;
    }
    check<ValueError>(positive > 0, "[multinomial] the weights add up to 0");
    check<ValueError>(
        positive >= needed,
        "[multinomial] cannot draw {} of {} categories with a weight above 0 "
        "without replacement",
        needed, positive);
  }
}

void check_multinomial(const Tensor& weights, int64_t num_samples, bool again) {
  check<TypeError>(is_floating(weights.dtype()),
                   "[multinomial] expected floating weights, got {}",
                   weights.dtype());
  check(weights.dim() == 1 || weights.dim() == 2,
        "[multinomial] expected weights with 1 or 2 dims, got shape {}",
        weights.sizes());
  int64_t categories = weights.size(-1);
  check<ValueError>(num_samples > 0,
                    "[multinomial] expected num_samples > 0, got {}",
                    num_samples);
  check<ValueError>(
      again || num_samples <= categories,
      "[multinomial] cannot draw {} of {} categories without replacement",
      num_samples, categories);
  check<ValueError>(
      categories > 0 && categories <= (1 << 24),
      "[multinomial] the number of categories must be from 1 to 2^24, got {}",
      categories);
}

Tensor sample_with_replacement(const Tensor& weights, int64_t num_samples,
                               const Generator& generator) {
  int64_t categories = weights.size(-1);
  int64_t rows = weights.numel() / categories;
  Tensor result = weights.dim() == 1
                      ? kernels::empty(num_samples, kLong)
                      : kernels::empty({rows, num_samples}, kLong);
  visit_floating(weights.dtype(), [&]<class T>(T) {
    Tensor cumulative = kernels::empty(categories, weights.dtype());
    for (int64_t r = 0; r < rows; ++r) {
      random::multinomial_row(generator, weights.data_as<T>() + r * categories,
                              categories, cumulative.data_as<T>(),
                              result.data_as<int64_t>() + r * num_samples,
                              num_samples);
    }
  });
  return result;
}

}  // namespace

Tensor normal(const Tensor& mean, double std, GeneratorRef generator) {
  check<TypeError>(is_floating(mean.dtype()),
                   "[normal] expected a floating dtype for the mean, got {}",
                   mean.dtype());
  Tensor y = normal(0, std, mean.sizes(), generator, mean.dtype());
  y.add_(mean.detach());
  return record(y, "NormalBackward1", mean, zero_slope);
}

Tensor normal(double mean, const Tensor& std, GeneratorRef generator) {
  return normal_of(scalar_tensor(mean, std.dtype()), std, generator,
                   std.dtype());
}

Tensor normal(const Tensor& mean, const Tensor& std, GeneratorRef generator) {
  return normal_of(mean, std, generator,
                   promote_types(mean.dtype(), std.dtype()));
}

Tensor bernoulli(const Tensor& p, GeneratorRef generator) {
  Tensor y = kernels::empty_like(p).bernoulli_(p.detach(), generator);
  return record(y, "BernoulliBackward0", p, zero_slope);
}

Tensor bernoulli(const Tensor& x, double p, GeneratorRef generator) {
  return kernels::empty_like(x).bernoulli_(p, generator);
}

Tensor multinomial(const Tensor& weights, int64_t num_samples, bool replacement,
                   GeneratorRef generator) {
  check_multinomial(weights, num_samples, replacement);
  NoGradGuard no_grad;
  Tensor rows = kernels::widened(kernels::contiguous(weights));
  visit_floating(rows.dtype(), [&](auto zero) {
    int64_t categories = rows.size(-1);
    check_weights(rows.data_as<decltype(zero)>(), rows.numel() / categories,
                  categories, replacement ? 1 : num_samples);
  });
  if (replacement && num_samples > 1) {
    return sample_with_replacement(rows, num_samples, chosen(generator));
  }
  // Exponential races: the categories that finish first. Those of weight 0 do
  // not run, however slow the others are.
  Tensor speed = weights / empty_like(weights).exponential_(1, generator);
  speed.masked_fill_(weights == 0, -1);
  return num_samples == 1 ? argmax(speed, -1, true)
                          : std::get<1>(topk(speed, num_samples, -1));
}

}  // namespace taper
