// Where the dtypes that kernels compute in are found in the tables of kernels.
#pragma once

#include <array>

#include "taper/tensor/kernels/simd/per_type.h"
#include "taper/tensor/scalar_type.h"

namespace taper::kernels {

// A table, since small operations look several times.
inline constexpr std::array kPlaces = [] {
  std::array<int8_t, kDtypeCount> places;
  places.fill(-1);
  places[size_t(kFloat)] = float32;
  places[size_t(kDouble)] = float64;
  places[size_t(kLong)] = integer;
  places[size_t(kBool)] = boolean;
  return places;
}();

/// The place of a compute type in the tables, -1 of every other dtype.
constexpr int place_of(ScalarType type) { return kPlaces[size_t(type)]; }

/// Whether a dtype has no kernels of its own: its elements are converted.
constexpr bool is_narrow(ScalarType type) { return place_of(type) < 0; }

/// Bytes of the largest element that is converted, see is_narrow.
inline constexpr int64_t kNarrowBytes = 4;

#define TAPER_CHECK_ROW(Name, T, Compute, ...)                       \
  static_assert(place_of(k##Compute) >= 0, #Name " has no kernels"); \
  static_assert(!is_narrow(k##Name) || sizeof(T) <= kNarrowBytes);
TAPER_STORED_DTYPES(TAPER_CHECK_ROW)
#undef TAPER_CHECK_ROW

/// The place of a compute type in the tables; throws for every other dtype.
inline int index_of(ScalarType type) {
  const int place = place_of(type);
  if (place < 0) [[unlikely]]
    detail::fail_unknown_dtype(type);
  return place;
}

/// Calls f with a zero of the unsigned type that has the size of an element,
/// which is all that has to be known where elements are only moved.
template <class F>
decltype(auto) visit_word(ScalarType type, F&& f) {
  switch (element_size(type)) {
    case 1:
      return f(uint8_t{});
    case 2:
      return f(uint16_t{});
    case 4:
      return f(uint32_t{});
    case 8:
      return f(uint64_t{});
    default:
      detail::fail_unknown_dtype(type);
  }
}

}  // namespace taper::kernels
