#include "taper/optim/optimizer.h"

#include "taper/optim/adadelta.h"
#include "taper/optim/adagrad.h"
#include "taper/optim/adam.h"
#include "taper/optim/lbfgs.h"
#include "taper/optim/members.h"
#include "taper/optim/rmsprop.h"
#include "taper/optim/sgd.h"
#include "taper/tensor/parallel.h"
#include "tests/optim/golden.h"

namespace taper {
namespace {

using namespace optim;

Tensor param(IntArrayRef sizes) { return ones(sizes).requires_grad_(); }

TEST(Optimizer, RejectsParametersItCannotOptimise) {
  const Tensor p = param({2});
  EXPECT_THROW(SGD(std::vector<Tensor>{}, 0.1), ValueError);
  EXPECT_THROW(SGD({p, p}, 0.1), ValueError);
  EXPECT_THROW(SGD({Tensor()}, 0.1), ValueError);
  EXPECT_THROW(SGD({p * 2}, 0.1), ValueError);
  EXPECT_THROW(SGD({arange(3)}, 0.1), TypeError);
}

TEST(Optimizer, AsksForRegistrationWhenThereIsNothingToOptimise) {
  const auto text_of = [](const auto& action) -> std::string {
    try {
      action();
    } catch (const ValueError& error) {
      return error.what();
    }
    return "";
  };
  const std::string text = text_of([] { Adam(std::vector<Tensor>{}); });
  EXPECT_NE(text.find("[Adam] there are no parameters"), std::string::npos);
  EXPECT_NE(text.find("register_module"), std::string::npos) << text;
  EXPECT_THROW(SGD(std::vector<Tensor>{}, 0.1), ValueError);
  EXPECT_THROW(AdamW(std::vector<Tensor>{}), ValueError);
  EXPECT_THROW(RMSprop(std::vector<Tensor>{}), ValueError);
  EXPECT_THROW(Adadelta(std::vector<Tensor>{}), ValueError);
  EXPECT_THROW(Adagrad(std::vector<Tensor>{}), ValueError);
  EXPECT_THROW(LBFGS(std::vector<Tensor>{}), ValueError);
  Adagrad(std::vector<OptimizerParamGroup>{});
  // As in LibTorch, groups may come later.
  Adam optimizer(std::vector<OptimizerParamGroup>{});
  EXPECT_EQ(text_of([&] { optimizer.step(); }), text);
  EXPECT_THROW(optimizer.parameters(), IndexError);
  optimizer.add_param_group(OptimizerParamGroup(std::vector<Tensor>{}));
  EXPECT_EQ(text_of([&] { optimizer.step(); }), text);
  optimizer.add_parameters({param({2})});
  optimizer.step();
  LBFGS empty(std::vector<OptimizerParamGroup>{std::vector<Tensor>{}});
  EXPECT_THROW(empty.step([] { return ones({}); }), ValueError);
}

TEST(Optimizer, RejectsParameterOfAnotherGroup) {
  const Tensor p = param({2});
  SGD optimizer({p}, 0.1);
  EXPECT_THROW(optimizer.add_param_group({{param({3}), p}}), ValueError);
  EXPECT_EQ(optimizer.param_groups().size(), 1u);
  EXPECT_EQ(optimizer.size(), 1u);
}

TEST(Optimizer, RejectsGroupWithOtherOptions) {
  SGD optimizer({param({2})}, 0.1);
  EXPECT_THROW(optimizer.add_param_group(OptimizerParamGroup(
                   {param({2})}, std::make_unique<AdamOptions>())),
               TypeError);
  EXPECT_THROW(optimizer.add_param_group(OptimizerParamGroup(
                   {param({2})}, std::make_unique<SGDOptions>(-1))),
               ValueError);
  EXPECT_EQ(optimizer.param_groups().size(), 1u);
}

TEST(Optimizer, GroupInheritsOptionsThatItDoesNotSet) {
  std::vector<OptimizerParamGroup> groups;
  groups.emplace_back(
      std::vector<Tensor>{param({2})},
      std::make_unique<AdamOptions>(AdamOptions().weight_decay(0.1)));
  Adam optimizer(groups, AdamOptions(0.01).weight_decay(0.05).eps(1e-6));
  const auto& options =
      static_cast<AdamOptions&>(optimizer.param_groups()[0].options());
  EXPECT_EQ(options.lr(), 0.01);
  EXPECT_EQ(options.weight_decay(), 0.1);
  EXPECT_EQ(options.eps(), 1e-6);
}

TEST(Optimizer, GroupsHaveTheirOwnRates) {
  Tensor a = param({1}), b = param({1});
  SGD optimizer({a}, 0.5);
  optimizer.add_param_group(
      OptimizerParamGroup({b}, std::make_unique<SGDOptions>(0.25)));
  a.mutable_grad() = ones({1});
  b.mutable_grad() = ones({1});
  optimizer.param_groups()[0].options().set_lr(0.125);
  optimizer.step();
  EXPECT_EQ(a.item<float>(), 0.875f);
  EXPECT_EQ(b.item<float>(), 0.75f);
  EXPECT_THROW(optimizer.param_groups()[0].options().set_lr(-1), ValueError);
}

TEST(Optimizer, SkipsParametersWithoutGradient) {
  Tensor a = param({2}), b = param({2});
  Adam optimizer({a, b});
  b.mutable_grad() = ones({2});
  optimizer.step();
  EXPECT_TRUE(a.equal(ones({2})));
  EXPECT_FALSE(b.equal(ones({2})));
  EXPECT_EQ(optimizer.state().count(a.impl()), 0u);
  EXPECT_EQ(optimizer.state().size(), 1u);
}

TEST(Optimizer, ChangesNothingWhenOneGradientDoesNotFit) {
  Tensor a = param({2}), b = param({3});
  SGD optimizer({a, b}, SGDOptions(0.1).momentum(0.9));
  a.mutable_grad() = ones({2});
  b.mutable_grad() = ones({2});
  EXPECT_THROW(optimizer.step(), Error);
  EXPECT_TRUE(a.equal(ones({2})));
  EXPECT_TRUE(optimizer.state().empty());
  b.mutable_grad() = ones({3}, kDouble);
  EXPECT_THROW(optimizer.step(), Error);
  EXPECT_TRUE(a.equal(ones({2})));
}

TEST(Optimizer, ChangesNothingWhenAnOptionWasSpoiled) {
  Tensor a = param({2});
  SGD optimizer({a}, 0.1);
  a.mutable_grad() = ones({2});
  static_cast<SGDOptions&>(optimizer.param_groups()[0].options()).lr(-1);
  EXPECT_THROW(optimizer.step(), ValueError);
  EXPECT_TRUE(a.equal(ones({2})));
}

TEST(Optimizer, StepsOnAnyLayout) {
  Tensor plain = param({3, 2});
  Tensor turned = ones({2, 3}).t().requires_grad_();
  const Tensor grad = arange(6).to(kFloat).view({3, 2});
  plain.mutable_grad() = grad;
  turned.mutable_grad() = grad;
  Adam optimizer({plain, turned});
  for (int i = 0; i < 3; ++i) optimizer.step();
  EXPECT_TRUE(plain.equal(turned));
  EXPECT_FALSE(turned.is_contiguous());
  plain.mutable_grad() = grad.t().contiguous().t();
  optimizer.step();
  EXPECT_TRUE(plain.equal(turned));
}

TEST(Optimizer, ReturnsTheLossOfTheClosure) {
  Tensor p = param({2});
  SGD optimizer({p}, 0.5);
  NoGradGuard no_grad;
  const Tensor loss = optimizer.step([&] {
    optimizer.zero_grad();
    Tensor value = (p * 3).sum();
    value.backward();
    return value;
  });
  EXPECT_EQ(loss.item<float>(), 6);
  EXPECT_TRUE(p.equal(full({2}, -0.5)));
}

TEST(Optimizer, EditedParametersAreNoticedByAutograd) {
  Tensor p = param({2});
  SGD optimizer({p}, 0.5);
  const Tensor loss = p.square().sum();
  p.mutable_grad() = ones({2});
  optimizer.step();
  EXPECT_THROW(loss.backward(), Error);
}

TEST(Optimizer, ZeroGradDropsOrClears) {
  Tensor p = param({2});
  SGD optimizer({p}, 0.5);
  p.mutable_grad() = ones({2});
  optimizer.zero_grad(false);
  EXPECT_TRUE(p.grad().equal(zeros({2})));
  optimizer.zero_grad();
  EXPECT_FALSE(p.grad().defined());
}

TEST(Optimizer, FollowsChangesOfItsParameterList) {
  Tensor a = param({2}), b = param({2}), c = param({2});
  SGD optimizer({a, b}, SGDOptions(0.5).momentum(0.5));
  for (Tensor& p : optimizer.parameters()) p.mutable_grad() = ones({2});
  optimizer.step();
  c.mutable_grad() = ones({2});
  optimizer.parameters() = {b, c};
  optimizer.step();
  EXPECT_TRUE(a.equal(full({2}, 0.5)));
  EXPECT_TRUE(b.equal(full({2}, -0.25)));
  EXPECT_TRUE(c.equal(full({2}, 0.5)));
  EXPECT_EQ(optimizer.state().size(), 2u);
  EXPECT_FALSE(optimizer.state().contains(a.impl()));
}

TEST(Optimizer, StateCanBeErasedAndSet) {
  Tensor p = param({2});
  SGD optimizer({p}, SGDOptions(0.5).momentum(0.5));
  p.mutable_grad() = ones({2});
  optimizer.step();
  auto state = std::make_unique<SGDParamState>();
  state->momentum_buffer(full({2}, 4.0));
  optimizer.state()[p.impl()] = std::move(state);
  optimizer.step();
  EXPECT_TRUE(p.equal(full({2}, 0.5 - 0.5 * 3)));
  EXPECT_EQ(optimizer.state().erase(p.impl()), 1u);
  EXPECT_TRUE(optimizer.state().empty());
  optimizer.step();
  EXPECT_TRUE(p.equal(full({2}, -1.5)));
}

TEST(Optimizer, RejectsStateOfAnotherShape) {
  Tensor p = param({2});
  SGD optimizer({p}, SGDOptions(0.5).momentum(0.5));
  auto state = std::make_unique<SGDParamState>();
  state->momentum_buffer(ones({3}));
  optimizer.state()[p.impl()] = std::move(state);
  p.mutable_grad() = ones({2});
  EXPECT_THROW(optimizer.step(), Error);
  EXPECT_TRUE(p.equal(ones({2})));
}

TEST(Optimizer, GivesTheSameBitsOnAnyNumberOfThreads) {
  const auto train = [](int threads) {
    set_num_threads(threads);
    std::vector<Tensor> params;
    for (int64_t n : {100000, 1, 30011, 7, 64}) {
      params.push_back(arange(n).to(kFloat).sin().detach().requires_grad_());
    }
    Adam optimizer(params, AdamOptions(0.1));
    for (int i = 0; i < 3; ++i) {
      for (Tensor& p : params) p.mutable_grad() = p.detach().cos();
      optimizer.step();
    }
    return params;
  };
  const int before = get_num_threads();
  const auto one = train(1);
  for (int threads : {2, 3, 7}) {
    const auto many = train(threads);
    for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(one[i].equal(many[i]));
  }
  set_num_threads(before);
}

TEST(Optimizer, OwnOptimisersCompile) {
  struct SignOptions : OptimizerCloneableOptions<SignOptions> {};
  struct Sign : Optimizer {
    explicit Sign(std::vector<Tensor> params)
        : Optimizer(std::move(params), std::make_unique<SignOptions>()) {}
    Tensor step(LossClosure closure = nullptr) override {
      NoGradGuard no_grad;
      Tensor loss = closure == nullptr ? Tensor() : closure();
      for (auto& group : param_groups_) {
        for (Tensor& p : group.params()) p.sub_(p.grad().sign());
      }
      return loss;
    }
  };
  Tensor p = param({2});
  Sign optimizer({p});
  p.mutable_grad() = tensor({3.0f, -2.0f});
  optimizer.step();
  EXPECT_EQ(numbers(p), (std::vector<double>{0, 2}));
}

struct PullOptions : OptimizerCloneableOptions<PullOptions> {
  PullOptions(double lr = 0.5) : lr_(lr) {}
  TAPER_ARG(double, lr);

