// Matrix products and what networks are made of: activations, losses,
// normalisations, dropout, distances, padding.
#include <limits>

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

// A matrix, a 0-d tensor and an empty one.
template <class F>
void add_activation(std::vector<Row>& rows, const char* name,
                    const std::string& variant, F f, double low = -2,
                    double high = 2) {
  auto run = [f](const Inputs& x) { return f(x[0]); };
  const std::pair<const char*, Shape> cases[] = {
      {"", {2, 3}}, {"0d", {}}, {"empty", {0, 3}}};
  for (const auto& [kind, shape] : cases) {
    rows.push_back(Row(name, {shape}, run)
                       .as(variant + kind)
                       .in(low, high)
                       .with(Values::kOffZero));
  }
}

void add_activations(std::vector<Row>& rows) {
  auto add = [&](const char* name, const char* variant, auto f) {
    add_activation(rows, name, variant, f);
  };
  add("gelu", "", [](auto& x) { return gelu(x); });
  add("gelu", "tanh", [](auto& x) { return gelu(x, "tanh"); });
  add("silu", "", silu);
  add("mish", "", mish);
  add_activation(rows, "hardswish", "", hardswish, -4, 4);
  add("softplus", "", [](auto& x) { return softplus(x, 2, 3); });
  add("log_sigmoid", "", log_sigmoid);
  add("softsign", "", softsign);
  add("tanhshrink", "", tanhshrink);
  add("elu", "", [](auto& x) { return elu(x, 1.5); });
  add("elu", "scaled", [](auto& x) { return elu(x, 1.5, 0.7, 1.2); });
  add("celu", "", [](auto& x) { return celu(x, 1.3); });
  add("celu", "negative", [](auto& x) { return celu(x, -1.3); });
  add("selu", "", selu);
  add("leaky_relu", "", [](auto& x) { return leaky_relu(x, 0.2); });
  add("hardtanh", "", [](auto& x) { return hardtanh(x, -0.7, 1.1); });
  add_activation(rows, "relu6", "", relu6, -2, 8);
  add("threshold", "", [](auto& x) { return threshold(x, 0.3, 2); });
  add("hardshrink", "", [](auto& x) { return hardshrink(x); });
  add("softshrink", "", [](auto& x) { return softshrink(x); });
}

// Functions of several inputs, each with a name for its shapes.
void add_layers(std::vector<Row>& rows) {
  auto add = [&](const char* name, const char* variant,
                 std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f)
                       .as(variant)
                       .in(-2, 2)
                       .with(Values::kOffZero));
  };
  auto slopes = [](auto& x) { return prelu(x[0], x[1]); };
  add("prelu", "", {{2, 3}, {3}}, slopes);
  add("prelu", "one", {{2, 3}, {1}}, slopes);
  add("prelu", "places", {{2, 3, 2}, {3}}, slopes);
  add("prelu", "vector", {{3}, {1}}, slopes);
  add("prelu", "0d", {{}, {}}, slopes);
  add("prelu", "empty", {{0, 3}, {3}}, slopes);
  auto gate = [](auto& x) { return glu(x[0]); };
  add("glu", "", {{3, 4}}, gate);
  add("glu", "vector", {{4}}, gate);
  add("glu", "empty", {{0, 4}}, gate);
  add("glu", "dim", {{4, 3}}, [](auto& x) { return glu(x[0], 0); });
  auto least = [](auto& x) { return softmin(x[0], 0); };
  add("softmin", "", {{3, 2}}, least);
  add("softmin", "0d", {{}}, least);
  add("softmin", "empty", {{0, 3}}, least);
  auto sample = [](auto& x) {
    manual_seed(5);
    return gumbel_softmax(x[0], 0.7, false, -1);
  };
  add("gumbel_softmax", "", {{3, 2}}, sample);
  add("gumbel_softmax", "0d", {{}}, sample);
  add("gumbel_softmax", "empty", {{0, 3}}, sample);
  auto maps = [](auto& x) {
    return bilinear(x[0], x[1], x[2], x.size() > 3 ? x[3] : Tensor());
  };
  add("bilinear", "", {{2, 3}, {2, 2}, {4, 3, 2}, {4}}, maps);
  add("bilinear", "no_bias", {{2, 3}, {2, 2}, {4, 3, 2}}, maps);
  add("bilinear", "vector", {{3}, {2}, {4, 3, 2}, {4}}, maps);
  add("bilinear", "batch", {{2, 2, 3}, {2, 2, 2}, {4, 3, 2}, {4}}, maps);
  add("bilinear", "empty", {{0, 3}, {0, 2}, {4, 3, 2}, {4}}, maps);
  add("embedding", "uses", {{4, 3}}, [](auto& x) {
    return embedding(x[0].square(), tensor({3, 1}), -1, true);
  });
  add("embedding", "everything", {{4, 3}}, [](auto& x) {
    return embedding(x[0].square(), tensor({3, 0, 2}), 1, true, true);
  });
  add("elu_", "scaled", {{3, 2}}, [](auto& x) {
    Tensor y = x[0] * 1;
    return elu_(y, 1.5, 0.7, 1.2);
  });
}

