// tensor(...): numbers and nested lists become elements.
#include "taper/autograd/ops/create/tensor_data.h"

#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/create/options.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

using Kind = TensorData::Kind;

void append_sizes(const TensorData& data, SmallShape& sizes) {
  if (data.kind() == Kind::kNumber) return;
  sizes.push_back(static_cast<int64_t>(data.count()));
  if (data.list().size() > 0) append_sizes(*data.list().begin(), sizes);
}

ScalarType number_type(const TensorData& data) {
  if (data.kind() != Kind::kNested) return data.type();
  ScalarType type = ScalarType::Undefined;
  for (const TensorData& part : data.list()) {
    ScalarType next = number_type(part);
    if (type == ScalarType::Undefined) type = next;
    check<TypeError>(
        next == type || next == ScalarType::Undefined,
        "[tensor] the numbers must be of one kind, but {} follows {}", next,
        type);
  }
  return type;
}

void check_sizes(const TensorData& data, IntArrayRef sizes) {
  const bool is_nested = data.kind() == Kind::kNested;
  const bool fits = data.kind() == Kind::kNumber
                        ? sizes.empty()
                        : !sizes.empty() &&
                              static_cast<int64_t>(data.count()) == sizes[0] &&
                              (is_nested || sizes.size() == 1);
  check<ValueError>(
      fits, "[tensor] the lists are ragged: expected a part of shape {}",
      sizes);
  for (const TensorData& part : data.list()) {
    check_sizes(part, sizes.slice(1, sizes.size() - 1));
  }
}

char* write(const TensorData& data, ScalarType dtype, char* out) {
  if (data.kind() == Kind::kNested) {
    for (const TensorData& part : data.list()) out = write(part, dtype, out);
    return out;
  }
  if (data.kind() == Kind::kNumbers) {
    data.write(dtype, out);
    return out + static_cast<int64_t>(data.count()) * element_size(dtype);
  }
  visit_type(dtype, [&]<class T>(T) {
    if constexpr (!is_short_float<T>) data.number().to<T>();  // it has to fit
    *reinterpret_cast<T*>(out) = data.number().rounded<T>();
  });
  return out + element_size(dtype);
}

}  // namespace

Tensor tensor(const TensorData& data, const TensorOptions& options) {
  ScalarType type = number_type(data);
  if (type == kDouble || type == kUndefined) type = get_default_dtype();
  SmallShape sizes;
  append_sizes(data, sizes);
  check_sizes(data, sizes);
  Tensor x = kernels::empty(sizes, options.dtype_or(type));
  write(data, x.dtype(), x.data_as<char>());
  return detail::with_options(std::move(x), options);
}

}  // namespace taper
