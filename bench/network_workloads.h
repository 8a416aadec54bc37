// Training steps of convolutional, recurrent and attention networks, and their
// costly layers alone.
#pragma once

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "step_workloads.h"

namespace bench {

namespace F = torch::nn::functional;

// Forward, cross entropy against random classes, backward and a step.
template <class Optimizer>
Workload classify_images(nn::Sequential model, const Tensor& x,
                         std::shared_ptr<Optimizer> optimizer) {
  const Tensor label = torch::randint(0, 10, {x.size(0)}, torch::kLong);
  nn::CrossEntropyLoss criterion;
  return repeat([=]() mutable {
    optimizer->zero_grad();
    criterion(model->forward(x), label).backward();
    optimizer->step();
  });
}

template <class Optimizer, class Options>
std::shared_ptr<Optimizer> optimizer_of(nn::Module& model, Options options) {
  return std::make_shared<Optimizer>(model.parameters(), options);
}

// f(inputs...) and its gradients by what requires grad.
template <class F>
Workload forward_backward(F f, std::vector<Tensor> leaves) {
  const Tensor grad = torch::randn_like(f());
  return repeat([=]() mutable {
    for (Tensor& leaf : leaves) leaf.mutable_grad() = Tensor();
    f().backward(grad);
  });
}

inline Workload lenet() {
  nn::Sequential model(nn::Conv2d(1, 6, 5), nn::ReLU(), nn::MaxPool2d(2),
                       nn::Conv2d(6, 16, 5), nn::ReLU(), nn::MaxPool2d(2),
                       nn::Flatten(), nn::Linear(256, 120), nn::ReLU(),
                       nn::Linear(120, 84), nn::ReLU(), nn::Linear(84, 10));
  return classify_images(
      model, torch::randn({64, 1, 28, 28}),
      optimizer_of<torch::optim::SGD>(*model, torch::optim::SGDOptions(0.01)));
}

inline nn::Sequential conv_block(int64_t in, int64_t out, int64_t stride) {
  return nn::Sequential(
      nn::Conv2d(
          nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false)),
      nn::BatchNorm2d(out), nn::ReLU(),
      nn::Conv2d(nn::Conv2dOptions(out, out, 3).padding(1).bias(false)),
      nn::BatchNorm2d(out));
}

// A block whose result is added to its input, which a 1x1 convolution fits.
struct ResidualImpl : nn::Module {
  ResidualImpl(int64_t in, int64_t out, int64_t stride)
      : body(register_module("body", conv_block(in, out, stride))) {
    if (in == out) return;
    fit = register_module(
        "fit",
        nn::Sequential(
            nn::Conv2d(
                nn::Conv2dOptions(in, out, 1).stride(stride).bias(false)),
            nn::BatchNorm2d(out)));
  }
  Tensor forward(const Tensor& x) {
    return torch::relu(body->forward(x) + (fit ? fit->forward(x) : x));
  }
  nn::Sequential body;
  nn::Sequential fit = nullptr;
};
TORCH_MODULE(Residual);

inline Workload resnet() {
  nn::Sequential model(
      nn::Conv2d(nn::Conv2dOptions(3, 16, 3).padding(1).bias(false)),
      nn::BatchNorm2d(16), nn::ReLU(), Residual(16, 16, 1), Residual(16, 32, 2),
      Residual(32, 64, 2), nn::AdaptiveAvgPool2d(1), nn::Flatten(),
      nn::Linear(64, 10));
  return classify_images(
      model, torch::randn({32, 3, 32, 32}),
      optimizer_of<torch::optim::SGD>(
          *model, torch::optim::SGDOptions(0.01).momentum(0.9)));
}

inline Workload small_cnn() {
  nn::Sequential model(
      nn::Conv2d(nn::Conv2dOptions(1, 8, 3).padding(1)), nn::ReLU(),
      nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(8, 16, 3).padding(1)),
      nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(64, 10));
  return classify_images(model, torch::randn({32, 1, 8, 8}),
                         optimizer_of<torch::optim::Adam>(
                             *model, torch::optim::AdamOptions(0.001)));
}

