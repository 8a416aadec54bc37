// Checks the roots and the inputs of a backward and starts its run.
#include "taper/autograd/engine.h"

#include <algorithm>
#include <unordered_set>

#include "taper/autograd/accumulate.h"
#include "taper/autograd/record.h"
#include "taper/autograd/run.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"

namespace taper::autograd {
namespace {

// The edges of the outputs, retained as long as this object lives.
struct Roots {
  Roots() = default;
  // Delegates, so that a throw in the middle releases the first ones.
  Roots(const char* op, TensorList outputs) : Roots() {
    edges.reserve(outputs.size());
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& output = outputs[i];
      check(output.defined(), "[{}] element {} of the tensors is undefined", op,
            i);
      check(output.requires_grad(),
            "[{}] element {} of the tensors (shape {}) does not require grad "
            "and does not have a grad_fn",
            op, i, output.sizes());
      edges.push_back(gradient_edge(output));
    }
  }
  Roots(const Roots&) = delete;
  Roots& operator=(const Roots&) = delete;
  ~Roots() {
    for (const Edge& edge : edges) release(edge.node);
  }

  std::vector<Edge> edges;
};

// The gradient to start from at `output`: what was given, or a one.
Tensor seed(const char* op, const Tensor& output, const Tensor* given) {
  if (!given || !given->defined()) {
    check(output.numel() == 1,
          "[{}] a gradient can be left out for one element only, the tensor "
          "has shape {}",
          op, output.sizes());
    return kernels::full(output.sizes(), 1, output.dtype());
  }
  check(given->sizes() == output.sizes(),
        "[{}] the gradient has shape {} but the tensor has shape {}", op,
        given->sizes(), output.sizes());
  check<TypeError>(is_floating(given->dtype()),
                   "[{}] the gradient must be floating, got {}", op,
                   given->dtype());
  return *given;
}

void run_backward(const char* op, TensorList outputs, TensorList grad_outputs,
                  bool keep_graph, bool create_graph,
                  std::vector<Capture>* captures) {
  const profiler::Scope scope(profiler::Kind::kBackward, op);
  check(grad_outputs.empty() || grad_outputs.size() == outputs.size(),
        "[{}] {} tensors but {} gradients", op, outputs.size(),
        grad_outputs.size());
  Roots roots(op, outputs);
  std::vector<Tensor> seeds;
  seeds.reserve(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    seeds.push_back(seed(op, outputs[i],
                         grad_outputs.empty() ? nullptr : &grad_outputs[i]));
  }
  AutoGradMode recording(create_graph);
  run_graph(op, roots.edges, std::move(seeds), keep_graph, captures);
}

bool shares_one_of(const Tensor& x, TensorList others) {
  return std::any_of(others.begin(), others.end(), [&](const Tensor& other) {
    return other.defined() && x.is_alias_of(other);
  });
}

// Where to catch the gradients of `inputs`; the edges are in `roots`.
std::vector<Capture> captures_of(const Roots& roots) {
  std::vector<Capture> captures;
  for (const Edge& edge : roots.edges) captures.push_back({edge, Tensor()});
  return captures;
}

}  // namespace

void backward(TensorList tensors, TensorList grad_tensors,
              std::optional<bool> retain_graph, bool create_graph,
              TensorList inputs) {
  bool keep_graph = retain_graph.value_or(create_graph);
  if (inputs.empty()) {
    run_backward("backward", tensors, grad_tensors, keep_graph, create_graph,
                 nullptr);
    return;
  }
  const Roots roots("backward", inputs);
  std::vector<Capture> captures = captures_of(roots);
  std::unordered_set<const TensorImpl*> named;
  for (size_t i = 0; i < inputs.size(); ++i) {
    TensorImpl* input = inputs[i].impl();
    // A tensor that is named twice is meant once; one that retains its gradient
    // gets it without being named.
    if (named.insert(input).second && !input->retains_grad) {
      captures[i].into = input;
    }
  }
  run_backward("backward", tensors, grad_tensors, keep_graph, create_graph,
               &captures);
}

variable_list grad(TensorList outputs, TensorList inputs,
                   TensorList grad_outputs, std::optional<bool> retain_graph,
                   bool create_graph, bool allow_unused) {
  check(!inputs.empty(), "[grad] expected at least one input");
  const Roots roots("grad", inputs);
  std::vector<Capture> captures = captures_of(roots);
  run_backward("grad", outputs, grad_outputs,
               retain_graph.value_or(create_graph), create_graph, &captures);
  AutoGradMode recording(create_graph);
  variable_list grads;
  for (size_t i = 0; i < captures.size(); ++i) {
    check(captures[i].grad.defined() || allow_unused,
          "[grad] element {} of the inputs (shape {}) is not part of the "
          "graph; pass allow_unused=true if this is wanted",
          i, inputs[i].sizes());
    Tensor& grad = captures[i].grad;
    // What is returned may be edited: it must be neither a gradient that was
    // passed in nor another one of these.
    if (grad.defined() && !create_graph) {
      grad = owned(std::move(grad));
    } else if (grad.defined() && (shares_one_of(grad, grads) ||
                                  shares_one_of(grad, grad_outputs))) {
      grad = grad.clone();
    }
    grads.push_back(std::move(grad));
  }
  return grads;
}

}  // namespace taper::autograd
