// Recurrent layers and cells against PyTorch, and against each other.
#include "taper/nn/layers/recurrent.h"

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "../error_of.h"
#include "golden_cases.h"
#include "taper/nn/nn.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/random/generator.h"

namespace taper {
namespace {

namespace rnn = nn::utils::rnn;

constexpr int64_t kFeatures = 2, kHidden = 3;

const GoldenCases& golden() {
  static const GoldenCases cases("recurrent.txt");
  return cases;
}

// Against PyTorch -------------------------------------------------------------

struct LayerCase {
  const char* name;
  const char* cell;
  int64_t steps, samples, layers, projection;
  bool bidirectional, bias, batch_first;
  std::vector<int64_t> sizes;
};

/// The table of make_recurrent.py.
std::vector<LayerCase> layer_cases() {
  return {
      {"tanh", "tanh", 3, 2, 1, 0, false, true, false, {}},
      {"tanh_deep", "tanh", 2, 2, 2, 0, true, true, true, {}},
      {"relu", "relu", 3, 2, 1, 0, false, false, false, {}},
      {"relu_packed", "relu", 3, 3, 1, 0, true, true, false, {3, 2, 1}},
      {"gru", "gru", 3, 2, 1, 0, false, true, false, {}},
      {"gru_one", "gru", 2, 1, 1, 0, false, false, true, {}},
      {"gru_deep", "gru", 2, 2, 2, 0, true, true, false, {}},
      {"gru_packed", "gru", 3, 3, 1, 0, false, true, false, {3, 3, 1}},
      {"gru_packed_deep", "gru", 3, 2, 2, 0, true, false, false, {2, 1, 1}},
      {"lstm", "lstm", 3, 2, 1, 0, false, true, false, {}},
      {"lstm_one", "lstm", 1, 1, 1, 0, true, true, true, {}},
      {"lstm_deep", "lstm", 2, 2, 2, 0, true, false, false, {}},
      {"lstm_packed", "lstm", 3, 3, 1, 0, true, true, false, {3, 2, 1}},
      {"lstm_projected", "lstm", 3, 2, 1, 2, false, true, false, {}},
      {"lstm_projected_deep", "lstm", 2, 2, 2, 1, true, true, true, {}},
      {"lstm_projected_packed",
       "lstm",
       3,
       2,
       1,
       2,
       true,
       false,
       false,
       {2, 2, 1}},
  };
}

int64_t gates_of(const std::string& cell) {
  return cell == "lstm" ? 4 : cell == "gru" ? 3 : 1;
}

using Shapes = std::vector<std::vector<int64_t>>;

Shapes shapes_of(const LayerCase& c) {
  const int64_t gates = gates_of(c.cell) * kHidden;
  const int64_t width = c.projection > 0 ? c.projection : kHidden;
  const int64_t directions = c.bidirectional ? 2 : 1;
  Shapes shapes;
  for (int64_t i = 0; i < c.layers * directions; ++i) {
    shapes.push_back({gates, i < directions ? kFeatures : directions * width});
    shapes.push_back({gates, width});
    if (c.bias) shapes.insert(shapes.end(), 2, {gates});
    if (c.projection > 0) shapes.push_back({width, kHidden});
  }
  return shapes;
}

std::vector<Tensor> split(const Tensor& vector, const Shapes& shapes) {
  std::vector<Tensor> parts;
  int64_t at = 0;
  for (const auto& shape : shapes) {
    const int64_t count = numel_of(shape);
    parts.push_back(vector.narrow(0, at, count).view(shape));
    at += count;
  }
  return parts;
}

Tensor weights_of(const Shapes& shapes) {
  int64_t count = 0;
  for (const auto& shape : shapes) count += numel_of(shape);
  return golden_ramp({count}, 2) * 0.5;
}

Tensor flat(const std::vector<Tensor>& results) {
  std::vector<Tensor> parts;
  for (const Tensor& result : results) parts.push_back(result.flatten());
  return cat(parts);
}

template <class... Args>
Tensor run_layer(const std::string& cell, const Args&... args) {
  const auto [y, h] = cell == "gru"    ? gru(args...)
                      : cell == "tanh" ? rnn_tanh(args...)
                                       : rnn_relu(args...);
  return flat({y, h});
}

void expect_golden(const LayerCase& c) {
  const Shapes shapes = shapes_of(c);
  const int64_t all = c.layers * (c.bidirectional ? 2 : 1);
  int64_t rows = 0;
  for (const int64_t size : c.sizes) rows += size;
  const Tensor x = !c.sizes.empty() ? golden_ramp({rows, kFeatures})
                   : c.batch_first
                       ? golden_ramp({c.samples, c.steps, kFeatures})
                       : golden_ramp({c.steps, c.samples, kFeatures});
  const int64_t width = c.projection > 0 ? c.projection : kHidden;
  const Tensor h = golden_ramp({all, c.samples, width}, 5);
  const Tensor w = weights_of(shapes);
  const bool packed = !c.sizes.empty();
  const Tensor sizes = packed ? tensor(c.sizes) : Tensor();
  if (std::string(c.cell) != "lstm") {
    const auto function = [&](const Tensor& in, const Tensor& hx,
                              const Tensor& weights) {
      const auto parts = split(weights, shapes);
      return packed ? run_layer(c.cell, in, sizes, hx, TensorList(parts),
                                c.bias, c.layers, 0., false, c.bidirectional)
                    : run_layer(c.cell, in, hx, TensorList(parts), c.bias,
                                c.layers, 0., false, c.bidirectional,
                                c.batch_first);
    };
    return golden().expect(c.name, function, x, h, w);
  }
  const auto function = [&](const Tensor& in, const Tensor& hx,
                            const Tensor& cx, const Tensor& weights) {
    const auto parts = split(weights, shapes);
    const std::vector<Tensor> states = {hx, cx};
    const auto [y, last_h, last_c] =
        packed ? lstm(in, sizes, states, parts, c.bias, c.layers, 0, false,
                      c.bidirectional)
               : lstm(in, states, parts, c.bias, c.layers, 0, false,
                      c.bidirectional, c.batch_first);
    return flat({y, last_h, last_c});
  };
  golden().expect(c.name, function, x, h,
                  golden_ramp({all, c.samples, kHidden}, 9), w);
}

TEST(Recurrent, LayersMatchPyTorch) {
  for (const LayerCase& c : layer_cases()) {
    SCOPED_TRACE(c.name);
    expect_golden(c);
  }
}

TEST(Recurrent, CellsMatchPyTorch) {
  const Tensor x = golden_ramp({2, kFeatures});
  const Tensor h = golden_ramp({2, kHidden}, 5);
  const Tensor c = golden_ramp({2, kHidden}, 9);
  for (const std::string cell : {"tanh", "relu", "gru", "lstm"}) {
    for (const bool bias : {true, false}) {
      const int64_t gates = gates_of(cell) * kHidden;
      Shapes shapes = {{gates, kFeatures}, {gates, kHidden}};
      if (bias) shapes.insert(shapes.end(), 2, {gates});
      const std::string name = cell + "_cell" + (bias ? "" : "_no_bias");
      const auto parts_of = [&](const Tensor& weights) {
        auto parts = split(weights, shapes);
        parts.resize(4);
        return parts;
      };
      if (cell == "lstm") {
        const auto function = [&](const Tensor& in, const Tensor& hx,
                                  const Tensor& cx, const Tensor& weights) {
          const auto p = parts_of(weights);
          const std::vector<Tensor> states = {hx, cx};
          const auto [a, b] = lstm_cell(in, states, p[0], p[1], p[2], p[3]);
          return flat({a, b});
        };
        golden().expect(name, function, x, h, c, weights_of(shapes));
        continue;
      }
      const auto function = [&](const Tensor& in, const Tensor& hx,
                                const Tensor& weights) {
        const auto p = parts_of(weights);
        const auto op = cell == "gru"    ? gru_cell
                        : cell == "tanh" ? rnn_tanh_cell
                                         : rnn_relu_cell;
        return op(in, hx, p[0], p[1], p[2], p[3]);
      };
      golden().expect(name, function, x, h, weights_of(shapes));
    }
  }
}

TEST(PackedSequence, MatchesPyTorch) {
  const Tensor lengths = tensor({3, 2, 2}), sizes = tensor({3, 3, 1});
  for (const bool first : {false, true}) {
    const std::string suffix = first ? "_first" : "";
    const auto pack = [&](const Tensor& x) {
      return std::get<0>(_pack_padded_sequence(x, lengths, first));
    };
    golden().expect("pack" + suffix, pack,
                    first ? golden_ramp({3, 4, 2}) : golden_ramp({4, 3, 2}));
    const auto pad = [&](const Tensor& x) {
      return std::get<0>(_pad_packed_sequence(x, sizes, first, 0.5, 4));
    };
    golden().expect("pad" + suffix, pad, golden_ramp({7, 2}));
  }
  for (const char* side : {"left", "right"}) {
    const auto pad = [&](const Tensor& a, const Tensor& b) {
      const std::vector<Tensor> parts = {a, b};
      return pad_sequence(parts, true, -1.5, side);
    };
    golden().expect(std::string("pad_sequence_") + side, pad,
                    golden_ramp({2, 2}), golden_ramp({3, 2}, 3));
  }
}

template <class Holder>
void expect_start(const std::string& name,
                  const std::function<Holder()>& make) {
  manual_seed(7);
  const Holder layer = make();
  golden().expect_value("start." + name, flat(layer->parameters()).to(kDouble));
}

TEST(Recurrent, StartsWithPyTorchsParameters) {
  expect_start<nn::RNN>("rnn", [] {
    return nn::RNN(nn::RNNOptions(2, 3).num_layers(2).bidirectional(true));
  });
  expect_start<nn::LSTM>("lstm", [] {
    return nn::LSTM(nn::LSTMOptions(2, 3).num_layers(2).proj_size(2));
  });
  expect_start<nn::GRU>(
      "gru", [] { return nn::GRU(nn::GRUOptions(2, 3).bias(false)); });
  expect_start<nn::RNNCell>("rnn_cell", [] { return nn::RNNCell(2, 3); });
  expect_start<nn::LSTMCell>("lstm_cell", [] {
    return nn::LSTMCell(nn::LSTMCellOptions(2, 3).bias(false));
  });
  expect_start<nn::GRUCell>("gru_cell", [] { return nn::GRUCell(2, 3); });
}

TEST(Recurrent, DropsOutAsPyTorchDoes) {
  const Tensor x = golden_ramp({4, 3, 2}).to(kFloat);
  manual_seed(7);
  nn::LSTM lstm(
      nn::LSTMOptions(2, 3).num_layers(3).dropout(0.4).bidirectional(true));
  golden().expect_value("dropout.lstm", std::get<0>(lstm(x)));
  manual_seed(7);
  nn::GRU gru(
      nn::GRUOptions(2, 3).num_layers(2).dropout(0.4).batch_first(true));
  golden().expect_value("dropout.gru", std::get<0>(gru(x)));
  const auto [y, h] = gru->forward_with_packed_input(
      rnn::pack_padded_sequence(x, tensor({2, 4, 1}), false, false));
  golden().expect_value("dropout.packed",
                        std::get<0>(rnn::pad_packed_sequence(y)));
  golden().expect_value("dropout.packed_state", h);
}

// Layers ----------------------------------------------------------------------

TEST(Recurrent, NamesItsParameters) {
  nn::LSTM lstm(
      nn::LSTMOptions(2, 3).num_layers(2).proj_size(1).bidirectional(true));
  const auto names = lstm->named_parameters().keys();
  ASSERT_EQ(names.size(), 20u);
  EXPECT_EQ(names[3], "bias_hh_l0");
  EXPECT_EQ(names[4], "weight_hr_l0");
  EXPECT_EQ(names[5], "weight_ih_l0_reverse");
  EXPECT_EQ(names[19], "weight_hr_l1_reverse");
  EXPECT_EQ(lstm->named_parameters()["weight_ih_l1"].sizes(),
            IntArrayRef({12, 2}));
  ASSERT_EQ(lstm->all_weights().size(), 20u);
  EXPECT_TRUE(lstm->all_weights()[19].is_same(lstm->parameters()[19]));
  lstm->flatten_parameters();
  EXPECT_EQ(lstm->options_base.hidden_size(), 3);
  nn::GRUCell cell(nn::GRUCellOptions(2, 3).bias(false));
  EXPECT_EQ(cell->named_parameters().keys(),
            (std::vector<std::string>{"weight_ih", "weight_hh"}));
  EXPECT_FALSE(cell->bias_ih.defined());
}

template <class Layer>
std::string text(const Layer& layer) {
  std::ostringstream stream;
  stream << layer;
  return stream.str();
}

TEST(Recurrent, Prints) {
  EXPECT_EQ(text(nn::RNN(nn::RNNOptions(3, 4).nonlinearity(kReLU).bias(false))),
            "taper::nn::RNN(input_size=3, hidden_size=4, num_layers=1, "
            "bias=false, batch_first=false, dropout=0, bidirectional=false)");
  EXPECT_EQ(text(nn::LSTM(nn::LSTMOptions(3, 4)
                              .proj_size(2)
                              .num_layers(3)
                              .bidirectional(true)
                              .dropout(0.5))),
            "taper::nn::LSTM(input_size=3, hidden_size=4, num_layers=3, "
            "bias=true, batch_first=false, dropout=0.5, bidirectional=true, "
            "proj_size=2)");
  EXPECT_EQ(text(nn::GRU(3, 4)),
            "taper::nn::GRU(input_size=3, hidden_size=4, num_layers=1, "
            "bias=true, batch_first=false, dropout=0, bidirectional=false)");
  EXPECT_EQ(text(nn::RNNCell(nn::RNNCellOptions(3, 4).nonlinearity(kReLU))),
            "taper::nn::RNNCell(3, 4, nonlinearity=kReLU)");
  EXPECT_EQ(text(nn::LSTMCell(3, 4)), "taper::nn::LSTMCell(3, 4)");
  EXPECT_EQ(text(nn::GRUCell(nn::GRUCellOptions(3, 4).bias(false))),
            "taper::nn::GRUCell(3, 4, bias=false)");
}

TEST(Recurrent, ClonesAndConverts) {
  nn::LSTM lstm(nn::LSTMOptions(2, 3).num_layers(2).proj_size(2));
  const Tensor x = golden_ramp({4, 3, 2}).to(kFloat);
  const auto copy = std::dynamic_pointer_cast<nn::LSTMImpl>(lstm->clone());
  const Tensor y = std::get<0>(lstm(x));
  EXPECT_TRUE(std::get<0>(copy->forward(x)).equal(y));
  copy->parameters()[0].detach().zero_();
  EXPECT_FALSE(std::get<0>(copy->forward(x)).equal(y));
  EXPECT_TRUE(std::get<0>(lstm(x)).equal(y));
  lstm->to(kDouble);
  EXPECT_TRUE(std::get<0>(lstm(x.to(kDouble))).to(kFloat).allclose(y));
  lstm->to(kBFloat16);
  const auto [z, states] = lstm(x.to(kBFloat16));
  EXPECT_EQ(z.dtype(), kBFloat16);
  EXPECT_EQ(std::get<1>(states).dtype(), kBFloat16);
  EXPECT_TRUE(z.to(kFloat).allclose(y, 0.05, 0.02));
  z.sum().backward();
  EXPECT_EQ(lstm->parameters()[0].grad().dtype(), kBFloat16);
}

TEST(Recurrent, RunsInASequential) {
  nn::Sequential net(nn::GRU(2, 3));
  const Tensor x = golden_ramp({4, 3, 2}).to(kFloat);
  const auto [y, h] = net->forward<std::tuple<Tensor, Tensor>>(x);
  EXPECT_TRUE(y[3].equal(h[0]));
}

TEST(Recurrent, StatesAreZeroUnlessGiven) {
  nn::LSTM lstm(2, 3);
  const Tensor x = golden_ramp({4, 3, 2}).to(kFloat);
  const Tensor zero = zeros({1, 3, 3});
  const auto [a, states] = lstm(x);
  const auto [b, others] = lstm(x, std::make_tuple(zero, zero));
  EXPECT_TRUE(a.equal(b));
  EXPECT_TRUE(std::get<1>(states).equal(std::get<1>(others)));
  // The second half goes on where the first one ended.
  const auto [first, middle] = lstm(x.narrow(0, 0, 2));
  const auto [second, last] = lstm(x.narrow(0, 2, 2), middle);
  EXPECT_TRUE(cat({first, second}).allclose(a));
  EXPECT_TRUE(std::get<1>(last).allclose(std::get<1>(states)));
}

TEST(Recurrent, TakesInputsWithoutABatch) {
  const Tensor x = golden_ramp({4, 2}).to(kFloat);
  const Tensor h = golden_ramp({2, 3}).to(kFloat);
  for (const bool first : {false, true}) {
    nn::GRU gru(nn::GRUOptions(2, 3).bidirectional(true).batch_first(first));
    const int64_t dim = first ? 0 : 1;
    const auto [y, last] = gru(x, h);
    const auto [z, same] = gru(x.unsqueeze(dim), h.unsqueeze(1));
    EXPECT_TRUE(y.equal(z.squeeze(dim)));
    EXPECT_TRUE(last.equal(same.squeeze(1)));
    EXPECT_EQ(std::get<0>(gru(x)).sizes(), IntArrayRef({4, 6}));
  }
  nn::LSTMCell cell(2, 3);
  const auto [a, c] = cell(x[0], std::make_tuple(h[0], h[1]));
  const auto [b, d] = cell(
      x.narrow(0, 0, 1), std::make_tuple(h.narrow(0, 0, 1), h.narrow(0, 1, 1)));
  EXPECT_TRUE(a.equal(b[0]));
  EXPECT_TRUE(c.equal(d[0]));
  EXPECT_EQ(nn::RNNCell(2, 3)(x[0]).sizes(), IntArrayRef({3}));
}

TEST(Recurrent, CellsStepAsLayersDo) {
  nn::GRU gru(2, 3);
  nn::GRUCell cell(2, 3);
  {
    NoGradGuard no_grad;
    for (size_t i = 0; i < 4; ++i) {
      cell->parameters()[i].copy_(gru->parameters()[i]);
    }
  }
  const Tensor x = golden_ramp({4, 3, 2}).to(kFloat);
  Tensor h;
  for (int64_t t = 0; t < 4; ++t) h = cell(x[t], h);
  EXPECT_TRUE(h.allclose(std::get<1>(gru(x))[0]));
}

TEST(Recurrent, TakesNoSamplesAndNoFeatures) {
  nn::LSTM lstm(nn::LSTMOptions(2, 3).bidirectional(true));
  const auto [y, states] = lstm(ones({4, 0, 2}).requires_grad_());
  EXPECT_EQ(y.sizes(), IntArrayRef({4, 0, 6}));
  EXPECT_EQ(std::get<0>(states).sizes(), IntArrayRef({2, 0, 3}));
  y.sum().backward();
  EXPECT_EQ(lstm->parameters()[0].grad().abs().sum().item<float>(), 0);
  nn::GRU of_nothing(0, 3);
  const Tensor z = std::get<0>(of_nothing(ones({4, 2, 0})));
  EXPECT_EQ(z.sizes(), IntArrayRef({4, 2, 3}));
  z.sum().backward();
  EXPECT_EQ(of_nothing->parameters()[0].grad().sizes(), IntArrayRef({9, 0}));
}

TEST(Recurrent, OrdersPackedSequencesAsTheyCame) {
  nn::LSTM lstm(nn::LSTMOptions(2, 3).bidirectional(true));
  const Tensor x = golden_ramp({4, 3, 2}).to(kFloat);
  const auto packed =
      rnn::pack_padded_sequence(x, tensor({2, 4, 3}), false, false);
  const Tensor h = golden_ramp({2, 3, 3}).to(kFloat), c = h.flip(0);
  const auto [y, states] =
      lstm->forward_with_packed_input(packed, std::make_tuple(h, c));
  const auto [padded, lengths] = rnn::pad_packed_sequence(y);
  EXPECT_TRUE(lengths.equal(tensor({2, 4, 3})));
  for (int64_t i = 0; i < 3; ++i) {
    const int64_t length = lengths[i].item<int64_t>();
    const auto [one, last] =
        lstm(x.narrow(1, i, 1).narrow(0, 0, length),
             std::make_tuple(h.narrow(1, i, 1), c.narrow(1, i, 1)));
    EXPECT_TRUE(padded.narrow(1, i, 1).narrow(0, 0, length).allclose(one));
    EXPECT_TRUE(
        std::get<1>(states).narrow(1, i, 1).allclose(std::get<1>(last)));
  }
}

TEST(Recurrent, SaturatedGatesKeepTheirSlope) {
  // sigmoid(20) rounds to 1 in float32, but 1 - sigmoid(20) = 2.1e-9.
  const Tensor x = full({1, 1}, 20.f).requires_grad_();
  const Tensor h = full({1, 1}, 2.f);
  const Tensor w_ih = tensor({{0.f}, {1.f}, {0.f}});
  gru_cell(x, h, w_ih, zeros({3, 1})).sum().backward();
  EXPECT_NEAR(x.grad().item<float>() / (2 * 2.0611536e-9f), 1, 1e-5);
}

TEST(Recurrent, HasTheSameBitsOnAnyNumberOfThreads) {
  const int before = get_num_threads();
  manual_seed(3);
  nn::LSTM lstm(nn::LSTMOptions(24, 40).num_layers(2).bidirectional(true));
  nn::GRU gru(24, 72);
  const Tensor x = randn({9, 70, 24});
  const auto run = [&](int threads) {
    set_num_threads(threads);
    lstm->zero_grad();
    gru->zero_grad();
    const Tensor y = std::get<0>(lstm(x)), z = std::get<0>(gru(x));
    (y.square().sum() + z.square().sum()).backward();
    std::vector<Tensor> all = {y, z};
    for (const Tensor& p : lstm->parameters()) all.push_back(p.grad());
    for (const Tensor& p : gru->parameters()) all.push_back(p.grad());
    return flat(all);
  };
  const Tensor one = run(1);
  for (const int threads : {2, 3, 7}) {
    EXPECT_TRUE(run(threads).equal(one)) << threads;
  }
  set_num_threads(before);
}

// What a state is given after the last step of some samples only.
TEST(Recurrent, GradientsOfTheStateAloneArrive) {
  nn::GRU gru(2, 3);
  const Tensor x = golden_ramp({4, 2, 2}).to(kFloat).requires_grad_();
  const auto packed = rnn::pack_padded_sequence(x, tensor({4, 2}));
  const auto [y, h] = gru->forward_with_packed_input(packed);
  h.narrow(1, 1, 1).sum().backward();
  EXPECT_EQ(x.grad().narrow(1, 0, 1).abs().sum().item<float>(), 0);
  EXPECT_EQ(x.grad()[2].abs().sum().item<float>(), 0);
  EXPECT_GT(x.grad()[1][1].abs().sum().item<float>(), 0);
}

// Errors ----------------------------------------------------------------------

TEST(Recurrent, RejectsBadOptions) {
  using nn::GRUOptions, nn::LSTMOptions;
  EXPECT_NE(error_of([] { nn::GRU(3, 0); }).find("hidden_size"), -1ul);
  EXPECT_NE(error_of([] { nn::GRU(-1, 3); }).find("input_size"), -1ul);
  EXPECT_NE(error_of([] {
              nn::RNN(nn::RNNOptions(3, 4).num_layers(0));
            }).find("num_layers"),
            -1ul);
  EXPECT_NE(
      error_of([] { nn::GRU(GRUOptions(3, 4).dropout(2)); }).find("dropout"),
      -1ul);
  EXPECT_NE(error_of([] {
              nn::LSTM(LSTMOptions(3, 4).proj_size(4));
            }).find("proj_size"),
            -1ul);
  EXPECT_NE(error_of([] {
              nn::LSTM(LSTMOptions(3, 4).proj_size(-1));
            }).find("proj_size"),
            -1ul);
  EXPECT_NE(error_of([] { nn::GRUCell(3, 0); }).find("hidden_size"), -1ul);
  EXPECT_NE(error_of([] { nn::LSTMCell(-1, 3); }).find("input_size"), -1ul);
}

TEST(Recurrent, RejectsBadInputs) {
  nn::GRU gru(nn::GRUOptions(3, 4).bidirectional(true));
  nn::LSTM lstm(3, 4);
  const Tensor x = ones({5, 2, 3});
  const auto of = [&](const Tensor& input, const Tensor& hx = {}) {
    return error_of([&] { gru(input, hx); });
  };
  EXPECT_NE(of(ones({3})).find("3 dims"), -1ul);
  EXPECT_NE(of(ones({5, 2, 3, 1})).find("3 dims"), -1ul);
  EXPECT_NE(of(ones({5, 2, 4})).find("3 features"), -1ul);
  EXPECT_NE(of(ones({0, 2, 3})).find("one step"), -1ul);
  EXPECT_NE(of(x, ones({2, 3, 4})).find("(2, 2, 4), got (2, 3, 4)"), -1ul);
  EXPECT_NE(of(x, ones({1, 2, 4})).find("state of shape"), -1ul);
  EXPECT_NE(of(x, ones({2, 4})).find("state of shape"), -1ul);
  EXPECT_NE(of(ones({5, 3}), ones({2, 1, 4})).find("2 dims"), -1ul);
  EXPECT_NE(of(x.to(kDouble)).find("float"), -1ul);
  EXPECT_NE(of(x.to(kLong)).find("int64"), -1ul);
  EXPECT_NE(of(x, ones({2, 2, 4}, kDouble)).find("float64"), -1ul);
  EXPECT_NE(error_of([&] {
              lstm(x, std::make_tuple(ones({1, 2, 4}), ones({1, 3, 4})));
            }).find("state of shape (1, 2, 4)"),
            -1ul);
}

TEST(Recurrent, RejectsBadOperands) {
  const Tensor x = ones({5, 2, 3}), h = ones({1, 2, 4});
  const auto w = nn::GRU(3, 4)->all_weights();
  const auto run = [&](const Tensor& hx, TensorList weights, bool bias,
                       int64_t layers) {
    return error_of(
        [&] { gru(x, hx, weights, bias, layers, 0, false, false, false); });
  };
  EXPECT_NE(run(h, TensorList(w).slice(0, 1), true, 1).find("parameters"),
            -1ul);
  EXPECT_NE(run(h, w, false, 1).find("parameters"), -1ul);
  EXPECT_NE(run(h, w, true, 0).find("num_layers"), -1ul);
  EXPECT_NE(run(ones({2, 2, 4}), w, true, 1).find("hx"), -1ul);
  EXPECT_NE(run(ones({1, 2, 5}), w, true, 1).find("weight_ih"), -1ul);
  EXPECT_NE(error_of([&] {
              lstm(x, TensorList(&h, 1), w, true, 1, 0, false, false, false);
            }).find("two defined hidden states"),
            -1ul);
  const auto packed = [&](const Tensor& sizes) {
    return error_of([&] {
      gru(ones({5, 3}), sizes, ones({1, 3, 4}), w, true, 1, 0, false, false);
    });
  };
  EXPECT_NE(packed(tensor({2, 3})).find("not grow"), -1ul);
  EXPECT_NE(packed(tensor({3, 1})).find("add up"), -1ul);
  EXPECT_NE(packed(tensor({3, 3})).find("add up"), -1ul);
  EXPECT_NE(packed(tensor({5, 0})).find("positive"), -1ul);
  EXPECT_NE(packed(tensor({3.f, 2.f})).find("float"), -1ul);
  EXPECT_NE(error_of([&] {
              gru_cell(ones({2, 3}), ones({3, 4}), w[0], w[1]);
            }).find("hx"),
            -1ul);
  EXPECT_NE(error_of([&] {
              gru_cell(ones({2, 4}), ones({2, 4}), w[0], w[1]);
            }).find("weight_ih"),
            -1ul);
  EXPECT_NE(error_of([&] {
              gru_cell(ones({2, 3}), ones({2, 4}), w[0], w[1], w[2]);
            }).find("both biases"),
            -1ul);
  nn::GRUCell cell(3, 4);
  const auto step = [&](const Tensor& in, const Tensor& hx = {}) {
    return error_of([&] { cell(in, hx); });
  };
  EXPECT_NE(step(ones({2, 4})).find("[taper::nn::GRUCell]"), -1ul);
  EXPECT_NE(step(ones({2, 2, 3})).find("[taper::nn::GRUCell]"), -1ul);
  EXPECT_NE(step(ones({2, 3}), ones({3, 4})).find("(2, 4)"), -1ul);
  EXPECT_NE(step(ones({2, 3}), ones({2, 5})).find("(2, 4)"), -1ul);
  EXPECT_NE(step(ones({2, 3}), ones({4})).find("(2, 4)"), -1ul);
}

TEST(PackedSequence, RejectsBadLengths) {
  const Tensor x = ones({5, 2, 3});
  const auto pack = [&](const Tensor& lengths, bool sorted = true) {
    return error_of(
        [&] { rnn::pack_padded_sequence(x, lengths, false, sorted); });
  };
  EXPECT_NE(pack(tensor({2, 5})).find("enforce_sorted"), -1ul);
  EXPECT_NE(pack(tensor({6, 5})).find("[1, 5]"), -1ul);
  EXPECT_NE(pack(tensor({5, 0})).find("[1, 5]"), -1ul);
  EXPECT_NE(pack(tensor({5})).find("one length"), -1ul);
  EXPECT_NE(pack(tensor({5}), false).find("1 lengths"), -1ul);
  EXPECT_NE(pack(tensor({{5, 2}})).find("one length"), -1ul);
  EXPECT_NE(error_of([&] {
              rnn::pack_padded_sequence(ones({5, 0, 3}), empty(0, kLong));
            }).find("empty"),
            -1ul);
  const auto packed = rnn::pack_padded_sequence(x, tensor({4, 2}));
  EXPECT_NE(error_of([&] {
              rnn::pad_packed_sequence(packed, false, 0, 3);
            }).find("total_length"),
            -1ul);
  const auto join = [](std::vector<Tensor> parts, const char* side = "right") {
    return error_of([&] { rnn::pad_sequence(parts, false, 0, side); });
  };
  EXPECT_NE(join({}).find("no sequences"), -1ul);
  EXPECT_NE(join({ones({2, 3}), ones({3, 2})}).find("first dim"), -1ul);
  EXPECT_NE(join({ones({2})}, "middle").find("middle"), -1ul);
  EXPECT_NE(join({ones({})}).find("first dim"), -1ul);
}

TEST(PackedSequence, PacksSequencesAndConverts) {
  const std::vector<Tensor> parts = {ones({2}), full({3}, 2.f)};
  const auto packed = rnn::pack_sequence(parts, false);
  EXPECT_TRUE(packed.data().equal(tensor({2.f, 1.f, 2.f, 1.f, 2.f})));
  EXPECT_TRUE(packed.batch_sizes().equal(tensor({2, 2, 1})));
  EXPECT_TRUE(packed.sorted_indices().equal(tensor({1, 0})));
  EXPECT_TRUE(packed.unsorted_indices().equal(tensor({1, 0})));
  const auto [padded, lengths] = rnn::pad_packed_sequence(packed, true, 7, 4);
  EXPECT_TRUE(
      padded.equal(tensor({{1.f, 1.f, 7.f, 7.f}, {2.f, 2.f, 2.f, 7.f}})));
  EXPECT_TRUE(lengths.equal(tensor({2, 3})));
  EXPECT_EQ(packed.to(kDouble).data().dtype(), kDouble);
  EXPECT_TRUE(packed.cpu().data().is_same(packed.data()));
  EXPECT_TRUE(
      rnn::invert_permutation(tensor({2, 0, 1})).equal(tensor({1, 2, 0})));
  EXPECT_FALSE(rnn::invert_permutation({}).defined());
}

}  // namespace
}  // namespace taper
