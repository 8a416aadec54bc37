// Dropout in its forms. All draw as PyTorch does: one bernoulli_(1 - p) in the
// memory order of x, none at all when nothing or everything is dropped.
#include <cmath>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/network/dropout.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/layout.h"
#include "taper/tensor/profiler.h"
#include "taper/tensor/random/distributions.h"

namespace taper {
namespace {

// Whether there is anything to do; checks the arguments.
bool drops(const char* op, const Tensor& x, double p, bool train) {
  check<ValueError>(p >= 0 && p <= 1,
                    "[{}] expected a probability from 0 to 1, got {}", op, p);
  if (x.numel() == 0 || p == 0 || !train) return false;
  check_floating(op, x);
  return true;
}

// y <- x * noise in one pass, for two tensors of one dense layout.
void dropout_dense(const Tensor& x, Tensor& y, Tensor& noise, double p) {
  const profiler::OpScope scope("dropout", x);
  visit_floating(x.dtype(), [&]<class T>(T) {
    random::dropout_forward(default_generator(), x.data_as<T>(), y.data_as<T>(),
                            noise.data_as<T>(), x.numel(), p);
  });
}

// 1 where an element (or a feature map) stays, else 0.
Tensor draw_noise(const char* op, const Tensor& x, double p, bool features) {
  if (!features) return empty_like(x).bernoulli_(1 - p);
  check(x.dim() >= 2, "[{}] expected at least 2 dims, got shape {}", op,
        x.sizes());
  SmallShape sizes(x.sizes());
  for (int i = 2; i < sizes.size; ++i) sizes[i] = 1;
  return kernels::empty(sizes, x.dtype()).bernoulli_(1 - p);
}

// x * scale + shift, where shift may be undefined.
struct Affine {
  Tensor scale;
  Tensor shift;
};

Affine feature_noise(const char* op, const Tensor& x, double p) {
  if (p == 1) return {kernels::zeros({}, x.dtype()), Tensor()};
  return {draw_noise(op, x, p, true).div_(1 - p), Tensor()};
}

// Dropped elements become -A, the least value of SELU, and then everything is
// scaled back to mean 0 and variance 1.
Affine alpha_noise(const char* op, const Tensor& x, double p, bool features) {
  constexpr double kA = 1.7580993408473766;
  if (p == 1) return {kernels::zeros({}, x.dtype()), Tensor()};
  double a = 1 / std::sqrt((kA * kA * p + 1) * (1 - p));
  Tensor noise = draw_noise(op, x, p, features);
  Tensor shift = noise.add(-1).mul_(kA * a).add_(kA * a * p);
  return {noise.mul_(a), shift};
}

Tensor apply(const Tensor& x, const Affine& affine) {
  Tensor y = x * affine.scale;
  return affine.shift.defined() ? y.add_(affine.shift) : y;
}

Tensor& apply_(Tensor& x, const Affine& affine) {
  x.mul_(affine.scale);
  return affine.shift.defined() ? x.add_(affine.shift) : x;
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool train) {
  if (!drops("dropout", x, p, train)) return x;
  if (p == 1) return x * kernels::zeros({}, x.dtype());
  if (kernels::is_narrow(x)) {
    return x * draw_noise("dropout", x, p, false).div_(1 - p);
  }
  Tensor source = kernels::is_dense(x) ? x : kernels::clone_preserved(x);
  Tensor y = kernels::empty_preserved(source, x.dtype());
  Tensor noise = kernels::empty_preserved(source, x.dtype());
  dropout_dense(source, y, noise, p);
  return record(
      y, "MulBackward0", x,
      [noise = save(noise)](const Tensor& grad) { return grad * noise(); });
}

Tensor feature_dropout(const Tensor& x, double p, bool train) {
  if (!drops("feature_dropout", x, p, train)) return x;
  return apply(x, feature_noise("feature_dropout", x, p));
}

Tensor alpha_dropout(const Tensor& x, double p, bool train) {
  if (!drops("alpha_dropout", x, p, train)) return x;
  return apply(x, alpha_noise("alpha_dropout", x, p, false));
}

Tensor feature_alpha_dropout(const Tensor& x, double p, bool train) {
  if (!drops("feature_alpha_dropout", x, p, train)) return x;
  return apply(x, alpha_noise("feature_alpha_dropout", x, p, true));
}

Tensor& dropout_(Tensor& x, double p, bool train) {
  if (!drops("dropout_", x, p, train)) return x;
  return in_place(
      "dropout_", x, needs_grad(x),
      [&](const Tensor& old) { return dropout(old, p, true); },
      [&] { kernels::copy_into(x, dropout(x.detach(), p, true)); });
}

// The generator must not move when x may not be written.
Tensor& feature_dropout_(Tensor& x, double p, bool train) {
  if (!drops("feature_dropout_", x, p, train)) return x;
  detail::check_in_place("feature_dropout_", x, needs_grad(x));
  return apply_(x, feature_noise("feature_dropout_", x, p));
}

Tensor& alpha_dropout_(Tensor& x, double p, bool train) {
  if (!drops("alpha_dropout_", x, p, train)) return x;
  detail::check_in_place("alpha_dropout_", x, needs_grad(x));
  return apply_(x, alpha_noise("alpha_dropout_", x, p, false));
}

Tensor& feature_alpha_dropout_(Tensor& x, double p, bool train) {
  if (!drops("feature_alpha_dropout_", x, p, train)) return x;
  detail::check_in_place("feature_alpha_dropout_", x, needs_grad(x));
  return apply_(x, alpha_noise("feature_alpha_dropout_", x, p, true));
}

}  // namespace taper
