// Matrix products, activations, losses, normalisations and dropout.
#include "gradient_rows.h"
#include "taper/tensor/random/generator.h"

namespace taper::testing {
namespace {

constexpr int64_t kReductions[] = {Reduction::None, Reduction::Mean,
                                   Reduction::Sum};
const char* const kReductionNames[] = {"none", "mean", "sum"};

void add_products(std::vector<Row>& rows) {
  auto add = [&](const char* name, const char* variant,
                 std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f).as(variant));
  };
  auto product = [](const Inputs& x) { return matmul(x[0], x[1]); };
  add("matmul", "", {{2, 3}, {3, 4}}, product);
  add("matmul", "dot", {{3}, {3}}, product);
  add("matmul", "row", {{3}, {3, 2}}, product);
  add("matmul", "column", {{2, 3}, {3}}, product);
  add("matmul", "batch", {{2, 2, 3}, {2, 3, 2}}, product);
  add("matmul", "broadcast", {{2, 1, 2, 3}, {3, 3, 2}}, product);
  add("matmul", "batch_vector", {{2, 2, 3}, {3}}, product);
  add("matmul", "vector_batch", {{3}, {2, 3, 2}}, product);
  add("matmul", "batch_matrix", {{2, 2, 3}, {3, 2}}, product);
  add("matmul", "empty", {{2, 0}, {0, 3}}, product);
  add("mm", "", {{2, 3}, {3, 4}}, [](auto& x) { return mm(x[0], x[1]); });
  add("bmm", "", {{2, 2, 3}, {2, 3, 2}},
      [](auto& x) { return bmm(x[0], x[1]); });
  add("mv", "", {{2, 3}, {3}}, [](auto& x) { return mv(x[0], x[1]); });
  add("dot", "", {{3}, {3}}, [](auto& x) { return dot(x[0], x[1]); });
  add("outer", "", {{2}, {3}}, [](auto& x) { return outer(x[0], x[1]); });
  auto addmm_of = [](auto& x) { return addmm(x[0], x[1], x[2], 0.5, 3); };
  add("addmm", "", {{2, 4}, {2, 3}, {3, 4}}, addmm_of);
  add("addmm", "broadcast", {{4}, {2, 3}, {3, 4}}, addmm_of);
  add("addmm", "no_beta", {{2, 4}, {2, 3}, {3, 4}},
      [](auto& x) { return addmm(x[0], x[1], x[2], 0, 3); });
  add("baddbmm", "", {{2, 2, 2}, {2, 2, 3}, {2, 3, 2}},
      [](auto& x) { return baddbmm(x[0], x[1], x[2], 0.5, 3); });
  auto linear_of = [](auto& x) { return linear(x[0], x[1], x[2]); };
  add("linear", "", {{2, 3}, {4, 3}, {4}}, linear_of);
  add("linear", "batch", {{2, 2, 3}, {4, 3}, {4}}, linear_of);
  add("linear", "vector", {{3}, {4, 3}, {4}}, linear_of);
  add("linear", "no_bias", {{2, 3}, {4, 3}},
      [](auto& x) { return linear(x[0], x[1]); });
}

void add_activations(std::vector<Row>& rows) {
  auto add = [&](const char* name, const char* variant, auto f) {
    auto run = [f](const Inputs& x) { return f(x[0]); };
    rows.push_back(
        Row(name, {{2, 3}}, run).as(variant).in(-2, 2).with(Values::kOffZero));
  };
  add("gelu", "", [](auto& x) { return gelu(x); });
  add("gelu", "tanh", [](auto& x) { return gelu(x, "tanh"); });
  add("silu", "", [](auto& x) { return silu(x); });
  add("softplus", "", [](auto& x) { return softplus(x, 2, 3); });
  add("log_sigmoid", "", [](auto& x) { return log_sigmoid(x); });
  add("leaky_relu", "", [](auto& x) { return leaky_relu(x, 0.2); });
  add("elu", "", [](auto& x) { return elu(x, 1.5); });
}

