#include "taper/autograd/ops/reduce/reduce.h"

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/reduce/reduce_dims.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {
namespace {

Tensor mean_dims(const Tensor& x, Dims dims, bool keepdim, const char* name) {
  check_floating("mean", x);
  Tensor y = kernels::mean(x, dims, keepdim);
  const auto n = static_cast<double>(kernels::reduced_numel(x, dims));
  return record(y, name, x,
                [sizes = SmallShape(x.sizes()), dims, n](const Tensor& grad) {
                  return unreduce(grad.div(n), sizes, dims);
                });
}

// d var / d x = 2 (x - mean) / divisor.
Tensor var_backward(const Tensor& grad, const Tensor& x, const Tensor& mean,
                    Dims dims, double divisor) {
  const Tensor scale = keep_dims(grad, x, dims).mul(2 / divisor);
  if (GradMode::is_enabled()) {
    return (x - mean_dims(x, dims, true, "MeanBackward1")) * scale;
  }
  return kernels::center_scaled(x, mean, scale, dims);
}

double correction_of(const std::optional<Scalar>& correction) {
  return correction ? correction->to_double() : 1;
}

enum class Kind { kVar, kStd };

Tensor variance(Kind kind, const Tensor& x, OptionalIntArrayRef dim,
                double correction, bool keepdim) {
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
                  const Tensor grad_var =
                      (grad / (y() * 2)).masked_fill(y() == 0, 0);
                  return var_backward(grad_var, x(), mean, dims, divisor);
                });
}

}  // namespace

// --- sum and mean ---

Tensor sum_dims(const Tensor& x, Dims dims, bool keepdim, const char* name) {
  Tensor y = kernels::sum(x, dims, keepdim);
  return record(y, name, x,
                [sizes = SmallShape(x.sizes()), dims](const Tensor& grad) {
                  return unreduce(grad, sizes, dims);
                });
}

Tensor sum(const Tensor& x, std::optional<ScalarType> dtype) {
  if (dtype) return sum(x, OptionalIntArrayRef(), false, dtype);
  return sum_dims(x, (Dims{1} << x.dim()) - 1, false, "SumBackward0");
}

Tensor sum(const Tensor& x, OptionalIntArrayRef dim, bool keepdim,
           std::optional<ScalarType> dtype) {
  const Dims dims = checked_dims("sum", x, dim);
  if (!dtype) return sum_dims(x, dims, keepdim);
  const Tensor y = sum_dims(x.to(*dtype), dims, keepdim);
  // PyTorch's sum in bool is "or".
  return dtype == kBool ? y.to(kBool) : y;
}

Tensor mean(const Tensor& x, std::optional<ScalarType> dtype) {
  const Dims dims = kernels::every_dim(x);
  return mean_dims(dtype ? x.to(*dtype) : x, dims, false, "MeanBackward0");
}

Tensor mean(const Tensor& x, OptionalIntArrayRef dim, bool keepdim,
            std::optional<ScalarType> dtype) {
  const Dims dims = checked_dims("mean", x, dim);
  return mean_dims(dtype ? x.to(*dtype) : x, dims, keepdim, "MeanBackward1");
}

// --- var and std ---

Tensor var(const Tensor& x, bool unbiased) {
  return variance(Kind::kVar, x, std::nullopt, unbiased, false);
}
Tensor var(const Tensor& x, OptionalIntArrayRef dim, bool unbiased,
           bool keepdim) {
  return variance(Kind::kVar, x, dim, unbiased, keepdim);
}
Tensor var(const Tensor& x, OptionalIntArrayRef dim,
           const std::optional<Scalar>& correction, bool keepdim) {
  return variance(Kind::kVar, x, dim, correction_of(correction), keepdim);
}

Tensor std(const Tensor& x, bool unbiased) {
  return variance(Kind::kStd, x, std::nullopt, unbiased, false);
}
Tensor std(const Tensor& x, OptionalIntArrayRef dim, bool unbiased,
           bool keepdim) {
  return variance(Kind::kStd, x, dim, unbiased, keepdim);
}
Tensor std(const Tensor& x, OptionalIntArrayRef dim,
           const std::optional<Scalar>& correction, bool keepdim) {
  return variance(Kind::kStd, x, dim, correction_of(correction), keepdim);
}

std::tuple<Tensor, Tensor> var_mean(const Tensor& x, bool unbiased) {
  return {var(x, unbiased), mean(x)};
}
std::tuple<Tensor, Tensor> var_mean(const Tensor& x, OptionalIntArrayRef dim,
                                    bool unbiased, bool keepdim) {
  return {var(x, dim, unbiased, keepdim), mean(x, dim, keepdim)};
}
std::tuple<Tensor, Tensor> var_mean(const Tensor& x, OptionalIntArrayRef dim,
                                    const std::optional<Scalar>& correction,
                                    bool keepdim) {
  return {var(x, dim, correction, keepdim), mean(x, dim, keepdim)};
}
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, bool unbiased) {
  return {std(x, unbiased), mean(x)};
}
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, OptionalIntArrayRef dim,
                                    bool unbiased, bool keepdim) {
  return {std(x, dim, unbiased, keepdim), mean(x, dim, keepdim)};
}
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, OptionalIntArrayRef dim,
                                    const std::optional<Scalar>& correction,
                                    bool keepdim) {
  return {std(x, dim, correction, keepdim), mean(x, dim, keepdim)};
}

}  // namespace taper
