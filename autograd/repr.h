// repr(): a tensor as Python's PyTorch prints it.
#pragma once

#include <string>

#include "taper/tensor/text/repr.h"

namespace taper {

/// For instance "tensor([1., 2.], grad_fn=<AddBackward0>)". Tensors of more
/// than 1000 elements are summarised; set_printoptions() changes that.
TAPER_API std::string repr(const Tensor& x);

}  // namespace taper