inline Workload depthwise() {
  nn::Sequential model(
      nn::Conv2d(nn::Conv2dOptions(64, 64, 3).padding(1).groups(64)),
      nn::Conv2d(64, 64, 1));
  Tensor x = torch::randn({8, 64, 56, 56}).requires_grad_();
  std::vector<Tensor> leaves = model->parameters();
  leaves.push_back(x);
  return forward_backward([=]() mutable { return model->forward(x); }, leaves);
}

inline Workload conv1d() {
  nn::Conv1d conv(nn::Conv1dOptions(32, 64, 5).padding(2));
  Tensor x = torch::randn({32, 32, 256}).requires_grad_();
  std::vector<Tensor> leaves = conv->parameters();
  leaves.push_back(x);
  return forward_backward([=]() mutable { return conv(x); }, leaves);
}

// A recurrent layer whose last output is classified.
template <class Layer>
Workload recurrent_step(Layer layer, int64_t steps, int64_t batch) {
  nn::Linear head(layer->options.hidden_size(), 10);
  std::vector<Tensor> parameters = layer->parameters();
  for (const Tensor& p : head->parameters()) parameters.push_back(p);
  auto adam = std::make_shared<torch::optim::Adam>(parameters, 0.001);
  const Tensor x = torch::randn({steps, batch, layer->options.input_size()});
  const Tensor label = torch::randint(0, 10, {batch}, torch::kLong);
  nn::CrossEntropyLoss criterion;
  return repeat([=]() mutable {
    adam->zero_grad();
    const Tensor y = std::get<0>(layer->forward(x));
    criterion(head(y[-1]), label).backward();
    adam->step();
  });
}

inline Workload lstm() { return recurrent_step(nn::LSTM(32, 64), 32, 16); }
inline Workload gru() { return recurrent_step(nn::GRU(32, 64), 32, 16); }
inline Workload lstm_small() { return recurrent_step(nn::LSTM(8, 16), 10, 1); }

inline Workload transformer() {
  nn::TransformerEncoderLayer layer(
      nn::TransformerEncoderLayerOptions(128, 4).dim_feedforward(512));
  const Tensor x = torch::randn({64, 8, 128});
  const Tensor y = torch::randn({64, 8, 128});
  auto adam = std::make_shared<torch::optim::Adam>(layer->parameters(), 0.001);
  return repeat([=]() mutable {
    adam->zero_grad();
    torch::mse_loss(layer->forward(x), y).backward();
    adam->step();
  });
}

inline Workload attention() {
  std::vector<Tensor> qkv;
  for (int i = 0; i < 3; ++i) {
    qkv.push_back(torch::randn({1, 8, 512, 64}).requires_grad_());
  }
  return forward_backward(
      [=] {
        return torch::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);
      },
      qkv);
}

inline Workload max_pool() {
  Tensor x = torch::randn({32, 64, 56, 56}).requires_grad_();
  return forward_backward(
      [=] { return F::max_pool2d(x, F::MaxPool2dFuncOptions(2)); }, {x});
}

inline Workload upsample() {
  Tensor x = torch::randn({8, 64, 56, 56}).requires_grad_();
  nn::Upsample layer(nn::UpsampleOptions()
                         .scale_factor(std::vector<double>{2, 2})
                         .mode(torch::kBilinear)
                         .align_corners(false));
  return forward_backward([=]() mutable { return layer(x); }, {x});
}

inline Workload embedding() {
  nn::Embedding table(10'000, 64);
  const Tensor indices = torch::randint(0, 10'000, {32, 64}, torch::kLong);
  return forward_backward([=]() mutable { return table(indices); },
                          table->parameters());
}

}  // namespace bench
