#include "gradient_rows.h"

namespace taper::testing {
namespace {

using Function1 = Tensor (*)(const Tensor&);
using Function2 = Tensor (*)(const Tensor&, const Tensor&);

// A matrix, a 0-d tensor and an empty one.
void add_unary(std::vector<Row>& rows, const char* name, Function1 f,
               double low = -1, double high = 1,
               Values values = Values::kSpread) {
  auto run = [f](const Inputs& x) { return f(x[0]); };
  rows.push_back(Row(name, {{2, 3}}, run).in(low, high).with(values));
  rows.push_back(Row(name, {{}}, run).in(low, high).with(values).as("0d"));
  rows.push_back(Row(name, {{0, 3}}, run).as("empty"));
}

// Equal shapes, broadcasting both ways, 0-d operands and empty ones.
template <class F>
void add_binary(std::vector<Row>& rows, const char* name, F f, double low = -1,
                double high = 1, Values values = Values::kSpread) {
  auto run = [f](const Inputs& x) { return f(x[0], x[1]); };
  auto add = [&](const char* variant, const Shape& a, const Shape& b) {
    rows.push_back(
        Row(name, {a, b}, run).in(low, high).with(values).as(variant));
  };
  add("", {2, 3}, {2, 3});
  add("broadcast", {2, 1}, {3});
  add("broadcast3", {2, 1, 2}, {3, 1});
  add("0d_left", {}, {2, 3});
  add("0d_right", {2, 3}, {});
  add("0d", {}, {});
  add("empty", {0, 3}, {1, 3});
}

void add_scalar_forms(std::vector<Row>& rows) {
  auto add = [&](const char* name, const char* variant, auto f) {
    rows.push_back(Row(name, {{2, 3}}, [f](const Inputs& x) { return f(x[0]); })
                       .in(0.5, 2)
                       .as(variant));
  };
  add("add", "scalar", [](auto& x) { return taper::add(x, 2.5, 3); });
  add("sub", "scalar", [](auto& x) { return taper::sub(x, 2.5, 3); });
  add("rsub", "scalar", [](auto& x) { return taper::rsub(x, 2.5, 3); });
  add("mul", "scalar", [](auto& x) { return taper::mul(x, -2.5); });
  add("div", "scalar", [](auto& x) { return taper::div(x, -2.5); });
  add("div", "scalar_over", [](auto& x) { return -2.5 / x; });
  add("div", "mode_none",
      [](auto& x) { return taper::div(x, x * x, std::nullopt); });
  add("div", "trunc", [](auto& x) { return taper::div(x, 0.7, "trunc"); });
  add("fmod", "scalar", [](auto& x) { return taper::fmod(x, 0.47); });
  add("remainder", "scalar", [](auto& x) { return taper::remainder(x, 0.47); });
  for (double e : {0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 3.0, 2.5, -2.0}) {
    add("pow", ("to" + std::to_string(static_cast<int>(e * 10 + 50))).c_str(),
        [e](auto& x) { return taper::pow(x, e); });
  }
  add("pow", "scalar_base", [](auto& x) { return taper::pow(2.5, x); });
}

void add_choices(std::vector<Row>& rows) {
  auto mask = [](const Tensor& like) {
    return arange(like.numel()).remainder(2).to(kBool).view(like.sizes());
  };
  auto one = [&](const char* name, const char* variant, auto f) {
    rows.push_back(Row(name, {{2, 3}}, [f](const Inputs& x) {
                     return f(x[0]);
                   }).as(variant));
  };
  one("clamp", "", [](auto& x) { return taper::clamp(x, -0.5, 0.5); });
  one("clamp", "lower", [](auto& x) { return taper::clamp(x, -0.5); });
  rows.push_back(Row("clamp", {{2, 3}, {3}, {2, 1}}, [](const Inputs& x) {
                   return taper::clamp(x[0], x[1], x[2]);
                 }).as("tensors"));
  one("nan_to_num", "", [](auto& x) { return taper::nan_to_num(x); });
  one("clamp_min", "", [](auto& x) { return taper::clamp_min(x, 0.15); });
  one("clamp_max", "", [](auto& x) { return taper::clamp_max(x, 0.15); });
  one("masked_fill", "scalar",
      [=](auto& x) { return taper::masked_fill(x, mask(x), 2); });
  rows.push_back(Row("masked_fill", {{2, 3}, {}}, [=](const Inputs& x) {
    return taper::masked_fill(x[0], mask(x[0][0]), x[1]);
  }));
  add_binary(rows, "where", [=](const Tensor& a, const Tensor& b) {
    return taper::where(mask(a + b), a, b);
  });
  one("where", "scalar_right",
      [=](auto& x) { return taper::where(mask(x), x, 2); });
  one("where", "scalar_left",
      [=](auto& x) { return taper::where(mask(x), 2, x); });
}

void add_ternary(std::vector<Row>& rows) {
  auto add = [&](const char* name, auto f) {
    auto run = [f](const Inputs& x) { return f(x[0], x[1], x[2]); };
    rows.push_back(
        Row(name, {{2, 3}, {2, 3}, {2, 3}}, run).in(0.5, 1.5).as("three"));
    rows.push_back(Row(name, {{3}, {2, 1}, {2, 3}}, run)
                       .in(0.5, 1.5)
                       .as("three_broadcast"));
    rows.push_back(
        Row(name, {{2, 3}, {}, {3}}, run).in(0.5, 1.5).as("three_0d"));
    rows.push_back(
        Row(name, {{0, 3}, {3}, {3}}, run).in(0.5, 1.5).as("three_empty"));
  };
  add("addcmul",
      [](auto& t, auto& a, auto& b) { return taper::addcmul(t, a, b, 2.5); });
  add("addcdiv",
      [](auto& t, auto& a, auto& b) { return taper::addcdiv(t, a, b, 2.5); });
  add("lerp", [](auto& a, auto& b, auto& w) { return taper::lerp(a, b, w); });
}

}  // namespace

std::vector<Row> pointwise_rows() {
  std::vector<Row> rows;
  add_unary(rows, "abs", taper::abs, -1, 1, Values::kOffZero);
  add_unary(rows, "neg", taper::neg);
  add_unary(rows, "sign", taper::sign, -1, 1, Values::kOffZero);
  add_unary(rows, "square", taper::square);
  add_unary(rows, "reciprocal", taper::reciprocal, 0.5, 2);
  add_unary(rows, "sqrt", taper::sqrt, 0.5, 2);
  add_unary(rows, "rsqrt", taper::rsqrt, 0.5, 2);
  add_unary(rows, "exp", taper::exp);
  add_unary(rows, "exp2", taper::exp2);
  add_unary(rows, "expm1", taper::expm1);
  add_unary(rows, "log", taper::log, 0.5, 2);
  add_unary(rows, "log2", taper::log2, 0.5, 2);
  add_unary(rows, "log10", taper::log10, 0.5, 2);
  add_unary(rows, "log1p", taper::log1p, -0.5, 2);
  add_unary(rows, "sin", taper::sin, -3, 3);
  add_unary(rows, "cos", taper::cos, -3, 3);
  add_unary(rows, "tan", taper::tan);
  add_unary(rows, "asin", taper::asin, -0.8, 0.8);
  add_unary(rows, "acos", taper::acos, -0.8, 0.8);
  add_unary(rows, "atan", taper::atan, -3, 3);
  add_unary(rows, "sinh", taper::sinh, -2, 2);
  add_unary(rows, "cosh", taper::cosh, -2, 2);
  add_unary(rows, "tanh", taper::tanh, -2, 2);
  add_unary(rows, "asinh", taper::asinh, -3, 3);
  add_unary(rows, "acosh", taper::acosh, 1.2, 3);
  add_unary(rows, "atanh", taper::atanh, -0.8, 0.8);
  add_unary(rows, "sigmoid", taper::sigmoid, -3, 3);
  add_unary(rows, "erf", taper::erf, -2, 2);
  add_unary(rows, "erfc", taper::erfc, -2, 2);
  add_unary(rows, "floor", taper::floor, -2, 2, Values::kFractions);
  add_unary(rows, "ceil", taper::ceil, -2, 2, Values::kFractions);
  add_unary(rows, "round", taper::round, -2, 2, Values::kFractions);
  add_unary(rows, "trunc", taper::trunc, -2, 2, Values::kFractions);
  add_unary(rows, "frac", taper::frac, -2, 2, Values::kFractions);
  add_unary(rows, "relu", taper::relu, -1, 1, Values::kOffZero);
  add_binary(rows, "add", [](const Tensor& a, const Tensor& b) {
    return taper::add(a, b, 2.5);
  });
  add_binary(rows, "sub", [](const Tensor& a, const Tensor& b) {
    return taper::sub(a, b, 2.5);
  });
  add_binary(rows, "mul", Function2(taper::mul));
  add_binary(rows, "div", Function2(taper::div), 0.5, 2);
  add_binary(rows, "pow", Function2(taper::pow), 0.5, 2);
  add_binary(rows, "atan2", Function2(taper::atan2), 0.3, 2);
  add_binary(rows, "hypot", Function2(taper::hypot), 0.3, 2);
  add_binary(rows, "maximum", Function2(taper::maximum));
  add_binary(rows, "minimum", Function2(taper::minimum));
  add_binary(
      rows, "fmod",
      [](const Tensor& a, const Tensor& b) {
        return taper::fmod(a * 3, b + 0.83);
      },
      2, 2.1);
  add_binary(
      rows, "remainder",
      [](const Tensor& a, const Tensor& b) {
        return taper::remainder(a * -3, b + 0.83);
      },
      2, 2.1);
  add_binary(rows, "lerp", [](const Tensor& a, const Tensor& b) {
    return taper::lerp(a, b, 0.7);
  });
  add_scalar_forms(rows);
  add_choices(rows);
  add_ternary(rows);
  return rows;
}

}  // namespace taper::testing
