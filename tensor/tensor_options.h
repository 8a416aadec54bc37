// TensorOptions: dtype and requires_grad of a tensor to be made (device and
// layout are accepted for LibTorch's sake: taper has the CPU and strides).
#pragma once

#include <optional>

#include "taper/tensor/error.h"
#include "taper/tensor/scalar_type.h"

namespace taper {

class TensorOptions {
 public:
  TensorOptions() = default;
  TensorOptions(ScalarType dtype) : dtype_(dtype) {}
  TensorOptions(Device device) { check_device(device); }
  TensorOptions(DeviceType device) { check_device(device); }
  TensorOptions(Layout) {}

  [[nodiscard]] TensorOptions dtype(std::optional<ScalarType> dtype) const {
    TensorOptions result = *this;
    result.dtype_ = dtype.value_or(ScalarType::Undefined);
    return result;
  }
  [[nodiscard]] TensorOptions requires_grad(
      std::optional<bool> requires_grad) const {
    TensorOptions result = *this;
    result.requires_grad_ = requires_grad.value_or(false);
    return result;
  }
  [[nodiscard]] TensorOptions device(Device device) const {
    check_device(device);
    return *this;
  }
  [[nodiscard]] TensorOptions layout(Layout) const { return *this; }
  [[nodiscard]] TensorOptions pinned_memory(bool) const { return *this; }
  [[nodiscard]] TensorOptions memory_format(MemoryFormat) const {
    return *this;
  }

  bool has_dtype() const { return dtype_ != ScalarType::Undefined; }
  ScalarType dtype() const {
    return has_dtype() ? dtype_ : get_default_dtype();
  }
  bool requires_grad() const { return requires_grad_; }
  Device device() const { return kCPU; }
  Layout layout() const { return kStrided; }
  /// This dtype, or `fallback` where none was given.
  ScalarType dtype_or(ScalarType fallback) const {
    return has_dtype() ? dtype_ : fallback;
  }

 private:
  static void check_device(Device device) {
    check(device.is_cpu(), "[TensorOptions] taper computes on the CPU only");
  }

  ScalarType dtype_ = ScalarType::Undefined;
  bool requires_grad_ = false;
};

inline TensorOptions dtype(ScalarType type) {
  return TensorOptions(type);
}
inline TensorOptions device(Device device) {
  return TensorOptions(device);
}
inline TensorOptions layout(Layout layout) {
  return TensorOptions(layout);
}
inline TensorOptions requires_grad(bool requires_grad = true) {
  return TensorOptions().requires_grad(requires_grad);
}

}  // namespace taper
