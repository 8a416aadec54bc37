// What the tests of bad input share: a small world of tensors, layers and a
// generator, and the check that a rejected call left all of it as it was.
#pragma once

#include <cstring>
#include <functional>
#include <ostream>

#include "taper/taper.h"

namespace taper {

/// The bytes of a tensor and what else a call could change about it.
struct TensorState {
  std::string bytes;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
  int64_t version = 0;
  bool requires_grad = false;
  bool is_leaf = false;
  std::string grad;

  bool operator==(const TensorState&) const = default;
};

inline std::string bytes_of(const Tensor& x) {
  if (!x.defined()) return "undefined";
  const Tensor y = x.detach().contiguous();
  return std::string(static_cast<const char*>(y.data_ptr()), y.nbytes());
}

inline TensorState state_of(const Tensor& x) {
  return {bytes_of(x),
          x.sizes().vec(),
          x.strides().vec(),
          x._version(),
          x.requires_grad(),
          x.is_leaf(),
          x.is_leaf() ? bytes_of(x.grad()) : ""};
}

/// Tensors of every dtype and kind, and layers with buffers.
struct World {
  World() {
    manual_seed(7);
    leaf.mutable_grad() = ones({2, 3}) * 0.5;
  }

  Tensor f = arange(6, kFloat).reshape({2, 3});
  Tensor g = arange(20, kFloat).reshape({4, 5});
  Tensor d = arange(6, kDouble).reshape({2, 3});
  Tensor i = arange(6, kLong).reshape({2, 3});
  Tensor b = tensor({{true, false, true}, {false, true, true}});
  Tensor v = arange(3, kFloat);
  Tensor s = full({}, 2.0, kFloat);
  Tensor cube = arange(24, kFloat).reshape({2, 3, 4});
  Tensor none = empty({0, 3}, kFloat);
  Tensor leaf = ones({2, 3}, TensorOptions(kFloat).requires_grad(true));
  Tensor other = ones({3}, TensorOptions(kFloat).requires_grad(true));
  Tensor square = (leaf * leaf) * 3;
  Tensor undefined;
  nn::BatchNorm1d batch_norm{nn::BatchNorm1dOptions(3)};
  nn::Linear linear{nn::LinearOptions(3, 2)};
  nn::Embedding embedding{3, 2};
  nn::Sequential sequence{nn::ReLU(), nn::Linear(3, 2)};

  std::vector<Tensor> tensors() const {
    std::vector<Tensor> all = {f, g,    d,    i,    b,     v,
                               s, cube, none, leaf, other, square};
    for (const Tensor& x : batch_norm->parameters()) all.push_back(x);
    for (const Tensor& x : batch_norm->buffers()) all.push_back(x);
    for (const Tensor& x : linear->parameters()) all.push_back(x);
    return all;
  }
};

/// Everything that must be the same after a call that throws.
struct WorldState {
  explicit WorldState(const World& world) {
    for (const Tensor& x : world.tensors()) tensors.push_back(state_of(x));
    const GeneratorState now = default_generator().get_state();
    generator.assign(reinterpret_cast<const char*>(&now), sizeof(now));
    grad_mode = GradMode::is_enabled();
  }

  std::vector<TensorState> tensors;
  std::string generator;
  bool grad_mode;

  bool operator==(const WorldState&) const = default;
};

/// A call that has to throw, and what its text has to contain.
struct BadCall {
  const char* name;
  void (*call)(World&);
  std::vector<std::string> texts;
};

inline void PrintTo(const BadCall& bad, std::ostream* stream) {
  *stream << bad.name;
}

inline std::string bad_call_name(const testing::TestParamInfo<BadCall>& info) {
  return info.param.name;
}

/// Fails unless the call throws taper::Error with these texts and changes
/// nothing.
inline void expect_rejected(const BadCall& bad) {
  World world;
  const WorldState before(world);
  try {
    bad.call(world);
    ADD_FAILURE() << bad.name << " did not throw";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(0, 1), "[") << text;
    for (const std::string& part : bad.texts) {
      EXPECT_NE(text.find(part), std::string::npos)
          << "\"" << part << "\" is missing in: " << text;
    }
  }
  EXPECT_TRUE(WorldState(world) == before) << bad.name << " changed something";
}

}  // namespace taper