 public:
  const std::vector<Member>& members() const override {
    static const std::vector<Member> list = {{"lr", &PullOptions::lr_, 0}};
    return list;
  }
  const char* optimizer_name() const override { return "Pull"; }
};
struct PullState : OptimizerCloneableParamState<PullState> {
  TAPER_ARG(Tensor, last);

 public:
  const std::vector<Member>& members() const override {
    static const std::vector<Member> list = {{"last", &PullState::last_}};
    return list;
  }
};
// Moves by tensor operations, and fails for a gradient that is not finite.
struct Pull : OptimizerWith<PullOptions, PullState> {
  using OptimizerWith::OptimizerWith;
  Tensor new_value(const PullOptions& options, PullState& state,
                   const Tensor& param, const Tensor& grad) const override {
    check(grad.isfinite().all().item<bool>(), "[Pull] the gradient");
    state.last(grad);
    return wrong_shape ? grad.sum() : param - grad * options.lr();
  }
  bool wrong_shape = false;
};

TEST(Optimizer, StepsByTensorOperationsOnAnyLayout) {
  Tensor a = param({2, 3}), b = ones({3, 2}).t().requires_grad_();
  Pull optimizer({a, b});
  a.mutable_grad() = b.mutable_grad() = arange(6).to(kFloat).view({2, 3});
  const Tensor loss = a.square().sum();
  optimizer.step();
  EXPECT_EQ(numbers(a), (std::vector<double>{1, 0.5, 0, -0.5, -1, -1.5}));
  EXPECT_TRUE(a.equal(b));
  EXPECT_FALSE(b.is_contiguous());
  EXPECT_TRUE(a.requires_grad());
  EXPECT_EQ(optimizer.state().size(), 2u);
  EXPECT_THROW(loss.backward(), Error);
}

TEST(Optimizer, ChangesNothingWhenOneRuleThrows) {
  Tensor a = param({2}), b = param({2});
  Pull optimizer({a, b});
  a.mutable_grad() = ones({2});
  b.mutable_grad() = full({2}, std::nan(""));
  EXPECT_THROW(optimizer.step(), Error);
  EXPECT_TRUE(a.equal(ones({2})));
  EXPECT_TRUE(optimizer.state().empty());
  b.mutable_grad() = ones({2});
  optimizer.step();
  a.mutable_grad() = zeros({2});
  b.mutable_grad() = full({2}, std::nan(""));
  EXPECT_THROW(optimizer.step(), Error);
  EXPECT_TRUE(a.equal(full({2}, 0.5)));
  const auto& state = *optimizer.state().at(a.impl());
  EXPECT_TRUE(static_cast<const PullState&>(state).last().equal(ones({2})));
}

TEST(Optimizer, RejectsValueOfAnotherShape) {
  Tensor a = param({2});
  Pull optimizer({a});
  optimizer.wrong_shape = true;
  a.mutable_grad() = ones({2});
  EXPECT_THROW(optimizer.step(), Error);
  EXPECT_TRUE(a.equal(ones({2})));
}

TEST(Optimizer, ChangesNoStateWhenOneBufferDoesNotFit) {
  Tensor a = param({2}), b = param({2});
  Adam optimizer({a, b});
  auto spoiled = std::make_unique<AdamParamState>();
  spoiled->exp_avg(ones({3}));
  optimizer.state()[b.impl()] = std::move(spoiled);
  a.mutable_grad() = b.mutable_grad() = ones({2});
  EXPECT_THROW(optimizer.step(), Error);
  EXPECT_TRUE(a.equal(ones({2})));
  EXPECT_EQ(optimizer.state().size(), 1u);
}

TEST(Optimizer, ComputesHalfTypesInFloat) {
  Tensor half = ones({3}).to(kHalf).requires_grad_();
  Tensor full = ones({3}).requires_grad_();
  Adam optimizer({half, full}, AdamOptions(0.1));
  half.mutable_grad() = ones({3}).to(kHalf);
  full.mutable_grad() = ones({3});
  for (int i = 0; i < 3; ++i) {
    optimizer.step();
    full.set_data(full.detach().to(kHalf).to(kFloat));
  }
  EXPECT_EQ(half.dtype(), kHalf);
  EXPECT_TRUE(half.to(kFloat).equal(full));
}

TEST(Optimizer, OptionsAndStatesAreComparedByMember) {
  EXPECT_TRUE(AdamOptions(0.1) == AdamOptions(0.1));
  EXPECT_FALSE(AdamOptions(0.1) == AdamOptions(0.1).betas({0.5, 0.999}));
  AdamParamState a, b;
  EXPECT_TRUE(a == b);
  a.exp_avg(ones({2}));
  EXPECT_FALSE(a == b);
  b.exp_avg(ones({2}));
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(OptimizerParamState() == a);
}

}  // namespace
}  // namespace taper