// Losses of two floating tensors, per reduction.
template <class F>
void add_loss(std::vector<Row>& rows, const char* name, double low, double high,
              F f) {
  for (size_t i = 0; i < 3; ++i) {
    auto run = [f, i](const Inputs& x) { return f(x, kReductions[i]); };
    rows.push_back(
        Row(name, {{2, 3}, {2, 3}}, run).in(low, high).as(kReductionNames[i]));
  }
}

void add_losses(std::vector<Row>& rows) {
  add_loss(rows, "mse_loss", -1, 1,
           [](auto& x, int64_t r) { return mse_loss(x[0], x[1], r); });
  rows.push_back(Row("mse_loss", {{2, 3}, {3}}, [](const Inputs& x) {
                   return mse_loss(x[0], x[1]);
                 }).as("broadcast"));
  add_loss(rows, "l1_loss", -1, 1,
           [](auto& x, int64_t r) { return l1_loss(x[0], x[1], r); });
  add_loss(rows, "smooth_l1_loss", -1, 1, [](auto& x, int64_t r) {
    return smooth_l1_loss(x[0], x[1], r, 0.6);
  });
  add_loss(rows, "huber_loss", -1, 1,
           [](auto& x, int64_t r) { return huber_loss(x[0], x[1], r, 0.6); });
  add_loss(rows, "binary_cross_entropy", 0.1, 0.9, [](auto& x, int64_t r) {
    return binary_cross_entropy(x[0], x[1], {}, r);
  });
  add_loss(rows, "binary_cross_entropy_with_logits", 0.1, 0.9,
           [](auto& x, int64_t r) {
             return binary_cross_entropy_with_logits(x[0], x[1], {}, {}, r);
           });
  std::vector<Shape> weighted = {{2, 3}, {2, 3}, {2, 3}, {3}};
  rows.push_back(Row("binary_cross_entropy", weighted,
                     [](const Inputs& x) {
                       return binary_cross_entropy(x[0], x[1], x[2]);
                     })
                     .in(0.1, 0.9)
                     .as("weight"));
  rows.push_back(Row("binary_cross_entropy_with_logits", weighted,
                     [](const Inputs& x) {
                       return binary_cross_entropy_with_logits(x[0], x[1], x[2],
                                                               x[3]);
                     })
                     .in(0.1, 0.9)
                     .as("weights"));
}

void add_class_losses(std::vector<Row>& rows) {
  const Tensor target = tensor({2, 0, -100, 1});
  const Tensor places = tensor({{2, 0}, {1, 1}});
  for (size_t i = 0; i < 3; ++i) {
    const int64_t r = kReductions[i];
    const std::string name = kReductionNames[i];
    auto add = [&](const char* loss, const char* variant, Shape x, auto f) {
      rows.push_back(
          Row(loss, {std::move(x), {3}}, f).in(0.2, 1.5).as(name + variant));
    };
    add("nll_loss", "", {4, 3}, [=](auto& x) {
      return nll_loss(x[0], target, {}, r) + x[1].sum() * 0;
    });
    add("nll_loss", "_weight", {4, 3},
        [=](auto& x) { return nll_loss(x[0], target, x[1], r); });
    add("nll_loss", "_places", {2, 3, 2},
        [=](auto& x) { return nll_loss(x[0], places, x[1], r); });
    add("cross_entropy_loss", "", {4, 3}, [=](auto& x) {
      return cross_entropy_loss(x[0], target, {}, r) + x[1].sum() * 0;
    });
    add("cross_entropy_loss", "_fixed_weight", {4, 3}, [=](auto& x) {
      return cross_entropy_loss(x[0], target, x[1].detach() * 0 + 2, r) +
             x[1].sum() * 0;
    });
    add("cross_entropy_loss", "_weight", {4, 3}, [=](auto& x) {
      return cross_entropy_loss(x[0], target, x[1], r, -100, 0.2);
    });
    add("cross_entropy_loss", "_smooth", {4, 3}, [=](auto& x) {
      return cross_entropy_loss(x[0], target, {}, r, -100, 0.2) +
             x[1].sum() * 0;
    });
    add("cross_entropy_loss", "_places", {2, 3, 2}, [=](auto& x) {
      return cross_entropy_loss(x[0], places, {}, r) + x[1].sum() * 0;
    });
  }
  rows.push_back(
      Row("cross_entropy_loss", {{4, 3}, {4, 3}, {3}}, [](const Inputs& x) {
        return cross_entropy_loss(x[0], x[1], x[2], Reduction::Mean, -100, 0.2);
      }).as("probabilities"));
  rows.push_back(Row("cross_entropy_loss", {{3}}, [](const Inputs& x) {
                   return cross_entropy_loss(x[0], tensor(int64_t{2}));
                 }).as("one"));
}

