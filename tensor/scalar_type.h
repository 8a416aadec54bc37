// Element types (dtypes) and PyTorch's rules for mixing them, and the device
// and layout names that LibTorch programs mention.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "taper/tensor/dtype_table.h"
#include "taper/tensor/export.h"

namespace taper {

using Dtype = ScalarType;
/// 3 decimal digits, up to 65504.
using Half = ShortFloat<5>;
/// 2 decimal digits, the range of float.
using BFloat16 = ShortFloat<8>;

// kFloat, kLong, kBool and so on, and PyTorch's other spellings of them.
#define TAPER_CONSTANT(Name, ...) \
  constexpr ScalarType k##Name = ScalarType::Name;
TAPER_DTYPES(TAPER_CONSTANT, TAPER_CONSTANT)
#undef TAPER_CONSTANT
constexpr ScalarType kUInt8 = kByte, kU8 = kByte;
constexpr ScalarType kInt8 = kChar, kI8 = kChar;
constexpr ScalarType kInt16 = kShort, kI16 = kShort;
constexpr ScalarType kInt32 = kInt, kI32 = kInt;
constexpr ScalarType kInt64 = kLong, kI64 = kLong;
constexpr ScalarType kFloat16 = kHalf, kF16 = kHalf;
constexpr ScalarType kFloat32 = kFloat, kF32 = kFloat;
constexpr ScalarType kFloat64 = kDouble, kF64 = kDouble;

/// Bytes of an element; 0 of a dtype that is only a name.
constexpr int64_t element_size(ScalarType type) {
  return detail::row_of(type).size;
}
constexpr size_t elementSize(ScalarType type) {
  return static_cast<size_t>(element_size(type));
}

/// The dtype that kernels compute a stored dtype in: float32, float64, int64 or
/// bool.
constexpr ScalarType compute_type(ScalarType type) {
  return detail::row_of(type).compute;
}
constexpr bool is_floating(ScalarType type) {
  return compute_type(type) == kFloat || compute_type(type) == kDouble;
}
constexpr bool isFloatingType(ScalarType type) { return is_floating(type); }
constexpr bool isIntegralType(ScalarType type, bool include_bool) {
  return compute_type(type) == kLong || (include_bool && type == kBool);
}
constexpr bool isSignedType(ScalarType type) {
  return detail::row_of(type).is_signed;
}

/// Python's names: "float32", "int64", "bool".
constexpr const char* name_of(ScalarType type) {
  return detail::row_of(type).name;
}
/// LibTorch's C++ names: "Float", "Long", "Bool".
constexpr const char* toString(ScalarType type) {
  return detail::row_of(type).libtorch_name;
}

/// 0 of bool, 1 of integers, 2 of floating dtypes.
constexpr int category_of(ScalarType type) {
  return is_floating(type) ? 2 : isIntegralType(type, false) ? 1 : 0;
}

/// The dtype of a result that combines two tensors of these dtypes: floats win
/// over integers, integers over bool, then the larger over the smaller. Of one
/// size but different, the two fit the next larger dtype only: int16, float32.
constexpr ScalarType promote_types(ScalarType a, ScalarType b) {
  if (a == b) return a;
  const int category = category_of(a);
  if (category != category_of(b)) return category > category_of(b) ? a : b;
  if (element_size(a) != element_size(b)) {
    return element_size(a) > element_size(b) ? a : b;
  }
  return is_floating(a) ? kFloat : kShort;
}
constexpr ScalarType promoteTypes(ScalarType a, ScalarType b) {
  return promote_types(a, b);
}

/// Whether a result of type `from` may be written in place into `to`
/// (PyTorch: float does not go into int64, nothing but bool into bool).
constexpr bool can_cast(ScalarType from, ScalarType to) {
  if (is_floating(from) && !is_floating(to)) return false;
  return !(from != kBool && to == kBool);
}
constexpr bool canCast(ScalarType from, ScalarType to) {
  return can_cast(from, to);
}

template <class T>
struct ScalarTypeOf;
#define TAPER_TYPE_OF(Name, T, ...)                       \
  template <>                                             \
  struct ScalarTypeOf<T> {                                \
    static constexpr ScalarType value = ScalarType::Name; \
  };
TAPER_STORED_DTYPES(TAPER_TYPE_OF)
#undef TAPER_TYPE_OF
template <class T>
constexpr ScalarType scalar_type_of = ScalarTypeOf<T>::value;
template <class T>
using CppTypeToScalarType = ScalarTypeOf<T>;

/// What dtype() gives: a ScalarType, except that it prints the name of the C++
/// type, as LibTorch's does: "float", "double", "long int", "bool".
class TypeMeta {
 public:
  constexpr TypeMeta() = default;
  constexpr explicit TypeMeta(ScalarType type) : type_(type) {}
  template <class T>
  static constexpr TypeMeta Make() {
    return TypeMeta(scalar_type_of<T>);
  }
  constexpr operator ScalarType() const { return type_; }
  constexpr ScalarType toScalarType() const { return type_; }
  constexpr std::string_view name() const {
    return detail::row_of(type_).cpp_name;
  }
  constexpr size_t itemsize() const {
    return static_cast<size_t>(element_size(type_));
  }

