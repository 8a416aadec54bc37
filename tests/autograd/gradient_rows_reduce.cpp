#include "gradient_rows.h"

namespace taper::testing {
namespace {

// A row of one input of shape (2, 3, 2), or the shape given.
template <class F>
Row one(const char* name, const char* variant, F f, Shape shape = {2, 3, 2}) {
  return Row(name, {std::move(shape)}, [f](const Inputs& x) { return f(x[0]); })
      .as(variant);
}

Inputs both(const std::tuple<Tensor, Tensor>& pair) {
  return {std::get<0>(pair), std::get<1>(pair)};
}

void add_spreads(std::vector<Row>& rows) {
  using T = const Tensor&;
  const Scalar none = 0;
  rows.push_back(one("var", "", [](T x) { return var(x); }));
  rows.push_back(one("var", "biased", [](T x) { return var(x, false); }));
  rows.push_back(one("var", "dims", [](T x) {
    return var(x, {0, 1}, true, true);
  }));
  rows.push_back(
      one("var", "correction", [=](T x) { return var(x, 1, none, false); }));
  rows.push_back(one("std", "", [](T x) { return std(x); }));
  rows.push_back(one("std", "biased", [](T x) { return std(x, false); }));
  rows.push_back(one("std", "dims", [](T x) {
    return std(x, {0, 1}, true, true);
  }));
  rows.push_back(
      one("std", "correction", [=](T x) { return std(x, 1, none, false); }));
  rows.push_back(one("var_mean", "", [](T x) { return both(var_mean(x)); }));
  rows.push_back(one("var_mean", "dim",
                     [](T x) { return both(var_mean(x, 1, true, true)); }));
  rows.push_back(one("std_mean", "", [](T x) { return both(std_mean(x)); }));
  rows.push_back(
      one("std_mean", "dim", [](T x) { return both(std_mean(x, 1, true)); }));
  for (double p : {1.0, 2.0, 3.0, 0.5, -1.0}) {
    const auto variant = "p" + std::to_string(static_cast<int>(p * 10 + 50));
    auto all = [p](T x) { return norm(x, p); };
    auto dims = [p](T x) { return norm(x, Scalar(p), {0, 2}, true); };
    rows.push_back(one("norm", variant.c_str(), all).with(Values::kOffZero));
    rows.push_back(
        one("norm", (variant + "_dims").c_str(), dims).with(Values::kOffZero));
  }
  const double inf = std::numeric_limits<double>::infinity();
  rows.push_back(
      one("norm", "inf", [=](T x) { return norm(x, inf); }).in(0.1, 2));
  rows.push_back(one("norm", "minus_inf", [=](T x) {
                   return norm(x, Scalar(-inf), {1});
                 }).in(0.1, 2));
}

void add_orders(std::vector<Row>& rows) {
  using T = const Tensor&;
  using Best = std::tuple<Tensor, Tensor>;
  auto values = [](const Best& best) { return std::get<0>(best); };
  // Squared inputs would tie: the rows take x as it is, and a square outside.
  auto add = [&](const char* name, const char* variant, auto f) {
    rows.push_back(one(name, variant, [f](T x) { return f(x).square(); }));
  };
  add("max", "", [](T x) { return max(x); });
  add("min", "", [](T x) { return min(x); });
  add("max", "dim", [=](T x) { return values(max(x, 1)); });
  add("min", "dim", [=](T x) { return values(min(x, -1, true)); });
  add("max", "other", [](T x) { return max(x, x.flip(0)); });
  add("min", "other", [](T x) { return min(x, x.flip(0)); });
  add("amax", "", [](T x) { return amax(x); });
  add("amin", "", [](T x) { return amin(x); });
  add("amax", "dims", [](T x) { return amax(x, {0, 2}); });
  add("amin", "dims", [](T x) { return amin(x, {0, 2}, true); });
  add("sort", "", [=](T x) { return values(sort(x, 1)); });
  add("sort", "descending", [=](T x) { return values(sort(x, 0, true)); });
  add("topk", "", [=](T x) { return values(topk(x, 2, 1)); });
  add("topk", "smallest", [=](T x) { return values(topk(x, 1, 0, false)); });
}

}  // namespace

std::vector<Row> reduce_rows() {
  using T = const Tensor&;
  std::vector<Row> rows;
  // Squared, so that the second order is not all zeros.
  auto add = [&](const char* name, const char* variant, auto f) {
    rows.push_back(one(name, variant, [f](T x) { return f(x.square()); }));
  };
  add("sum", "", [](T x) { return sum(x); });
  add("sum", "dim", [](T x) { return sum(x, 1); });
  add("sum", "dims", [](T x) { return sum(x, {0, -1}, true); });
  add("mean", "", [](T x) { return mean(x); });
  add("mean", "dims", [](T x) { return mean(x, {0, 1}); });
  add("cumsum", "", [](T x) { return cumsum(x, 1); });
  rows.push_back(one("sum", "0d", [](T x) { return sum(x * x); }, {}));
  rows.push_back(
      one("sum", "empty", [](T x) { return sum(x * x, 1); }, {2, 0}));
  rows.push_back(one("mean", "0d", [](T x) { return mean(x * x); }, {}));
  rows.push_back(one("prod", "", [](T x) { return prod(x); }).in(0.5, 1.5));
  rows.push_back(one("prod", "dim", [](T x) { return prod(x, 1); }));
  rows.push_back(one("prod", "one_zero",
                     [](T x) { return prod(x * (arange(4) > 0).to(kDouble)); },
                     {4}));
  rows.push_back(
      one("prod", "two_zeros",
          [](T x) { return prod(x * (arange(4) > 1).to(kDouble), 0); }, {4}));
  rows.push_back(one("cumprod", "", [](T x) { return cumprod(x, 1); }));
  rows.push_back(one(
      "cumprod", "zero",
      [](T x) { return cumprod(x * (arange(4) != 1).to(kDouble), 0); }, {4}));
  rows.push_back(one("logsumexp", "", [](T x) { return logsumexp(x, 1); }));
  rows.push_back(one("logsumexp", "dims", [](T x) {
    return logsumexp(x, {0, 2}, true);
  }));
  rows.push_back(one("softmax", "", [](T x) { return softmax(x, 1); }));
  rows.push_back(one("softmax", "0d", [](T x) { return softmax(x, 0); }, {}));
  rows.push_back(one("log_softmax", "", [](T x) { return log_softmax(x, 1); }));
  rows.push_back(
      one("log_softmax", "last", [](T x) { return log_softmax(x, -1); }));
  add_spreads(rows);
  add_orders(rows);
  return rows;
}

}  // namespace taper::testing
