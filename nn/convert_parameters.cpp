// Parameters to a vector and back.
#include "taper/nn/convert_parameters.h"

#include "taper/autograd/ops.h"

namespace taper::nn::utils {

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
