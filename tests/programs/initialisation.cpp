// Walking through modules: initialising, freezing, counting, copying.
#include <cmath>

#include "tests/programs/programs.h"

namespace {

namespace nn = torch::nn;

struct BlockImpl : nn::Cloneable<BlockImpl> {
  explicit BlockImpl(int64_t width) : width_(width) { reset(); }
  void reset() override {
    fc = register_module("fc", nn::Linear(width_, width_));
    norm =
        register_module("norm", nn::LayerNorm(nn::LayerNormOptions({width_})));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return x + torch::gelu(fc->forward(norm->forward(x)));
  }
  int64_t width_;
  nn::Linear fc{nullptr};
  nn::LayerNorm norm{nullptr};
};
TORCH_MODULE(Block);

struct StackImpl : nn::Module {
  StackImpl() : nn::Module("Stack") {
    for (int i = 0; i < 2; ++i) blocks->push_back(Block(4));
    register_module("blocks", blocks);
    register_module("gate", gate);
  }
  torch::Tensor forward(torch::Tensor x) {
    for (const auto& block : *blocks) x = block->as<Block>()->forward(x);
    return gate(x);
  }
  nn::ModuleList blocks;
  nn::PReLU gate;
};
TORCH_MODULE(Stack);

void init_weights(nn::Module& module) {
  torch::NoGradGuard no_grad;
  if (auto* linear = module.as<nn::Linear>()) {
    nn::init::xavier_normal_(linear->weight,
                             nn::init::calculate_gain(torch::kReLU));
    nn::init::constant_(linear->bias, 0.01);
  } else if (auto* norm = module.as<nn::LayerNorm>()) {
    norm->weight.fill_(1.5);
  }
}

void as_vector(std::ostream& out) {
  nn::Linear layer(2, 2);
  auto flat = nn::utils::parameters_to_vector(layer->parameters());
  TORCH_CHECK(flat.numel() == 6, "six parameters, not ", flat.numel());
  nn::utils::vector_to_parameters(flat.detach() * 2, layer->parameters());
  out << flat << "\n" << layer->weight << "\n";
  try {
    TORCH_CHECK(false, "always ", 1);
  } catch (const torch::Error&) {
    out << "caught\n";
  }
}

}  // namespace

void initialisation(std::ostream& out) {
  torch::manual_seed(21);
  Stack model;
  model->apply(init_weights);
  out << *model << "\n";
  out << model->forward(torch::ones({2, 4})) << "\n";

  for (auto& p : model->named_parameters()) {
    if (p.key().find("bias") != std::string::npos)
      p.value().requires_grad_(false);
  }
  int64_t trainable = 0, total = 0;
  for (const auto& p : model->parameters()) {
    total += p.numel();
    if (p.requires_grad()) trainable += p.numel();
  }
  out << trainable << " of " << total << "\n";
  for (const auto& child : model->named_children())
    out << child.key() << " " << child.value()->parameters().size() << "\n";
  for (const auto& entry : model->named_modules("", /*include_self=*/false))
    out << entry.key() << "\n";

  auto original = Block(3);
  auto copy = std::dynamic_pointer_cast<BlockImpl>(original->clone());
  {
    torch::NoGradGuard no_grad;
    original->fc->weight.zero_();
    original->fc->bias.copy_(torch::tensor({1.f, 2.f, 3.f}));
    nn::init::uniform_(original->norm->weight, -1, 1);
  }
  out << copy->fc->weight.abs().sum().item<float>() << " " << original->fc->bias
      << "\n"
      << original->norm->weight << "\n";
  model->to(torch::kDouble);
  out << model->parameters()[0].scalar_type() << " "
      << model->forward(torch::zeros({1, 4}, torch::kDouble)) << "\n";

  auto weight = nn::init::kaiming_uniform_(torch::empty({3, 5}), std::sqrt(5),
                                           torch::kFanIn, torch::kLeakyReLU);
  out << weight << "\n" << nn::init::eye_(torch::empty({2, 3})) << "\n";
  as_vector(out);
}
