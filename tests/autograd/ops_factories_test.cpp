// Factories. Ranges are compared bit for bit with hashes from PyTorch, made by
// tests/golden/make_ranges.py.
#include "taper/autograd/ops/create/create.h"

#include <fstream>
#include <limits>
#include <sstream>

#include "taper/autograd/ops.h"
#include "taper/tensor/ivalue.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

TEST(Factories, ShapesValuesAndDtypes) {
  Tensor x = zeros({2, 3});
  EXPECT_EQ(x.dtype(), kFloat);
  EXPECT_EQ(x.sizes(), IntArrayRef({2, 3}));
  EXPECT_EQ(x.sum().item<float>(), 0);
  EXPECT_EQ(ones({2, 3}, kLong).sum().item<int64_t>(), 6);
  EXPECT_EQ(ones({}).dim(), 0);
  EXPECT_EQ(ones(4, kBool).sum().item<int64_t>(), 4);
  EXPECT_EQ(empty({0, 5}).numel(), 0);
  EXPECT_EQ(zeros(3, kDouble).dtype(), kDouble);
}

TEST(Factories, FullInfersTheDtype) {
  EXPECT_EQ(full({2}, 3).dtype(), kLong);
  EXPECT_EQ(full({2}, true).dtype(), kBool);
  EXPECT_EQ(full({2}, 1.5).dtype(), kFloat);
  EXPECT_EQ(full({2}, 3, kDouble).dtype(), kDouble);
  EXPECT_EQ(full({2}, 2.5, kLong)[1].item<int64_t>(), 2);
  EXPECT_EQ(scalar_tensor(3).dtype(), kFloat);
}

TEST(Factories, DefaultDtype) {
  set_default_dtype(kDouble);
  ScalarType of_zeros = zeros(1).dtype();
  ScalarType of_tensor = tensor({1.5F}).dtype();
  ScalarType of_arange = arange(1.5).dtype();
  set_default_dtype(kFloat);
  EXPECT_EQ(of_zeros, kDouble);
  EXPECT_EQ(of_tensor, kDouble);
  EXPECT_EQ(of_arange, kDouble);
}

TEST(Factories, RequiresGrad) {
  Tensor x = ones({2}, requires_grad());
  EXPECT_TRUE(x.requires_grad());
  EXPECT_TRUE(x.is_leaf());
  (x * 3).sum().backward();
  EXPECT_TRUE(x.grad().equal(full({2}, 3.)));
  TensorOptions bad = dtype(kLong).requires_grad(true);
  EXPECT_THROW(ones({2}, bad), Error);
  EXPECT_THROW(arange(3, requires_grad()), Error);
  EXPECT_THROW(tensor({1, 2}, requires_grad()), Error);
  EXPECT_TRUE(tensor({1., 2.}, requires_grad()).requires_grad());
}

TEST(Factories, RejectBadSizes) {
  EXPECT_THROW(zeros({2, -1}), Error);
  EXPECT_THROW(ones({int64_t{1} << 40, int64_t{1} << 40}), Error);
  EXPECT_THROW(zeros(std::vector<int64_t>(65, 1)), Error);
  EXPECT_THROW(eye(-1), Error);
}

TEST(Factories, Eye) {
  EXPECT_TRUE(eye(2).equal(tensor({{1., 0.}, {0., 1.}})));
  EXPECT_TRUE(eye(2, 3, kLong).equal(tensor({{1, 0, 0}, {0, 1, 0}})));
  EXPECT_TRUE(eye(3, 1).equal(tensor({{1.}, {0.}, {0.}})));
  EXPECT_EQ(eye(0).sizes(), IntArrayRef({0, 0}));
}

TEST(Arange, InfersTheDtype) {
  EXPECT_TRUE(arange(3).equal(tensor({0, 1, 2})));
  EXPECT_EQ(arange(3).dtype(), kLong);
  EXPECT_EQ(arange(3.).dtype(), kFloat);
  EXPECT_EQ(arange(0, 3, 0.5).dtype(), kFloat);
  EXPECT_EQ(arange(3, kDouble).dtype(), kDouble);
  EXPECT_TRUE(arange(5, 0, -2).equal(tensor({5, 3, 1})));
  EXPECT_EQ(arange(4, 4).numel(), 0);
}

