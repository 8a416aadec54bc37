// The table of dtypes: one row each, in the order of PyTorch's ScalarType.
//
// stored(Name, C++ type, compute, "name in Python", "LibTorch's C++ name"): a
// tensor may hold it. Kernels exist for the compute types, which are their own
// `compute`; elements of the others are converted on the way in and out.
// named(Name, "name in Python"): a name alone; no tensor can be made of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "taper/tensor/short_float.h"

// clang-format off
#define TAPER_DTYPES(stored, named)                                            \
  stored(Byte, uint8_t, Long, "uint8", "unsigned char")                        \
  stored(Char, int8_t, Long, "int8", "signed char")                            \
  stored(Short, int16_t, Long, "int16", "short int")                           \
  stored(Int, int32_t, Long, "int32", "int")                                   \
  stored(Long, int64_t, Long, "int64", "long int")                             \
  stored(Half, ShortFloat<5>, Float, "float16", "c10::Half")                   \
  stored(Float, float, Float, "float32", "float")                              \
  stored(Double, double, Double, "float64", "double")                          \
  named(ComplexHalf, "complex32") named(ComplexFloat, "complex64")             \
  named(ComplexDouble, "complex128")                                           \
  stored(Bool, bool, Bool, "bool", "bool")                                     \
  named(QInt8, "qint8") named(QUInt8, "quint8") named(QInt32, "qint32")        \
  stored(BFloat16, ShortFloat<8>, Float, "bfloat16", "c10::BFloat16")          \
  named(QUInt4x2, "quint4x2") named(QUInt2x4, "quint2x4")                      \
  named(Bits1x8, "bits1x8") named(Bits2x4, "bits2x4")                          \
  named(Bits4x2, "bits4x2") named(Bits8, "bits8") named(Bits16, "bits16")      \
  named(Float8_e5m2, "float8_e5m2") named(Float8_e4m3fn, "float8_e4m3fn")      \
  named(Float8_e5m2fnuz, "float8_e5m2fnuz")                                    \
  named(Float8_e4m3fnuz, "float8_e4m3fnuz") named(UInt16, "uint16")            \
  named(UInt32, "uint32") named(UInt64, "uint64") named(UInt1, "uint1")        \
  named(UInt2, "uint2") named(UInt3, "uint3") named(UInt4, "uint4")            \
  named(UInt5, "uint5") named(UInt6, "uint6") named(UInt7, "uint7")            \
  named(Int1, "int1") named(Int2, "int2") named(Int3, "int3")                  \
  named(Int4, "int4") named(Int5, "int5") named(Int6, "int6")                  \
  named(Int7, "int7") named(Float8_e8m0fnu, "float8_e8m0fnu")                  \
  named(Float4_e2m1fn_x2, "float4_e2m1fn_x2") named(Undefined, "undefined")
// clang-format on

// The rows of the first kind alone.
#define TAPER_NO_ROW(...)
#define TAPER_STORED_DTYPES(stored) TAPER_DTYPES(stored, TAPER_NO_ROW)

namespace taper {

#define TAPER_ROW(Name, ...) Name,
enum class ScalarType : int8_t { TAPER_DTYPES(TAPER_ROW, TAPER_ROW) };
#undef TAPER_ROW

inline constexpr int kDtypeCount = static_cast<int>(ScalarType::Undefined) + 1;

/// The C++ type that a stored dtype holds.
template <ScalarType>
struct StoredTypeOf;
#define TAPER_ROW(Name, T, ...)           \
  template <>                             \
  struct StoredTypeOf<ScalarType::Name> { \
    using type = T;                       \
  };
TAPER_STORED_DTYPES(TAPER_ROW)
#undef TAPER_ROW
template <ScalarType type>
using StoredType = typename StoredTypeOf<type>::type;

namespace detail {

/// A row as data; a named dtype has size 0.
struct DtypeRow {
  const char* name;
  const char* libtorch_name;
  const char* cpp_name;
  int8_t size;
  bool is_signed;
  ScalarType compute;
};

#define TAPER_STORED(Name, T, Compute, name, cpp_name) \
  {name, #Name, cpp_name, sizeof(T), T(-1) < T(0), ScalarType::Compute},
#define TAPER_NAMED(Name, name) \
  {name, #Name, "nullptr (uninitialized)", 0, true, ScalarType::Undefined},
inline constexpr DtypeRow kDtypes[] = {TAPER_DTYPES(TAPER_STORED, TAPER_NAMED)};
#undef TAPER_STORED
#undef TAPER_NAMED

static_assert(sizeof(kDtypes) / sizeof(kDtypes[0]) == kDtypeCount);

constexpr const DtypeRow& row_of(ScalarType type) {
  return kDtypes[static_cast<size_t>(type)];
}

}  // namespace detail
}  // namespace taper
