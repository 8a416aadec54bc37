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
  const bool by_class = name == "NLLLoss" || name == "CrossEntropyLoss";
  const bool by_sign = name == "SoftMarginLoss" || name == "HingeEmbeddingLoss";
  return row(name, Holder(), numbers({4, 3}, 0.1, 0.9),
             by_class  ? tensor({0, 2, 1, 1})
             : by_sign ? signs({4, 3})
                       : numbers({4, 3}, 0.2, 0.8));
}
template <class Holder>
Row loss_of_three_row(const std::string& name) {
  return row(name, Holder(), numbers({4, 3}, -1, 1),
             numbers({4, 3}, -1, 0.7).flip(0),
             name == "CosineEmbeddingLoss" ? signs({4})
             : name == "MarginRankingLoss" ? signs({4, 3})
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
      row("Threshold", nn::Threshold(0.1, 20.0), x),
      row("Softmax2d", nn::Softmax2d(), x),
      row("KLDivLoss", nn::KLDivLoss(), p.log(), p.flip(0)),
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
      row("Embedding", nn::Embedding(5, 3), tensor({0, 4, 4})),
      row("Identity", nn::Identity(), x),
      row("Linear", nn::Linear(2, 5), x),
      row("Bilinear", nn::Bilinear(2, 3, 5), numbers({4, 2}, -1, 1), p),
      row("Flatten", nn::Flatten(), x),
      row("Unflatten", nn::Unflatten(1, std::vector<int64_t>{2, 2}), x),
      row("Functional",
          nn::Functional([](const Tensor& each) { return each * 2; }), x),
      row("Sequential", nn::Sequential(nn::Linear(2, 3), nn::Tanh()), x),
  };
}

std::vector<Row> all_rows() {
  std::vector<Row> rows = layers_of_list();
  for (Row& each : other_layers()) rows.push_back(std::move(each));
  for (Row& each : transformers()) rows.push_back(std::move(each));
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
  find_all(R"(\nTAPER_CHANNEL_NORM\((\w+), (\d)\))");
  find_all(
      R"(\nTAPER_(?:FUNCTION_LAYER|\w*ACTIVATION\w*|DROPOUT|\w*LOSS\w*)\((\w+),)");
  return names;
}

TEST(ModuleGradientTable, HasARowForEveryModule) {
  const std::map<std::string, const char*> exempt = {
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
