// One backward through the graph. The entry points are in engine.h.
#pragma once

#include <vector>

#include "taper/autograd/node.h"
#include "taper/tensor/tensor.h"

namespace taper::autograd {

/// A gradient that is wanted at an edge of the graph: where, what came, and the
/// tensor to whose .grad it is added, if any.
struct Capture {
  Edge edge;
  Tensor grad;
  TensorImpl* into = nullptr;
};

/// Starts with seeds[i] at roots[i], whose nodes the caller keeps alive. Fills
/// the captures when there are any, else adds what arrives at the leaves to
/// their .grad; of all .grad either all change or none. Frees what the nodes
/// saved as it goes, unless `keep_graph`. Records the backward when gradients
/// are enabled. Safe to nest: a hook may run backward, and so on. `op` is for
/// errors.
void run_graph(const char* op, const std::vector<Edge>& roots,
               std::vector<Tensor> seeds, bool keep_graph,
               std::vector<Capture>* captures);

}  // namespace taper::autograd
