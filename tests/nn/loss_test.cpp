#include "taper/nn/losses/loss.h"

#include "golden_nn.h"
#include "taper/autograd/gradcheck.h"
#include "taper/nn/functional.h"

namespace taper {
namespace {

namespace F = nn::functional;

// The inputs of make_nn.py.
const Tensor& x() {
  static const Tensor value = ramp({3, 4});
  return value;
}
Tensor t() { return ramp({3, 4}).flip(0) * 0.5; }
Tensor q() { return t().sigmoid(); }
Tensor log_p() { return ramp({3, 4}) - 2; }
Tensor w4() { return tensor({0.5, 2.0, 1.25, 0.75}); }
Tensor classes() { return tensor({1, 3, 0}); }
Tensor ignoring() { return tensor({1, -100, 0}); }

struct Named {
  const char* name;
  enumtype::LossReduction reduction;
};
const Named kReductions[] = {
    {".none", kNone}, {".mean", kMean}, {".sum", kSum}};

// Calls f(options with the reduction) per reduction, which gives the function
// of the inputs to compare.
template <class Options, class F, class... Inputs>
void expect_golden_loss(const std::string& name, const Options& options,
                        const F& make, const Inputs&... inputs) {
  for (const Named& r : kReductions) {
    Options chosen = options;
    chosen.reduction(r.reduction);
    expect_golden_gradients(name + r.name, make(chosen), inputs...);
  }
}

// A function of the input that applies the module to a fixed target.
template <class Module>
auto module_to(const Tensor& target) {
  return [target](const auto& options) {
    return [target, options](const Tensor& input) {
      return Module(options)(input, target);
    };
  };
}

// A function of both.
template <class Module>
auto module_of_both() {
  return [](const auto& options) {
    return [options](const Tensor& input, const Tensor& target) {
      return Module(options)(input, target);
    };
  };
}

TEST(Loss, RegressionMatchesPyTorch) {
  expect_golden_loss("mse", nn::MSELossOptions(), module_of_both<nn::MSELoss>(),
                     x(), t());
  expect_golden_loss("l1", nn::L1LossOptions(), module_of_both<nn::L1Loss>(),
                     x(), t());
  expect_golden_loss("smooth_l1", nn::SmoothL1LossOptions().beta(0.6),
                     module_of_both<nn::SmoothL1Loss>(), x(), t());
  expect_golden_loss("huber", nn::HuberLossOptions().delta(0.7),
                     module_of_both<nn::HuberLoss>(), x(), t());
}

TEST(Loss, NLLMatchesPyTorch) {
  expect_golden_loss("nll", nn::NLLLossOptions(),
                     module_to<nn::NLLLoss>(classes()), log_p());
  expect_golden_loss("nll_weight", nn::NLLLossOptions().weight(w4()),
                     module_to<nn::NLLLoss>(ignoring()), log_p());
}

TEST(Loss, CrossEntropyMatchesPyTorch) {
  using Options = nn::CrossEntropyLossOptions;
  expect_golden_loss("ce", Options(),
                     module_to<nn::CrossEntropyLoss>(classes()), x());
  const auto ignore = module_to<nn::CrossEntropyLoss>(ignoring());
  expect_golden_loss("ce_weight", Options().weight(w4()), ignore, x());
  expect_golden_loss("ce_smooth", Options().label_smoothing(0.2), ignore, x());
  expect_golden_loss("ce_weight_smooth",
                     Options().weight(w4()).label_smoothing(0.2), ignore, x());
  const Tensor pixels = tensor({{0, 3, 1}, {2, 2, -100}});
  expect_golden_loss("ce_images", Options().weight(w4()),
                     module_to<nn::CrossEntropyLoss>(pixels), ramp({2, 4, 3}));
  expect_golden_loss("ce_soft", Options().weight(w4()),
                     module_of_both<nn::CrossEntropyLoss>(), x(), q());
}

TEST(Loss, BinaryCrossEntropySqueezesAsTheFreeFunction) {
  const Tensor p = tensor({0.25f, 0.5f, 1.0f});
  const Tensor t = tensor({1.0f, 0.0f, 1.0f}).requires_grad_();
  const Tensor loss =
      binary_cross_entropy(p.view({3, 1}), t, {}, Reduction::None);
  EXPECT_EQ(loss.sizes(), IntArrayRef({3, 1}));
  EXPECT_TRUE(
      loss.view(-1).equal(binary_cross_entropy(p, t, {}, Reduction::None)));
  loss.sum().backward();
  EXPECT_EQ(t.grad().sizes(), IntArrayRef({3}));
  EXPECT_THROW(binary_cross_entropy(p, ones({2, 3})), Error);
  EXPECT_THROWS_TEXT(Error, F::binary_cross_entropy(p.view({3, 1}), t),
                     "(3, 1)");
}

TEST(Loss, BinaryCrossEntropyBroadcastsTheTargetAsTheFreeFunction) {
  const auto bce = binary_cross_entropy;
  const Tensor p = tensor({0.2, 0.5, 0.9}).requires_grad_();
  const Tensor t = tensor({0.25}).requires_grad_();
  const Tensor each = bce(p, t, {}, Reduction::None);
  EXPECT_TRUE(each.allclose(tensor({0.569717, 0.693147, 1.753279}), 1e-5));
  each.sum().backward();
  EXPECT_TRUE(p.grad().allclose(tensor({-0.3125, 1.0, 7.222222}), 1e-5));
  EXPECT_TRUE(t.grad().allclose(tensor({-0.810930}), 1e-5));
  EXPECT_NEAR(bce(p, t, {}, Reduction::Mean).item<double>(), 1.005381, 1e-5);
  EXPECT_NEAR(bce(p, t[0], {}, Reduction::Sum).item<double>(), 3.016143, 1e-5);
  const Tensor w = tensor({1.0, 2.0, 3.0});
  EXPECT_NEAR(bce(p, t, w, Reduction::Mean).item<double>(), 2.405283, 1e-5);
  // Dims of size 1 do not count, so these are three for each row.
  const Tensor rows = bce(stack({p, p}), p.view({3, 1}), {}, Reduction::None);
  EXPECT_TRUE(rows[1].equal(bce(p, p, {}, Reduction::None)));
  EXPECT_THROWS_TEXT(Error, bce(t, p, {}, Reduction::Mean), "(3,)");
  EXPECT_THROW(bce(p, p.slice(0, 0, 2), {}, Reduction::Mean), Error);
  EXPECT_THROW(F::binary_cross_entropy(p, t), Error);
  EXPECT_THROW(nn::BCELoss()(p, t), Error);
}

// What LibTorch expands first counts as a tensor with dims.
TEST(Loss, OfAScalarTargetPromotesAsInPyTorch) {
  const Tensor x = ones({2}).requires_grad_();
  const Tensor t = full({}, 2, kDouble);
  EXPECT_EQ(F::mse_loss(x, t).dtype(), kDouble);
  EXPECT_EQ(F::mse_loss(t, x).dtype(), kDouble);
  EXPECT_EQ(F::smooth_l1_loss(x, t).dtype(), kDouble);
  EXPECT_EQ(nn::SmoothL1Loss()(x, t).dtype(), kDouble);
  EXPECT_EQ(F::mse_loss(x.to(kHalf), ones({})).dtype(), kFloat);
  EXPECT_EQ(F::mse_loss(x, full({}, 2, kLong)).dtype(), kFloat);
  EXPECT_EQ(F::l1_loss(x, t).dtype(), kFloat);
  EXPECT_EQ(mse_loss(x, t).dtype(), kFloat);
  EXPECT_EQ(smooth_l1_loss(x, t).dtype(), kFloat);
  // This loss has the dtype of its input.
  EXPECT_EQ(F::huber_loss(x, t).dtype(), kFloat);
  EXPECT_EQ(huber_loss(t, x).dtype(), kDouble);
  EXPECT_EQ(huber_loss(x, t.expand({2})).dtype(), kFloat);
  const Tensor loss = F::mse_loss(x, t);
  EXPECT_EQ(loss.item<double>(), 1);
  loss.backward();
  EXPECT_TRUE(x.grad().equal(-ones({2})));
}

TEST(Loss, TakesIntegerTargets) {
  const Tensor x = tensor({0.5f, 3.0f}).requires_grad_();
  const Tensor t = tensor({1, 0}, kLong);
  for (const auto f : {mse_loss, l1_loss}) {
    EXPECT_TRUE(
        f(x, t, Reduction::None).equal(f(x, t.to(kFloat), Reduction::None)));
  }
  EXPECT_EQ(huber_loss(x, t).item<float>(), (0.125f + 2.5f) / 2);
  const Tensor loss = smooth_l1_loss(x, t);
  loss.backward();
  EXPECT_TRUE(x.grad().equal(tensor({-0.25f, 0.5f})));
  const Tensor log_p = x.detach().view({1, 2});
  EXPECT_EQ(nll_loss(log_p, tensor({1}, kByte)).item<float>(), -3);
}

TEST(Loss, WeightsBroadcastToTheInputOnly) {
  const Tensor p = full({2, 3}, 0.5f);
  const Tensor w = tensor({1.0f, 3.0f}).view({2, 1});
  const Tensor loss = binary_cross_entropy(p, ones({2, 3}), w, Reduction::None);
  EXPECT_FLOAT_EQ(loss[1][2].item<float>(), 3 * std::log(2.0f));
  EXPECT_THROW(binary_cross_entropy(p, p, ones({2, 2, 3})), Error);
  const auto logits = binary_cross_entropy_with_logits;
  EXPECT_THROW(logits(p, p, ones({2, 2, 3}), {}, Reduction::Mean), Error);
  EXPECT_THROW(logits(p, p, {}, ones({2, 2, 3}), Reduction::Mean), Error);
}

TEST(Loss, OfNoClassesIsThatOfIgnoredTargets) {
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{2, 0}, {2, 0, 3}, {0}}) {
    const Tensor x = zeros(shape).requires_grad_();
    const Tensor ignored =
        shape.size() == 3
            ? zeros({2, 3}, kLong)
            : zeros(std::vector<int64_t>(shape.size() - 1, 2), kLong);
    for (const auto& loss :
         {nll_loss, +[](const Tensor&a, const Tensor&b, const Tensor&w,
                        int64_t reduction, int64_t ignore) {
            return cross_entropy_loss(a, b, w, reduction, ignore);
          }}) {
      const Tensor each = loss(x, ignored, zeros({0}), Reduction::None, 0);
      EXPECT_TRUE(each.equal(zeros(ignored.sizes())));
      each.sum().backward();
      EXPECT_EQ(x.grad().sizes(), x.sizes());
      EXPECT_EQ(loss(x, ignored, {}, Reduction::Sum, 0).item<float>(), 0);
      const Tensor mean = loss(x, ignored, {}, Reduction::Mean, 0);
      EXPECT_TRUE(std::isnan(mean.item<float>()));
      EXPECT_THROW(loss(x, ignored, {}, Reduction::Mean, -100), IndexError);
    }
  }
}

