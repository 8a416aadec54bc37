// Functions with a backward of their own, hooks, gradients of gradients.
#include "tests/programs/programs.h"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor input,
                               torch::Tensor weight,
                               torch::Tensor bias = torch::Tensor()) {
    ctx->save_for_backward({input, weight, bias});
    auto output = input.mm(weight.t());
    if (bias.defined()) output += bias.unsqueeze(0).expand_as(output);
    return output;
  }
  static variable_list backward(AutogradContext* ctx,
                                variable_list grad_outputs) {
    auto saved = ctx->get_saved_variables();
    auto input = saved[0], weight = saved[1], bias = saved[2];
    auto grad = grad_outputs[0];
    torch::Tensor grad_bias;
    if (bias.defined()) grad_bias = grad.sum(0);
    return {grad.mm(weight), grad.t().mm(input), grad_bias};
  }
};

struct MulConstant : torch::autograd::Function<MulConstant> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor tensor,
                               double constant) {
    ctx->saved_data["constant"] = constant;
    return tensor * constant;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {grads[0] * ctx->saved_data["constant"].toDouble(), torch::Tensor()};
  }
};

void penalty(std::ostream& out) {
  auto model = torch::nn::Linear(4, 3);
  auto input = torch::randn({3, 4}).requires_grad_(true);
  auto output = model(input);
  auto target = torch::randn({3, 3});
  auto loss = torch::nn::MSELoss()(output, target);
  auto grad =
      torch::autograd::grad({output}, {input}, {torch::ones_like(output)},
                            /*retain_graph=*/true,
                            /*create_graph=*/true)[0];
  auto gradient_penalty = torch::pow((grad.norm(2, /*dim=*/1) - 1), 2).mean();
  (loss + gradient_penalty).backward();
  out << input.grad() << "\n" << model->weight.grad() << "\n";
}

}  // namespace

void custom_function(std::ostream& out) {
  torch::manual_seed(5);
  auto x = torch::randn({2, 3}).requires_grad_();
  auto weight = torch::randn({4, 3}).requires_grad_();
  auto y = LinearFunction::apply(x, weight);
  y.sum().backward();
  out << x.grad() << "\n" << weight.grad() << "\n";

  auto a = torch::tensor({1.0, 2.0, 3.0}, torch::requires_grad());
  auto handle = a.register_hook([](torch::Tensor g) { return g * 10; });
  auto b = MulConstant::apply(a, 5.5);
  b.retain_grad();
  (b * b).sum().backward();
  out << a.grad() << "\n" << b.grad() << "\n";
  a.remove_hook(handle);

  auto c = torch::exp(a).detach();
  out << c.requires_grad() << " " << a.is_leaf() << " " << b.is_leaf() << " "
      << (b.grad_fn() != nullptr) << " " << a.grad().defined() << "\n";
  penalty(out);

  auto z = torch::ones({2, 2}, torch::requires_grad());
  auto cubed = z.pow(3).sum();
  auto first = torch::autograd::grad({cubed}, {z}, {}, std::nullopt, true)[0];
  auto second = torch::autograd::grad({first.sum()}, {z})[0];
  out << second << "\n";
  try {
    cubed.backward();
    cubed.backward();
  } catch (const std::exception&) {
    out << "a second backward throws\n";
  }
}
