// Tables by type: kernels are compiled for the compute types alone, and every
// table of them has one entry each, in the order of ComputeType.
#pragma once

#include <cstdint>

/// Declares the table of a family of kernels for every instruction set, and the
/// pointer to that of the running processor, set when the library is loaded.
#define TAPER_TABLE(Table, name) \
  namespace baseline {           \
  extern const Table name;       \
  }                              \
  namespace v3 {                 \
  extern const Table name;       \
  }                              \
  namespace v4 {                 \
  extern const Table name;       \
  }                              \
  extern const Table* name;

namespace taper::kernels {

/// The types that kernels compute in: float, double, int64_t and bool, which is
/// one byte, 0 or 1. The first kRealTypes are real.
enum ComputeType { float32, float64, integer, boolean, kComputeTypes };
inline constexpr int kRealTypes = integer;

/// Elements have 1, 2, 4 or 8 bytes; size_index is 0, 1, 2 or 3.
inline constexpr int kElementSizes = 4;
constexpr int size_index(std::int64_t bytes) {
  return bytes == 8 ? 3 : bytes == 4 ? 2 : bytes == 2 ? 1 : 0;
}

/// One entry for each compute type; a null one means "not supported".
template <class F>
using PerType = F[kComputeTypes];
/// One entry for each size of an element.
template <class F>
using PerSize = F[kElementSizes];
/// One entry for each real compute type.
template <class F>
using PerReal = F[kRealTypes];

}  // namespace taper::kernels
