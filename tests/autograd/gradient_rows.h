// The rows of the gradient-check table: one per differentiable function (and
// per overload or option worth telling apart).
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/autograd/gradcheck.h"
#include "taper/autograd/ops.h"

namespace taper::testing {

using Inputs = autograd::variable_list;
using Shape = std::vector<int64_t>;

/// Where the values of the inputs lie; never two equal ones.
enum class Values {
  kSpread,    // evenly in (low, high), shuffled
  kOffZero,   // the same with the stretch (-0.2, 0.2) left out
  kFractions  // 0.2 to 0.4 above an integer from -2 to 2
};

struct Row {
  template <class F>
  Row(std::string function, std::vector<Shape> input_shapes, F f)
      : name(std::move(function)), shapes(std::move(input_shapes)) {
    run = [f](const Inputs& x) {
      if constexpr (std::is_same_v<decltype(f(x)), Tensor>) {
        return Inputs{f(x)};
      } else {
        return f(x);
      }
    };
  }
  /// Tells rows of one function apart; letters and digits only.
  Row& as(std::string text) {
    variant = std::move(text);
    return *this;
  }
  Row& in(double from, double to) {
    low = from;
    high = to;
    return *this;
  }
  Row& with(Values v) {
    values = v;
    return *this;
  }

  std::string name;
  std::string variant;
  std::vector<Shape> shapes;
  std::function<Inputs(const Inputs&)> run;
  double low = -1;
  double high = 1;
  Values values = Values::kSpread;
};

/// A leaf for input number `salt` of a row; `stretch` makes it twice as long
/// along its last dim.
Tensor make_input(const Row& row, size_t salt, bool stretch = false);

std::vector<Row> pointwise_rows();
std::vector<Row> shape_rows();
std::vector<Row> reduce_rows();
std::vector<Row> index_rows();
std::vector<Row> network_rows();
std::vector<Row> attention_rows();
std::vector<Row> conv_rows();
std::vector<Row> likelihood_rows();
std::vector<Row> pooling_rows();
std::vector<Row> recurrent_rows();
std::vector<Row> resample_rows();
/// Tensor's methods that edit in place, each run on a clone.
std::vector<Row> in_place_rows();
/// All of the above.
std::vector<Row> all_rows();

}  // namespace taper::testing
