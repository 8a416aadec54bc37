// Runs backward: one pass over the graph in decreasing sequence order.
#pragma once

#include <optional>
#include <vector>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/node.h"
#include "taper/tensor/tensor.h"

namespace taper::autograd {

using Variable = Tensor;
using variable_list = std::vector<Tensor>;
using tensor_list = std::vector<Tensor>;
using taper::Edge;
using taper::Node;

/// Adds the gradients of sum(tensors[i] * grad_tensors[i]) to the .grad of the
/// leaves, or only of `inputs`. An undefined (or left out) gradient means 1 and
/// needs a tensor of one element. retain_graph defaults to create_graph;
/// create_graph records the backward itself, for higher orders. When it throws,
/// no .grad has changed.
TAPER_API void backward(TensorList tensors, TensorList grad_tensors = {},
                        std::optional<bool> retain_graph = std::nullopt,
                        bool create_graph = false, TensorList inputs = {});

/// Returns the same gradients instead of accumulating them. An input that the
/// outputs do not depend on throws, or is undefined with allow_unused.
TAPER_API variable_list grad(TensorList outputs, TensorList inputs,
                             TensorList grad_outputs = {},
                             std::optional<bool> retain_graph = std::nullopt,
                             bool create_graph = false,
                             bool allow_unused = false);

}  // namespace taper::autograd
