// The programs of tests/programs print what they print with LibTorch 2.13; the
// texts are made by tests/golden/make_programs.py.
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/programs/programs.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

std::vector<std::string> expected_lines(const std::string& program) {
  std::ifstream file(TAPER_TEST_DATA "/golden/programs.txt");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line[0] == '|') {
      if (inside) lines.push_back(line.substr(1));
    } else {
      std::istringstream head(line);
      std::string word, name;
      head >> word >> name;
      inside = name == program;
    }
  }
  return lines;
}

std::optional<double> number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value;
}

/// One unit in the last digit printed: 0.01 for "3.25" and 1e-7 for "3.25e-05".
double last_digit(const std::string& text) {
  const size_t e = text.find_first_of("eE");
  const size_t point = text.find('.');
  const double power = e == std::string::npos ? 0 : *number(text.substr(e + 1));
  if (point == std::string::npos) return 0;  // integers have to be equal
  const size_t digits = std::min(e, text.size()) - point - 1;
  return std::pow(10, power - static_cast<double>(digits));
}

/// Words are equal; numbers may differ by 2e-5 relative (training enlarges the
/// differences of rounding) and by one in the last digit printed.
void expect_same_line(const std::string& got, const std::string& expected) {
  std::istringstream a(got), b(expected);
  std::string x, y;
  while (a >> x && b >> y) {
    const auto u = number(x), v = number(y);
    if (!u || !v) {
      EXPECT_EQ(x, y) << got << " for " << expected;
      continue;
    }
    const double most = 2e-5 * std::abs(*v) + 1.01 * last_digit(y);
    EXPECT_NEAR(*u, *v, most) << got << " for " << expected;
  }
  EXPECT_TRUE(a.eof() || !(a >> x)) << got << " for " << expected;
  EXPECT_FALSE(b >> y) << got << " for " << expected;
}

void expect_output(const std::string& name, void (*program)(std::ostream&)) {
  std::stringstream out;
  nn::set_module_namespace("torch");
  program(out);
  nn::set_module_namespace("taper");
  const std::vector<std::string> expected = expected_lines(name);
  ASSERT_FALSE(expected.empty());
  size_t i = 0;
  for (std::string line; std::getline(out, line); ++i) {
    ASSERT_LT(i, expected.size()) << line;
    expect_same_line(line, expected[i]);
  }
  EXPECT_EQ(i, expected.size());
}

// What each prints with LibTorch.
TEST(Programs, Attention) { expect_output("attention", ::attention); }
TEST(Programs, Checkpoint) { expect_output("checkpoint", ::checkpoint); }
TEST(Programs, Classifier) { expect_output("classifier", ::classifier); }
TEST(Programs, CustomFunction) {
  expect_output("custom_function", ::custom_function);
}
TEST(Programs, Functional) { expect_output("functional", ::functional); }
TEST(Programs, Indexing) { expect_output("indexing", ::indexing); }
TEST(Programs, Initialisation) {
  expect_output("initialisation", ::initialisation);
}
TEST(Programs, Regression) { expect_output("regression", ::regression); }
TEST(Programs, Schedule) { expect_output("schedule", ::schedule); }

}  // namespace
}  // namespace taper
