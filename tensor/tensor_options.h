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
  TensorOptions(TypeMeta dtype) : dtype_(dtype) {}
  TensorOptions(Device device) : has_device_(true) { check_device(device); }
  TensorOptions(DeviceType device) : TensorOptions(Device(device)) {}
  TensorOptions(Layout) : has_layout_(true) {}

  [[nodiscard]] TensorOptions dtype(std::optional<ScalarType> dtype) const {
    TensorOptions result = *this;
    result.dtype_ = dtype.value_or(ScalarType::Undefined);
    return result;
  }
  [[nodiscard]] TensorOptions requires_grad(
      std::optional<bool> requires_grad) const {
    TensorOptions result = *this;
    result.requires_grad_ = requires_grad.value_or(false);
    result.has_requires_grad_ = requires_grad.has_value();
    return result;
  }
  [[nodiscard]] TensorOptions device(Device device) const {
    check_device(device);
    TensorOptions result = *this;
    result.has_device_ = true;
    return result;
  }
  [[nodiscard]] TensorOptions layout(Layout) const {
    TensorOptions result = *this;
    result.has_layout_ = true;
    return result;
  }
  [[nodiscard]] TensorOptions pinned_memory(bool) const { return *this; }
  [[nodiscard]] TensorOptions memory_format(MemoryFormat) const {
    return *this;
  }

  bool has_dtype() const { return dtype_ != ScalarType::Undefined; }
  TypeMeta dtype() const {
    return has_dtype() ? TypeMeta(dtype_) : get_default_dtype();
  }
  bool has_device() const { return has_device_; }
  bool has_layout() const { return has_layout_; }
  bool has_requires_grad() const { return has_requires_grad_; }
  bool requires_grad() const { return requires_grad_; }
  bool pinned_memory() const { return false; }
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
  // For the text of the options only.
  bool has_requires_grad_ = false;
  bool has_device_ = false;
  bool has_layout_ = false;
};

inline TensorOptions dtype(ScalarType type) { return TensorOptions(type); }
template <class T>
TensorOptions dtype() {
  return TensorOptions(scalar_type_of<T>);
}
inline TensorOptions device(Device device) { return TensorOptions(device); }
inline TensorOptions layout(Layout layout) { return TensorOptions(layout); }
inline TensorOptions requires_grad(bool requires_grad = true) {
  return TensorOptions().requires_grad(requires_grad);
}

}  // namespace taper