TEST(Loss, OfAnEmptyBatchHasTheMeanNaN) {
  using Shape = std::vector<int64_t>;
  for (const Shape& shape : {Shape{0, 3}, {0, 0}, {0, 3, 4}, {2, 3, 0}}) {
    Shape each = shape;
    each.erase(each.begin() + 1);
    const Tensor x = ones(shape).requires_grad_();
    const Tensor w = ones({shape[1]});
    const Tensor t = zeros(each, kLong);
    for (const int64_t r : {Reduction::Mean, Reduction::Sum}) {
      for (const Tensor& loss :
           {nll_loss(x, t, {}, r), nll_loss(x, t, w, r),
            cross_entropy_loss(x, t, {}, r), cross_entropy_loss(x, t, w, r),
            cross_entropy_loss(x, t, {}, r, -100, 0.1),
            cross_entropy_loss(x, t, w, r, -100, 0.1),
            cross_entropy_loss(x, zeros(shape), {}, r),
            cross_entropy_loss(x, zeros(shape), w, r, -100, 0.1)}) {
        EXPECT_EQ(std::isnan(loss.item<float>()), r == Reduction::Mean);
        x.mutable_grad() = Tensor();
        loss.backward();
        EXPECT_TRUE(x.grad().equal(zeros(shape)));
      }
    }
    EXPECT_TRUE(std::isnan(F::cross_entropy(x, t).item<float>()));
    EXPECT_TRUE(std::isnan(nn::CrossEntropyLoss()(x, t).item<float>()));
  }
}

