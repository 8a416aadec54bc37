// A module of one's own, mini-batches by slicing, groups of parameters with
// learning rates of their own, accuracy in eval mode.
#include <algorithm>

#include "tests/programs/programs.h"

namespace {

struct NetImpl : torch::nn::Module {
  // No bias in front of the norm, which removes it: its gradient is rounding
  // noise, out of which Adam makes steps that no other machine repeats.
  NetImpl(int64_t features, int64_t hidden, int64_t classes)
      : body(torch::nn::Sequential({
            {"fc", torch::nn::Linear(
                       torch::nn::LinearOptions(features, hidden).bias(false))},
            {"norm", torch::nn::BatchNorm1d(hidden)},
            {"act", torch::nn::LeakyReLU(
                        torch::nn::LeakyReLUOptions().negative_slope(0.1))},
        })),
        drop(torch::nn::DropoutOptions().p(0.25)) {
    head = register_module("head", torch::nn::Linear(hidden, classes));
    register_module("body", body);
    register_module("drop", drop);
    scale = register_parameter("scale", torch::ones({1}));
    seen = register_buffer("seen", torch::zeros({}, torch::kLong));
  }

  torch::Tensor forward(torch::Tensor x) {
    x = body->forward(x.view({x.size(0), -1}));
    if (is_training()) seen += x.size(0);
    return torch::log_softmax(head(drop(x)) * scale, /*dim=*/1);
  }

  torch::nn::Sequential body;
  torch::nn::Dropout drop{nullptr};
  torch::nn::Linear head{nullptr};
  torch::Tensor scale, seen;
};
TORCH_MODULE(Net);

double accuracy(Net& net, const torch::Tensor& x, const torch::Tensor& y) {
  torch::NoGradGuard no_grad;
  net->eval();
  auto prediction = net->forward(x).argmax(1);
  auto correct = prediction.eq(y).sum().template item<int64_t>();
  return static_cast<double>(correct) / static_cast<double>(y.size(0));
}

}  // namespace

void classifier(std::ostream& out) {
  torch::manual_seed(4294967299);
  Net net(8, 16, 3);
  auto x = torch::randn({90, 2, 4});
  auto y = x.flatten(1).slice(/*dim=*/1, 0, 3).argmax(1);

  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(net->body->parameters());
  groups.emplace_back(
      net->head->parameters(),
      std::make_unique<torch::optim::AdamOptions>(
          torch::optim::AdamOptions(5e-2).betas(std::make_tuple(0.8, 0.99))));
  torch::optim::Adam optimizer(groups, torch::optim::AdamOptions(1e-2));
  optimizer.add_param_group({{net->scale}});

  const int64_t batch = 32;
  for (int epoch = 1; epoch <= 6; ++epoch) {
    net->train();
    double running = 0;
    auto order = torch::randperm(x.size(0), torch::kLong);
    for (int64_t i = 0; i < x.size(0); i += batch) {
      auto picked = order.slice(0, i, std::min(i + batch, x.size(0)));
      auto output = net(x.index_select(0, picked));
      auto loss = torch::nll_loss(output, y.index({picked}));
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      running += loss.item<double>() * static_cast<double>(picked.size(0));
    }
    out << "epoch " << epoch << " loss " << running / 90 << " accuracy "
        << accuracy(net, x, y) << "\n";
  }
  out << net << "\n";
  for (const auto& pair : net->named_parameters()) {
    out << pair.key() << " " << pair.value().sizes() << " "
        << pair.value().sum().item<float>() << "\n";
  }
  for (const auto& pair : net->named_buffers())
    out << pair.key() << " " << pair->sum().item<double>() << "\n";
  out << "groups " << optimizer.param_groups().size() << " "
      << optimizer.param_groups()[1].options().get_lr() << " "
      << optimizer.param_groups()[2].options().get_lr() << "\n";
}
