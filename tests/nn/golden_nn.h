// Reads tests/golden/nn.txt, which tests/golden/make_nn.py makes.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "taper/autograd/ops.h"
#include "taper/tensor/shape.h"
#include "tests/error_of.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {

/// The words behind a name (and seed) in nn.txt.
inline const std::map<std::string, std::vector<std::string>>& golden_nn() {
  static const auto table = [] {
    std::map<std::string, std::vector<std::string>> rows;
    std::ifstream file(TAPER_TEST_DATA "/golden/nn.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      if (name == "hash") {
        std::string seed;
        words >> name >> seed;
        name += " " + seed;
      }
      for (std::string word; words >> word;) rows[name].push_back(word);
    }
    return rows;
  }();
  return table;
}

/// PyTorch computed in float32, and so does taper, with other roundings.
inline constexpr double kGoldenTolerance = 1e-5;

/// Compares the elements with the row `name`; the tolerance is relative to the
/// larger of 1 and the expected number.
inline void expect_golden(const std::string& name, const Tensor& got,
                          double tolerance = kGoldenTolerance) {
  const auto row = golden_nn().find(name);
  ASSERT_NE(row, golden_nn().end()) << name;
  const Tensor x = got.detach().to(kDouble).contiguous();
  ASSERT_EQ(x.numel(), static_cast<int64_t>(row->second.size())) << name;
  for (int64_t i = 0; i < x.numel(); ++i) {
    const double value = std::stod(row->second[static_cast<size_t>(i)]);
    EXPECT_NEAR(x.data_ptr<double>()[i], value,
                tolerance * std::max(1.0, std::abs(value)))
        << name << " [" << i << "]";
  }
}

/// The irregular numbers that make_nn.py calls ramp.
inline Tensor ramp(IntArrayRef sizes) {
  const Tensor i = arange(numel_of(sizes));
  const Tensor a = ((i * 7 + 3).remainder(13) - 6).to(kFloat) * 0.25;
  const Tensor b = i.remainder(8).to(kFloat) * 0.03125;
  return (a + b + 0.015625).view(sizes);
}

/// Compares y = function(inputs...) and the gradients of sum(y * ramp).
template <class F, class... Inputs>
void expect_golden_gradients(const std::string& name, const F& function,
                             const Inputs&... inputs) {
  std::vector<Tensor> leaves = {inputs.detach().clone().requires_grad_()...};
  const Tensor y = [&]<size_t... I>(std::index_sequence<I...>) {
    return Tensor(function(leaves[I]...));
  }
  (std::index_sequence_for<Inputs...>());
  expect_golden(name + ".y", y);
  (y * ramp(y.sizes())).sum().backward();
  for (size_t i = 0; i < leaves.size(); ++i) {
    expect_golden(name + ".g" + std::to_string(i), leaves[i].grad());
  }
}

/// The 32-bit FNV-1a hash of the elements' bits, as make_nn.py writes it.
inline std::string hash_of(const Tensor& x) {
  const Tensor y = x.detach().contiguous();
  const auto* bytes = static_cast<const unsigned char*>(y.data_ptr());
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < y.nbytes(); ++i) h = (h ^ bytes[i]) * 16777619u;
  char text[9];
  std::snprintf(text, sizeof(text), "%08x", h);
  return text;
}

/// Seeds of make_nn.py, as unsigned numbers.
inline constexpr uint64_t kGoldenSeeds[] = {
    0, 1, 42, (1ull << 32) + 5, (1ull << 40) + 17, (1ull << 63) - 1, 0 - 7ull};

/// Runs make() after each seed, with both default dtypes, and compares the
/// bits of the tensors that it returns.
template <class F>
void expect_golden_bits(const std::string& name, const F& make) {
  for (ScalarType dtype : {kFloat, kDouble}) {
    set_default_dtype(dtype);
    const std::string prefix = dtype == kFloat ? "float." : "double.";
    for (uint64_t seed : kGoldenSeeds) {
      manual_seed(seed);
      std::vector<std::string> got;
      for (const Tensor& x : make()) got.push_back(hash_of(x));
      const std::string key = prefix + name + " " + std::to_string(seed);
      const auto row = golden_nn().find(key);
      ASSERT_NE(row, golden_nn().end()) << key;
      EXPECT_EQ(got, row->second) << key;
    }
  }
  set_default_dtype(kFloat);
}

/// The state of the default generator, to see whether something was drawn.
inline std::string generator_state() {
  const auto state = default_generator().get_state();
  return std::string(reinterpret_cast<const char*>(&state), sizeof(state));
}

/// Whether the text of the exception of type E has all these parts.
#define EXPECT_THROWS_TEXT(E, expression, part)                  \
  EXPECT_NE(error_of<E>([&] { (void)(expression); }).find(part), \
            std::string::npos)                                   \
      << "got: " << error_of([&] { (void)(expression); })

template <class M>
std::string printed(const M& module) {
  std::ostringstream text;
  text << module;
  return text.str();
}

}  // namespace taper