TEST(Arange, KeepsLargeIntegers) {
  int64_t most = std::numeric_limits<int64_t>::max();
  Tensor x = arange(most - 2, most);
  EXPECT_EQ(x.numel(), 2);
  EXPECT_EQ(x[1].item<int64_t>(), most - 1);
}

TEST(Arange, RejectsBadSteps) {
  EXPECT_THROW(arange(0, 5, 0), ValueError);
  EXPECT_THROW(arange(0, 5, -1), ValueError);
  EXPECT_THROW(arange(5, 0), ValueError);
  EXPECT_THROW(arange(0, HUGE_VAL), ValueError);
  EXPECT_THROW(arange(std::nan("")), ValueError);
  EXPECT_THROW(arange(0, 1e30, 1e-30), ValueError);
  EXPECT_THROW(arange(0, 2, 0.5, kLong), ValueError);
  EXPECT_THROW(linspace(0, 1, -1), ValueError);
  EXPECT_THROW(arange(3, kBool), TypeError);
}

TEST(Linspace, EndsAreExact) {
  Tensor x = linspace(0.1, 0.7, 11);
  EXPECT_EQ(x[0].item<float>(), 0.1F);
  EXPECT_EQ(x[10].item<float>(), 0.7F);
  EXPECT_EQ(linspace(0, 1, 0).numel(), 0);
  EXPECT_TRUE(linspace(3, 9, 1).equal(tensor({3.})));
  EXPECT_TRUE(linspace(0, 4, 3, kLong).equal(tensor({0, 2, 4})));
}

uint32_t fnv(const Tensor& x) {
  uint32_t value = 2166136261u;
  const auto* bytes = static_cast<const unsigned char*>(x.data_ptr());
  for (size_t i = 0; i < x.nbytes(); ++i) {
    value = (value ^ bytes[i]) * 16777619u;
  }
  return value;
}

TEST(Ranges, EqualPyTorch) {
  std::ifstream file(TAPER_TEST_DATA "/golden/ranges.txt");
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line[0] == '#') continue;
    std::istringstream words(line);
    std::string function, type, number[3];
    int64_t numel = 0;
    uint32_t hash = 0;
    words >> function >> type >> number[0] >> number[1] >> number[2] >> numel >>
        std::hex >> hash;
    ScalarType dtype = type == "float32"   ? kFloat
                       : type == "float64" ? kDouble
                                           : kLong;
    double start = std::stod(number[0]);
    double end = std::stod(number[1]);
    double step = std::stod(number[2]);
    auto steps = static_cast<int64_t>(step);
    Tensor x = function == "arange" ? arange(start, end, step, dtype)
               : function == "linspace"
                   ? linspace(start, end, steps, dtype)
                   : logspace(start, end, steps, 10, dtype);
    EXPECT_EQ(x.numel(), numel) << line;
    EXPECT_EQ(fnv(x), hash) << line;
    ++count;
  }
  EXPECT_GE(count, 50);
}

// Values of PyTorch 2.13.
TEST(Ranges, LogspaceOfIntegersTruncatesTheBoundsAndThePowers) {
  EXPECT_TRUE(logspace(0, 3, 4, 2, kLong).equal(tensor({1, 2, 4, 8})));
  EXPECT_TRUE(logspace(0, 2.5, 4, 10, kLong).equal(tensor({1, 4, 21, 100})));
  EXPECT_TRUE(
      logspace(0.5, 3.7, 5, 10, kLong).equal(tensor({1, 5, 31, 177, 1000})));
  EXPECT_TRUE(
      logspace(-2, 2, 5, 10, kInt).equal(tensor({0, 0, 1, 10, 100}, kInt)));
  EXPECT_TRUE(
      logspace(1, 4, 4, -2, kShort).equal(tensor({-2, 4, -8, 16}, kShort)));
  EXPECT_TRUE(logspace(0, 7, 9, 2, kByte)
                  .equal(tensor({1, 1, 3, 6, 11, 20, 38, 69, 128}, kByte)));
  EXPECT_TRUE(logspace(0, 6, 7, 2, kChar)
                  .equal(tensor({1, 2, 4, 8, 16, 32, 64}, kChar)));
  EXPECT_TRUE(logspace(2.5, 9, 1, 10, kLong).equal(tensor({316})));
  EXPECT_EQ(logspace(0, 5, 0, 10, kLong).numel(), 0);
  EXPECT_THROW(logspace(NAN, 12, 3, 10, kLong), Error);
  EXPECT_THROW(logspace(0, 3, 4, 2, kBool), TypeError);
}

