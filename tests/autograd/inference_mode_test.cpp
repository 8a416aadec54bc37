// Inference tensors, as LibTorch has them.
#include <gtest/gtest.h>

#include "taper/taper.h"

namespace taper {
namespace {

Tensor inference_ones() {
  const InferenceMode inference;
  return ones({2});
}

TEST(InferenceMode, MakesInferenceTensorsInItsScopeOnly) {
  const Tensor x = inference_ones();
  EXPECT_TRUE(x.is_inference());
  EXPECT_TRUE(x.is_leaf());
  EXPECT_TRUE(x.view({2, 1}).is_inference());
  EXPECT_TRUE(x.detach().is_inference());
  EXPECT_FALSE(x.clone().is_inference());
  EXPECT_FALSE((x + 1).is_inference());
  EXPECT_FALSE(ones({2}).is_inference());
}

TEST(InferenceMode, NestsAndSetsTheGradMode) {
  const Tensor x = ones({1}).requires_grad_();
  {
    const InferenceMode inference;
    EXPECT_TRUE(InferenceMode::is_enabled());
    EXPECT_FALSE((x * 2).requires_grad());
    {
      const autograd::InferenceMode off(false);
      EXPECT_FALSE(ones({1}).is_inference());
      EXPECT_TRUE((x * 2).requires_grad());
    }
    const AutoGradMode recording(true);
    EXPECT_FALSE((x * 2).requires_grad());
    EXPECT_TRUE((x * 2).is_inference());
  }
  EXPECT_FALSE(InferenceMode::is_enabled());
  EXPECT_TRUE((x * 2).requires_grad());
}

TEST(InferenceMode, ItsTensorsAreNotWrittenOutside) {
  const Tensor x = inference_ones();
  const auto rejects = [](const auto& write) { EXPECT_THROW(write(), Error); };
  rejects([&] { x.add_(1); });
  rejects([&] { x.view({2, 1}).zero_(); });
  rejects([&] { x.copy_(ones({2})); });
  rejects([&] { x.normal_(); });
  rejects([&] { x.index_put_({0}, 3); });
  rejects([&] { x.unsqueeze_(0); });
  rejects([&] { x.resize_({1}); });
  {
    const NoGradGuard no_grad;
    rejects([&] { x.mul_(2); });
  }
  EXPECT_EQ(x.sum().item<float>(), 2);
  const InferenceMode inference;
  EXPECT_EQ(x.add_(1).sum().item<float>(), 4);
}

TEST(InferenceMode, ItsTensorsAreNotSavedAndDoNotRequireGrad) {
  const Tensor x = inference_ones();
  const Tensor w = ones({2}).requires_grad_();
  EXPECT_THROW(w * x, Error);
  EXPECT_THROW((w * 1).mul_(x), Error);
  EXPECT_THROW(nn::functional::linear(x, ones({2, 2}).requires_grad_()), Error);
  EXPECT_THROW(x.requires_grad_(), Error);
  EXPECT_THROW(x._version(), Error);
  x.requires_grad_(false);
  (w + x + x.clone() * w).sum().backward();
  EXPECT_EQ(w.grad().sum().item<float>(), 4);
}

TEST(InferenceMode, UsualTensorsStayUsualAndCountTheirEdits) {
  const Tensor x = ones({2}).requires_grad_();
  const Tensor h = x * 1;
  const Tensor y = h * h;
  Tensor view;
  {
    const InferenceMode inference;
    view = h.view({2, 1});
    h.mul_(2);
  }
  EXPECT_FALSE(h.is_inference());
  EXPECT_FALSE(view.is_inference());
  EXPECT_TRUE(view.requires_grad());
  EXPECT_EQ(h._version(), 1);
  EXPECT_THROW(y.sum().backward(), Error);
  EXPECT_THROW(view.mul_(2), Error);
}

}  // namespace
}  // namespace taper
