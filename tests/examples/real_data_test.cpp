// The examples on real data: diabetes, digits, and the reader of their files.

#include "examples/common/data.h"

#include "examples/common/plot.h"
#include "run_example.h"

namespace {

class Diabetes : public ExampleTest {};

TEST_F(Diabetes, EndsAtTheReferenceCoefficients) {
  // From data/README.md: columns as printed, the last row is the MSE.
  const double reference[11][3] = {{0, 0, -0.00166},
                                   {-0.05532, -0.12673, -0.13668},
                                   {0.31602, 0.32334, 0.31354},
                                   {0.14912, 0.18633, 0.19239},
                                   {0, -0.07893, -0.08522},
                                   {0, 0, -0.02284},
                                   {-0.11126, -0.12678, -0.10786},
                                   {0, 0.01717, 0.07019},
                                   {0.27879, 0.3204, 0.29842},
                                   {0.00295, 0.0354, 0.04893},
                                   {0.50273, 0.485864, 0.485558}};
  const Outcome result = run("diabetes --seed 1");
  ASSERT_EQ(result.code, 0);
  const auto lines = lines_of(result.out);
  ASSERT_GE(lines.size(), 13U);
  for (size_t row = 0; row < 11; ++row) {
    std::istringstream line(lines[row + 2]);
    std::string name;
    line >> name;
    for (const double expected : reference[row]) {
      double fitted = NAN, printed = NAN;
      line >> fitted >> printed;
      EXPECT_NEAR(fitted, expected, 1e-3) << lines[row + 2];
      EXPECT_NEAR(printed, expected, 6e-6) << lines[row + 2];
    }
  }
}

class Digits : public ExampleTest {
 protected:
  Outcome train(const std::string& arguments) const {
    return run("digits --out " + folder_.string() + " " + arguments);
  }
  std::string checkpoint(const std::string& name) const {
    return " --checkpoint " + (folder_ / name).string();
  }
};

TEST_F(Digits, ReadsAtLeast93PercentOfTheTestData) {
  const Outcome result = train("--seed 0");
  ASSERT_EQ(result.code, 0) << result.error;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 41U);  // no bar: the output is not a terminal
  EXPECT_EQ(lines[0].substr(0, 17), "epoch   1/40  los");
  EXPECT_EQ(result.out.find('\r'), std::string::npos);
  EXPECT_GE(std::stod(lines[40].substr(14)), 0.93) << lines[40];
}

TEST_F(Digits, AreReadBetterByConvolutions) {
  const Outcome result = run("digits_cnn --seed 0 --out " + folder_.string());
  ASSERT_EQ(result.code, 0) << result.error;
  const std::string last = lines_of(result.out).back();
  EXPECT_EQ(last.substr(0, 14), "test accuracy ");
  EXPECT_GE(std::stod(last.substr(14)), 0.97) << last;
  const std::string picture = contents(folder_ / "digits_cnn.svg");
  EXPECT_NE(picture.find("CNN"), std::string::npos);
  EXPECT_NE(picture.find("MLP"), std::string::npos);
}

TEST_F(Digits, ResumesBitForBit) {
  ASSERT_EQ(train("--seed 5 --epochs 4" + checkpoint("whole")).code, 0);
  const std::string curves = contents(folder_ / "digits.svg");
  ASSERT_EQ(train("--seed 5 --epochs 2" + checkpoint("parts")).code, 0);
  EXPECT_NE(contents(folder_ / "parts"), contents(folder_ / "whole"));
  ASSERT_EQ(train("--resume --epochs 4" + checkpoint("parts")).code, 0);
  EXPECT_FALSE(contents(folder_ / "whole").empty());
  EXPECT_EQ(contents(folder_ / "parts"), contents(folder_ / "whole"));
  EXPECT_EQ(contents(folder_ / "digits.svg"), curves);
}

TEST_F(Digits, DrawsLossAndAccuracy) {
  ASSERT_EQ(train("--epochs 3").code, 0);
  const std::string svg = contents(folder_ / "digits.svg");
  for (const char* part : {">Loss<", ">Accuracy<", ">train<", ">test<"}) {
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  }
  size_t curves = 0;
  for (size_t at = 0; (at = svg.find("<polyline", at)) != std::string::npos;
       ++at) {
    ++curves;
  }
  EXPECT_EQ(curves, 4U);
}

TEST_F(Digits, RefusesWrongArguments) {
  EXPECT_EQ(train("--resume").code, 2);
  EXPECT_EQ(train("--epochs 0").code, 2);
  EXPECT_EQ(train("--resume=yes").code, 2);
}

TEST_F(Digits, SaysWhatIsWrongWithACheckpoint) {
  const Outcome missing = train("--resume" + checkpoint("missing"));
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.error.find("missing"), std::string::npos);
  ASSERT_EQ(train("--epochs 1" + checkpoint("cut")).code, 0);
  std::filesystem::resize_file(folder_ / "cut", 5000);
  EXPECT_EQ(train("--resume" + checkpoint("cut")).code, 1);
}

using CharLstm = ExampleTest;

TEST_F(CharLstm, LearnsToAddInWords) {
  const Outcome result = run("char_lstm --seed 0");
  ASSERT_EQ(result.code, 0) << result.error;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_NE(lines[5].find("seven and "), std::string::npos) << lines[5];
  EXPECT_GE(std::stoi(lines[6]), 80) << lines[6];
}

class DataFiles : public ExampleTest {
 protected:
  examples::Table read(const std::string& text) const {
    std::ofstream(folder_ / "table.csv") << text;
    return examples::read_csv(folder_ / "table.csv");
  }
};

TEST_F(DataFiles, AreReadInRowsOfDoubles) {
  const auto table = read("a,b\r\n1,2.5\r\n-3,4e2\r\n");
  EXPECT_EQ(table.names, (std::vector<std::string>{"a", "b"}));
  const auto expected =
      taper::tensor({{1.0, 2.5}, {-3.0, 400.0}}, taper::kDouble);
  EXPECT_TRUE(table.rows.equal(expected));
}

TEST_F(DataFiles, ThatAreNotTablesThrow) {
  EXPECT_THROW(read(""), std::runtime_error);
  EXPECT_THROW(read("a,b\n1\n"), std::runtime_error);
  EXPECT_THROW(read("a,b\n1,2,3\n"), std::runtime_error);
  EXPECT_THROW(read("a,b\n1,x\n"), std::runtime_error);
  EXPECT_THROW(examples::read_data("absent.csv"), std::runtime_error);
}

TEST(Plot, AxesEndAtRoundNumbers) {
  const auto axis = examples::detail::Axis::around(0.842, 1);
  EXPECT_NEAR(axis.low, 0.8, 1e-12);
  EXPECT_NEAR(axis.high, 1, 1e-12);
  EXPECT_NEAR(axis.step, 0.05, 1e-12);
  EXPECT_EQ(axis.decimals(), 2);
}

}  // namespace
