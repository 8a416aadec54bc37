#include <algorithm>

#include "taper/autograd/ops.h"
#include "taper/optim/adam.h"

namespace taper {
namespace {

using namespace optim;

// What LibTorch programs do with its flat_hash_map.
TEST(ParamStates, AreUsedLikeAMap) {
  Tensor a = ones({2}).requires_grad_(), b = ones({3}).requires_grad_();
  Adam optimizer({a, b});
  a.mutable_grad() = ones({2});
  b.mutable_grad() = ones({3});
  for (int i = 0; i < 2; ++i) optimizer.step();
  auto& state = optimizer.state();
  static_cast<AdamParamState&>(*state.at(a.unsafeGetTensorImpl())).step(7);
  int64_t steps = 0;
  for (const auto& [key, value] : state) {
    steps += static_cast<const AdamParamState&>(*value).step();
  }
  EXPECT_EQ(steps, 9);
  const auto& constant = optimizer.state();
  EXPECT_EQ(std::distance(constant.begin(), constant.end()), 2);
  EXPECT_EQ(std::find_if(constant.begin(), constant.end(),
                         [&](const auto& each) { return each.first == &b; }),
            constant.end());
  const auto found = state.find(b.unsafeGetTensorImpl());
  auto kept = std::move(found->second);
  EXPECT_EQ(state.find(b.unsafeGetTensorImpl()), state.end());
  EXPECT_TRUE(state.insert({b.unsafeGetTensorImpl(), std::move(kept)}).second);
  EXPECT_FALSE(
      state.emplace(b.unsafeGetTensorImpl(), std::make_unique<AdamParamState>())
          .second);
  const auto& kept_state = *state.at(b.unsafeGetTensorImpl());
  EXPECT_EQ(static_cast<const AdamParamState&>(kept_state).step(), 2);
  EXPECT_EQ(state.erase(state.begin()), state.find(b.unsafeGetTensorImpl()));
  EXPECT_EQ(state.erase(b.unsafeGetTensorImpl()), 1u);
  EXPECT_TRUE(state.empty());
  state[a.unsafeGetTensorImpl()] = std::make_unique<AdamParamState>();
  optimizer.step();
  EXPECT_EQ(state.size(), 2u);
}

}  // namespace
}  // namespace taper
