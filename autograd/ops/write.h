// Writing the result of an operation into an existing tensor, for the in-place
// forms that have no kernel of their own.
#pragma once

#include "taper/autograd/record.h"

namespace taper {

/// Throws unless a result of this shape and dtype may be written into `self`.
void check_writable(const char* op, const Tensor& self, IntArrayRef shape,
                    ScalarType dtype);
/// self <- result, after check_writable.
void write_result(const char* op, Tensor& self, const Tensor& result);

/// self <- pure(self) by way of a new tensor, recorded or not.
template <class Pure>
Tensor& write_pure(const char* op, Tensor& self, bool recording,
                   const Pure& pure) {
  return in_place(op, self, recording, pure,
                  [&] { write_result(op, self, pure(self)); });
}

/// self <- pure(self, other), other being a Tensor or a Scalar.
template <class Other, class Pure>
Tensor& write_binary_pure(const char* op, Tensor& self, const Other& other,
                          const Pure& pure) {
  bool recording = needs_grad(self);
  if constexpr (std::is_same_v<Other, Tensor>) recording |= needs_grad(other);
  return write_pure(op, self, recording, [&](const Tensor& x) {
    return pure(x, detail::operand_apart(self, x, other));
  });
}

}  // namespace taper