TEST(Like, TakesShapeDtypeAndOptions) {
  Tensor x = ones({2, 3}, dtype(kDouble).requires_grad(true));
  EXPECT_EQ(zeros_like(x).dtype(), kDouble);
  EXPECT_FALSE(zeros_like(x).requires_grad());
  EXPECT_TRUE(zeros_like(x, requires_grad()).requires_grad());
  EXPECT_EQ(ones_like(x, kLong).sum().item<int64_t>(), 6);
  EXPECT_TRUE(full_like(x, 2.5).equal(full({2, 3}, 2.5, kDouble)));
  EXPECT_THROW(zeros_like(Tensor()), Error);
}

TEST(Like, KeepsDenseStrides) {
  Tensor x = zeros({2, 3, 4}).permute({2, 0, 1});
  EXPECT_EQ(empty_like(x).strides(), x.strides());
  EXPECT_TRUE(ones_like(x).equal(ones({4, 2, 3})));
  Tensor gaps = zeros({4, 6}).slice(1, 0, 6, 2).t();
  EXPECT_EQ(empty_like(gaps).strides(), IntArrayRef({1, 3}));
  EXPECT_TRUE(empty_like(zeros({3, 1}).expand({3, 4})).is_contiguous());
}

TEST(TensorFactory, NumbersAndLists) {
  EXPECT_EQ(tensor(3.5).dim(), 0);
  EXPECT_EQ(tensor(3.5).dtype(), kFloat);
  EXPECT_EQ(tensor(3.5F).item<float>(), 3.5F);
  EXPECT_EQ(tensor(7).dtype(), kLong);
  EXPECT_EQ(tensor(true).dtype(), kBool);
  EXPECT_EQ(tensor({true, false}).sizes(), IntArrayRef(2));
  Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  EXPECT_EQ(x.sizes(), IntArrayRef({2, 3}));
  EXPECT_EQ(x[1][0].item<int64_t>(), 4);
  EXPECT_EQ(tensor({1.0, 2.0}, kDouble).dtype(), kDouble);
  EXPECT_EQ(tensor({1, 2}, kFloat).dtype(), kFloat);
  EXPECT_EQ(tensor({{{1.}, {2.}}}).sizes(), IntArrayRef({1, 2, 1}));
  EXPECT_EQ(tensor({{1}}).sizes(), IntArrayRef({1, 1}));
}

TEST(TensorFactory, Containers) {
  std::vector<double> doubles = {1.5, 2.5};
  EXPECT_EQ(tensor(doubles).dtype(), kFloat);
  EXPECT_EQ(tensor(doubles)[1].item<float>(), 2.5F);
  EXPECT_EQ(tensor(std::vector<int>{1, 2}).dtype(), kLong);
  EXPECT_EQ(tensor(std::vector<bool>{true, false}).dtype(), kBool);
  EXPECT_EQ(tensor(zeros({4, 5}).sizes())[1].item<int64_t>(), 5);
  EXPECT_EQ(tensor({doubles, doubles}).sizes(), IntArrayRef({2, 2}));
  EXPECT_EQ(tensor(std::vector<uint8_t>{200}).item<int64_t>(), 200);
}

