// Defines the methods of Tensor that call the free function of the same name.
#include "taper/autograd/ops.h"

namespace taper {

#define TAPER_DEFAULT(value)
#define TAPER_METHOD(result, name, parameters, ...)       \
  result Tensor::name parameters const {                  \
    return taper::name(*this __VA_OPT__(, ) __VA_ARGS__); \
  }
#define TAPER_BINARY(name)                                 \
  TAPER_METHOD(Tensor, name, (const Tensor& other), other) \
  TAPER_METHOD(Tensor, name, (const Scalar& other), other)
#define TAPER_UNARY(name) TAPER_METHOD(Tensor, name, ())
#include "taper/tensor/methods.inc"

}  // namespace taper
