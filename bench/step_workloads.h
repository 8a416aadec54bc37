// Forward passes and training steps of whole networks.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "torch_or_taper.h"
#include "workload.h"

namespace bench {

namespace nn = torch::nn;
using torch::Tensor;

// Random inputs, and a class out of ten for each.
struct Batch {
  Batch(int64_t rows, int64_t features)
      : x(torch::randn({rows, features})),
        label(torch::randint(0, 10, {rows}, torch::kLong)) {}
  Tensor x;
  Tensor label;
};

// Forward, cross entropy, backward and a step of Adam.
inline Workload classify(nn::Sequential model, Batch batch) {
  auto adam = std::make_shared<torch::optim::Adam>(model->parameters(), 0.001);
  nn::CrossEntropyLoss criterion;
  return repeat([=]() mutable {
    adam->zero_grad();
    criterion(model->forward(batch.x), batch.label).backward();
    adam->step();
  });
}

inline Workload l1_step() {
  nn::Linear model(10, 1);
  nn::MSELoss criterion;
  auto sgd = std::make_shared<torch::optim::SGD>(model->parameters(), 0.01);
  Tensor x = torch::randn({32, 10});
  Tensor y = torch::randn({32, 1});
  return repeat([=]() mutable {
    sgd->zero_grad();
    Tensor base = criterion(model(x), y);
    Tensor l1 = torch::zeros({});
    for (const Tensor& p : model->parameters()) l1 = l1 + p.abs().sum();
    Tensor loss = base + 0.001 * l1;
    loss.backward();
    sgd->step();
  });
}

inline Workload l2_step() {
  nn::Linear model(10, 1);
  nn::MSELoss criterion;
  auto adam = std::make_shared<torch::optim::Adam>(
      model->parameters(), torch::optim::AdamOptions(0.001).weight_decay(1e-5));
  Tensor x = torch::randn({32, 10});
  Tensor y = torch::randn({32, 1});
  return repeat([=]() mutable {
    adam->zero_grad();
    criterion(model(x), y).backward();
    adam->step();
  });
}

inline Workload batch_norm() {
  nn::Sequential model(nn::Linear(20, 128), nn::BatchNorm1d(128));
  Tensor x = torch::randn({32, 20});
  Tensor grad = torch::randn({32, 128});
  return repeat([=]() mutable {
    model->zero_grad();
    model->forward(x).backward(grad);
  });
}

inline void keep_statistics(const Tensor& x) {
  keep(x.mean().item<float>());
  keep(x.std().item<float>());
}

inline Workload layer_norm() {
  nn::LayerNorm norm(nn::LayerNormOptions({8}));
  Tensor x = torch::rand({4, 5, 8}) * 5;
  return repeat([=]() mutable {
    keep_statistics(x[0]);
    keep_statistics(norm(x)[0]);
  });
}

inline Workload group_norm() {
  using torch::indexing::Slice;
  nn::GroupNorm norm(nn::GroupNormOptions(3, 6));
  Tensor x = torch::rand({4, 6, 5, 5}) * 5;
  return repeat([=]() mutable {
    keep_statistics(x.index({0, Slice(0, 2), Slice(), Slice()}));
    keep_statistics(norm(x).index({0, Slice(0, 2), Slice(), Slice()}));
  });
}

inline nn::Sequential dropout_net() {
  return nn::Sequential(nn::Linear(784, 128), nn::ReLU(), nn::Dropout(0.5),
                        nn::Linear(128, 10));
}

inline Workload dropout_f() {
  return repeat([model = dropout_net(), x = torch::randn({32, 784})]() mutable {
    keep(model->forward(x));
  });
}

inline Workload dropout_fb() {
  nn::Sequential model = dropout_net();
  Tensor x = torch::randn({32, 784});
  Tensor grad = torch::randn({32, 10});
  return repeat([=]() mutable {
    model->zero_grad();
    model->forward(x).backward(grad);
  });
}

inline Workload digits_step() {
  return classify(
      nn::Sequential(nn::Linear(64, 64), nn::BatchNorm1d(64), nn::ReLU(),
                     nn::Dropout(0.3), nn::Linear(64, 10)),
      Batch(32, 64));
}

template <int64_t rows>
Workload mlp() {
  return classify(
      nn::Sequential(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 256),
                     nn::ReLU(), nn::Linear(256, 10)),
      Batch(rows, 784));
}

inline Workload adam_100() {
  std::vector<Tensor> parameters;
  for (int i = 0; i < 100; ++i) {
    Tensor p = torch::randn({10'000}).requires_grad_();
    p.mutable_grad() = torch::randn({10'000});
    parameters.push_back(p);
  }
  auto adam = std::make_shared<torch::optim::Adam>(parameters, 0.001);
  return repeat([=] { adam->step(); });
}

}  // namespace bench
