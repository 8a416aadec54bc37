// Attention: masks, shapes, dropped weights.
#include <limits>

#include "gradient_rows.h"
#include "taper/tensor/random/generator.h"

namespace taper::testing {

std::vector<Row> attention_rows() {
  std::vector<Row> rows;
  const auto add = [&](const char* variant, std::vector<Shape> shapes,
                       const std::optional<Tensor>& mask = std::nullopt,
                       bool causal = false, bool shared = false, double p = 0) {
    const auto f = [=](const Inputs& x) {
      manual_seed(3);
      return scaled_dot_product_attention(x[0], x[1], x[2], mask, p, causal,
                                          std::nullopt, shared);
    };
    rows.push_back(
        Row("scaled_dot_product_attention", std::move(shapes), f).as(variant));
  };
  const std::vector<Shape> plain = {{2, 3, 4}, {2, 4, 4}, {2, 4, 3}};
  Tensor some = (arange(12).remainder(5) < 3).view({3, 4});
  some[1].fill_(false);
  add("", plain);
  add("matrices", {{3, 4}, {4, 4}, {4, 4}});
  add("broadcast", {{2, 1, 3, 2}, {3, 2, 2}, {1, 2, 2}});
  add("empty", {{2, 0, 4}, {2, 4, 4}, {2, 4, 3}});
  add("no_keys", {{2, 3, 4}, {2, 0, 4}, {2, 0, 3}});
  add("bool_mask", plain, some);
  add("mask", plain, arange(12, kDouble).remainder(5).view({3, 4}));
  add("causal", plain, std::nullopt, true);
  add("causal_long", {{5, 2}, {3, 2}, {3, 2}}, std::nullopt, true);
  add("shared_heads", {{4, 2, 3}, {2, 2, 3}, {2, 2, 3}}, std::nullopt, false,
      true);
  add("dropout", plain, std::nullopt, false, false, 0.4);
  rows.push_back(
      Row("scaled_dot_product_attention", {{3, 2}, {4, 2}, {4, 2}, {3, 4}},
          [](const Inputs& x) {
            return scaled_dot_product_attention(x[0], x[1], x[2], x[3]);
          })
          .as("mask_with_gradient"));
  return rows;
}

}  // namespace taper::testing
