// What an operation does not need for its backward may be edited in place
// before it runs; the gradients are those of the values that were used.
#include "taper/nn/functional.h"
#include "tests/autograd/autograd_support.h"

namespace taper {
namespace {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

// The gradients of f(inputs) when input `edited` is doubled before the
// backward, or none is.
std::vector<Tensor> gradients(const std::vector<Tensor>& inputs,
                              const Function& f, size_t edited) {
  std::vector<Tensor> leaves;
  std::vector<Tensor> used;
  for (const Tensor& input : inputs) {
    leaves.push_back(input.detach().clone().requires_grad_());
    used.push_back(leaves.back() * 1);
  }
  const Tensor y = f(used);
  if (edited < used.size()) used[edited].mul_(2);
  return autograd::grad({(y * y.detach()).sum()}, leaves);
}

struct Row {
  const char* name;
  std::vector<Tensor> inputs;
  Function f;
  std::vector<size_t> free;  // the inputs that may be edited
};

std::vector<Row> rows() {
  manual_seed(0);
  const Tensor x = rand({4, 3}, kDouble);
  const Tensor t = rand({4, 3}, kDouble);
  const Tensor c = rand({3}, kDouble);
  const Tensor classes = tensor({2, 0, -100, 1}, kLong);
  const Tensor signs = tensor({1.0, -1.0, 1.0}, kDouble);
  std::vector<Row> rows;
  for (const int64_t r : {Reduction::None, Reduction::Mean, Reduction::Sum}) {
    const auto add = [&](const char* name, std::vector<Tensor> inputs,
                         const Function& f) {
      std::vector<size_t> free(inputs.size());
      for (size_t i = 0; i < free.size(); ++i) free[i] = i;
      rows.push_back({name, std::move(inputs), f, free});
    };
    add("l1_loss", {x, t}, [=](auto& in) { return l1_loss(in[0], in[1], r); });
    add("smooth_l1_loss", {x, t},
        [=](auto& in) { return smooth_l1_loss(in[0], in[1], r, 0.2); });
    add("huber_loss", {x, t},
        [=](auto& in) { return huber_loss(in[0], in[1], r, 0.2); });
    add("cross_entropy_loss", {x},
        [=](auto& in) { return cross_entropy_loss(in[0], classes, {}, r); });
    add("cross_entropy_loss smoothed", {x}, [=](auto& in) {
      return cross_entropy_loss(in[0], classes, c, r, -100, 0.1);
    });
    add("cross_entropy_loss of probabilities", {x},
        [=](auto& in) { return cross_entropy_loss(in[0], t, {}, r); });
    add("nll_loss", {x},
        [=](auto& in) { return nll_loss(in[0], classes, c, r); });
    add("hinge_embedding_loss", {x}, [=](auto& in) {
      return hinge_embedding_loss(in[0], signs.expand({4, 3}), 0.5, r);
    });
    add("margin_ranking_loss", {x, t}, [=](auto& in) {
      return margin_ranking_loss(in[0], in[1], signs, 0.1, r);
    });
    add("triplet_margin_loss", {x, t, x + t}, [=](auto& in) {
      return triplet_margin_loss(in[0], in[1], in[2], 1, 2, 1e-6, true, r);
    });
  }
  rows.push_back({"batch_norm",
                  {x, c, c},
                  [](auto& in) {
                    return batch_norm(in[0], in[1], in[2], {}, {}, true, 0, 1);
                  },
                  {2}});
  rows.push_back({"layer_norm",
                  {x, c, c},
                  [](auto& in) { return layer_norm(in[0], {3}, in[1], in[2]); },
                  {2}});
  rows.push_back(
      {"group_norm",
       {x, c, c},
       [](auto& in) { return group_norm(in[0], 3, in[1], in[2], 1); },
       {2}});
  rows.push_back({"linear",
                  {x, t, rand({4}, kDouble)},
                  [](auto& in) { return linear(in[0], in[1], in[2]); },
                  {2}});
  rows.push_back({"embedding",
                  {x},
                  [](auto& in) {
                    return embedding(in[0], tensor({1, 1, 3}, kLong));
                  },
                  {0}});
  using Shape = std::vector<int64_t>;
  const auto add_matmul = [&](const Shape& a, const Shape& b,
                              std::vector<size_t> free) {
    rows.push_back({"matmul",
                    {rand(a, kDouble), rand(b, kDouble)},
                    [](auto& in) { return in[0].matmul(in[1]); },
                    std::move(free)});
  };
  add_matmul({2, 1, 3, 3}, {3, 3, 3}, {0, 1});
  add_matmul({2, 1, 3, 3}, {1, 4, 3, 3}, {0, 1});
  add_matmul({4, 1, 2, 3, 3}, {2, 3, 3}, {1});
  add_matmul({2, 4, 3, 3}, {4, 3, 3}, {1});
  add_matmul({4, 2, 3}, {2, 1, 3, 2}, {0, 1});
  add_matmul({4, 3}, {5, 3, 2}, {1});
  add_matmul({1, 4, 3}, {5, 3, 2}, {1});
  add_matmul({3}, {5, 3, 2}, {1});
  add_matmul({4, 3}, {2, 5, 3, 2}, {1});
  for (const auto f : {relu, sigmoid, tanh, tanhshrink}) {
    rows.push_back(
        {"activation", {x - 0.5}, [f](auto& in) { return f(in[0]); }, {0}});
  }
  return rows;
}

TEST(EditedInputs, LeaveTheGradientsAlone) {
  for (const Row& row : rows()) {
    const auto expected = gradients(row.inputs, row.f, row.inputs.size());
    for (const size_t edited : row.free) {
      SCOPED_TRACE(std::string(row.name) + " " + std::to_string(edited));
      const auto found = gradients(row.inputs, row.f, edited);
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_TRUE(found[i].equal(expected[i]));
      }
    }
  }
}

// The running statistics are not needed: their copies are.
TEST(EditedInputs, MayBeTheRunningStatistics) {
  const Tensor x = tensor({{1.0f, 2.0f}, {3.0f, 5.0f}}).requires_grad_();
  const Tensor mean = zeros({2});
  const Tensor var = ones({2});
  const Tensor y = batch_norm(x, {}, {}, mean, var, false, 0.1, 0);
  mean.fill_(7);
  var.fill_(9);
  y.sum().backward();
  EXPECT_TRUE(x.grad().equal(ones({2, 2})));
}

TEST(EditedInputs, OfANormMayBeTheBiasToSecondOrder) {
  const Tensor x = rand({4, 3}, kDouble).requires_grad_();
  const Tensor w = rand({3}, kDouble).requires_grad_();
  const Tensor leaf = rand({3}, kDouble).requires_grad_();
  const auto second = [&](bool edited) {
    const Tensor b = leaf * 1;
    const Tensor y = layer_norm(x, {3}, w, b).square().sum();
    if (edited) b.add_(1);
    const Tensor g = autograd::grad({y}, {w}, {}, true, true)[0];
    return autograd::grad({g.sum()}, {x, w, leaf});
  };
  const auto expected = second(false);
  const auto found = second(true);
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(found[i].equal(expected[i])) << i;
}

// The gradient of the matrix, which has a sum of its own, is right too.
TEST(EditedInputs, OfAProductWithOneMatrixMayBeTheBatch) {
  using Shape = std::vector<int64_t>;
  for (const ScalarType dtype : {kDouble, kFloat, kHalf}) {
    for (const Shape& batch : {Shape{40}, {1}, {3, 7}, {0}}) {
      Shape shape = batch, all = batch;
      shape.insert(shape.end(), {3, 2});
      all.insert(all.end(), {4, 3});
      const Tensor a = rand({4, 3}, dtype).requires_grad_();
      const Tensor z = rand(shape, dtype).requires_grad_();
      const auto first = [&](const Tensor& left, bool edited, bool graph) {
        const Tensor b = z * 1;
        const Tensor y = left.matmul(b);
        const Tensor loss = (y.detach() * y).sum();
        if (edited) b.add_(1);
        return autograd::grad({loss}, {a, z}, {}, graph, graph);
      };
      const auto expected = first(a.expand(all), false, false);
      const double digits = dtype == kDouble  ? 1e-12
                            : dtype == kFloat ? 1e-5
                                              : 2e-2;
      for (const bool graph : {false, true}) {
        const auto found = first(a, true, graph);
        for (size_t i = 0; i < 2; ++i) {
          EXPECT_TRUE(found[i].allclose(expected[i], digits, digits)) << i;
        }
      }
    }
  }
}

TEST(EditedInputs, OfABroadcastProductMayBeTheFactorsToSecondOrder) {
  const Tensor z = rand({4, 3, 3}, kDouble).requires_grad_();
  const auto second = [&](const Tensor& x, bool edited, bool by_constant) {
    const Tensor a = x * 1;
    const Tensor b = by_constant ? z.detach().clone() : z * 1;
    const std::vector<int64_t> all = (a + b).sizes().vec();
    const Tensor y = edited ? a.matmul(b) : a.expand(all).matmul(b.expand(all));
    const Tensor loss = y.square().sum();
    if (edited) b.add_(1);
    if (edited && x.dim() > 2) a.mul_(3);
    const auto leaves =
        by_constant ? std::vector<Tensor>{x} : std::vector<Tensor>{x, z};
    Tensor sum = zeros({}, kDouble);
    for (const Tensor& g : autograd::grad({loss}, leaves, {}, true, true)) {
      sum = sum + g.square().sum();
    }
    return autograd::grad({sum}, leaves);
  };
  for (const auto& shape : {std::vector<int64_t>{2, 1, 3, 3}, {3, 3}}) {
    const Tensor x = rand(shape, kDouble).requires_grad_();
    for (const bool by_constant : {false, true}) {
      const auto expected = second(x, false, by_constant);
      const auto found = second(x, true, by_constant);
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_TRUE(found[i].allclose(expected[i], 1e-12, 1e-14)) << i;
      }
    }
  }
}