TEST(Loss, OfIgnoredTargetsAloneHasTheMeanNaNAndNoGradient) {
  const Tensor x = ones({2, 3}).requires_grad_();
  const Tensor t = full({2}, -100, kLong);
  for (const Tensor& w : {Tensor(), ones({3})}) {
    for (const Tensor& loss :
         {nll_loss(x, t, w), cross_entropy_loss(x, t, w),
          cross_entropy_loss(x, t, w, Reduction::Mean, -100, 0.1)}) {
      EXPECT_TRUE(std::isnan(loss.item<float>()));
      x.mutable_grad() = Tensor();
      loss.backward();
      EXPECT_TRUE(x.grad().equal(zeros({2, 3})));
    }
  }
}

TEST(Loss, BinaryCrossEntropyMatchesPyTorch) {
  expect_golden_loss("bce", nn::BCELossOptions().weight(w4()),
                     module_to<nn::BCELoss>(q()), x().sigmoid());
  expect_golden_loss(
      "bce_logits",
      nn::BCEWithLogitsLossOptions().weight(w4()).pos_weight(w4() * 2),
      module_to<nn::BCEWithLogitsLoss>(q()), x());
}

TEST(Loss, KLDivMatchesPyTorch) {
  const auto to_q = [](const auto& reduction) {
    return [=](const Tensor& input) {
      return nn::KLDivLoss(reduction)(input, q());
    };
  };
  expect_golden_gradients("kl.none", to_q(kNone), log_p());
  expect_golden_gradients("kl.mean", to_q(kMean), log_p());
  expect_golden_gradients("kl.sum", to_q(kSum), log_p());
  expect_golden_gradients("kl.batchmean", to_q(kBatchMean), log_p());
  expect_golden_gradients(
      "kl.log_target",
      [](const Tensor& a, const Tensor& b) {
        return F::kl_div(a, b, F::KLDivFuncOptions().log_target(true));
      },
      log_p(), log_p().flip(0));
}

