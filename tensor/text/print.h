// Text for streams, in LibTorch's format: std::cout << tensor, shapes, dtypes
// and options. repr() gives Python's format instead.
#pragma once

#include <iosfwd>

#include "taper/tensor/tensor.h"

namespace taper {

/// Writes the elements, four decimals each, and "[ CPUFloatType{2,3} ]". Wide
/// matrices come in blocks of columns; a common factor goes before them.
TAPER_API std::ostream& operator<<(std::ostream& out, const Tensor& x);
/// The same with lines of `linesize` characters.
TAPER_API std::ostream& print(std::ostream& out, const Tensor& x,
                              int64_t linesize);
/// The same to std::cout.
TAPER_API void print(const Tensor& x, int64_t linesize = 80);

/// [2, 3]
TAPER_API std::ostream& operator<<(std::ostream& out, IntArrayRef list);
/// Float, Double, Long, Bool
TAPER_API std::ostream& operator<<(std::ostream& out, ScalarType type);
/// float, double, long int, bool
TAPER_API std::ostream& operator<<(std::ostream& out, TypeMeta type);
TAPER_API std::ostream& operator<<(std::ostream& out, const Scalar& value);
TAPER_API std::ostream& operator<<(std::ostream& out, const Device& device);
TAPER_API std::ostream& operator<<(std::ostream& out, DeviceType type);
TAPER_API std::ostream& operator<<(std::ostream& out, Layout layout);
TAPER_API std::ostream& operator<<(std::ostream& out,
                                   const TensorOptions& options);

namespace indexing {

/// 1:3:1
TAPER_API std::ostream& operator<<(std::ostream& out, const Slice& slice);
/// None, ..., 3, true, 1:3:1, or the tensor
TAPER_API std::ostream& operator<<(std::ostream& out, const TensorIndex& index);
/// (0, ..., 1:3:1)
TAPER_API std::ostream& operator<<(std::ostream& out,
                                   const std::vector<TensorIndex>& indices);

}  // namespace indexing

}  // namespace taper