void add_distances(std::vector<Row>& rows) {
  auto add = [&](const char* name, const std::string& variant,
                 std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f)
                       .as(variant)
                       .in(-2, 2)
                       .with(Values::kOffZero));
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::pair<const char*, double> norms[] = {
      {"", 2}, {"p1", 1}, {"p3", 3}, {"pinf", kInfinity}};
  for (const auto& [name, p] : norms) {
    add("normalize", name, {{2, 3}},
        [p = p](auto& x) { return normalize(x[0], p, 1, 1e-12); });
    add("pairwise_distance", name, {{2, 3}, {2, 3}},
        [p = p](auto& x) { return pairwise_distance(x[0], x[1] * 0.7, p); });
  }
  auto unit = [](auto& x) { return normalize(x[0], 2, 0, 1e-12); };
  add("normalize", "dim", {{2, 3}}, unit);
  add("normalize", "0d", {{}}, unit);
  add("normalize", "empty", {{0, 3}}, unit);
  auto apart = [](auto& x) { return pairwise_distance(x[0], x[1]); };
  add("pairwise_distance", "broadcast", {{2, 3}, {3}}, apart);
  add("pairwise_distance", "vector", {{3}, {3}}, apart);
  add("pairwise_distance", "empty", {{0, 3}, {0, 3}}, apart);
  add("pairwise_distance", "keepdim", {{2, 3}, {2, 3}},
      [](auto& x) { return pairwise_distance(x[0], x[1], 2, 1e-6, true); });
  auto cosine = [](auto& x) { return cosine_similarity(x[0], x[1], -1); };
  add("cosine_similarity", "", {{2, 3}, {2, 3}}, cosine);
  add("cosine_similarity", "broadcast", {{2, 3}, {3}}, cosine);
  add("cosine_similarity", "vector", {{3}, {3}}, cosine);
  add("cosine_similarity", "0d", {{}, {}}, cosine);
  add("cosine_similarity", "empty", {{0, 3}, {0, 3}}, cosine);
}

void add_pads(std::vector<Row>& rows) {
  auto add = [&](const char* name, const char* variant, Shape shape, auto f) {
    rows.push_back(Row(name, {std::move(shape)}, [f](const Inputs& x) {
                     const Tensor square = x[0].square();
                     return f(square);
                   }).as(variant));
  };
  for (const char* mode : {"constant", "reflect", "replicate", "circular"}) {
    add("pad", mode, {2, 3}, [mode](auto& x) {
      return pad(x, {2, 1, 1, -1}, mode);
    });
  }
  auto around = [](auto& x) { return constant_pad_nd(x, {1, 2}, 3); };
  add("constant_pad_nd", "", {2, 3}, around);
  add("constant_pad_nd", "vector", {3}, around);
  add("constant_pad_nd", "empty", {0, 3}, around);
  add("constant_pad_nd", "0d", {},
      [](auto& x) { return constant_pad_nd(x, {}); });
  add("constant_pad_nd", "cut", {3, 4}, [](auto& x) {
    return constant_pad_nd(x, {-1, -2, 1, -1});
  });
}

// Losses of two floating tensors, per reduction; 0-d and empty ones.
template <class F>
void add_loss(std::vector<Row>& rows, const char* name, double low, double high,
              F f, const std::string& variant = "") {
  auto add = [&](const std::string& kind, int64_t reduction, const Shape& shape,
                 const Shape& target) {
    auto run = [=](const Inputs& x) { return f(x, reduction); };
    rows.push_back(
        Row(name, {shape, target}, run).in(low, high).as(variant + kind));
  };
  for (size_t i = 0; i < 3; ++i) {
    add(kReductionNames[i], kReductions[i], {2, 3}, {2, 3});
  }
  add("0d", Reduction::Mean, {}, {});
  add("empty", Reduction::None, {0, 3}, {0, 3});
  add("empty_sum", Reduction::Sum, {0, 3}, {0, 3});
  if (std::string(name).find("binary") == std::string::npos) {
    add("broadcast", Reduction::Mean, {2, 3}, {3});
    add("broadcast_target", Reduction::None, {3}, {2, 3});
  }
}

