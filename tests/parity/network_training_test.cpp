// Forty steps of training recurrent and convolutional nets against
// PyTorch 2.13: the programs of tests/golden/make_network_training.py, in
// taper.
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
                  kClasses = 4, kSide = 12;
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
  std::ifstream file(TAPER_TEST_DATA "/golden/network_training.txt");
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

struct ImagesImpl : nn::Module {
  ImagesImpl() { register_module("body", body); }
  Tensor forward(const Tensor& x, const Tensor&) { return body->forward(x); }
  nn::Sequential body{
      nn::Conv2d(nn::Conv2dOptions(2, 6, 3).padding(1).bias(false)),
      nn::BatchNorm2d(6),
      nn::ReLU(),
      nn::MaxPool2d(2),
      nn::Dropout2d(0.2),
      nn::Conv2d(nn::Conv2dOptions(6, 8, 3).stride(2)),
      nn::ReLU(),
      nn::Flatten(),
      nn::Dropout(0.3),
      nn::Linear(32, kClasses)};
};
TAPER_MODULE(Images);

struct UNetImpl : nn::Module {
  UNetImpl() {
    register_module("inner", inner);
    register_module("norm", norm);
    register_module("deep", deep);
    register_module("up", up);
    register_module("output", output);
  }
  Tensor forward(const Tensor& x, const Tensor&) {
    const Tensor wide = relu(norm(inner(x)));
    const Tensor low = relu(deep(max_pool2d(wide, 2)));
    return output(cat({up(low), wide}, 1));
  }
  nn::Conv2d inner{nn::Conv2dOptions(2, 4, 3).padding(1).bias(false)};
  nn::BatchNorm2d norm{4};
  nn::Conv2d deep{nn::Conv2dOptions(4, 8, 3).padding(1)};
  nn::ConvTranspose2d up{nn::ConvTranspose2dOptions(8, 4, 2).stride(2)};
  nn::Conv2d output{nn::Conv2dOptions(8, 1, 3).padding(1)};
};
TAPER_MODULE(UNet);

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
  const bool has_images = c.net == "images" || c.net == "unet";
  const Tensor x = has_images ? randn({kSamples, 2, kSide, kSide}, c.dtype)
                              : randn({kSamples, kLength, kFeatures}, c.dtype);
  const Tensor lengths = randint(1, kLength + 1, {kSamples}, kLong);
  const Tensor number = c.net == "unet"
                            ? randn({kSamples, 1, kSide, kSide}, c.dtype)
                            : randn({kSamples, 1}, c.dtype);
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
      const Tensor loss = c.net == "packed" || c.net == "images"
                              ? nn::functional::cross_entropy(y, of(label))
                              : nn::functional::mse_loss(y, of(number));
      loss.backward();
      adam.step();
      rows["loss"].push_back(loss.item<double>());
    }
  }
  for (const auto& item : net->named_parameters()) {
    rows[item.key()] = summary(item.value());
  }
  for (const auto& item : net->named_buffers()) {
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

class NetworkTraining : public testing::TestWithParam<Case> {};

// What is asked for is 2e-3 after forty steps; the file has nine digits.
TEST_P(NetworkTraining, FollowsPyTorch) {
  const Case& c = GetParam();
  const Rows rows = c.net == "series"   ? train<Series>(c)
                    : c.net == "packed" ? train<Packed>(c)
                    : c.net == "images" ? train<Images>(c)
                                        : train<UNet>(c);
  ASSERT_EQ(rows.size(), c.rows.size());
  for (const auto& [name, expected] : c.rows) {
    ASSERT_EQ(rows.count(name), 1u) << name;
    EXPECT_LE(deviation(rows.at(name), expected),
              c.dtype == kDouble ? 1e-8 : 2e-4)
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, NetworkTraining, testing::ValuesIn(read_cases()),
                         [](const auto& test) {
                           const Case& c = test.param;
                           return c.net + std::to_string(c.seed) +
                                  (c.dtype == kDouble ? "double" : "float");
                         });

TEST(NetworkTrainingFile, IsThere) { EXPECT_EQ(read_cases().size(), 16u); }

}  // namespace
}  // namespace taper
