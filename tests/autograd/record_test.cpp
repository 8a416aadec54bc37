// record(): what it keeps, for which inputs, and what it leaves when it fails.
#include "taper/autograd/record.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"

namespace taper {
namespace {

// A file of the source tree, without spaces and ends of lines.
std::string squeezed(const std::string& path) {
  const auto root = std::filesystem::path(__FILE__).parent_path() / "../..";
  std::ifstream file(root / path);
  std::stringstream text;
  text << file.rdbuf();
  std::string result;
  for (char c : text.str()) {
    if (!std::isspace(static_cast<unsigned char>(c))) result += c;
  }
  EXPECT_FALSE(result.empty()) << path << " cannot be read";
  return result;
}

TEST(Record, ItsExampleIsTheSourceOfMul) {
  std::string header = squeezed("autograd/record.h");
  const size_t begin = header.find("//Tensormul(");
  const size_t end = header.find("//}", begin);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  std::string example = header.substr(begin, end + 3 - begin);
  for (size_t at; (at = example.find("//")) != std::string::npos;) {
    example.erase(at, 2);
  }
  EXPECT_NE(squeezed("autograd/ops/pointwise/arithmetic.cpp").find(example),
            std::string::npos)
      << example;
}

Tensor times(const Tensor& a, const Tensor& b) {
  Tensor y = (a.detach() * b.detach());
  return record(
      y, "TimesBackward0", a,
      [b = save(b)](const Tensor& grad) { return grad * b(); }, b,
      [a = save(a)](const Tensor& grad) { return grad * a(); });
}

TEST(Record, KeepsNothingForAnInputThatWantsNoGradient) {
  const Tensor a = ones({3}).requires_grad_();
  const Tensor b = ones({3});
  const Tensor y = times(a, b);
  EXPECT_EQ(b.use_count(), 2U);  // kept for the gradient of a
  EXPECT_EQ(a.use_count(), 2U);  // by its edge; the gradient of b is not wanted
  EXPECT_EQ(y.grad_fn()->next_edge(1).node, nullptr);
}

TEST(Record, KeepsNothingWhenNothingIsRecorded) {
  const Tensor a = ones({3}).requires_grad_();
  const Tensor b = ones({3});
  NoGradGuard no_grad;
  const Tensor y = times(a, b);
  EXPECT_FALSE(y.requires_grad());
  EXPECT_EQ(a.use_count(), 1U);
  EXPECT_EQ(b.use_count(), 1U);
}

TEST(Record, LetsGoOfWhatItKeptAfterBackward) {
  const Tensor a = ones({3}).requires_grad_();
  const Tensor b = full({3}, 2.0).requires_grad_();
  const Tensor y = times(a, b);
  EXPECT_EQ(a.use_count(), 3U);  // by its edge, and for the gradient of b
  EXPECT_EQ(b.use_count(), 3U);
  y.sum().backward();
  EXPECT_EQ(a.use_count(), 2U);
  EXPECT_EQ(b.use_count(), 2U);
  EXPECT_TRUE(equal(a.grad(), full({3}, 2.0)));
  EXPECT_TRUE(equal(b.grad(), ones({3})));
}

TEST(Record, KeepsATensorThatNobodyElseHolds) {
  const Tensor a = ones({3}).requires_grad_();
  Saved saved = save(full({3}, 5.0));
  Tensor y = record(ones({3}), "SavedBackward0", a,
                    [saved](const Tensor& grad) { return grad * saved(); });
  y.sum().backward();
  EXPECT_TRUE(equal(a.grad(), full({3}, 5.0)));
}

TEST(Record, HandsOutThePlacesOfTheGradientsThatAreWanted) {
  const Tensor a = ones({2}).requires_grad_();
  const Tensor b = ones({2});
  const Tensor undefined;
  Tensor y = record(ones({2}), "JointBackward0", {&a, &b, &undefined},
                    [](const Tensor& grad, const InputGrads& grads) {
                      EXPECT_TRUE(grads.wants(0));
                      EXPECT_FALSE(grads.wants(1));
                      EXPECT_FALSE(grads.wants(2));
                      grads[0] = grad * 3;
                    });
  y.sum().backward();
  EXPECT_TRUE(equal(a.grad(), full({2}, 3.0)));
}

// Cannot be kept, as when there is no memory.
struct Unkeepable {
  Unkeepable() = default;
  Unkeepable(const Unkeepable&) { throw std::runtime_error("no memory"); }
  Unkeepable& operator=(const Unkeepable&) = delete;
};

TEST(Record, LeavesNothingBehindWhenAClosureCannotBeKept) {
  const Tensor a = ones({3}).requires_grad_();
  const Tensor b = ones({3}).requires_grad_();
  Tensor y = ones({3});
  EXPECT_THROW(
      record(
          y, "UnkeepableBackward0", a,
          [b = save(b)](const Tensor& grad) { return grad * b(); }, b,
          [a = save(a), u = Unkeepable()](const Tensor& grad) { return grad; }),
      std::runtime_error);
  EXPECT_FALSE(y.requires_grad());
  EXPECT_EQ(a.use_count(), 1U);
  EXPECT_EQ(b.use_count(), 1U);
}

}  // namespace
}  // namespace taper
