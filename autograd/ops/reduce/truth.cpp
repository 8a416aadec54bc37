// Whether elements differ from zero, all or some, and whether tensors are
// equal, exactly or within a tolerance.
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {

Tensor all(const Tensor& x) { return kernels::all(x, kernels::every_dim(x)); }
Tensor any(const Tensor& x) { return kernels::any(x, kernels::every_dim(x)); }
Tensor all(const Tensor& x, int64_t dim, bool keepdim) {
  return kernels::all(x, checked_dim("all", x, dim), keepdim);
}
Tensor any(const Tensor& x, int64_t dim, bool keepdim) {
  return kernels::any(x, checked_dim("any", x, dim), keepdim);
}
Tensor count_nonzero(const Tensor& x, IntArrayRef dim) {
  return kernels::count_nonzero(x, checked_dims("count_nonzero", x, dim));
}

bool equal(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  return a.eq(b).all().item<bool>();
}

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol,
               bool equal_nan) {
  check<TypeError>(a.dtype() == b.dtype(), "[isclose] dtypes differ: {} and {}",
                   a.dtype(), b.dtype());
  check<ValueError>(
      rtol >= 0 && atol >= 0,
      "[isclose] rtol and atol must not be negative, got {} and {}", rtol,
      atol);
  const NoGradGuard no_grad;
  Tensor close = a == b;
  if (equal_nan) close = close | (a.isnan() & b.isnan());
  const Tensor x = a.is_floating_point() ? a : a.to(kDouble);
  const Tensor y = a.is_floating_point() ? b : b.to(kDouble);
  const Tensor error = (x - y).abs();
  const Tensor allowed = y.abs() * rtol + atol;
  return close | (error.isfinite() & (error <= allowed));
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol,
              bool equal_nan) {
  return isclose(a, b, rtol, atol, equal_nan).all().item<bool>();
}

bool is_nonzero(const Tensor& x) {
  check(x.numel() == 1, "[is_nonzero] expected one element, got shape {}",
        x.sizes());
  return x.item().to_bool();
}

}  // namespace taper
