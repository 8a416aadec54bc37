// Clipping of gradients, by their norm and by value.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "taper/tensor/tensor.h"

namespace taper::nn::utils {

/// Multiplies all gradients by min(1, max_norm / (norm + 1e-6)), where `norm`
/// is the norm of order norm_type of all of them as one vector (infinity is
/// the largest magnitude, 0 the number of gradients), and returns the norm.
/// Throws for a NaN or negative max_norm, a NaN norm_type, and, if
/// error_if_nonfinite, when the norm is infinite or NaN.
TAPER_API double clip_grad_norm_(const std::vector<Tensor>& parameters,
                                 double max_norm, double norm_type = 2.0,
                                 bool error_if_nonfinite = false);
inline double clip_grad_norm_(std::initializer_list<Tensor> parameters,
                              double max_norm, double norm_type = 2.0,
                              bool error_if_nonfinite = false) {
  return clip_grad_norm_(std::vector<Tensor>(parameters), max_norm, norm_type,
                         error_if_nonfinite);
}
inline double clip_grad_norm_(Tensor parameter, double max_norm,
                              double norm_type = 2.0,
                              bool error_if_nonfinite = false) {
  return clip_grad_norm_(std::vector<Tensor>{std::move(parameter)}, max_norm,
                         norm_type, error_if_nonfinite);
}

/// Limits every element of every gradient to [-clip_value, clip_value]. Throws
/// unless clip_value >= 0.
TAPER_API void clip_grad_value_(const std::vector<Tensor>& parameters,
                                double clip_value);
inline void clip_grad_value_(std::initializer_list<Tensor> parameters,
                             double clip_value) {
  clip_grad_value_(std::vector<Tensor>(parameters), clip_value);
}
inline void clip_grad_value_(Tensor parameter, double clip_value) {
  clip_grad_value_(std::vector<Tensor>{std::move(parameter)}, clip_value);
}

}  // namespace taper::nn::utils
