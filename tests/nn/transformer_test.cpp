// MultiheadAttention and the transformers against PyTorch: values, gradients of
// first and second order, forty steps of training; printing, copies, errors.
#include <sstream>

#include "../error_of.h"
#include "golden_cases.h"
#include "taper/autograd/grad_mode.h"
#include "taper/nn/nn.h"
#include "taper/optim/optim.h"
#include "taper/tensor/random/generator.h"

namespace taper {
namespace {

using Heads = nn::MultiheadAttentionOptions;
using LayerOptions = nn::TransformerEncoderLayerOptions;

const GoldenCases& golden() {
  static const GoldenCases cases("attention.txt");
  return cases;
}

void set_parameters(nn::Module& module) {
  const NoGradGuard no_grad;
  int64_t i = 0;
  for (Tensor& p : module.parameters()) {
    p.copy_(golden_ramp(p.sizes(), 10 * i++) * 0.5);
  }
}

// y, its derivatives, and the gradients of the parameters.
template <class F, class... Inputs>
void expect_layer(const std::string& name, nn::Module& module, const F& forward,
                  const Inputs&... inputs) {
  set_parameters(module);
  golden().expect(
      name,
      [&](const auto&... x) {
        module.to(std::get<0>(std::tie(x...)).dtype());
        return forward(x...);
      },
      inputs...);
  module.to(kDouble);
  const Tensor y = forward(inputs...);
  (y * golden_ramp(y.sizes())).sum().backward();
  int64_t i = 0;
  for (const Tensor& p : module.parameters()) {
    golden().expect_value(name + ".p" + std::to_string(i++), p.grad());
  }
}

struct HeadCase {
  IntArrayRef key = {};
  IntArrayRef value = {};
  bool weights = false;
  bool average = true;
  Tensor padding = {};
  Tensor mask = {};
};

void expect_heads(const std::string& name, IntArrayRef query, const Heads& o,
                  const HeadCase& c = {}) {
  nn::MultiheadAttention layer(o);
  const auto run = [&](const Tensor& q, const Tensor& k, const Tensor& v) {
    const auto [y, w] = layer(q, k, v, c.padding, c.weights, c.mask, c.average);
    EXPECT_EQ(w.defined(), c.weights);
    return c.weights ? cat({y.flatten(), w.flatten()}) : y;
  };
  const Tensor q = golden_ramp(query);
  if (c.key.empty()) {
    const auto self = [&](const Tensor& x) { return run(x, x, x); };
    return expect_layer(name, *layer, self, q);
  }
  const Tensor k = golden_ramp(c.key, 4);
  if (c.value.empty()) {
    const auto memory = [&](const Tensor& x, const Tensor& m) {
      return run(x, m, m);
    };
    return expect_layer(name, *layer, memory, q, k);
  }
  expect_layer(name, *layer, run, q, k, golden_ramp(c.value, 8));
}

Tensor later() { return ones({3, 3}).triu(1) > 0; }
Tensor padding() {
  return tensor({false, false, true, false, true, false}).view({2, 3});
}

TEST(MultiheadAttention, HasTheNumbersOfPyTorch) {
  const std::vector<int64_t> x = {3, 2, 4}, memory = {2, 2, 4};
  const std::vector<int64_t> keys = {2, 2, 3}, values = {2, 2, 5};
  const Heads plain(4, 2);
  expect_heads("mha", x, plain);
  expect_heads("mha_memory", x, plain, {.key = memory});
  expect_heads("mha_three", x, Heads(4, 2).bias(false),
               {.key = memory, .value = memory});
  expect_heads("mha_sizes", x, Heads(4, 2).kdim(3).vdim(5),
               {.key = keys, .value = values});
  expect_heads("mha_unbatched", {3, 4}, plain, {.weights = true});
  expect_heads("mha_weights", x, plain,
               {.weights = true, .padding = padding()});
  expect_heads("mha_head_weights", x, plain,
               {.key = memory, .weights = true, .average = false});
  expect_heads("mha_masks", x, plain, {.padding = padding(), .mask = later()});
  expect_heads("mha_mask3", x, plain, {.mask = golden_ramp({4, 3, 3})});
  const Heads added = Heads(4, 2).add_bias_kv(true).add_zero_attn(true);
  expect_heads("mha_added", x, added, {.padding = padding(), .mask = later()});
  expect_heads("mha_added_weights", x, added, {.key = memory, .weights = true});
}

TEST(MultiheadAttention, TakesKeysAndValuesThatAreProjectedAlready) {
  namespace F = nn::functional;
  manual_seed(2);
  nn::MultiheadAttention layer(4, 2);
  const Tensor x = randn({3, 2, 4}), memory = randn({5, 2, 4});
  auto options = F::MultiheadAttentionForwardFuncOptions(
      4, 2, layer->in_proj_weight, layer->in_proj_bias, {}, {}, false, 0,
      layer->out_proj->weight, layer->out_proj->bias);
  const auto projected = [&](int64_t part) {
    const Tensor weight = layer->in_proj_weight.narrow(0, 4 * part, 4);
    return linear(memory, weight).view({5, 4, 2}).transpose(0, 1);
  };
  const auto [y, w] = F::multi_head_attention_forward(
      x, x, x, options.static_k(projected(1)).static_v(projected(2)));
  const auto [y_memory, w_memory] = layer(x, memory, memory);
  EXPECT_TRUE(allclose(y, y_memory, 1e-5, 1e-6));
  EXPECT_TRUE(allclose(w, w_memory, 1e-5, 1e-6));
}

TEST(MultiheadAttention, DropsTheSameWeightsWithAndWithoutReturningThem) {
  nn::MultiheadAttention layer(Heads(8, 2).dropout(0.4));
  const Tensor x = golden_ramp({5, 3, 8}).to(kFloat);
  manual_seed(1);
  const Tensor y = std::get<0>(layer(x, x, x));
  manual_seed(1);
  const auto [again, none] = layer(x, x, x, Tensor(), false);
  EXPECT_TRUE(allclose(y, again, 1e-5, 1e-6));
  layer->eval();
  EXPECT_FALSE(allclose(y, std::get<0>(layer(x, x, x)), 1e-3, 1e-3));
}

TEST(MultiheadAttention, GivesQueriesThatSeeNothingZeroOrNanAsPyTorch) {
  nn::MultiheadAttention layer(4, 2);
  const Tensor x = golden_ramp({3, 1, 4}).to(kFloat);
  const Tensor all = ones({1, 3}, kBool);
  EXPECT_TRUE(std::get<0>(layer(x, x, x, all)).isnan().all().item<bool>());
  const Tensor y = std::get<0>(layer(x, x, x, all, false));
  EXPECT_TRUE(equal(y, layer->out_proj->bias.expand({3, 1, 4})));
}

TEST(MultiheadAttention, RejectsWhatDoesNotFit) {
  nn::MultiheadAttention layer(4, 2);
  const Tensor x = zeros({3, 2, 4});
  const auto error = [&](auto... rest) {
    return error_of([&] { layer(rest...); });
  };
  EXPECT_EQ(error(zeros({3, 2, 5}), x, x),
            "[multi_head_attention_forward] expected a query of size 4, got "
            "shape (3, 2, 5)");
  EXPECT_NE(error(zeros(4), x, x).find("(length, N, size)"), std::string::npos);
  EXPECT_NE(error(x, zeros({4, 2, 4}), x).find("lengths"), std::string::npos);
  EXPECT_NE(error(x, zeros({3, 1, 4}), zeros({3, 1, 4})).find("batch sizes"),
            std::string::npos);
  EXPECT_EQ(error(x, x, x, zeros({3, 3}, kBool)),
            "[multi_head_attention_forward] key_padding_mask must have shape "
            "(2, 3), got (3, 3)");
  EXPECT_NE(error(x, x, x, Tensor(), true, zeros({2, 3, 3})).find("attn_mask"),
            std::string::npos);
  EXPECT_NE(error_of<TypeError>([&] {
              layer(x, x, x, zeros({2, 3}, kLong));
            }).find("key_padding_mask must be bool or floating"),
            std::string::npos);
  const auto bad = [](const Heads& o) {
    return error_of<ValueError>([&] { nn::MultiheadAttention m(o); });
  };
  EXPECT_EQ(bad(Heads(5, 2)),
            "[MultiheadAttention] embed_dim 5 cannot be divided into 2 heads");
  EXPECT_NE(bad(Heads(4, 0)).find("num_heads"), std::string::npos);
  EXPECT_NE(bad(Heads(0, 2)).find("embed_dim"), std::string::npos);
  EXPECT_NE(bad(Heads(4, 2).dropout(1.5)).find("[0, 1]"), std::string::npos);
  EXPECT_NE(bad(Heads(4, 2).kdim(-1)).find("kdim"), std::string::npos);
}

LayerOptions small() {
  return LayerOptions(4, 2).dim_feedforward(6).dropout(0);
}

TEST(Transformer, HasTheNumbersOfPyTorch) {
  const Tensor src = golden_ramp({3, 2, 4}), tgt = golden_ramp({2, 2, 4}, 7);
  const Tensor square = nn::TransformerImpl::generate_square_subsequent_mask(2);
  nn::TransformerEncoderLayer encoder(small());
  expect_layer(
      "encoder_layer", *encoder,
      [&](const Tensor& x) { return encoder(x, Tensor(), padding()); }, src);
  for (const nn::activation_t& gelu_of :
       {nn::activation_t(kGELU),
        nn::activation_t([](const Tensor& x) { return gelu(x); })}) {
    nn::TransformerEncoderLayer layer(small().activation(gelu_of));
    expect_layer(
        "encoder_layer_gelu", *layer,
        [&](const Tensor& x) { return layer(x, later()); }, src);
  }
  nn::TransformerDecoderLayer decoder(small());
  expect_layer(
      "decoder_layer", *decoder,
      [&](const Tensor& x, const Tensor& memory) {
        return decoder(x, memory, square, Tensor(), Tensor(), padding());
      },
      tgt, src);
  nn::Transformer transformer(
      nn::TransformerOptions(4, 2, 2, 1).dim_feedforward(6).dropout(0));
  expect_layer(
      "transformer", *transformer,
      [&](const Tensor& x, const Tensor& y) {
        return transformer(x, y, Tensor(), square, Tensor(), padding());
      },
      src, tgt);
}

// Reads ten words and says them from the last to the first.
struct Reverser : nn::Module {
  Reverser() {
    const auto sizes = LayerOptions(16, 4).dim_feedforward(32);
    table = register_module("table", nn::Embedding(12, 16));
    first = register_module("first", nn::TransformerEncoderLayer(sizes));
    second = register_module(
        "second",
        nn::TransformerEncoderLayer(LayerOptions(sizes).activation(kGELU)));
    decoder = register_module("decoder", nn::TransformerDecoderLayer(sizes));
    output = register_module("output", nn::Linear(16, 12));
  }
  Tensor forward(const Tensor& words, const Tensor& said, const Tensor& mask) {
    const Tensor memory = second(first(table(words)));
    return output(decoder(table(said), memory, mask));
  }
  nn::Embedding table = nullptr;
  nn::TransformerEncoderLayer first = nullptr, second = nullptr;
  nn::TransformerDecoderLayer decoder = nullptr;
  nn::Linear output = nullptr;
};

Tensor losses_of_training() {
  manual_seed(7);
  Reverser net;
  optim::Adam optimizer(net.parameters(), optim::AdamOptions(0.005));
  const Tensor mask = nn::TransformerImpl::generate_square_subsequent_mask(10);
  std::vector<Tensor> losses;
  for (int step = 0; step < 40; ++step) {
    const Tensor words = randint(1, 12, {10, 8}, kLong);
    const Tensor target = words.flip(0);
    const Tensor said = cat({zeros({1, 8}, kLong), target.slice(0, 0, 9)});
    optimizer.zero_grad();
    const Tensor logits = net.forward(words, said, mask);
    const Tensor loss =
        nn::functional::cross_entropy(logits.view({-1, 12}), target.flatten());
    loss.backward();
    optimizer.step();
    losses.push_back(loss.detach());
  }
  return stack(losses);
}

TEST(Transformer, TrainsAsPyTorchDoes) {
  golden().expect_value("curve.float", losses_of_training());
  set_default_dtype(kDouble);
  const Tensor losses = losses_of_training();
  set_default_dtype(kFloat);
  golden().expect_value("curve.double", losses);
}

template <class T>
std::string printed(const T& x) {
  std::ostringstream stream;
  stream << x;
  return stream.str();
}

TEST(Transformer, PrintsAsLibTorchDoes) {
  EXPECT_EQ(printed(nn::MultiheadAttention(4, 2)),
            "taper::nn::MultiheadAttention(\n"
            "  (out_proj): taper::nn::Linear(in_features=4, out_features=4, "
            "bias=true)\n)");
  nn::TransformerEncoder encoder(
      nn::TransformerEncoderOptions(small().dropout(0.1), 1)
          .norm(nn::AnyModule(nn::LayerNorm(std::vector<int64_t>{4}))));
  const std::string layer_norm =
      "taper::nn::LayerNorm([4], eps=1e-05, elementwise_affine=true)\n";
  const std::string dropout = "taper::nn::Dropout(p=0.1, inplace=false)\n";
  EXPECT_EQ(
      printed(encoder),
      "taper::nn::TransformerEncoderImpl(\n"
      "  (layers): taper::nn::ModuleList(\n"
      "    (0): taper::nn::TransformerEncoderLayerImpl(\n"
      "      (self_attn): taper::nn::MultiheadAttention(\n"
      "        (out_proj): taper::nn::Linear(in_features=4, out_features=4, "
      "bias=true)\n"
      "      )\n"
      "      (linear1): taper::nn::Linear(in_features=4, out_features=6, "
      "bias=true)\n"
      "      (dropout): " +
          dropout +
          "      (linear2): taper::nn::Linear(in_features=6, out_features=4, "
          "bias=true)\n"
          "      (norm1): " +
          layer_norm + "      (norm2): " + layer_norm +
          "      (dropout1): " + dropout + "      (dropout2): " + dropout +
          "    )\n  )\n  (norm): " + layer_norm + ")");
  EXPECT_EQ(printed(nn::Transformer(nn::TransformerOptions(4, 2, 0, 0)))
                .substr(0, 82),
            "taper::nn::TransformerImpl(\n"
            "  (encoder): taper::nn::TransformerEncoderImpl(\n    (l");
}

TEST(Transformer, CopiesAreEqualAndShareNothing) {
  nn::Transformer net(
      nn::TransformerOptions(4, 2, 1, 1).dim_feedforward(6).dropout(0));
  const Tensor src = golden_ramp({3, 2, 4}).to(kFloat);
  const Tensor y = net(src, src);
  const auto copy =
      std::dynamic_pointer_cast<nn::TransformerImpl>(net->clone());
  EXPECT_TRUE(equal(copy->forward(src, src), y));
  const NoGradGuard no_grad;
  for (Tensor& p : copy->parameters()) p.fill_(0);
  EXPECT_TRUE(equal(net(src, src), y));
  nn::AnyModule any(net);
  EXPECT_TRUE(equal(any.forward(src, src), y));
}

TEST(Transformer, UsesCopiesOfCustomModules) {
  struct Doubler : nn::Cloneable<Doubler> {
    void reset() override {}
    Tensor forward(const Tensor& x, const Tensor&, const Tensor&) {
      return x * 2;
    }
  };
  struct Adder : nn::Cloneable<Adder> {
    void reset() override {}
    Tensor forward(const Tensor& x, const Tensor& memory, const Tensor&,
                   const Tensor&, const Tensor&, const Tensor&) {
      return x + memory;
    }
  };
  nn::AnyModule custom(Doubler{});
  nn::Transformer net(
      nn::TransformerOptions(4, 2).custom_encoder(custom).custom_decoder(
          nn::AnyModule(Adder{})));
  const Tensor x = golden_ramp({3, 2, 4});
  EXPECT_TRUE(equal(net(x, x), x * 3));
  EXPECT_NE(net->encoder.ptr(), custom.ptr());
}

// Sums of weights times 1, 2, 3, ..., as LibTorch's C++ has them, and what it
// draws next.
TEST(Transformer, DrawsAsLibTorchDoes) {
  const auto check = [](const nn::Module& module, double sum, double next) {
    double got = 0;
    for (const Tensor& p : module.parameters()) {
      got += (p.flatten().to(kDouble) * arange(1, p.numel() + 1, kDouble))
                 .sum()
                 .item<double>();
    }
    EXPECT_NEAR(got, sum, 1e-4);
    EXPECT_EQ(rand(1, kDouble).item<double>(), next);
  };
  manual_seed(0);
  nn::MultiheadAttention attention(
      Heads(4, 2).add_bias_kv(true).kdim(3).vdim(5));
  check(*attention, -48.0383339, 0.7486882683183439);
  nn::TransformerEncoderLayer encoder(LayerOptions(4, 2).dim_feedforward(8));
  check(*encoder, -23.8948605, 0.04375346919969425);
  encoder->reset_parameters();
  check(*encoder, -6.52547471, 0.6406901343609871);
  nn::Transformer net(nn::TransformerOptions(4, 2, 2, 1).dim_feedforward(8));
  check(*net, -15.6675772, 0.50398047856195183);
  net->decoder.ptr()->as<nn::TransformerDecoder>()->reset_parameters();
  check(*net, 89.4068341, 0.95403177605532208);
}

TEST(Transformer, RejectsWhatDoesNotFit) {
  nn::Transformer net(nn::TransformerOptions(4, 2, 1, 1).dim_feedforward(6));
  const Tensor x = zeros({3, 2, 4});
  const auto error = [&](const Tensor& src, const Tensor& tgt) {
    return error_of([&] { net(src, tgt); });
  };
  EXPECT_EQ(error(x, zeros({3, 1, 4})),
            "[Transformer] expected src (S, N, 4) and tgt (T, N, 4), got (3, "
            "2, 4) and (3, 1, 4)");
  EXPECT_NE(error(zeros({3, 2, 5}), x).find("[Transformer]"),
            std::string::npos);
  EXPECT_NE(error(x, zeros({3, 4})).find("[Transformer]"), std::string::npos);
  const auto value_error = [](const auto& f) {
    return error_of<ValueError>(f);
  };
  EXPECT_NE(value_error([] {
              nn::TransformerEncoder e(
                  nn::TransformerEncoderOptions(LayerOptions(4, 2), -1));
            }).find("num_layers must not be negative"),
            std::string::npos);
  EXPECT_NE(value_error([] {
              nn::TransformerEncoder e(nn::TransformerEncoderOptions(
                  nn::TransformerEncoderLayer(nullptr), 1));
            }).find("the layer to copy is missing"),
            std::string::npos);
  EXPECT_NE(value_error([] {
              nn::TransformerEncoderLayer e(LayerOptions(5, 2));
            }).find("cannot be divided into 2 heads"),
            std::string::npos);
  EXPECT_NE(value_error([] {
              nn::TransformerDecoderLayer d(LayerOptions(4, 2).dropout(2));
            }).find("[0, 1]"),
            std::string::npos);
  EXPECT_NE(value_error([] {
              nn::TransformerImpl::generate_square_subsequent_mask(-1);
            }).find("sz"),
            std::string::npos);
}

}  // namespace
}  // namespace taper
