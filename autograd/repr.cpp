// The name of the grad_fn comes from here, the rest from tensor/text.
#include "taper/autograd/repr.h"

#include "taper/autograd/node.h"

namespace taper {

std::string repr(const Tensor& x) {
  if (!x.defined()) return "tensor(undefined)";
  NodePtr node = x.grad_fn();
  return detail::repr_text(x, node ? node->name() : std::string());
}

}  // namespace taper