void add_losses(std::vector<Row>& rows) {
  add_loss(rows, "mse_loss", -1, 1,
           [](auto& x, int64_t r) { return mse_loss(x[0], x[1], r); });
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
  add_loss(rows, "kl_div", 0.2, 1.5,
           [](auto& x, int64_t r) { return kl_div(x[0], x[1], r); });
  add_loss(
      rows, "kl_div", -1, 1,
      [](auto& x, int64_t r) { return kl_div(x[0], x[1], r, true); }, "log_");
  add_loss(rows, "soft_margin_loss", -2, 2,
           [](auto& x, int64_t r) { return soft_margin_loss(x[0], x[1], r); });
  std::vector<Shape> weighted = {{2, 3}, {2, 3}, {2, 3}, {3}};
  rows.push_back(Row("binary_cross_entropy", {{2, 3}, {2, 3}, {2, 3}},
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

// Losses of embeddings (vectors or elements) with targets 1 and -1.
void add_embedding_losses(std::vector<Row>& rows) {
  auto add = [&](const char* name, const std::string& variant,
                 std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f).as(variant).in(-2, 2));
  };
  const Tensor like = tensor({1, -1, 1, -1}).to(kDouble);
  for (size_t i = 0; i < 3; ++i) {
    const int64_t r = kReductions[i];
    const char* name = kReductionNames[i];
    add("hinge_embedding_loss", name, {{4}},
        [=](auto& x) { return hinge_embedding_loss(x[0], like, 0.7, r); });
    add("cosine_embedding_loss", name, {{4, 3}, {4, 3}}, [=](auto& x) {
      return cosine_embedding_loss(x[0], x[1], like, -0.3, r);
    });
    add("margin_ranking_loss", name, {{4}, {4}},
        [=](auto& x) { return margin_ranking_loss(x[0], x[1], like, 0.3, r); });
    add("triplet_margin_loss", name, {{4, 3}, {4, 3}, {4, 3}}, [=](auto& x) {
      return triplet_margin_loss(x[0], x[1], x[2], 1.5, 3, 1e-6, false, r);
    });
  }
  const Tensor one = scalar_tensor(1.0, kDouble);
  const Tensor none = empty({0}, kDouble);
  const int64_t each = Reduction::None;
  for (const Shape& shape : {Shape{}, Shape{0}}) {
    const Tensor sign = shape.empty() ? one : none;
    const char* kind = shape.empty() ? "0d" : "empty";
    Shape vectors = shape;
    vectors.push_back(3);
    add("hinge_embedding_loss", kind, {shape},
        [=](auto& x) { return hinge_embedding_loss(x[0], -sign, 4, each); });
    add("cosine_embedding_loss", kind, {vectors, vectors}, [=](auto& x) {
      return cosine_embedding_loss(x[0], x[1], sign, 0, each);
    });
    add("margin_ranking_loss", kind, {shape, shape}, [=](auto& x) {
      return margin_ranking_loss(x[0], x[1], sign, 5, each);
    });
    add("triplet_margin_loss", kind, {vectors, vectors, vectors}, [=](auto& x) {
      return triplet_margin_loss(x[0], x[1], x[2], 5, 2, 1e-6, true, each);
    });
  }
  add("hinge_embedding_loss", "broadcast", {{2, 4}},
      [=](auto& x) { return hinge_embedding_loss(x[0], like, 0.7); });
  add("cosine_embedding_loss", "broadcast", {{4, 3}, {3}},
      [=](auto& x) { return cosine_embedding_loss(x[0], x[1], like, -0.3); });
  add("margin_ranking_loss", "broadcast", {{2, 4}, {4}},
      [=](auto& x) { return margin_ranking_loss(x[0], x[1], like, 0.3); });
  add("triplet_margin_loss", "broadcast", {{4, 3}, {3}, {4, 3}},
      [](auto& x) { return triplet_margin_loss(x[0], x[1], x[2], 1.5); });
  add("triplet_margin_loss", "swap", {{4, 3}, {4, 3}, {4, 3}}, [](auto& x) {
    return triplet_margin_loss(x[0], x[1], x[2], 1.5, 2, 1e-6, true);
  });
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
  auto instance = [](bool use_input_stats) {
    return [=](const Inputs& x) {
      const TensorOptions options(kDouble);
      return instance_norm(x[0], x[1], x[2], ones(3, options),
                           full(3, 2.0, options), use_input_stats);
    };
  };
  auto add = [&](const char* name, const char* variant,
                 std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f).as(variant));
  };
  add("instance_norm", "train", {{2, 3, 4}, {3}, {3}}, instance(true));
  add("instance_norm", "train_places", {{2, 3, 2, 2}, {3}, {3}},
      instance(true));
  add("instance_norm", "eval", {{2, 3, 4}, {3}, {3}}, instance(false));
  add("instance_norm", "empty", {{0, 3, 4}, {3}, {3}}, instance(false));
  add("instance_norm", "plain", {{2, 3, 4}},
      [](auto& x) { return instance_norm(x[0]); });
  add("layer_norm", "empty", {{0, 2, 3}, {2, 3}, {2, 3}}, layer);
  add("layer_norm", "vector", {{3}, {3}, {3}},
      [](auto& x) { return layer_norm(x[0], 3, x[1], x[2]); });
  add("group_norm", "empty", {{0, 4, 3}, {4}, {4}}, group);
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
  add_layers(rows);
  add_distances(rows);
  add_pads(rows);
  add_losses(rows);
  add_embedding_losses(rows);
  add_class_losses(rows);
  add_norms(rows);
  add_dropouts(rows);
  return rows;
}

}  // namespace taper::testing
