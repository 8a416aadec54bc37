// Clipping of gradients; parameters to a vector and back.
#include "taper/nn/utils.h"

#include <cmath>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"

namespace taper::nn::utils {
namespace {

std::vector<Tensor> gradients(TensorList parameters) {
  std::vector<Tensor> grads;
  for (const Tensor& parameter : parameters) {
    if (parameter.grad().defined()) grads.push_back(parameter.grad().detach());
  }
  return grads;
}

double all_norm(const std::vector<Tensor>& grads, double norm_type) {
  if (norm_type == 0) return static_cast<double>(grads.size());
  std::vector<Tensor> norms;
  for (const Tensor& grad : grads) {
    if (grad.numel() > 0) norms.push_back(grad.norm(norm_type));
  }
  if (norms.empty()) return 0;
  if (norms.size() == 1) return norms[0].item<double>();
  ScalarType dtype = norms[0].dtype();
  for (const Tensor& norm : norms) dtype = promote_types(dtype, norm.dtype());
  for (Tensor& norm : norms) norm = norm.to(dtype);
  return stack(norms).norm(norm_type).item<double>();
}

}  // namespace

double clip_grad_norm_(TensorList parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  check<ValueError>(!std::isnan(norm_type),
                    "[clip_grad_norm_] norm_type must be a number, got {}",
                    norm_type);
  NoGradGuard no_grad;
  std::vector<Tensor> grads = gradients(parameters);
  if (grads.empty()) return 0;
  const double norm = all_norm(grads, norm_type);
  check(!error_if_nonfinite || std::isfinite(norm),
        "[clip_grad_norm_] the norm of order {} is {}, so the gradients cannot "
        "be clipped",
        norm_type, norm);
  // In the dtype of the gradients, as PyTorch computes it.
  const bool wide = grads[0].dtype() == kDouble && norm_type != 0;
  const double factor =
      wide ? max_norm / (norm + 1e-6)
           : static_cast<float>(max_norm) /
                 (static_cast<float>(norm) + static_cast<float>(1e-6));
  // Multiplies by 1 as well, as PyTorch does; a NaN norm makes all NaN.
  const double clamped = factor > 1 ? 1.0 : factor;
  for (Tensor& grad : grads) grad.mul_(clamped);
  return norm;
}

void clip_grad_value_(TensorList parameters, double clip_value) {
  NoGradGuard no_grad;
  for (Tensor& grad : gradients(parameters)) {
    grad.clamp_(-clip_value, clip_value);
  }
}

Tensor parameters_to_vector(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> parts;
  parts.reserve(parameters.size());
  for (const Tensor& parameter : parameters)
    parts.push_back(parameter.reshape(-1));
  return cat(parts);
}

void vector_to_parameters(const Tensor& vector,
                          const std::vector<Tensor>& parameters) {
  int64_t count = 0;
  for (const Tensor& parameter : parameters) {
    check<TypeError>(parameter.dtype() == vector.dtype(),
                     "[vector_to_parameters] a parameter is {}, the vector {}",
                     parameter.dtype(), vector.dtype());
    count += parameter.numel();
  }
  check(vector.dim() == 1 && vector.numel() == count,
        "[vector_to_parameters] {} parameters from a tensor of shape {}", count,
        vector.sizes());
  int64_t first = 0;
  for (const Tensor& parameter : parameters) {
    const Tensor part = vector.detach().narrow(0, first, parameter.numel());
    parameter.set_data(part.view_as(parameter));
    first += parameter.numel();
  }
}

}  // namespace taper::nn::utils