TEST(Loss, MarginsMatchPyTorch) {
  const Tensor signs = t().sign();
  expect_golden_loss("soft_margin", nn::SoftMarginLossOptions(),
                     module_to<nn::SoftMarginLoss>(signs), x());
  expect_golden_loss("hinge", nn::HingeEmbeddingLossOptions().margin(0.8),
                     module_to<nn::HingeEmbeddingLoss>(signs), x());
  const auto pairs = [](auto module, const Tensor& target) {
    return [=](const auto& options) {
      return [=](const Tensor& a, const Tensor& b) {
        return decltype(module)(options)(a, b, target);
      };
    };
  };
  expect_golden_loss(
      "cosine_embedding", nn::CosineEmbeddingLossOptions().margin(0.1),
      pairs(nn::CosineEmbeddingLoss(), tensor({1.0, -1.0, 1.0})), x(), t());
  expect_golden_loss("margin_ranking",
                     nn::MarginRankingLossOptions().margin(0.3),
                     pairs(nn::MarginRankingLoss(), signs), x(), t());
}

TEST(Loss, ReductionsAreImplicitOptions) {
  const Tensor target = t();
  EXPECT_EQ(nn::MSELoss(kNone)(x(), target).sizes(), x().sizes());
  EXPECT_TRUE(nn::L1Loss(kSum)(x(), target)
                  .allclose(nn::L1Loss(kNone)(x(), target).sum()));
  EXPECT_TRUE(F::huber_loss(x(), target, kSum)
                  .allclose(F::huber_loss(x(), target, kNone).sum()));
}

TEST(Loss, WeightIsABufferThatFollowsTheModule) {
  const Tensor weight = w4();
  nn::CrossEntropyLoss loss(nn::CrossEntropyLossOptions().weight(weight));
  ASSERT_EQ(loss->buffers().size(), 1u);
  EXPECT_TRUE(loss->weight.is_alias_of(weight));
  auto copy =
      std::dynamic_pointer_cast<nn::CrossEntropyLossImpl>(loss->clone());
  EXPECT_FALSE(copy->weight.is_alias_of(weight));
  loss->to(kDouble);
  EXPECT_EQ(loss->weight.dtype(), kDouble);
  EXPECT_EQ(weight.dtype(), kFloat);
  EXPECT_EQ(loss(x().to(kDouble), classes()).dtype(), kDouble);
}

TEST(Loss, SmoothL1BetaOnlyOnce) {
  EXPECT_TRUE(F::smooth_l1_loss(x(), t(), kMean, 0.6)
                  .equal(F::smooth_l1_loss(
                      x(), t(), F::SmoothL1LossFuncOptions().beta(0.6))));
  EXPECT_THROWS_TEXT(
      ValueError,
      F::smooth_l1_loss(x(), t(), F::SmoothL1LossFuncOptions().beta(0.6), 0.5),
      "0.5");
}

