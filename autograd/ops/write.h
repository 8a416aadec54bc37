// The in-place forms that have no kernel of their own: the result of an
// operation is written into an existing tensor.
#pragma once

#include "taper/autograd/record.h"

namespace taper {

/// self <- pure(self) by way of a new tensor, recorded or not.
template <class Pure>
Tensor& write_pure(const char* op, Tensor& self, bool recording,
                   const Pure& pure) {
  return in_place(op, self, recording, pure,
                  [&] { detail::write_result(op, self, pure(self)); });
}

/// self <- f(self, args...), recorded when one of the tensors requires grad.
template <class F, class... Args>
Tensor& write_form(const char* op, Tensor& self, const F& f,
                   const Args&... args) {
  return write_pure(op, self, needs_grad(self, args...), [&](const Tensor& x) {
    return f(x, detail::operand_apart(self, x, args)...);
  });
}

}  // namespace taper
