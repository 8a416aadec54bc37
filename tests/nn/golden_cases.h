// Compares functions with what a script of tests/golden wrote with cases.py:
// values, gradients and gradients of these, in both dtypes.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "taper/autograd/engine.h"
#include "taper/autograd/ops.h"
#include "taper/tensor/shape.h"
#include "taper/tensor/text/print.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {

class GoldenCases {
 public:
  /// `file` is a name in tests/golden, such as "conv.txt".
  explicit GoldenCases(const std::string& file) {
    std::ifstream stream(TAPER_TEST_DATA "/golden/" + file);
    for (std::string line; std::getline(stream, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      std::vector<double>& row = rows_[name];
      for (std::string word; words >> word;) row.push_back(std::stod(word));
    }
    EXPECT_FALSE(rows_.empty()) << file;
  }

  /// y, g and h of `function`, which takes a tensor per input: float64 to 1e-9
  /// relative to the larger of 1 and the number, float32 to 1e-5 relative to
  /// the larger of 1 and the largest number of the row.
  template <class F, class... Inputs>
  void expect(const std::string& name, const F& function,
              const Inputs&... inputs) const {
    ASSERT_TRUE(rows_.contains(name + ".y")) << name;
    for (const ScalarType dtype : {kDouble, kFloat}) {
      const auto results = evaluate(function, dtype, inputs...);
      for (const auto& [part, value] : results) {
        compare(name + part, value, dtype);
      }
    }
  }

  /// The numbers of a row that a script wrote beside its cases.
  const std::vector<double>& row(const std::string& name) const {
    return rows_.at(name);
  }
  /// The cases that have a row `name` + suffix.
  std::vector<std::string> names(const std::string& suffix) const {
    std::vector<std::string> result;
    for (const auto& [name, row] : rows_) {
      if (name.ends_with(suffix)) {
        result.push_back(name.substr(0, name.size() - suffix.size()));
      }
    }
    return result;
  }

  /// One tensor alone, as write() wrote it.
  void expect_value(const std::string& name, const Tensor& value) const {
    compare(name, value, value.dtype());
  }

 private:
  using Results = std::vector<std::pair<std::string, Tensor>>;

  template <class F, class... Inputs>
  static Results evaluate(const F& function, ScalarType dtype,
                          const Inputs&... inputs);
  void compare(const std::string& name, const Tensor& got,
               ScalarType dtype) const;

  std::map<std::string, std::vector<double>> rows_;
};

/// The irregular numbers that cases.py calls ramp.
inline Tensor golden_ramp(IntArrayRef sizes, int64_t start = 0) {
  const Tensor i = arange(start, start + numel_of(sizes));
  const Tensor a = ((i * 7 + 3).remainder(13) - 6).to(kDouble) * 0.25;
  return (a + i.remainder(8).to(kDouble) * 0.03125 + 0.015625).view(sizes);
}

template <class F, class... Inputs>
GoldenCases::Results GoldenCases::evaluate(const F& function, ScalarType dtype,
                                           const Inputs&... inputs) {
  std::vector<Tensor> leaves = {
      inputs.detach().to(dtype, false, true).requires_grad_()...};
  const Tensor y = [&]<size_t... I>(std::index_sequence<I...>) {
    return Tensor(function(leaves[I]...));
  }
  (std::index_sequence_for<Inputs...>());
  const auto weighed = [dtype](const Tensor& x) {
    return (x * golden_ramp(x.sizes()).to(dtype)).sum();
  };
  Results results = {{".y", y}};
  const auto g = autograd::grad({weighed(y)}, leaves, {}, true, true);
  Tensor s = zeros({}, dtype);
  for (size_t i = 0; i < g.size(); ++i) {
    results.emplace_back(".g" + std::to_string(i), g[i]);
    s = s + weighed(g[i]);
  }
  if (!s.requires_grad()) return results;
  const auto h = autograd::grad({s}, leaves, {}, false, false, true);
  for (size_t i = 0; i < h.size(); ++i) {
    results.emplace_back(".h" + std::to_string(i),
                         h[i].defined() ? h[i] : zeros_like(leaves[i]));
  }
  return results;
}

inline void GoldenCases::compare(const std::string& name, const Tensor& got,
                                 ScalarType dtype) const {
  const Tensor x = got.detach().to(kDouble).contiguous();
  const double* values = x.data_ptr<double>();
  const auto found = rows_.find(name);
  // Where PyTorch's gradient is a constant, no row is written for its own.
  const std::vector<double> expected =
      found != rows_.end()
          ? found->second
          : std::vector<double>(static_cast<size_t>(x.numel()), 0.0);
  ASSERT_EQ(x.numel(), static_cast<int64_t>(expected.size())) << name;
  double largest = 1;
  for (const double value : expected) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const double value = expected[i];
    if (!std::isfinite(value)) {
      EXPECT_EQ(std::to_string(values[i]), std::to_string(value))
          << name << " [" << i << "] " << dtype;
      continue;
    }
    const double tolerance = dtype == kDouble
                                 ? 1e-9 * std::max(1.0, std::abs(value))
                                 : 1e-5 * largest;
    EXPECT_NEAR(values[i], value, tolerance)
        << name << " [" << i << "] " << dtype;
  }
}

}  // namespace taper
