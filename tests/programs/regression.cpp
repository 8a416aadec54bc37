// Linear regression with plain tensors, then the same with a layer.
#include <vector>

#include "tests/programs/programs.h"

namespace {

void with_tensors(std::ostream& out) {
  torch::manual_seed(1);
  auto x = torch::randn({64, 3});
  auto true_w = torch::tensor({{2.0}, {-3.4}, {0.5}}, torch::kFloat32);
  auto y = torch::mm(x, true_w) + 4.2 + 0.01 * torch::randn({64, 1});

  torch::Tensor w = torch::zeros({3, 1}, torch::requires_grad());
  torch::Tensor b = torch::zeros(1, torch::TensorOptions().requires_grad(true));
  const double lr = 0.1;
  for (int epoch = 0; epoch < 50; ++epoch) {
    auto loss = (torch::matmul(x, w) + b - y).pow(2).mean();
    loss.backward();
    torch::NoGradGuard no_grad;
    for (auto& p : {w, b}) p.sub_(lr * p.grad());
    w.grad().zero_();
    b.mutable_grad() = torch::Tensor();
    if (epoch % 10 == 0) out << "epoch " << epoch << " loss " << loss << "\n";
  }
  out << "w\n" << w << "\nb " << b.item<float>() << "\n";
}

void with_layer(std::ostream& out) {
  torch::manual_seed(2);
  torch::Device device(torch::kCPU);
  if (torch::cuda::is_available()) device = torch::Device(torch::kCUDA);
  torch::nn::Linear model(torch::nn::LinearOptions(3, 1));
  model->to(device);
  torch::nn::MSELoss criterion{torch::nn::MSELossOptions(torch::kMean)};
  torch::optim::SGD optimizer(model->parameters(),
                              torch::optim::SGDOptions(0.05).momentum(0.5));
  const auto x = torch::rand({100, 3}, device);
  const auto y = x.sum(1, /*keepdim=*/true).to(device);
  torch::Tensor loss;
  for (int64_t i = 0; i != 100; ++i) {
    optimizer.zero_grad();
    loss = criterion(model->forward(x), y);
    loss.backward();
    optimizer.step();
  }
  out << model << "\n" << model->weight << "\n" << model->bias << "\n";
  out << "loss " << loss.item().toFloat() << " of " << x.sizes() << " "
      << x.size(-1) << " " << x.dim() << " " << x.numel() << "\n";
  std::vector<float> first(x.data_ptr<float>(), x.data_ptr<float>() + 3);
  for (float v : first) out << v << " ";
  out << "\n";
}

}  // namespace

void regression(std::ostream& out) {
  with_tensors(out);
  with_layer(out);
}