 private:
  ScalarType type_ = ScalarType::Undefined;
};

/// The dtype that factories use when none is given; float32 at the start.
TAPER_API TypeMeta get_default_dtype();
/// Sets it; throws unless it is a floating dtype.
TAPER_API void set_default_dtype(ScalarType type);
constexpr TypeMeta scalarTypeToTypeMeta(ScalarType type) {
  return TypeMeta(type);
}
constexpr ScalarType typeMetaToScalarType(ScalarType type) { return type; }
inline ScalarType get_default_dtype_as_scalartype() {
  return get_default_dtype();
}

namespace detail {
/// Throws NotImplementedError, naming the dtype.
[[noreturn]] TAPER_API void fail_unknown_dtype(ScalarType type);
}  // namespace detail

/// Calls f with a value of the C++ type that `type` stores, so that one
/// generic lambda serves every dtype.
template <class F>
decltype(auto) visit_type(ScalarType type, F&& f) {
#define TAPER_STORED(Name, T, ...) \
  case ScalarType::Name:           \
    return f(T{});
#define TAPER_NAMED(Name, ...) \
  case ScalarType::Name:       \
    break;
  // NOLINTNEXTLINE(bugprone-branch-clone): the rows are alike
  switch (type) { TAPER_DTYPES(TAPER_STORED, TAPER_NAMED) }
#undef TAPER_STORED
#undef TAPER_NAMED
  detail::fail_unknown_dtype(type);
}
/// The same for float32 and float64 alone.
template <class F>
decltype(auto) visit_floating(ScalarType type, F&& f) {
  if (type == kFloat) return f(float{});
  if (type == kDouble) return f(double{});
  detail::fail_unknown_dtype(type);
}
/// The same for all floating dtypes.
template <class F>
void visit_real(ScalarType type, F&& f) {
  visit_type(type, [&](auto zero) {
    if constexpr (is_floating(scalar_type_of<decltype(zero)>)) {
      f(zero);
    } else {
      detail::fail_unknown_dtype(type);
    }
  });
}
/// The same for the compute types alone.
template <class F>
decltype(auto) visit_computed(ScalarType type, F&& f) {
  if (type == kLong) return f(int64_t{});
  if (type == kBool) return f(bool{});
  return visit_floating(type, f);
}

enum class DeviceType : int8_t { CPU, CUDA };
constexpr DeviceType kCPU = DeviceType::CPU;
constexpr DeviceType kCUDA = DeviceType::CUDA;

/// The CPU, or only the name of a GPU; here so that LibTorch programs compile.
class Device {
 public:
  constexpr Device(DeviceType type, int8_t index = -1)
      : type_(type), index_(index) {}
  /// "cpu" or "cpu:0"; "cuda" and "cuda:0" are names that no tensor can go to.
  /// Throws for the other devices of LibTorch and for what is none.
  TAPER_API Device(const std::string& name);
  Device(const char* name) : Device(std::string(name)) {}
  constexpr DeviceType type() const { return type_; }
  constexpr int8_t index() const { return index_; }
  constexpr bool has_index() const { return index_ != -1; }
  /// "cpu", or "cpu:0" with an index.
  std::string str() const {
    const std::string name = is_cpu() ? "cpu" : "cuda";
    return has_index() ? name + ":" + std::to_string(index_) : name;
  }
  constexpr bool is_cpu() const { return type_ == kCPU; }
  constexpr bool is_cuda() const { return type_ == kCUDA; }
  constexpr bool operator==(const Device& other) const = default;

 private:
  DeviceType type_;
  int8_t index_;
};

enum class Layout : int8_t { Strided };
constexpr Layout kStrided = Layout::Strided;

enum class MemoryFormat : int8_t { Contiguous, Preserve };

namespace cuda {
constexpr bool is_available() { return false; }
constexpr int64_t device_count() { return 0; }
}  // namespace cuda

}  // namespace taper