// The gradient of the first and second order, by scores that were edited after
// the forward or not.
TEST(EditedInputs, OfCrossEntropyMayBeTheScoresToThirdOrder) {
  manual_seed(3);
  const Tensor x = (rand({4, 3}, kDouble) * 4).requires_grad_();
  const Tensor classes = tensor({2, 0, -100, 1}, kLong);
  const Tensor weight = tensor({0.5, 0.0, 2.0}, kDouble);
  const Tensor u = rand({4, 3}, kDouble), v = rand({4, 3}, kDouble);
  for (const Tensor& w : {Tensor(), weight}) {
    for (const int64_t r : {Reduction::None, Reduction::Mean, Reduction::Sum}) {
      const auto orders = [&](bool edited) {
        const Tensor scores = x * 1;
        const Tensor loss = cross_entropy_loss(scores, classes, w, r);
        if (edited) scores.mul_(3);
        const Tensor y = (loss * loss).sum();
        const Tensor g = autograd::grad({y}, {x}, {}, true, true)[0];
        const Tensor h =
            autograd::grad({(g * u).sum()}, {x}, {}, true, true)[0];
        return std::vector<Tensor>{
            g, h, autograd::grad({(h * v).sum()}, {x}, {}, true, true)[0]};
      };
      // The same by log_softmax.
      const Tensor p = x.log_softmax(1);
      const Tensor loss = nll_loss(p, classes, w, r);
      const Tensor y = (loss * loss).sum();
      const Tensor g = autograd::grad({y}, {x}, {}, true, true)[0];
      const Tensor h = autograd::grad({(g * u).sum()}, {x}, {}, true, true)[0];
      const Tensor third = autograd::grad({(h * v).sum()}, {x})[0];
      const auto smooth = [&](bool edited) {
        const Tensor scores = x * 1;
        const Tensor l = cross_entropy_loss(scores, classes, w, r, -100, 0.1);
        if (edited) scores.mul_(3);
        const Tensor first =
            autograd::grad({(l * l).sum()}, {x}, {}, true, true)[0];
        return autograd::grad({(first * u).sum()}, {x})[0];
      };
      EXPECT_TRUE(smooth(true).allclose(smooth(false), 1e-12, 1e-14)) << r;
      for (const bool edited : {false, true}) {
        const auto found = orders(edited);
        EXPECT_TRUE(found[0].allclose(g, 1e-12, 1e-14)) << r << edited;
        EXPECT_TRUE(found[1].allclose(h, 1e-12, 1e-14)) << r << edited;
        EXPECT_TRUE(found[2].allclose(third, 1e-12, 1e-14)) << r << edited;
      }
    }
  }
}

}  // namespace
}  // namespace taper
