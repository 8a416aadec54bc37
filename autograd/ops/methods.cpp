// Defines the methods of Tensor that call the free function of the same name.
#include "taper/autograd/ops.h"
#include "taper/autograd/ops/write.h"

namespace taper {

#define TAPER_DEFAULT(value)
#define TAPER_METHOD_OF(result, name, parameters, ...)    \
  result Tensor::name parameters const {                  \
    return taper::name(*this __VA_OPT__(, ) __VA_ARGS__); \
  }
#define TAPER_METHOD(name, parameters, ...) \
  TAPER_METHOD_OF(Tensor, name, parameters __VA_OPT__(, ) __VA_ARGS__)
#define TAPER_METHODS(name, parameters, ...)                                   \
  TAPER_METHOD(name, parameters, __VA_ARGS__)                                  \
  Tensor& Tensor::name##_ parameters const {                                   \
    return write_form(                                                         \
        #name "_", self(), [](const auto&... x) { return taper::name(x...); }, \
        __VA_ARGS__);                                                          \
  }
#include "taper/tensor/methods.inc"

Tensor Tensor::where(const Tensor& condition, const Tensor& other) const {
  return taper::where(condition, *this, other);
}
Tensor Tensor::where(const Tensor& condition, const Scalar& other) const {
  return taper::where(condition, *this, other);
}

}  // namespace taper
