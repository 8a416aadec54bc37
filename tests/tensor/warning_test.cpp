#include "taper/tensor/warning.h"

#include <thread>

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/tensor/macros.h"

namespace taper {
namespace {

namespace F = nn::functional;

struct Collector : WarningHandler {
  void process(const Warning& warning) override {
    texts.push_back(warning.msg());
    functions.emplace_back(warning.source_location().function);
    deprecated = std::holds_alternative<DeprecationWarning>(warning.type());
  }
  std::vector<std::string> texts;
  std::vector<std::string> functions;
  bool deprecated = false;
};

struct Thrower : WarningHandler {
  void process(const Warning& warning) override {
    throw ValueError(warning.msg());
  }
};

void warn_once(int i) { TORCH_WARN_ONCE("number ", i); }

TEST(Warnings, GoToTheHandlerOfTheScope) {
  WarningHandler* const usual = WarningUtils::get_warning_handler();
  Collector collector;
  {
    const WarningUtils::WarningHandlerGuard guard(&collector);
    TORCH_WARN("expected ", 3, " rows");
    EXPECT_FALSE(collector.deprecated);
    TORCH_WARN_DEPRECATION("old");
    EXPECT_TRUE(collector.deprecated);
    std::thread([&] {
      EXPECT_EQ(WarningUtils::get_warning_handler(), usual);
    }).join();
  }
  EXPECT_EQ(WarningUtils::get_warning_handler(), usual);
  EXPECT_EQ(collector.texts,
            (std::vector<std::string>{"expected 3 rows", "old"}));
  EXPECT_EQ(collector.functions[0], "TestBody");
}

TEST(Warnings, AreWrittenToStderrWithTheirPlace) {
  testing::internal::CaptureStderr();
  warn({UserWarning(), {"f", "some/file.cpp", 7}, "so it is", false});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "[W file.cpp:7] Warning: so it is (function f)\n");
}

TEST(Warnings, ComeOnceUnlessAlways) {
  Collector collector;
  const WarningUtils::WarningHandlerGuard guard(&collector);
  for (int i = 0; i < 3; ++i) warn_once(i);
  EXPECT_EQ(collector.texts, std::vector<std::string>{"number 0"});
  EXPECT_EQ(collector.functions[0], "warn_once");
  {
    const WarningUtils::WarnAlways always;
    for (int i = 0; i < 3; ++i) warn_once(i);
  }
  EXPECT_EQ(collector.texts.size(), 4U);
  warn_once(9);
  EXPECT_EQ(collector.texts.size(), 4U);
}

TEST(Warnings, TellOfLossesThatBroadcast) {
  Collector collector;
  const WarningUtils::WarningHandlerGuard guard(&collector);
  const WarningUtils::WarnAlways always;
  const Tensor x = ones({3, 1});
  const Tensor t = ones({3});
  F::mse_loss(x, t);
  nn::MSELoss()(x, t);
  F::l1_loss(x, t);
  F::smooth_l1_loss(x, t);
  F::smooth_l1_loss(x, t, {}, 0.5);
  F::huber_loss(x, t);
  EXPECT_EQ(collector.texts.size(), 6U);
  for (const std::string& text : collector.texts) {
    EXPECT_NE(text.find("[3, 1]"), std::string::npos) << text;
    EXPECT_NE(text.find("[3]"), std::string::npos) << text;
  }
  // Neither the free functions, nor what is meant to broadcast.
  mse_loss(x, t);
  F::mse_loss(x, x);
  F::cosine_similarity(x, ones({1}), F::CosineSimilarityFuncOptions().dim(-1));
  EXPECT_EQ(collector.texts.size(), 6U);
}

TEST(Warnings, OfOneLossComeOnce) {
  F::mse_loss(ones({3, 1}), ones({3}));
  Collector collector;
  const WarningUtils::WarningHandlerGuard guard(&collector);
  F::mse_loss(ones({3, 1}), ones({3}));
  EXPECT_TRUE(collector.texts.empty());
}

TEST(Warnings, MayThrow) {
  Thrower thrower;
  const WarningUtils::WarningHandlerGuard guard(&thrower);
  const auto warning = [] { TORCH_WARN_ONCE("again until it is through"); };
  EXPECT_THROW(warning(), Error);
  EXPECT_THROW(warning(), Error);
}

}  // namespace
}  // namespace taper
