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

// What a form drops, and whether it leaves mean and variance as they are.
struct Form {
  const char* op;
  bool features;
  bool alpha;
};

// x * scale + shift, written over x if it is `in_place`. Of an alpha form
// dropped elements become -A, the least value of SELU, and then everything is
// scaled back to mean 0 and variance 1.
Tensor drop(const Form& form, const Tensor& x, double p, bool train,
            bool in_place = false) {
  if (!drops(form.op, x, p, train)) return x;
  // The generator must not move when x may not be written.
  if (in_place) detail::check_in_place(form.op, x, needs_grad(x));
  Tensor scale, shift;
  if (p == 1) {
    scale = kernels::zeros({}, x.dtype());
  } else if (form.alpha) {
    constexpr double kA = 1.7580993408473766;
    const double a = 1 / std::sqrt((kA * kA * p + 1) * (1 - p));
    scale = draw_noise(form.op, x, p, form.features);
    shift = scale.add(-1).mul_(kA * a).add_(kA * a * p);
    scale.mul_(a);
  } else {
    scale = draw_noise(form.op, x, p, form.features).div_(1 - p);
  }
  Tensor y = in_place ? x : x * scale;
  if (in_place) y.mul_(scale);
  return shift.defined() ? y.add_(shift) : y;
}

Tensor& drop_(const Form& form, Tensor& x, double p, bool train) {
  drop(form, x, p, train, true);
  return x;
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

Tensor& dropout_(Tensor& x, double p, bool train) {
  if (!drops("dropout_", x, p, train)) return x;
  return in_place(
      "dropout_", x, needs_grad(x),
      [&](const Tensor& old) { return dropout(old, p, true); },
      [&] { kernels::copy_into(x, dropout(x.detach(), p, true)); });
}

Tensor feature_dropout(const Tensor& x, double p, bool train) {
  return drop({"feature_dropout", true, false}, x, p, train);
}
Tensor alpha_dropout(const Tensor& x, double p, bool train) {
  return drop({"alpha_dropout", false, true}, x, p, train);
}
Tensor feature_alpha_dropout(const Tensor& x, double p, bool train) {
  return drop({"feature_alpha_dropout", true, true}, x, p, train);
}
Tensor& feature_dropout_(Tensor& x, double p, bool train) {
  return drop_({"feature_dropout_", true, false}, x, p, train);
}
Tensor& alpha_dropout_(Tensor& x, double p, bool train) {
  return drop_({"alpha_dropout_", false, true}, x, p, train);
}
Tensor& feature_alpha_dropout_(Tensor& x, double p, bool train) {
  return drop_({"feature_alpha_dropout_", true, true}, x, p, train);
}

}  // namespace taper
