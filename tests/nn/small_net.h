// Modules for the tests of Module and its containers.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"
#include "taper/nn/module/module.h"

namespace taper {

/// y = x * weight + bias, with a counter of forward calls.
struct ScaleImpl : nn::Cloneable<ScaleImpl> {
  explicit ScaleImpl(double first = 1, bool with_bias = true)
      : initial(first), has_bias(with_bias) {
    reset();
  }
  void reset() override {
    weight = register_parameter("weight", full({2}, initial));
    bias = register_parameter("bias", has_bias ? zeros({2}) : Tensor());
    calls = register_buffer("calls", zeros({}, kLong));
  }
  Tensor forward(const Tensor& x) {
    calls.add_(1);
    const Tensor y = x * weight;
    return has_bias ? y + bias : y;
  }
  void pretty_print(std::ostream& stream) const override {
    stream << nn::module_text("Scale") << "(" << initial << ")";
  }

  double initial;
  bool has_bias;
  Tensor weight, bias, calls;
};
TAPER_MODULE(Scale);

/// Two Scales and a parameter of its own.
struct PairNetImpl : nn::Cloneable<PairNetImpl> {
  PairNetImpl() { reset(); }
  void reset() override {
    first = register_module("first", Scale(2.0));
    second = register_module("second", Scale(3.0, false));
    shift = register_parameter("shift", ones({2}));
  }
  Tensor forward(const Tensor& x) { return second(first(x)) + shift; }

  Scale first = nullptr, second = nullptr;
  Tensor shift;
};
TAPER_MODULE(PairNet);

template <class T>
std::string text_of(const T& value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

}  // namespace taper
