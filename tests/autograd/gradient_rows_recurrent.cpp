// Recurrent layers and cells, packing and padding.
#include "gradient_rows.h"

namespace taper::testing {
namespace {

constexpr int64_t kFeatures = 2, kHidden = 2;

// The shapes of the parameters of one layer with `gates` gates.
std::vector<Shape> weights_of(int64_t gates, bool bias,
                              int64_t width = kHidden) {
  std::vector<Shape> shapes = {{gates * kHidden, kFeatures},
                               {gates * kHidden, width}};
  if (bias) shapes.insert(shapes.end(), 2, {gates * kHidden});
  return shapes;
}

std::vector<Shape> joined(std::vector<Shape> a, const std::vector<Shape>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The results of a layer.
template <class Results>
Inputs list_of(const Results& results) {
  return std::apply([](const auto&... each) { return Inputs{each...}; },
                    results);
}

Inputs from(const Inputs& x, size_t first) {
  return Inputs(x.begin() + static_cast<int64_t>(first), x.end());
}

template <class Layer, class Cell>
void add_one_state(std::vector<Row>& rows, const std::string& name,
                   int64_t gates, Layer layer, Cell cell) {
  const auto add = [&](const char* variant, std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f).as(variant));
  };
  for (const bool bias : {true, false}) {
    add(bias ? "" : "no_bias",
        joined({{2, 2, kFeatures}, {1, 2, kHidden}}, weights_of(gates, bias)),
        [=](const Inputs& x) {
          return list_of(layer(x[0], x[1], TensorList(from(x, 2)), bias, 1, 0.,
                               false, false, !bias));
        });
    rows.push_back(
        Row(name + "_cell",
            joined({{2, kFeatures}, {2, kHidden}}, weights_of(gates, bias)),
            [=](const Inputs& x) {
              return cell(x[0], x[1], x[2], x[3], bias ? x[4] : Tensor(),
                          bias ? x[5] : Tensor());
            })
            .as(bias ? "" : "no_bias"));
  }
  const auto both = joined(weights_of(gates, false), weights_of(gates, false));
  add("packed", joined({{4, kFeatures}, {2, 2, kHidden}}, both),
      [=](const Inputs& x) {
        return list_of(layer(x[0], tensor({2, 1, 1}), x[1],
                             TensorList(from(x, 2)), false, 1, 0., false,
                             true));
      });
  add("empty",
      joined({{2, 0, kFeatures}, {1, 0, kHidden}}, weights_of(gates, true)),
      [=](const Inputs& x) {
        return list_of(layer(x[0], x[1], TensorList(from(x, 2)), true, 1, 0.,
                             false, false, false));
      });
}

void add_lstm(std::vector<Row>& rows) {
  const auto add = [&](const char* name, const char* variant,
                       std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f).as(variant));
  };
  const auto states = [](const Inputs& x) { return Inputs{x[1], x[2]}; };
  add("lstm", "",
      joined({{2, 2, kFeatures}, {1, 2, kHidden}, {1, 2, kHidden}},
             weights_of(4, true)),
      [=](const Inputs& x) {
        return list_of(
            lstm(x[0], states(x), from(x, 3), true, 1, 0, false, false, true));
      });
  auto projected = weights_of(4, false, 1);
  projected.push_back({1, kHidden});
  add("lstm", "projected",
      joined({{2, 1, kFeatures}, {2, 1, 1}, {2, 1, kHidden}},
             joined(projected, projected)),
      [=](const Inputs& x) {
        return list_of(
            lstm(x[0], states(x), from(x, 3), false, 1, 0, false, true, false));
      });
  add("lstm", "packed",
      joined({{3, kFeatures}, {1, 2, kHidden}, {1, 2, kHidden}},
             weights_of(4, false)),
      [=](const Inputs& x) {
        return list_of(lstm(x[0], tensor({2, 1}), states(x), from(x, 3), false,
                            1, 0, false, false));
      });
  add("lstm_cell", "",
      joined({{2, kFeatures}, {2, kHidden}, {2, kHidden}}, weights_of(4, true)),
      [=](const Inputs& x) {
        return list_of(lstm_cell(x[0], states(x), x[3], x[4], x[5], x[6]));
      });
}

}  // namespace

std::vector<Row> recurrent_rows() {
  std::vector<Row> rows;
  add_one_state(
      rows, "rnn_tanh", 1,
      [](const auto&... args) { return rnn_tanh(args...); }, rnn_tanh_cell);
  add_one_state(
      rows, "rnn_relu", 1,
      [](const auto&... args) { return rnn_relu(args...); }, rnn_relu_cell);
  add_one_state(
      rows, "gru", 3, [](const auto&... args) { return gru(args...); },
      gru_cell);
  add_lstm(rows);
  rows.emplace_back(
      "_pack_padded_sequence", std::vector<Shape>{{3, 2, 2}},
      [](const Inputs& x) {
        return std::get<0>(_pack_padded_sequence(x[0], tensor({3, 1}), false));
      });
  rows.emplace_back(
      "_pad_packed_sequence", std::vector<Shape>{{4, 2}}, [](const Inputs& x) {
        return std::get<0>(
            _pad_packed_sequence(x[0], tensor({2, 1, 1}), true, 0.5, 4));
      });
  rows.emplace_back("pad_sequence", std::vector<Shape>{{2, 2}, {3, 2}},
                    [](const Inputs& x) { return pad_sequence(x, true); });
  return rows;
}

}  // namespace taper::testing