TEST(Loss, RejectsBadOptions) {
  EXPECT_THROWS_TEXT(ValueError,
                     nn::SmoothL1Loss(nn::SmoothL1LossOptions().beta(-1)),
                     "SmoothL1Loss");
  EXPECT_THROWS_TEXT(ValueError, nn::HuberLoss(nn::HuberLossOptions().delta(0)),
                     "HuberLoss");
  EXPECT_THROWS_TEXT(
      ValueError,
      nn::CrossEntropyLoss(nn::CrossEntropyLossOptions().label_smoothing(1.5)),
      "1.5");
}

TEST(Loss, RejectsBadTargets) {
  nn::CrossEntropyLoss ce;
  EXPECT_THROWS_TEXT(IndexError, ce(x(), tensor({0, 4, 1})), "4");
  EXPECT_THROWS_TEXT(IndexError, ce(x(), tensor({0, -1, 1})), "-1");
  EXPECT_THROWS_TEXT(Error, ce(x(), tensor({0, 1})), "(2,)");
  EXPECT_THROWS_TEXT(IndexError, nn::NLLLoss()(x(), tensor({0, 4, 1})), "4");
  EXPECT_THROWS_TEXT(ValueError, nn::BCELoss()(x(), q()), "[0, 1]");
  EXPECT_THROWS_TEXT(Error, nn::BCEWithLogitsLoss()(x(), ramp({4, 3})),
                     "(4, 3)");
  EXPECT_THROWS_TEXT(Error, nn::MSELoss()(x(), ramp({3, 3})), "(3, 3)");
  nn::NLLLoss weighted(nn::NLLLossOptions().weight(ones(3)));
  EXPECT_THROWS_TEXT(Error, weighted(x(), classes()), "(3,)");
}

// Numbers of PyTorch 2.13.
TEST(Loss, TripletMargin) {
  const Tensor a = tensor({{1., 2.}, {0., 1.}}).requires_grad_();
  const Tensor p = tensor({{1.5, 2.}, {3., 1.}});
  const Tensor n = tensor({{0., 1.}, {1., 1.}});
  const auto options = nn::TripletMarginLossOptions().reduction(kNone);
  EXPECT_TRUE(nn::TripletMarginLoss(options)(a, p, n).allclose(
      tensor({0.08578408, 3.})));
  const Tensor loss = F::triplet_margin_loss(a, p, n);
  EXPECT_NEAR(loss.item<double>(), 1.54289198, 1e-6);
  const auto swapped =
      F::TripletMarginLossFuncOptions().margin(2).p(1).swap(true).reduction(
          kSum);
  EXPECT_NEAR(F::triplet_margin_loss(a, p, n, swapped).item<double>(),
              4.49999809, 1e-6);
  const Tensor x = a.detach().to(kDouble).requires_grad_();
  EXPECT_TRUE(gradcheck(
      [&](const std::vector<Tensor>& in) {
        return std::vector<Tensor>{
            F::triplet_margin_loss(in[0], p.to(kDouble), n.to(kDouble))};
      },
      {x}));
  EXPECT_EQ(printed(nn::TripletMarginLoss()),
            "taper::nn::TripletMarginLoss(margin=1, p=2, eps=1e-06, "
            "swap=false)");
}

// Texts of LibTorch 2.13, but for the namespace.
TEST(Loss, Prints) {
  EXPECT_EQ(printed(nn::MSELoss()), "taper::nn::MSELoss()");
  EXPECT_EQ(printed(nn::CrossEntropyLoss()), "taper::nn::CrossEntropyLoss()");
  EXPECT_EQ(printed(nn::SmoothL1Loss()), "taper::nn::SmoothL1Loss");
  EXPECT_EQ(printed(nn::HuberLoss()), "taper::nn::HuberLoss");
  EXPECT_EQ(printed(nn::HingeEmbeddingLoss()),
            "taper::nn::HingeEmbeddingLoss(margin=1)");
  EXPECT_EQ(printed(nn::MarginRankingLoss()), "taper::nn::MarginRankingLoss()");
}

}  // namespace
}  // namespace taper
