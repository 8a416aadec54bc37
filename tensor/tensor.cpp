// What of Tensor is not inline, and the default dtype.
#include "taper/tensor/tensor.h"

#include <charconv>

#include "taper/tensor/shape.h"

namespace taper {

namespace {

ScalarType default_dtype = kFloat;

}  // namespace

TypeMeta get_default_dtype() { return TypeMeta(default_dtype); }

void set_default_dtype(ScalarType type) {
  check<TypeError>(is_floating(type),
                   "[set_default_dtype] expected a floating dtype, got {}",
                   type);
  default_dtype = type;
}

Device::Device(const std::string& name) : type_(kCPU), index_(-1) {
  const size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  for (const char* other : {"mps", "xpu", "hip", "xla", "meta"}) {
    check(kind != other, "[Device] taper computes on the CPU only, got \"{}\"",
          name);
  }
  if (kind == "cuda") type_ = kCUDA;
  bool valid = kind == "cpu" || kind == "cuda";
  if (colon != std::string::npos) {
    const char* end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + colon + 1, end, index_);
    valid &= read.ec == std::errc() && read.ptr == end && index_ >= 0 &&
             (name.size() == colon + 2 || name[colon + 1] != '0');
  }
  check(valid, "[Device] expected \"cpu\" or \"cpu:0\", got \"{}\"", name);
}

void detail::fail_unknown_dtype(ScalarType type) {
  fail<NotImplementedError>("[dtype] {} is not supported here", type);
}

void Tensor::undefined() {
  fail("[tensor] expected a defined tensor, got an undefined one");
}

// It starts to require grad when its base does. Another thread may have brought
// it up to date since its requires_grad was read: look again.
bool Tensor::view_requires_grad() const {
  const uint32_t version =
      impl_->storage->version.load(std::memory_order_relaxed);
  return std::atomic_ref(impl_->view_version).load(std::memory_order_acquire) !=
             version ||
         std::atomic_ref(impl_->requires_grad).load(std::memory_order_relaxed);
}

int64_t Tensor::size(int64_t dim) const {
  check<IndexError>(checked()->ndim > 0, "[size] a 0-d tensor has no dim {}",
                    dim);
  return impl_->sizes[wrap_dim("size", dim, impl_->ndim)];
}

int64_t Tensor::stride(int64_t dim) const {
  check<IndexError>(checked()->ndim > 0, "[stride] a 0-d tensor has no dim {}",
                    dim);
  return impl_->strides[wrap_dim("stride", dim, impl_->ndim)];
}

int64_t Tensor::storage_offset() const {
  return (checked()->data - impl_->storage->data) / element_size();
}

Scalar Tensor::item() const {
  check(numel() == 1,
        "[item] a tensor with shape {} has {} elements; expected one", sizes(),
        numel());
  return visit_type(
      dtype(), [&](auto zero) { return Scalar(*data_as<decltype(zero)>()); });
}

}  // namespace taper
