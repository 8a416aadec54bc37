// Every module, fed an input that requires grad in each place: the result
// requires grad and the gradient arrives, at the parameters as well. A module
// that has neither a row nor a reason to be exempt fails a test here.
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "taper/autograd/ops.h"
#include "taper/nn/nn.h"
#include "taper/tensor/random/generator.h"

namespace taper {
namespace {

using Inputs = std::vector<Tensor>;

struct Row {
  std::string name;
  std::shared_ptr<nn::Module> module;
  std::function<Tensor(const Inputs&)> forward;
  Inputs inputs;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

template <class Holder, class... Tensors>
Row row(const std::string& name, Holder holder, const Tensors&... inputs) {
  const auto forward = [holder](const Inputs& x) mutable {
    return [&]<size_t... I>(std::index_sequence<I...>)->Tensor {
      return holder(x[I]...);
    }
    (std::index_sequence_for<Tensors...>());
  };
  return {name, holder.ptr(), forward, {inputs...}};
}

/// Numbers in (low, high) in no order.
Tensor numbers(IntArrayRef sizes, double low, double high) {
  const Tensor steps = arange(ones(sizes).numel()).mul(7).remainder(11);
  return ((steps.to(kFloat) + 0.5) * ((high - low) / 11) + low).view(sizes);
}
Tensor signs(IntArrayRef sizes) {
  return (numbers(sizes, -1, 1) > 0).to(kFloat).mul(2).sub(1);
}

/// The first result of a module that has several. A second input is both of
/// its states.
template <class Holder, class... Tensors>
Row first_row(const std::string& name, Holder holder,
              const Tensors&... inputs) {
  const auto forward = [holder](const Inputs& x) mutable -> Tensor {
    if constexpr (sizeof...(Tensors) == 1)
      return std::get<0>(holder(x[0]));
    else
      return std::get<0>(holder(x[0], std::make_tuple(x[1], x[1])));
  };
  return {name, holder.ptr(), forward, {inputs...}};
}

/// With dim 1 where the module asks for one.
template <class Holder>
Holder make() {
  if constexpr (std::is_default_constructible_v<typename Holder::Impl>) {
    return Holder();
  } else {
    return Holder(1);
  }
}

template <class Holder>
Row loss_row(const std::string& name) {
  const bool by_class = name == "NLLLoss" || name == "CrossEntropyLoss" ||
                        name == "MultiMarginLoss";
  const bool by_list = name == "MultiLabelMarginLoss";
  const bool by_sign = name == "SoftMarginLoss" || name == "HingeEmbeddingLoss";
  return row(name, Holder(), numbers({4, 3}, 0.1, 0.9),
             by_class ? tensor({0, 2, 1, 1})
             : by_list
                 ? tensor({{0, -1, 1}, {2, 1, -1}, {1, -1, -1}, {-1, 0, 0}})
             : by_sign ? signs({4, 3})
                       : numbers({4, 3}, 0.2, 0.8));
}
template <class Holder>
Row loss_of_three_row(const std::string& name) {
  return row(name, Holder(), numbers({4, 3}, -1, 1),
             numbers({4, 3}, -1, 0.7).flip(0),
             name == "CosineEmbeddingLoss" ? signs({4})
             : name == "MarginRankingLoss" ? signs({4, 3})
             : name == "GaussianNLLLoss"   ? numbers({4, 3}, 0.1, 2)
                                           : numbers({4, 3}, -0.5, 1.5));
}

std::vector<Row> layers_of_list() {
  const Tensor x = numbers({2, 4, 3, 2}, -2, 2);
  std::vector<Row> rows;
#define TAPER_ACTIVATION(Name, f, Options) \
  rows.push_back(row(#Name, make<nn::Name>(), x));
#define TAPER_ACTIVATION_LAYER TAPER_ACTIVATION
#define TAPER_PLAIN_ACTIVATION(Name, f) \
  rows.push_back(row(#Name, nn::Name(), x));
#define TAPER_DROPOUT TAPER_ACTIVATION
#define TAPER_LOSS(Name, f, Options) rows.push_back(loss_row<nn::Name>(#Name));
#define TAPER_WEIGHTED_LOSS TAPER_LOSS
#define TAPER_LOSS_OF_THREE(Name, f, Options) \
  rows.push_back(loss_of_three_row<nn::Name>(#Name));
#include "taper/nn/layers.inc"
  return rows;
}

/// Its forward returns more than a tensor.
struct AdaptiveOutput : nn::AdaptiveLogSoftmaxWithLoss {
  using ModuleHolder::ModuleHolder;
  Tensor operator()(const Tensor& input, const Tensor& target) {
    return get()->forward(input, target).output;
  }
};
AdaptiveOutput adaptive() {
  return AdaptiveOutput(17, 10, std::vector<int64_t>{2, 4});
}

Row attention_row(const std::string& name, bool needs_weights) {
  nn::MultiheadAttention layer(
      nn::MultiheadAttentionOptions(4, 2).kdim(3).vdim(5).add_bias_kv(true));
  const auto forward = [=](const Inputs& x) mutable -> Tensor {
    return std::get<0>(layer(x[0], x[1], x[2], Tensor(), needs_weights));
  };
  return {name,
          layer.ptr(),
          forward,
          {numbers({3, 2, 4}, -1, 1), numbers({2, 2, 3}, -1, 1),
           numbers({2, 2, 5}, -1, 1)}};
}

std::vector<Row> transformers() {
  const Tensor x = numbers({3, 2, 4}, -1, 1);
  const auto sizes =
      nn::TransformerEncoderLayerOptions(4, 2).dim_feedforward(6).dropout(0.2);
  return {
      attention_row("MultiheadAttention", true),
      attention_row("MultiheadAttention_without_weights", false),
      row("TransformerEncoderLayer", nn::TransformerEncoderLayer(sizes), x),
      row("TransformerDecoderLayer", nn::TransformerDecoderLayer(sizes), x,
          x.flip(0)),
      row("TransformerEncoder",
          nn::TransformerEncoder(nn::TransformerEncoderOptions(sizes, 2)), x),
      row("TransformerDecoder",
          nn::TransformerDecoder(nn::TransformerDecoderOptions(sizes, 2)), x,
          x.flip(0)),
      row("Transformer",
          nn::Transformer(
              nn::TransformerOptions(4, 2, 1, 1).dim_feedforward(6)),
          x, x.flip(0)),
  };
}

std::vector<Row> other_layers() {
  const Tensor x = numbers({2, 4, 3, 2}, -2, 2);
  const Tensor flat = x.flatten(2);
  const Tensor deep = x.unsqueeze(2).repeat({1, 1, 2, 1, 1});
  const Tensor p = numbers({4, 3}, 0.1, 0.9);
  nn::BatchNorm2d evaluated(4);
  evaluated->eval();
  return {
      row("PReLU", nn::PReLU(), x),
      row("RReLU", nn::RReLU(), x),
      row("Threshold", nn::Threshold(0.1, 20.0), x),
      row("Softmax2d", nn::Softmax2d(), x),
      row("KLDivLoss", nn::KLDivLoss(), p.log(), p.flip(0)),
      row("CTCLoss", nn::CTCLoss(), x.flatten(2).log_softmax(-1),
          tensor({{1, 2}, {3, 3}, {5, 0}, {4, 0}}), tensor({2, 2, 2, 1}),
          tensor({2, 1, 1, 1})),
      row("BCEWithLogitsLoss", nn::BCEWithLogitsLoss(), p, p.flip(0)),
      row("CrossEntropyLoss_of_probabilities", nn::CrossEntropyLoss(), p,
          p.flip(0)),
      row("LayerNorm", nn::LayerNorm(std::vector<int64_t>{3, 2}), x),
      row("GroupNorm", nn::GroupNorm(2, 4), x),
      row("BatchNorm1d", nn::BatchNorm1d(4), flat),
      row("BatchNorm2d", nn::BatchNorm2d(4), x),
      row("BatchNorm2d_evaluated", evaluated, x),
      row("BatchNorm3d", nn::BatchNorm3d(4), deep),
      row("InstanceNorm1d", nn::InstanceNorm1d(4), flat),
      row("InstanceNorm2d",
          nn::InstanceNorm2d(nn::InstanceNorm2dOptions(4).affine(true)), x),
      row("InstanceNorm3d", nn::InstanceNorm3d(4), deep),
      row("Conv1d", nn::Conv1d(4, 2, 3), flat),
      row("Conv2d", nn::Conv2d(4, 2, 2), x),
      row("Conv3d", nn::Conv3d(4, 2, 2), deep),
      row("ConvTranspose1d", nn::ConvTranspose1d(4, 2, 3), flat),
      row("ConvTranspose2d", nn::ConvTranspose2d(4, 2, 2), x),
      row("ConvTranspose3d", nn::ConvTranspose3d(4, 2, 2), deep),
      row("Embedding", nn::Embedding(5, 3), tensor({0, 4, 4})),
      row("EmbeddingBag", nn::EmbeddingBag(5, 3), tensor({{0, 4}, {4, 2}})),
      row("AdaptiveLogSoftmaxWithLoss", adaptive(), numbers({4, 17}, -1, 1),
          tensor({0, 3, 5, 9})),
      row("Identity", nn::Identity(), x),
      row("Linear", nn::Linear(2, 5), x),
      row("Bilinear", nn::Bilinear(2, 3, 5), numbers({4, 2}, -1, 1), p),
      row("Flatten", nn::Flatten(), x),
      row("Unflatten", nn::Unflatten(1, std::vector<int64_t>{2, 2}), x),
      row("Upsample",
          nn::Upsample(nn::UpsampleOptions()
                           .scale_factor(std::vector<double>{2, 2})
                           .mode(kBilinear)),
          x),
      row("PixelShuffle", nn::PixelShuffle(2), x),
      row("PixelUnshuffle", nn::PixelUnshuffle(1), x),
      row("LocalResponseNorm", nn::LocalResponseNorm(3), x),
      row("CrossMapLRN2d", nn::CrossMapLRN2d(3), x),
      first_row("RNN", nn::RNN(nn::RNNOptions(6, 2).num_layers(2)), flat[0]),
      first_row("LSTM", nn::LSTM(nn::LSTMOptions(6, 2).proj_size(1)), flat),
      first_row("GRU", nn::GRU(nn::GRUOptions(6, 2).bidirectional(true)), flat),
      row("RNNCell", nn::RNNCell(3, 2), p, numbers({4, 2}, -1, 1)),
      first_row("LSTMCell", nn::LSTMCell(3, 2), p, numbers({4, 2}, -1, 1)),
      row("GRUCell", nn::GRUCell(3, 2), p, numbers({4, 2}, -1, 1)),
      row("Functional",
          nn::Functional([](const Tensor& each) { return each * 2; }), x),
      row("Sequential", nn::Sequential(nn::Linear(2, 3), nn::Tanh()), x),
  };
}

std::vector<Row> pooling_layers() {
  const Tensor x3 = numbers({2, 2, 4, 5, 6}, 0.1, 2);
  const Tensor x2 = x3.select(2, 0);
  const Tensor x1 = x2.select(2, 0);
  const Tensor y3 = numbers({1, 2, 1, 2, 2}, -1, 1);
  const Tensor places = tensor({0, 7, 3, 2, 1, 6, 5, 4}).view(y3.sizes());
  nn::FractionalMaxPool2d fractional2(
      nn::FractionalMaxPool2dOptions(2).output_size(2));
  nn::FractionalMaxPool3d fractional3(
      nn::FractionalMaxPool3dOptions(2).output_ratio(0.5));
  return {row("MaxPool1d", nn::MaxPool1d(2), x1),
          row("MaxPool2d", nn::MaxPool2d(2), x2),
          row("MaxPool3d", nn::MaxPool3d(2), x3),
          row("AvgPool1d", nn::AvgPool1d(2), x1),
          row("AvgPool2d", nn::AvgPool2d(2), x2),
          row("AvgPool3d", nn::AvgPool3d(2), x3),
          row("AdaptiveMaxPool1d", nn::AdaptiveMaxPool1d(2), x1),
          row("AdaptiveMaxPool2d", nn::AdaptiveMaxPool2d(2), x2),
          row("AdaptiveMaxPool3d", nn::AdaptiveMaxPool3d(2), x3),
          row("AdaptiveAvgPool1d", nn::AdaptiveAvgPool1d(2), x1),
          row("AdaptiveAvgPool2d", nn::AdaptiveAvgPool2d(2), x2),
          row("AdaptiveAvgPool3d", nn::AdaptiveAvgPool3d(2), x3),
          row("LPPool1d", nn::LPPool1d(3, 2), x1),
          row("LPPool2d", nn::LPPool2d(3, 2), x2),
          row("LPPool3d", nn::LPPool3d(3, 2), x3),
          row("FractionalMaxPool2d", fractional2, x2),
          row("FractionalMaxPool3d", fractional3, x3),
          row("MaxUnpool1d", nn::MaxUnpool1d(8), y3[0][0], places[0][0]),
          row("MaxUnpool2d", nn::MaxUnpool2d(4), y3[0], places[0]),
          row("MaxUnpool3d", nn::MaxUnpool3d(4), y3, places)};
}

std::vector<Row> padding_layers() {
  const Tensor x3 = numbers({2, 2, 3, 4, 5}, -2, 2);
  const Tensor x2 = x3.select(2, 0);
  const Tensor x1 = x2.select(2, 0);
  return {row("ReflectionPad1d", nn::ReflectionPad1d(1), x1),
          row("ReflectionPad2d", nn::ReflectionPad2d(1), x2),
          row("ReflectionPad3d", nn::ReflectionPad3d(1), x3),
          row("ReplicationPad1d", nn::ReplicationPad1d(1), x1),
          row("ReplicationPad2d", nn::ReplicationPad2d(1), x2),
          row("ReplicationPad3d", nn::ReplicationPad3d(1), x3),
          row("ZeroPad1d", nn::ZeroPad1d(1), x1),
          row("ZeroPad2d", nn::ZeroPad2d(1), x2),
          row("ZeroPad3d", nn::ZeroPad3d(1), x3),
          row("ConstantPad1d", nn::ConstantPad1d(1, 2), x1),
          row("ConstantPad2d", nn::ConstantPad2d(1, 2), x2),
          row("ConstantPad3d", nn::ConstantPad3d(1, 2), x3),
          row("Fold", nn::Fold(5, 2), numbers({2, 8, 16}, -2, 2)),
          row("Unfold", nn::Unfold(2), x2)};
}

std::vector<Row> all_rows() {
  std::vector<Row> rows = layers_of_list();
  for (auto& part :
       {other_layers(), pooling_layers(), padding_layers(), transformers()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

/// Places that have no gradient, with the reason.
std::map<std::pair<std::string, size_t>, const char*> exempt_places() {
  const char* chooses = "only chooses, by its sign, what is computed";
  return {{{"HingeEmbeddingLoss", 1}, chooses},
          {{"CosineEmbeddingLoss", 2}, chooses}};
}

class ModuleGradients : public ::testing::TestWithParam<Row> {
 protected:
  /// Runs the module and sends weights of both signs back through the result.
  static void run(const Row& each) {
    manual_seed(2);  // which channels a dropout keeps
    const Tensor y = each.forward(each.inputs);
    ASSERT_TRUE(y.requires_grad());
    y.backward(numbers(y.sizes(), -0.4, 1));
  }
  static bool has_arrived(const Tensor& x) {
    return x.grad().defined() && x.grad().abs().sum().item<double>() > 0;
  }
};

TEST_P(ModuleGradients, ReachEveryInput) {
  const Row& each = GetParam();
  for (const Tensor& parameter : each.module->parameters()) {
    parameter.requires_grad_(false);
  }
  for (size_t i = 0; i < each.inputs.size(); ++i) {
    if (!each.inputs[i].is_floating_point()) continue;
    SCOPED_TRACE(i);
    Row alone = each;
    alone.inputs[i] = each.inputs[i].clone().requires_grad_();
    if (exempt_places().count({each.name, i})) {
      EXPECT_FALSE(each.forward(alone.inputs).requires_grad());
      continue;
    }
    run(alone);
    EXPECT_TRUE(has_arrived(alone.inputs[i]));
  }
}

TEST_P(ModuleGradients, ReachEveryParameter) {
  const Row& each = GetParam();
  if (each.module->parameters().empty()) return;
  for (const Tensor& parameter : each.module->parameters()) {
    parameter.requires_grad_(true);
  }
  run(each);
  for (const auto& item : each.module->named_parameters()) {
    EXPECT_TRUE(has_arrived(*item)) << item.key();
  }
}

std::string name_of_row(const ::testing::TestParamInfo<Row>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Table, ModuleGradients,
                         ::testing::ValuesIn(all_rows()), name_of_row);

/// The modules that the headers of nn declare.
std::set<std::string> declared_modules() {
  const auto root = std::filesystem::path(__FILE__).parent_path() / "../../nn";
  std::string text;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(root)) {
    const auto kind = entry.path().extension();
    if (kind != ".h" && kind != ".inc") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.find('#') == std::string::npos) {
        text += line.substr(0, line.find("//")) + "\n";
      }
    }
  }
  std::set<std::string> names;
  const auto find_all = [&](const char* pattern) {
    const std::regex regex(pattern);
    using Iterator = std::sregex_iterator;
    for (Iterator at(text.begin(), text.end(), regex); at != Iterator(); ++at) {
      const std::smatch& match = *at;
      names.insert(match[1].str() +
                   (match.size() > 2 ? match[2].str() + "d" : ""));
    }
  };
  find_all(R"((?:struct|class) TAPER_API (\w+)Impl\b)");
  find_all(R"(\nTAPER_(?:CHANNEL_NORM|CONV)\((\w+), (\d)\))");
  find_all(R"(\nTAPER_CHANNEL_NORM\((\w+), (\d)\))");
  find_all(R"(\nTAPER_(?:SIZED|INDEXED|FRACTIONAL|UNPOOL)_LAYER\((\w+),)");
  find_all(
      R"(\nTAPER_(?:FUNCTION_LAYER|\w*ACTIVATION\w*|DROPOUT|\w*LOSS\w*)\((\w+),)");
  return names;
}

TEST(ModuleGradientTable, HasARowForEveryModule) {
  const std::map<std::string, const char*> exempt = {
      {"ConvNd", "a base, which has no forward"},
      {"ModuleList", "no forward"},
      {"ModuleDict", "no forward"},
      {"ParameterList", "no forward"},
      {"ParameterDict", "no forward"}};
  std::set<std::string> rows;
  for (const Row& each : all_rows()) rows.insert(each.name);
  const std::set<std::string> names = declared_modules();
  EXPECT_GT(names.size(), 60U) << "the headers were not understood";
  for (const std::string& name : names) {
    EXPECT_TRUE(rows.count(name) || exempt.count(name))
        << name << " has no row in the table of modules";
  }
}

}  // namespace
}  // namespace taper