TEST(TensorFactory, EmptyLists) {
  EXPECT_EQ(tensor({}).sizes(), IntArrayRef(0));
  EXPECT_EQ(tensor({}).dtype(), kFloat);
  EXPECT_EQ(tensor({{}, {}}).sizes(), IntArrayRef({2, 0}));
  EXPECT_EQ(tensor(std::vector<int64_t>{}).dtype(), kLong);
}

TEST(TensorFactory, RejectsRaggedAndMixedLists) {
  EXPECT_THROW(tensor({{1, 2}, {3}}), ValueError);
  EXPECT_THROW(tensor({{1}, 2}), ValueError);
  EXPECT_THROW(tensor({1, {2}}), ValueError);
  EXPECT_THROW(tensor({{}, {1}}), ValueError);
  EXPECT_THROW(tensor({{{1}}, {2}}), ValueError);
  EXPECT_THROW(tensor({1, 2.5}), TypeError);
  EXPECT_THROW(tensor({true, 2}), TypeError);
}

TEST(FromBlob, SharesMemory) {
  float data[] = {0, 1, 2, 3, 4, 5};
  Tensor x = from_blob(data, {2, 3});
  data[4] = 40;
  EXPECT_EQ(x[1][1].item<float>(), 40);
  x.mul_(2);
  EXPECT_EQ(data[5], 10);
  Tensor t = from_blob(data, {3, 2}, {1, 3});
  EXPECT_TRUE(t.t().equal(x));
  int64_t ints[] = {1, 2};
  EXPECT_EQ(from_blob(ints, 2, kLong)[1].item<int64_t>(), 2);
  EXPECT_TRUE(from_blob(data, {2}, requires_grad()).requires_grad());
  EXPECT_EQ(from_blob(nullptr, {0, 3}).numel(), 0);
}

TEST(FromBlob, DeleterRunsOnceAfterTheLastView) {
  int calls = 0;
  auto* data = new float[6]();
  {
    Tensor row;
    {
      Tensor x = from_blob(data, {2, 3}, [&](void* memory) {
        delete[] static_cast<float*>(memory);
        ++calls;
      });
      row = x[1];
    }
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(row.sum().item<float>(), 0);
  }
  EXPECT_EQ(calls, 1);
}

TEST(FromBlob, BadArgumentsLeaveTheMemoryToTheCaller) {
  int calls = 0;
  auto deleter = [&](void*) { ++calls; };
  float data[6] = {};
  EXPECT_THROW(from_blob(data, {2, -3}, deleter), Error);
  EXPECT_THROW(from_blob(data, {2, 3}, {3}, deleter), Error);
  EXPECT_THROW(from_blob(data, {2, 3}, {3, -1}, deleter), Error);
  EXPECT_THROW(from_blob(data, {2}, deleter, dtype(kLong).requires_grad(true)),
               Error);
  EXPECT_EQ(calls, 0);
}

TEST(NewFactories, TakeTheDtypeOfTheTensor) {
  Tensor x = ones({2}, kDouble);
  EXPECT_EQ(x.new_zeros({3}).dtype(), kDouble);
  EXPECT_EQ(x.new_ones({3}, kLong).sum().item<int64_t>(), 3);
  EXPECT_EQ(x.new_full({2}, 7).dtype(), kDouble);
  EXPECT_EQ(x.new_empty({2, 3}).sizes(), IntArrayRef({2, 3}));
  EXPECT_TRUE(x.new_zeros({3}, requires_grad()).requires_grad());
}

TEST(Handle, MovedToItselfKeepsTheTensor) {
  Tensor x = ones({2});
  Tensor& same = x;
  x = std::move(same);
  ASSERT_TRUE(x.defined());
  EXPECT_EQ(x.use_count(), 1);
  IValue value(x);
  IValue& same_value = value;
  value = std::move(same_value);
  EXPECT_TRUE(value.toTensor().is_same(x));
  value = IValue("a text that is long enough for the heap");
  value = std::move(same_value);
  EXPECT_EQ(value.toStringRef().size(), 39U);
}

}  // namespace
}  // namespace taper
