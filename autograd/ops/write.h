// Writing the result of an operation into an existing tensor, for the in-place
// forms that have no kernel of their own.
#pragma once

#include "taper/autograd/record.h"

namespace taper {

/// Throws unless a result of this shape may be written into `self`.
void check_shape_kept(const char* op, const Tensor& self, IntArrayRef shape);
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

/// Whether an argument of an in-place operation requires grad.
inline bool records_arg(const Tensor& argument) { return needs_grad(argument); }
template <class Other>
bool records_arg(const Other&) {
  return false;
}

/// self <- f(self, args...), recorded when one of the tensors requires grad.
template <class F, class... Args>
Tensor& write_form(const char* op, Tensor& self, const F& f,
                   const Args&... args) {
  const bool recording = needs_grad(self) || (records_arg(args) || ...);
  return write_pure(op, self, recording, [&](const Tensor& x) {
    return f(x, detail::operand_apart(self, x, args)...);
  });
}

}  // namespace taper
