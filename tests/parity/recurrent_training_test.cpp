// Forty steps of training recurrent nets against PyTorch 2.13: the programs of
// tests/golden/make_recurrent_training.py, in taper.
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "taper/taper.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

constexpr int64_t kSamples = 64, kBatch = 16, kLength = 10, kFeatures = 5,
                  kClasses = 4;
constexpr size_t kTrainingSteps = 40;

using Rows = std::map<std::string, std::vector<double>>;

struct Case {
  std::string net;
  ScalarType dtype = kFloat;
  uint64_t seed = 0;
  Rows rows;
};

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  std::ifstream file(TAPER_TEST_DATA "/golden/recurrent_training.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, dtype;
    words >> name;
    if (name == "case") {
      Case& c = cases.emplace_back();
      words >> c.net >> dtype >> c.seed;
      c.dtype = dtype == "double" ? kDouble : kFloat;
      continue;
    }
    for (double v; words >> v;) cases.back().rows[name].push_back(v);
  }
  return cases;
}

struct SeriesImpl : nn::Module {
  SeriesImpl() {
    register_module("lstm", lstm);
    register_module("output", output);
  }
  Tensor forward(const Tensor& x, const Tensor&) {
    return output(std::get<0>(lstm(x)).select(1, -1));
  }
  nn::LSTM lstm{nn::LSTMOptions(kFeatures, 12)
                    .num_layers(2)
                    .dropout(0.2)
                    .batch_first(true)};
  nn::Linear output{12, 1};
};
TAPER_MODULE(Series);

struct PackedImpl : nn::Module {
  PackedImpl() {
    register_module("gru", gru);
    register_module("output", output);
  }
  Tensor forward(const Tensor& x, const Tensor& lengths) {
    const Tensor state = std::get<1>(gru->forward_with_packed_input(
        nn::utils::rnn::pack_padded_sequence(x, lengths, true, false)));
    return output(cat({state[0], state[1]}, 1));
  }
  nn::GRU gru{
      nn::GRUOptions(kFeatures, 8).batch_first(true).bidirectional(true)};
  nn::Linear output{16, kClasses};
};
TAPER_MODULE(Packed);

/// First, middle and last element and the mean magnitude.
std::vector<double> summary(const Tensor& x) {
  const Tensor y = x.detach().to(kDouble).flatten();
  const int64_t n = y.numel();
  return {y[0].item<double>(), y[n / 2].item<double>(), y[n - 1].item<double>(),
          y.abs().mean().item<double>()};
}

template <class Net>
Rows train(const Case& c) {
  manual_seed(c.seed);
  Net net;
  net->to(c.dtype);
  const Tensor x = randn({kSamples, kLength, kFeatures}, c.dtype);
  const Tensor lengths = randint(1, kLength + 1, {kSamples}, kLong);
  const Tensor number = randn({kSamples, 1}, c.dtype);
  const Tensor label = randint(kClasses, {kSamples}, kLong);
  optim::Adam adam(net->parameters(), optim::AdamOptions(0.01));
  Rows rows;
  while (rows["loss"].size() < kTrainingSteps) {
    for (const Tensor& batch : randperm(kSamples).split(kBatch)) {
      const auto of = [&](const Tensor& all) {
        return all.index_select(0, batch);
      };
      adam.zero_grad();
      const Tensor y = net(of(x), of(lengths));
      const Tensor loss = c.net == "series"
                              ? nn::functional::mse_loss(y, of(number))
                              : nn::functional::cross_entropy(y, of(label));
      loss.backward();
      adam.step();
      rows["loss"].push_back(loss.item<double>());
    }
  }
  for (const auto& item : net->named_parameters()) {
    rows[item.key()] = summary(item.value());
  }
  return rows;
}

/// The largest difference relative to the number itself or to the mean
/// magnitude of the row.
double deviation(const std::vector<double>& got,
                 const std::vector<double>& expected) {
  if (got.size() != expected.size()) return HUGE_VAL;
  double scale = 0, worst = 0;
  for (const double v : expected) {
    scale += std::abs(v) / static_cast<double>(expected.size());
  }
  for (size_t i = 0; i < got.size(); ++i) {
    const double off =
        std::abs(got[i] - expected[i]) / std::max(std::abs(expected[i]), scale);
    worst = off <= worst ? worst : off;  // keeps a NaN
  }
  return worst;
}

class RecurrentTraining : public testing::TestWithParam<Case> {};

// What is asked for is 2e-3 after forty steps; the file has nine digits.
TEST_P(RecurrentTraining, FollowsPyTorch) {
  const Case& c = GetParam();
  const Rows rows = c.net == "series" ? train<Series>(c) : train<Packed>(c);
  ASSERT_EQ(rows.size(), c.rows.size());
  for (const auto& [name, expected] : c.rows) {
    ASSERT_EQ(rows.count(name), 1u) << name;
    EXPECT_LE(deviation(rows.at(name), expected),
              c.dtype == kDouble ? 1e-8 : 2e-4)
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, RecurrentTraining,
                         testing::ValuesIn(read_cases()), [](const auto& test) {
                           const Case& c = test.param;
                           return c.net + std::to_string(c.seed) +
                                  (c.dtype == kDouble ? "double" : "float");
                         });

TEST(RecurrentTrainingFile, IsThere) { EXPECT_EQ(read_cases().size(), 8u); }

}  // namespace
}  // namespace taper
