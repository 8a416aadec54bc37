// Reads tests/golden/optim.txt, which tests/golden/make_optim.py makes.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {

inline const std::map<std::string, std::vector<double>>& golden_optim() {
  static const auto table = [] {
    std::map<std::string, std::vector<double>> rows;
    std::ifstream file(TAPER_TEST_DATA "/golden/optim.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      for (double value; words >> value;) rows[name].push_back(value);
    }
    return rows;
  }();
  return table;
}

/// `tolerance` is relative to the larger of 1 and the expected number.
inline void expect_golden(const std::string& name,
                          const std::vector<double>& got, double tolerance) {
  const auto row = golden_optim().find(name);
  ASSERT_NE(row, golden_optim().end()) << name;
  ASSERT_EQ(got.size(), row->second.size()) << name;
  for (size_t i = 0; i < got.size(); ++i) {
    const double expected = row->second[i];
    EXPECT_NEAR(got[i], expected, tolerance * std::max(1.0, std::abs(expected)))
        << name << " [" << i << "]";
  }
}

inline std::vector<double> numbers(const Tensor& x) {
  const Tensor y = x.detach().to(kDouble).contiguous();
  return std::vector<double>(y.data_ptr<double>(),
                             y.data_ptr<double>() + y.numel());
}

/// The parameter that every case starts from.
inline Tensor first_param(ScalarType dtype) {
  return ((arange(7) - 3).to(dtype) * 0.375).requires_grad_();
}
/// The gradient of step t, from the parameter and exact constants.
inline Tensor golden_gradient(const Tensor& p, int64_t t) {
  const Tensor noise = (arange(7) * 7 + t * 3).remainder(5) - 2;
  return p.detach() * 0.5 + noise.to(p.dtype()) * 0.25;
}

/// Ten steps on both dtypes against PyTorch's numbers. Each step rounds as
/// PyTorch's operations do, but for PyTorch's sqrt, which is off by an ulp now
/// and then, and for Adam's first average, which Python computes by lerp.
template <class Optimizer, class Options>
void expect_golden_steps(const std::string& name, const Options& options) {
  for (ScalarType dtype : {kFloat, kDouble}) {
    Tensor p = first_param(dtype);
    Optimizer optimizer({p}, options);
    for (int64_t t = 0; t < 10; ++t) {
      p.mutable_grad() = golden_gradient(p, t);
      optimizer.step();
    }
    const bool single = dtype == kFloat;
    expect_golden((single ? "float." : "double.") + name, numbers(p),
                  single ? 1e-6 : 1e-14);
  }
}

}  // namespace taper
