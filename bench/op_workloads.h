// Single operations, and the smallest graphs.
#pragma once

#include "torch_or_taper.h"
#include "workload.h"

namespace bench {

using torch::Tensor;

inline constexpr int64_t kMany = 1 << 22;  // "4M"
inline constexpr int64_t kSide = 2048;

// op() without a graph.
template <class Op>
Workload plain(Op op) {
  return repeat([op = std::move(op)] {
    torch::NoGradGuard no_grad;
    keep(op());
  });
}

inline Workload add_1() {
  Tensor a = torch::ones({1});
  Tensor b = torch::ones({1});
  return [=](int64_t n) {
    torch::NoGradGuard no_grad;
    for (int64_t i = 0; i < n; ++i) keep(a + b);
  };
}

inline Workload chain_1000() {
  Tensor x = torch::ones({}).requires_grad_();
  return repeat([=] {
    Tensor y = x;
    for (int i = 0; i < 1000; ++i) y = y * 1.0001;
    y.backward();
    x.mutable_grad().reset();
  });
}

inline Workload tanh_4m() {
  Tensor a = torch::randn({kMany}).requires_grad_();
  Tensor b = torch::randn({kMany}).requires_grad_();
  return repeat([=] {
    torch::tanh(a * b + b).sum().backward();
    a.mutable_grad().reset();
    b.mutable_grad().reset();
  });
}

inline Workload add_4m() {
  return plain([b = torch::randn({kMany})] { return b + b; });
}
inline Workload add_ab_4m() {
  return plain(
      [a = torch::randn({kMany}), b = torch::randn({kMany})] { return a + b; });
}
inline Workload sum_4m() {
  return plain([a = torch::randn({kMany})] { return a.sum(); });
}
inline Workload sum_dim0() {
  return plain([a = torch::randn({kSide, kSide})] { return a.sum(0); });
}
inline Workload softmax() {
  return plain(
      [a = torch::randn({kSide, kSide})] { return torch::softmax(a, 1); });
}
inline Workload exp_4m() {
  return plain([a = torch::randn({kMany})] { return torch::exp(a); });
}
inline Workload transpose() {
  return plain(
      [a = torch::randn({kSide, kSide})] { return a.t().contiguous(); });
}
inline Workload randn_4m() {
  return plain([] { return torch::randn({kMany}); });
}
template <int64_t size>
Workload matmul() {
  return plain(
      [a = torch::randn({size, size}), b = torch::randn({size, size})] {
        return torch::matmul(a, b);
      });
}

}  // namespace bench
