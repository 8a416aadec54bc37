// Gradients clipped by their norm and by value; all parameters as one vector,
// and back.
#pragma once

#include <vector>

#include "taper/tensor/tensor.h"

namespace taper::nn::utils {

/// Multiplies the gradients of all parameters, a list or one, by min(1,
/// max_norm / (norm + 1e-6)), where `norm` is the norm of order norm_type of
/// all of them as one vector (infinity is the largest magnitude, -infinity the
/// smallest, 0 the number of gradients), and returns the norm. Throws for a NaN
/// norm_type, and, if error_if_nonfinite, when the norm is infinite or NaN. As
/// in LibTorch a negative max_norm turns the gradients round.
TAPER_API double clip_grad_norm_(TensorList parameters, double max_norm,
                                 double norm_type = 2.0,
                                 bool error_if_nonfinite = false);

/// Limits every element of every gradient to [-clip_value, clip_value], as
/// clamp() does, which gives clip_value if that is negative.
TAPER_API void clip_grad_value_(TensorList parameters, double clip_value);

/// The elements of all parameters, one after the other, in one 1-d tensor that
/// autograd follows.
TAPER_API Tensor parameters_to_vector(const std::vector<Tensor>& parameters);

/// Gives the parameters the elements of `vector`; as in LibTorch they become
/// views of it. Throws, with nothing changed, unless the sizes add up.
TAPER_API void vector_to_parameters(const Tensor& vector,
                                    const std::vector<Tensor>& parameters);

}  // namespace taper::nn::utils
