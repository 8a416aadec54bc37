// Numbers as Python prints them.
#pragma once

#include <taper/taper.h>

#include <charconv>
#include <cstdio>
#include <string>

namespace examples {

/// The only element of x with every digit a double needs: "1.3007023334503174".
inline std::string all_digits(const taper::Tensor& x) {
  char text[32];
  const double value = x.item<double>();
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

/// Mean and standard deviation of all elements, four decimals each.
inline void print_statistics(const char* title, const taper::Tensor& x) {
  std::printf("%s\nMean: %.4f\nStd:  %.4f\n", title, x.mean().item<double>(),
              x.std().item<double>());
}

}  // namespace examples
