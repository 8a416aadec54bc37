// All parameters as one vector, and back.
#pragma once

#include <vector>

#include "taper/tensor/tensor.h"

namespace taper::nn::utils {

/// The elements of all parameters, one after the other, in one 1-d tensor that
/// autograd follows.
TAPER_API Tensor parameters_to_vector(const std::vector<Tensor>& parameters);

/// Gives the parameters the elements of `vector`; as in LibTorch they become
/// views of it. Throws, with nothing changed, unless the sizes add up.
TAPER_API void vector_to_parameters(const Tensor& vector,
                                    const std::vector<Tensor>& parameters);

}  // namespace taper::nn::utils