void add_norms(std::vector<Row>& rows) {
  auto layer = [](const Inputs& x) {
    return layer_norm(x[0], {2, 3}, x[1], x[2]);
  };
  rows.push_back(Row("layer_norm", {{4, 2, 3}, {2, 3}, {2, 3}}, layer));
  rows.push_back(Row("layer_norm", {{4, 3}}, [](const Inputs& x) {
                   return layer_norm(x[0], 3);
                 }).as("plain"));
  auto group = [](const Inputs& x) { return group_norm(x[0], 2, x[1], x[2]); };
  rows.push_back(Row("group_norm", {{2, 4, 3}, {4}, {4}}, group));
  rows.push_back(Row("group_norm", {{2, 4}}, [](const Inputs& x) {
                   return group_norm(x[0], 2);
                 }).as("plain"));
  for (bool training : {true, false}) {
    auto batch = [training](const Inputs& x) {
      const TensorOptions options(kDouble);
      return batch_norm(x[0], x[1], x[2], ones(3, options),
                        full(3, 2.0, options), training, 0.1, 1e-5);
    };
    const char* mode = training ? "train" : "eval";
    rows.push_back(Row("batch_norm", {{4, 3}, {3}, {3}}, batch).as(mode));
    rows.push_back(Row("batch_norm", {{2, 3, 2}, {3}, {3}}, batch)
                       .as(std::string(mode) + "_places"));
  }
  rows.push_back(Row("batch_norm", {{4, 3}}, [](const Inputs& x) {
                   return batch_norm(x[0], {}, {}, {}, {}, true, 0.1, 1e-5);
                 }).as("plain"));
}

// Each call draws the same numbers.
void add_dropouts(std::vector<Row>& rows) {
  auto add = [&](const char* name, auto f) {
    rows.push_back(Row(name, {{3, 4, 2}}, [f](const Inputs& x) {
      manual_seed(5);
      const Tensor square = x[0].square();
      return f(square);
    }));
  };
  add("dropout", [](auto& x) { return dropout(x, 0.4, true); });
  add("feature_dropout", [](auto& x) { return feature_dropout(x, 0.4, true); });
  add("alpha_dropout", [](auto& x) { return alpha_dropout(x, 0.4, true); });
  add("feature_alpha_dropout",
      [](auto& x) { return feature_alpha_dropout(x, 0.4, true); });
  auto in_place = [&](const char* name, Tensor& (*f)(Tensor&, double, bool)) {
    add(name, [f](const Tensor& x) -> Tensor {
      Tensor y = x.clone();
      return f(y, 0.4, true);
    });
  };
  in_place("dropout_", dropout_);
  in_place("feature_dropout_", feature_dropout_);
  in_place("alpha_dropout_", alpha_dropout_);
  in_place("feature_alpha_dropout_", feature_alpha_dropout_);
}

}  // namespace

std::vector<Row> network_rows() {
  std::vector<Row> rows;
  add_products(rows);
  add_activations(rows);
  add_losses(rows);
  add_class_losses(rows);
  add_norms(rows);
  add_dropouts(rows);
  return rows;
}

}  // namespace taper::testing
