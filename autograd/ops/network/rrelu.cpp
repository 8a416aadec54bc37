// The activation with random slopes, drawn as PyTorch draws them.
#include <cmath>
#include <mutex>

#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/network/activation.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/random/distributions.h"

namespace taper {
namespace {

// A slope per element of x: from [lower, upper) where x <= 0, else 1; not yet
// rounded to x's dtype.
Tensor draw_slopes(const Tensor& x, const Scalar& lower, const Scalar& upper,
                   const Generator& generator) {
  const ScalarType type = compute_type(x.dtype());
  const auto low = scalar_tensor(lower, type).item<double>();
  const double width = scalar_tensor(upper, type).item<double>() - low;
  const Tensor values = kernels::contiguous(kernels::cast(x, type));
  Tensor slopes = kernels::empty(x.sizes(), type);
  const std::lock_guard lock(generator.mutex());
  visit_floating(type, [&]<class T>(T) {
    const T* from = values.data_as<T>();
    T* to = slopes.data_as<T>();
    for (int64_t i = 0; i < values.numel(); ++i) {
      to[i] = from[i] <= 0 ? static_cast<T>(std::fma(
                                 random::unit_double(generator), width, low))
                           : T{1};
    }
  });
  return slopes;
}

}  // namespace

Tensor rrelu_with_noise(const Tensor& x, Tensor& noise, const Scalar& lower,
                        const Scalar& upper, bool training,
                        std::optional<Generator> generator) {
  const char* op = "rrelu";
  check_floating(op, x);
  const double low = lower.to_double(), high = upper.to_double();
  check<ValueError>(low <= high && std::isfinite(low) && std::isfinite(high),
                    "[{}] lower {} must not be above upper {}, both finite", op,
                    low, high);
  if (!training) return leaky_relu(x, (low + high) / 2);
  check(noise.sizes() == x.sizes(), "[{}] noise of shape {} for x of shape {}",
        op, noise.sizes(), x.sizes());
  const Tensor exact = draw_slopes(
      x, lower, upper, generator ? *generator : default_generator());
  const Tensor slopes = kernels::cast(exact, x.dtype());
  noise.copy_(slopes);
  return record(
      (kernels::cast(x.detach(), exact.dtype()) * exact).to(x.dtype()),
      "RreluWithNoiseBackward0", x,
      [slopes = save(slopes)](const Tensor& grad) { return grad * slopes(); });
}

Tensor rrelu(const Tensor& x, const Scalar& lower, const Scalar& upper,
             bool training, std::optional<Generator> generator) {
  Tensor noise = training ? empty_like(x.detach()) : Tensor();
  return rrelu_with_noise(x, noise, lower, upper, training,
                          std::move(generator));
}

Tensor& rrelu_with_noise_(Tensor& x, Tensor& noise, const Scalar& lower,
                          const Scalar& upper, bool training,
                          std::optional<Generator> generator) {
  // The generator must not move when x may not be written.
  detail::check_in_place("rrelu_", x, needs_grad(x));
  return x.copy_(rrelu_with_noise(x.clone(), noise, lower, upper, training,
                                  std::move(generator)));
}

Tensor& rrelu_(Tensor& x, const Scalar& lower, const Scalar& upper,
               bool training, std::optional<Generator> generator) {
  Tensor noise = training ? empty_like(x.detach()) : Tensor();
  return rrelu_with_noise_(x, noise, lower, upper, training,
                           std::move(generator));
}

}  // namespace taper
