// A backward through the composed operation, recorded in turn.
#include "taper/autograd/composed.h"

#include "taper/autograd/grad_mode.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {

// `x` as a result of its own, so that a gradient can be asked for exactly here,
// not for what x was made from.
static Tensor identity(const Tensor& x) {
  Tensor y = kernels::alias(x);
  return record(y, "AliasBackward0", x, pass_grad);
}

// Passes the gradient of its result on.
class PassNode final : public Node {
 public:
  void apply(Tensor* grad, Tensor* grad_input) override {
    grad_input[0] = std::move(grad[0]);
  }
  void release_saved() override {}
};

Tensor with_history_of_input(const Tensor& value, size_t i) {
  const Edge input = detail::current_node->edges_[i];
  Tensor y = value;
  if (input.node) {
    detail::lead_on(y, detail::new_node<PassNode>(1), "AliasBackward0", input);
  }
  return y;
}

void composed_backward(
    const InputGrads& grads, const std::vector<Tensor>& inputs,
    const Tensor& grad,
    const std::function<Tensor(const std::vector<Tensor>&)>& composed) {
  const bool recorded = detail::grad_enabled;
  const AutoGradMode recording(true);
  std::vector<Tensor> proxies;
  std::vector<Tensor> wanted;
  for (const Tensor& input : inputs) {
    proxies.push_back(wants_grad(input) ? identity(input) : input);
    if (wants_grad(input)) wanted.push_back(proxies.back());
  }
  const Tensor y = composed(proxies);
  const std::vector<Tensor> found =
      autograd::grad(TensorList(y), wanted, TensorList(grad),
                     /*retain_graph=*/true,
                     /*create_graph=*/recorded,
                     /*allow_unused=*/true);
  size_t next = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (wants_grad(inputs[i])) grads[i] = found[next++];
  }
}

}  // namespace taper
