// Variances and standard deviations, alone and with the mean.
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {
namespace {

// d var / d x = 2 (x - mean) / divisor.
Tensor var_backward(const Tensor& grad, const Tensor& x, const Tensor& mean,
                    Dims dims, double divisor) {
  const Tensor scale = keep_dims(grad, x, dims).mul(2 / divisor);
  if (GradMode::is_enabled()) {
    return (x - mean_dims(x, dims, true)) * scale;
  }
  return kernels::center_scaled(x, mean, scale, dims);
}

// The same of std where a number over it, or twice it, may not fit the dtype.
Tensor std_backward(const Tensor& grad, const Tensor& x, const Tensor& std,
                    Dims dims, double divisor) {
  const Tensor size = keep_dims(std, x, dims);
  const Tensor zero = size == 0;
  const Tensor normal =
      (x - mean_dims(x, dims, true)) / size.masked_fill(zero, 1);
  return normal * (keep_dims(grad, x, dims) / divisor).masked_fill(zero, 0);
}

enum class Kind { kVar, kStd };

Tensor variance(Kind kind, const Tensor& x, OptionalIntArrayRef dim,
                const std::optional<Scalar>& given, bool keepdim) {
  const double correction = given ? given->to_double() : 1;
  const bool root = kind == Kind::kStd;
  const char* op = root ? "std" : "var";
  check_floating(op, x);
  const Dims dims = checked_dims(op, x, dim);
  const bool recording = needs_grad(x);
  Tensor mean;
  Tensor y = kernels::var(x, dims, keepdim, correction,
                          recording ? &mean : nullptr, root);
  if (!recording) return y;
  const auto n = static_cast<double>(kernels::reduced_numel(x, dims));
  const double divisor = n > correction ? n - correction : 0;
  mean = keep_dims(mean, x, dims);
  if (!root) {
    return record(y, "VarBackward0", x,
                  [x = save(x), mean, dims, divisor](const Tensor& grad) {
                    return var_backward(grad, x(), mean, dims, divisor);
                  });
  }
  return record(y, "StdBackward0", x,
                [x = save(x), y = save_output(y), mean, dims,
                 divisor](const Tensor& grad) {
                  const Tensor spread = y();
                  if (!is_moderate(spread.detach())) {
                    return std_backward(grad, x(), spread, dims, divisor);
                  }
                  const Tensor grad_var =
                      (grad / (spread * 2)).masked_fill(spread == 0, 0);
                  return var_backward(grad_var, x(), mean, dims, divisor);
                });
}

}  // namespace

#define TAPER_SPREAD(f, kind)                                           \
  Tensor f(const Tensor& x, bool unbiased) {                            \
    return variance(kind, x, std::nullopt, unbiased, false);            \
  }                                                                     \
  Tensor f(const Tensor& x, OptionalIntArrayRef dim,                    \
           const std::optional<Scalar>& correction, bool keepdim) {     \
    return variance(kind, x, dim, correction, keepdim);                 \
  }                                                                     \
  std::tuple<Tensor, Tensor> f##_mean(const Tensor& x, bool unbiased) { \
    return {f(x, unbiased), mean(x)};                                   \
  }                                                                     \
  std::tuple<Tensor, Tensor> f##_mean(                                  \
      const Tensor& x, OptionalIntArrayRef dim,                         \
      const std::optional<Scalar>& correction, bool keepdim) {          \
    return {f(x, dim, correction, keepdim), mean(x, dim, keepdim)};     \
  }
TAPER_SPREAD(var, Kind::kVar)
TAPER_SPREAD(std, Kind::kStd)

}  // namespace taper
