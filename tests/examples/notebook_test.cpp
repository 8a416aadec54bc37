// The six notebook examples against tests/golden/examples.txt, which
// make_examples.py wrote with PyTorch. Four-decimal numbers have to be equal in
// every digit, losses within 2e-6 (float32 sums in another order).

#include <charconv>

#include "run_example.h"

namespace {

struct Case {
  std::string name;
  std::string seed;
  std::vector<std::string> lines;
};

// The sign of a zero that was rounded depends on the last bit.
std::string without_minus_zero(std::string line) {
  const std::string zero = "-0.0000";
  const size_t at = line.find(zero);
  return at == std::string::npos ? line : line.erase(at, 1);
}

// Reads the cases of one example.
std::vector<Case> cases_of(const std::string& wanted) {
  std::ifstream file("tests/golden/examples.txt");
  std::vector<Case> cases;
  std::string word;
  Case next;
  for (size_t count; file >> word >> next.name >> next.seed >> count;) {
    next.lines.resize(count);
    std::getline(file, word);
    for (std::string& line : next.lines) {
      std::getline(file, line);
      line = without_minus_zero(line.substr(1));
    }
    if (next.name == wanted) cases.push_back(next);
  }
  return cases;
}

bool has_fma() {
  const char* isa = getenv("TAPER_ISA");
  if (isa != nullptr && std::string(isa) == "baseline") return false;
#ifdef __x86_64__
  return __builtin_cpu_supports("fma");
#else
  return true;
#endif
}

double number_after_colon(const std::string& line) {
  return std::stod(line.substr(line.find(':') + 1));
}

class Notebook : public ExampleTest {
 protected:
  void expect_equal_text(const std::string& example) {
    if (!has_fma()) GTEST_SKIP() << "PyTorch's last digits need FMA";
    const auto cases = cases_of(example);
    ASSERT_GE(cases.size(), 10U);
    for (const Case& c : cases) {
      auto lines = lines_of(run(example + " --seed " + c.seed).out);
      for (std::string& line : lines) line = without_minus_zero(line);
      EXPECT_EQ(lines, c.lines) << "seed " << c.seed;
    }
  }
  void expect_near_losses(const std::string& example) {
    const auto cases = cases_of(example);
    ASSERT_GE(cases.size(), 10U);
    for (const Case& c : cases) {
      const auto lines = lines_of(run(example + " --seed " + c.seed).out);
      ASSERT_EQ(lines.size(), c.lines.size());
      for (size_t i = 0; i < lines.size(); ++i) {
        const double expected = number_after_colon(c.lines[i]);
        EXPECT_NEAR(number_after_colon(lines[i]), expected,
                    2e-6 * std::abs(expected))
            << "seed " << c.seed;
        EXPECT_EQ(lines[i].substr(0, lines[i].find(':')),
                  c.lines[i].substr(0, c.lines[i].find(':')));
      }
    }
  }
};

TEST_F(Notebook, L1LassoHasTheLossesOfPyTorch) {
  expect_near_losses("l1_lasso");
}
TEST_F(Notebook, L2WeightDecayHasTheLossOfPyTorch) {
  expect_near_losses("l2_weight_decay");
}
TEST_F(Notebook, DropoutPrintsTheTensorOfPyTorch) {
  expect_equal_text("dropout");
}
TEST_F(Notebook, BatchNormPrintsTheStatisticsOfPyTorch) {
  expect_equal_text("batch_norm");
}
TEST_F(Notebook, LayerNormPrintsTheStatisticsOfPyTorch) {
  expect_equal_text("layer_norm");
}
TEST_F(Notebook, GroupNormPrintsTheStatisticsOfPyTorch) {
  expect_equal_text("group_norm");
}

TEST_F(Notebook, LossesHaveEveryDigitOfADouble) {
  for (const std::string& line : lines_of(run("l1_lasso --seed 3").out)) {
    const std::string digits = line.substr(line.find(": ") + 2);
    char shortest[32];
    const auto end =
        std::to_chars(shortest, shortest + 32, std::stod(digits)).ptr;
    EXPECT_EQ(digits, std::string(shortest, end));
    EXPECT_GT(digits.size(), 8U);
  }
}

TEST_F(Notebook, IsUnseededWithoutASeed) {
  EXPECT_NE(run("layer_norm").out, run("layer_norm").out);
}

TEST_F(Notebook, TakesSeedsOf64BitsWithAndWithoutASign) {
  const std::string last = run("l1_lasso --seed 18446744073709551615").out;
  EXPECT_EQ(run("l1_lasso --seed -1").out, last);
  EXPECT_EQ(run("l1_lasso --seed=-1").out, last);
  EXPECT_EQ(run("l1_lasso --seed -9223372036854775808").code, 0);
}

TEST_F(Notebook, RefusesWrongArguments) {
  for (const char* arguments :
       {"--seed", "--seed ''", "--seed 1.5", "--seed 1x",
        "--seed 18446744073709551616", "--seed -9223372036854775809",
        "--epochs 3", "7"}) {
    const Outcome result = run(std::string("batch_norm ") + arguments);
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_EQ(result.out, "") << arguments;
    EXPECT_NE(result.error.find("usage: batch_norm"), std::string::npos);
  }
}

}  // namespace
