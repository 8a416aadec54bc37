// Numbers by way of printf and std::to_chars.
#include "taper/tensor/text/text.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace taper::detail {

std::string number_text(double value, char conversion, int precision) {
  const char format[] = {'%', '.', '*', conversion, '\0'};
  char buffer[512];  // 309 digits before the point and what options allow
  int length = std::snprintf(buffer, sizeof(buffer), format, precision, value);
  return std::string(buffer, static_cast<size_t>(length));
}

std::string shortest_text(double value) {
  char buffer[64];
  if (!std::isfinite(value)) return number_text(value, 'g', 6);
  char* end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                            std::chars_format::scientific)
                  .ptr;
  std::string text(buffer, end);
  int exponent = std::atoi(text.c_str() + text.find('e') + 1);
  if (exponent < -4 || exponent >= 16) return text;
  end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                      std::chars_format::fixed)
            .ptr;
  return std::string(buffer, end);
}

void append_aligned(std::string& out, const std::string& text, int width) {
  int blanks = width - static_cast<int>(text.size());
  if (blanks > 0) out.append(static_cast<size_t>(blanks), ' ');
  out += text;
}

}  // namespace taper::detail
