// Losses of likelihoods, margins and sequences, bags of rows, distances of all
// pairs, and activations that overwrite their input.
#include <limits>
#include <optional>

#include "gradient_rows.h"
#include "taper/tensor/random/generator.h"

namespace taper::testing {
namespace {

constexpr int64_t kReductions[] = {Reduction::None, Reduction::Mean,
                                   Reduction::Sum};
const char* const kReductionNames[] = {"none", "mean", "sum"};

template <class F>
void add(std::vector<Row>& rows, const char* name, const std::string& variant,
         std::vector<Shape> shapes, F f, double low = -2, double high = 2) {
  rows.push_back(Row(name, std::move(shapes), f).as(variant).in(low, high));
}

void add_likelihoods(std::vector<Row>& rows) {
  for (size_t i = 0; i < 3; ++i) {
    const int64_t r = kReductions[i];
    const char* name = kReductionNames[i];
    add(rows, "poisson_nll_loss", name, {{2, 3}, {2, 3}}, [r](auto& x) {
      return poisson_nll_loss(x[0], x[1], true, false, 1e-8, r);
    });
    add(
        rows, "poisson_nll_loss", std::string("full_") + name, {{2, 3}, {2, 3}},
        [r](auto& x) {
          return poisson_nll_loss(x[0], x[1], false, true, 1e-8, r);
        },
        0.3, 2.7);
    add(
        rows, "gaussian_nll_loss", name, {{2, 3}, {2, 3}, {2, 3}},
        [r](auto& x) {
          return gaussian_nll_loss(x[0], x[1], x[2], false, 1e-6, r);
        },
        0.3, 2.5);
  }
  for (const Shape& shape : {Shape{}, Shape{0, 3}}) {
    const char* kind = shape.empty() ? "0d" : "empty";
    add(rows, "poisson_nll_loss", kind, {shape, shape}, [](auto& x) {
      return poisson_nll_loss(x[0], x[1], true, false, 1e-8, Reduction::None);
    });
    add(
        rows, "gaussian_nll_loss", kind, {shape, shape, shape},
        [](auto& x) {
          return gaussian_nll_loss(x[0], x[1], x[2], true, 1e-6,
                                   Reduction::None);
        },
        0.3, 2.5);
  }
  add(rows, "poisson_nll_loss", "broadcast", {{2, 3}, {3}}, [](auto& x) {
    return poisson_nll_loss(x[0], x[1], true, false, 1e-8, Reduction::Mean);
  });
  for (const Shape& shape : {Shape{2}, Shape{2, 1}}) {
    add(
        rows, "gaussian_nll_loss", shape.size() == 1 ? "row" : "column",
        {{2, 3}, {2, 3}, shape},
        [](auto& x) { return gaussian_nll_loss(x[0], x[1], x[2]); }, 0.3, 2.5);
  }
}

void add_margins(std::vector<Row>& rows) {
  const Tensor target = tensor({2, 0, 1});
  const Tensor lists = tensor({{2, -1, 0}, {1, 0, -1}, {-1, 0, 0}});
  for (size_t i = 0; i < 3; ++i) {
    const int64_t r = kReductions[i];
    const char* name = kReductionNames[i];
    add(rows, "multi_margin_loss", name, {{3, 3}}, [=](auto& x) {
      return multi_margin_loss(x[0], target, 1, 0.77, {}, r);
    });
    add(rows, "multi_margin_loss", std::string("square_") + name, {{3, 3}, {3}},
        [=](auto& x) {
          return multi_margin_loss(x[0], target, 2, 1.3, x[1], r);
        });
    add(rows, "multilabel_margin_loss", name, {{3, 3}},
        [=](auto& x) { return multilabel_margin_loss(x[0], lists, r); });
    add(rows, "multilabel_soft_margin_loss", name, {{3, 4}, {3, 4}, {4}},
        [=](auto& x) {
          return multilabel_soft_margin_loss(x[0], x[1], x[2], r);
        });
    add(rows, "triplet_margin_with_distance_loss", name,
        {{4, 3}, {4, 3}, {4, 3}}, [=](auto& x) {
          const auto distance = [](const Tensor& a, const Tensor& b) {
            return (a - b).square().sum(-1);
          };
          return triplet_margin_with_distance_loss(x[0], x[1], x[2], distance,
                                                   9, true, r);
        });
  }
  add(rows, "multi_margin_loss", "vector", {{3}},
      [](auto& x) { return multi_margin_loss(x[0], tensor(int64_t{1})); });
  add(rows, "multi_margin_loss", "empty", {{0, 3}}, [](auto& x) {
    return multi_margin_loss(x[0], empty({0}, kLong), 1, 1, {},
                             Reduction::None);
  });
  add(rows, "multilabel_margin_loss", "vector", {{3}},
      [=](auto& x) { return multilabel_margin_loss(x[0], lists[0]); });
  add(rows, "multilabel_margin_loss", "empty", {{0, 3}}, [](auto& x) {
    return multilabel_margin_loss(x[0], empty({0, 3}, kLong), Reduction::None);
  });
  add(rows, "multilabel_soft_margin_loss", "vector", {{3}, {3}},
      [](auto& x) { return multilabel_soft_margin_loss(x[0], x[1]); });
}

// The gradient is that by the scores.
void add_sequences(std::vector<Row>& rows) {
  const Tensor padded = tensor({{1, 2, 2}, {3, 1, 0}, {0, 0, 0}});
  const Tensor joined = tensor({1, 2, 2, 3, 1});
  const std::vector<int64_t> inputs = {5, 4, 3}, lengths = {3, 2, 0};
  for (size_t i = 0; i < 3; ++i) {
    const int64_t r = kReductions[i];
    const char* name = kReductionNames[i];
    add(rows, "ctc_loss", name, {{5, 3, 4}}, [=](auto& x) {
      return ctc_loss(x[0].log_softmax(-1), padded, inputs, lengths, 0, r);
    });
    add(rows, "ctc_loss", std::string("joined_") + name, {{5, 3, 5}},
        [=](auto& x) {
          return ctc_loss(x[0].log_softmax(-1), joined, inputs, lengths, 4, r);
        });
  }
  add(rows, "ctc_loss", "zero_infinity", {{5, 3, 4}}, [=](auto& x) {
    return ctc_loss(x[0].log_softmax(-1), padded, {2, 4, 3}, lengths, 0,
                    Reduction::Sum, true);
  });
  add(rows, "ctc_loss", "one_none", {{5, 4}}, [=](auto& x) {
    return ctc_loss(x[0].log_softmax(-1), tensor({1, 2}), {5}, {2}, 0,
                    Reduction::None);
  });
  add(rows, "ctc_loss", "one", {{5, 4}}, [=](auto& x) {
    return ctc_loss(x[0].log_softmax(-1), tensor({1, 1}), tensor(int64_t{5}),
                    tensor(int64_t{2}));
  });
}

void add_bags(std::vector<Row>& rows) {
  const Tensor indices = tensor({3, 1, 1, 0, 3, 2});
  const Tensor offsets = tensor({0, 2, 2});
  const char* const modes[] = {"sum", "mean", "max"};
  for (int64_t mode = 0; mode < 3; ++mode) {
    const std::string name = modes[mode];
    auto bag = [=](bool by_use, std::optional<int64_t> padding) {
      return [=](const Inputs& x) {
        return std::get<0>(embedding_bag(x[0].square(), indices, offsets,
                                         by_use, mode, false, {}, false,
                                         padding));
      };
    };
    add(rows, "embedding_bag", name, {{4, 3}}, bag(false, std::nullopt));
    add(rows, "embedding_bag", name + "_padding", {{4, 3}}, bag(false, 1));
    add(rows, "embedding_bag", name + "_empty", {{4, 3}}, [=](auto& x) {
      return std::get<0>(embedding_bag(x[0], indices.narrow(0, 0, 0),
                                       tensor({0, 0}), false, mode));
    });
  }
  auto weighted = [=](bool include_last, std::optional<int64_t> padding) {
    return [=](const Inputs& x) {
      return std::get<0>(embedding_bag(x[0], indices, tensor({0, 2, 5}), false,
                                       0, false, x[1], include_last, padding));
    };
  };
  add(rows, "embedding_bag", "weights", {{4, 3}, {6}},
      weighted(false, std::nullopt));
  add(rows, "embedding_bag", "weights_padding", {{4, 3}, {6}},
      weighted(true, -3));
}

void add_pairs(std::vector<Row>& rows) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::pair<const char*, double> norms[] = {
      {"", 2}, {"p1", 1}, {"p3", 3}, {"phalf", 1.5}, {"pinf", kInfinity}};
  for (const auto& [name, p] : norms) {
    add(rows, "pdist", name, {{4, 3}}, [p = p](auto& x) {
      const Tensor uneven = tensor({1.0, 0.37, 1.9});
      return pdist(x[0] * uneven, p);
    });
  }
  add(rows, "pdist", "empty", {{0, 3}}, [](auto& x) { return pdist(x[0]); });
  add(rows, "pdist", "one", {{1, 3}}, [](auto& x) { return pdist(x[0]); });
}

void add_overwriting(std::vector<Row>& rows) {
  auto in_place = [&](const char* name, auto f) {
    rows.push_back(Row(name, {{2, 3}}, [f](const Inputs& x) {
                     Tensor y = x[0] * 1;
                     f(y);
                     return y;
                   }).in(-4, 4));
  };
  in_place("silu_", [](Tensor& x) { silu_(x); });
  in_place("mish_", [](Tensor& x) { mish_(x); });
  in_place("hardswish_", [](Tensor& x) { hardswish_(x); });
  in_place("hardsigmoid_", [](Tensor& x) { hardsigmoid_(x); });
  in_place("celu_", [](Tensor& x) { celu_(x, 1.5); });
  in_place("selu_", [](Tensor& x) { selu_(x); });
  in_place("leaky_relu_", [](Tensor& x) { leaky_relu_(x, 0.3); });
  in_place("hardtanh_", [](Tensor& x) { hardtanh_(x, -0.6, 0.8); });
  in_place("relu6_", [](Tensor& x) { relu6_(x); });
  in_place("threshold_", [](Tensor& x) { threshold_(x, 0.1, 7); });
  in_place("rrelu_", [](Tensor& x) {
    manual_seed(5);
    rrelu_(x, 0.1, 0.4, true);
  });
  in_place("rrelu_with_noise_", [](Tensor& x) {
    Tensor noise = empty_like(x.detach());
    manual_seed(5);
    rrelu_with_noise_(x, noise, 0.1, 0.4, true);
  });
  for (const Shape& shape : {Shape{2, 3}, Shape{}, Shape{0, 3}}) {
    const char* kind = shape.empty() ? "0d" : shape[0] == 0 ? "empty" : "";
    add(
        rows, "hardsigmoid", kind, {shape},
        [](auto& x) { return hardsigmoid(x[0]); }, -4, 4);
    for (const bool training : {false, true}) {
      const std::string mode = training ? "train" : "eval";
      add(rows, "rrelu", mode + kind, {shape}, [=](auto& x) {
        manual_seed(5);
        return rrelu(x[0], 0.1, 0.4, training);
      });
      add(rows, "rrelu_with_noise", mode + kind, {shape}, [=](auto& x) {
        Tensor noise = empty_like(x[0].detach());
        manual_seed(5);
        return rrelu_with_noise(x[0], noise, 0.1, 0.4, training);
      });
    }
  }
}

}  // namespace

std::vector<Row> likelihood_rows() {
  std::vector<Row> rows;
  add_likelihoods(rows);
  add_margins(rows);
  add_sequences(rows);
  add_bags(rows);
  add_pairs(rows);
  add_overwriting(rows);
  return rows;
}

}  // namespace taper::testing
