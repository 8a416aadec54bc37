// Element types (dtypes) and PyTorch's rules for mixing them, and the device
// and layout names that LibTorch programs mention.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "taper/tensor/export.h"

namespace taper {

enum class ScalarType : int8_t { Float, Double, Long, Bool, Undefined };
using Dtype = ScalarType;

constexpr ScalarType kFloat = ScalarType::Float;
constexpr ScalarType kFloat32 = ScalarType::Float;
constexpr ScalarType kDouble = ScalarType::Double;
constexpr ScalarType kFloat64 = ScalarType::Double;
constexpr ScalarType kLong = ScalarType::Long;
constexpr ScalarType kInt64 = ScalarType::Long;
constexpr ScalarType kBool = ScalarType::Bool;
constexpr ScalarType kF32 = ScalarType::Float;
constexpr ScalarType kF64 = ScalarType::Double;
constexpr ScalarType kI64 = ScalarType::Long;

constexpr int64_t element_size(ScalarType type) {
  constexpr int64_t size[] = {4, 8, 8, 1, 0};
  return size[static_cast<int>(type)];
}
constexpr size_t elementSize(ScalarType type) {
  return static_cast<size_t>(element_size(type));
}
constexpr bool is_floating(ScalarType type) {
  return type == kFloat || type == kDouble;
}
inline bool isFloatingType(ScalarType type) {
  return is_floating(type);
}
inline bool isIntegralType(ScalarType type, bool include_bool) {
  return type == kLong || (include_bool && type == kBool);
}

/// "float32", "float64", "int64", "bool".
constexpr const char* name_of(ScalarType type) {
  constexpr const char* name[] = {"float32", "float64", "int64", "bool",
                                  "undefined"};
  return name[static_cast<int>(type)];
}
/// LibTorch's C++ names: "Float", "Double", "Long", "Bool".
constexpr const char* toString(ScalarType type) {
  constexpr const char* name[] = {"Float", "Double", "Long", "Bool",
                                  "Undefined"};
  return name[static_cast<int>(type)];
}

/// The dtype of a result that combines two tensors of these dtypes:
/// bool < int64 < float32 < float64.
constexpr ScalarType promote_types(ScalarType a, ScalarType b) {
  constexpr int rank[] = {2, 3, 1, 0, -1};
  return rank[static_cast<int>(a)] >= rank[static_cast<int>(b)] ? a : b;
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
template <>
struct ScalarTypeOf<float> {
  static constexpr ScalarType value = kFloat;
};
template <>
struct ScalarTypeOf<double> {
  static constexpr ScalarType value = kDouble;
};
template <>
struct ScalarTypeOf<int64_t> {
  static constexpr ScalarType value = kLong;
};
template <>
struct ScalarTypeOf<bool> {
  static constexpr ScalarType value = kBool;
};
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
    constexpr const char* names[] = {"float", "double", "long int", "bool",
                                     "nullptr (uninitialized)"};
    return names[static_cast<int>(type_)];
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
constexpr ScalarType typeMetaToScalarType(ScalarType type) {
  return type;
}
inline ScalarType get_default_dtype_as_scalartype() {
  return get_default_dtype();
}

/// Calls f with a value of the C++ type that `type` stores, so that one
/// generic lambda serves every dtype.
template <class F>
inline decltype(auto) visit_type(ScalarType type, F&& f) {
  switch (type) {
    case ScalarType::Double:
      return f(double{});
    case ScalarType::Long:
      return f(int64_t{});
    case ScalarType::Bool:
      return f(bool{});
    default:
      return f(float{});
  }
}
template <class F>
inline decltype(auto) visit_floating(ScalarType type, F&& f) {
  return type == kDouble ? f(double{}) : f(float{});
}

enum class DeviceType : int8_t { CPU, CUDA };
constexpr DeviceType kCPU = DeviceType::CPU;
constexpr DeviceType kCUDA = DeviceType::CUDA;

/// Always the CPU; here so that LibTorch programs compile.
class Device {
 public:
  constexpr Device(DeviceType type, int8_t index = -1)
      : type_(type), index_(index) {}
  Device(const char* name)
      : type_(name[0] == 'c' && name[1] == 'u' ? kCUDA : kCPU), index_(-1) {}
  constexpr DeviceType type() const { return type_; }
  constexpr int8_t index() const { return index_; }
  constexpr bool is_cpu() const { return type_ == kCPU; }
  constexpr bool is_cuda() const { return type_ == kCUDA; }
  constexpr bool operator==(const Device& other) const {
    return type_ == other.type_ && index_ == other.index_;
  }

 private:
  DeviceType type_;
  int8_t index_;
};

enum class Layout : int8_t { Strided };
constexpr Layout kStrided = Layout::Strided;

enum class MemoryFormat : int8_t { Contiguous, Preserve };

namespace cuda {
constexpr bool is_available() {
  return false;
}
constexpr int64_t device_count() {
  return 0;
}
}  // namespace cuda

}  // namespace taper
