// The drivers of the reductions: every layout against plain loops, and the
// same bits for any number of threads.
#include "taper/tensor/kernels/reduce.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "taper/tensor/kernels/scan.h"
#include "taper/tensor/kernels/softmax.h"
#include "taper/tensor/parallel.h"
#include "tests/autograd/reduce_support.h"

namespace taper {
namespace {

using kernels::Dims;
using testing::list;
using testing::scattered;

// Calls body(position in the result, value) for every element of x.
template <class F>
void for_each(const Tensor& x, Dims dims, const F& body) {
  const std::vector<double> all = list(x);
  for (int64_t i = 0; i < x.numel(); ++i) {
    int64_t rest = i, position = 0, stride = 1;
    for (int64_t d = x.dim() - 1; d >= 0; --d) {
      const int64_t at = rest % x.size(d);
      rest /= x.size(d);
      if (kernels::has_dim(dims, d)) continue;
      position += at * stride;
      stride *= x.size(d);
    }
    body(position, all[static_cast<size_t>(i)]);
  }
}

std::vector<double> fold(const Tensor& x, Dims dims, double start,
                         const std::function<double(double, double)>& op) {
  const int64_t count = numel_of(kernels::reduced_shape(x, dims, false));
  std::vector<double> result(static_cast<size_t>(count), start);
  for_each(x, dims, [&](int64_t position, double value) {
    double& r = result[static_cast<size_t>(position)];
    r = op(r, value);
  });
  return result;
}

// Tensors whose dims lie in memory in many ways.
std::vector<Tensor> layouts() {
  const Tensor x = scattered({4, 3, 5, 6});
  return {x,
          x.permute({3, 1, 0, 2}),
          x.transpose(0, 3),
          x.slice(3, 1, 5),
          x.slice(2, 0, 5, 2),
          x.select(1, 2),
          x.select(3, 0),
          x.slice(1, 1, 2),
          scattered({5, 6}).unsqueeze(0).expand({4, 5, 6}),
          scattered({5, 1, 6}).expand({5, 7, 6}),
          scattered({70, 3, 9}),
          scattered({3, 130, 2}),
          scattered({}),
          scattered({1, 1})};
}

TEST(ReduceLayouts, SumAgreesWithLoops) {
  for (const Tensor& x : layouts()) {
    for (Dims dims = 0; dims <= kernels::every_dim(x); ++dims) {
      const auto expected = fold(x, dims, 0, std::plus<double>());
      testing::expect_near(kernels::sum(x, dims), expected, 1e-4);
      const Tensor kept = kernels::sum(x, dims, true);
      EXPECT_EQ(kept.dim(), x.dim());
      EXPECT_TRUE(kept.is_contiguous());
      testing::expect_near(kept, expected, 1e-4);
    }
  }
}

TEST(ReduceLayouts, MaxAndMinAgreeWithLoops) {
  for (const Tensor& x : layouts()) {
    for (Dims dims = 0; dims <= kernels::every_dim(x); ++dims) {
      const auto larger = [](double a, double b) { return std::max(a, b); };
      const auto smaller = [](double a, double b) { return std::min(a, b); };
      testing::expect_near(kernels::amax(x, dims), fold(x, dims, -2, larger),
                           0);
      testing::expect_near(kernels::amin(x, dims), fold(x, dims, 2, smaller),
                           0);
    }
  }
}

TEST(ReduceLayouts, ProductAgreesWithLoops) {
  for (const Tensor& y : layouts()) {
    const Tensor x = y * 0.1 + 1;
    for (Dims dims = 0; dims <= kernels::every_dim(x); ++dims) {
      const auto expected = fold(x, dims, 1, std::multiplies<double>());
      const auto got = list(kernels::prod(x, dims));
      ASSERT_EQ(got.size(), expected.size());
      for (size_t i = 0; i < got.size(); ++i) {
        EXPECT_NEAR(got[i] / expected[i], 1, 1e-5);
      }
    }
  }
}

TEST(ReduceLayouts, TruthAgreesWithLoops) {
  for (const Tensor& y : layouts()) {
    const Tensor x = y.gt(-0.8).to(kFloat);
    for (Dims dims = 0; dims <= kernels::every_dim(x); ++dims) {
      const auto both = [](double a, double b) { return a * b; };
      testing::expect_near(kernels::all(x, dims), fold(x, dims, 1, both), 0);
      const auto either = [](double a, double b) { return std::max(a, b); };
      testing::expect_near(kernels::any(1 - x, dims),
                           fold(1 - x, dims, 0, either), 0);
      testing::expect_near(kernels::count_nonzero(x, dims),
                           fold(x, dims, 0, std::plus<double>()), 0);
    }
  }
}

TEST(ReduceLayouts, VarianceAndMeanAgreeWithLoops) {
  for (const Tensor& y : layouts()) {
    const Tensor x = y + 3;
    for (Dims dims = 0; dims <= kernels::every_dim(x); ++dims) {
      const double n = static_cast<double>(kernels::reduced_numel(x, dims));
      auto means = fold(x, dims, 0, std::plus<double>());
      for (double& m : means) m /= n;
      std::vector<double> expected(means.size(), 0.0);
      for_each(x, dims, [&](int64_t i, double value) {
        const double d = value - means[static_cast<size_t>(i)];
        expected[static_cast<size_t>(i)] += d * d / n;
      });
      Tensor mean;
      testing::expect_near(kernels::var(x, dims, false, 0, &mean), expected,
                           1e-5);
      testing::expect_near(mean, means, 1e-5);
    }
  }
}

TEST(ReduceLayouts, NormsAgreeWithLoops) {
  for (const Tensor& x : layouts()) {
    for (Dims dims = 0; dims <= kernels::every_dim(x); ++dims) {
      for (double p : {0.5, 1.0, 2.0, 3.0}) {
        auto expected = fold(x, dims, 0, [&](double a, double b) {
          return a + std::pow(std::abs(b), p);
        });
        for (double& e : expected) e = std::pow(e, 1 / p);
        const auto got = list(kernels::vector_norm(x, p, dims));
        ASSERT_EQ(got.size(), expected.size());
        for (size_t i = 0; i < got.size(); ++i) {
          EXPECT_NEAR(got[i] / expected[i], 1, 1e-5) << "p = " << p;
        }
      }
    }
  }
}

TEST(ReduceLayouts, LogsumexpAgreesWithLoops) {
  for (const Tensor& x : layouts()) {
    for (Dims dims = 0; dims <= kernels::every_dim(x); ++dims) {
      auto expected =
          fold(x, dims, 0, [](double a, double b) { return a + std::exp(b); });
      for (double& e : expected) e = std::log(e);
      testing::expect_near(kernels::logsumexp(x, dims), expected, 1e-5);
    }
  }
}

TEST(ReduceLayouts, PositionsPointAtTheBest) {
  for (const Tensor& x : layouts()) {
    for (int64_t d = 0; d < x.dim(); ++d) {
      auto [values, indices] = kernels::max_with_index(x, d, true);
      EXPECT_EQ(list(values), list(kernels::amax(x, Dims{1} << d)));
      EXPECT_EQ(list(x.gather(d, indices)), list(values));
      auto [low, low_indices] = kernels::min_with_index(x, d, true);
      EXPECT_EQ(list(low), list(kernels::amin(x, Dims{1} << d)));
      EXPECT_EQ(list(x.gather(d, low_indices)), list(low));
    }
  }
}

// --- any number of threads ---

class Threads {
 public:
  explicit Threads(int n) : before_(get_num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

void expect_same_bits(const std::function<Tensor()>& f) {
  Tensor one;
  {
    const Threads threads(1);
    one = f();
  }
  for (int n : {2, 3, 7}) {
    const Threads threads(n);
    const Tensor other = f();
    ASSERT_EQ(other.nbytes(), one.nbytes());
    EXPECT_EQ(std::memcmp(other.data_ptr(), one.data_ptr(), one.nbytes()), 0)
        << n << " threads";
  }
}

TEST(ReduceThreads, LongRowsHaveTheSameBits) {
  const Tensor x = scattered({1000003});
  const Tensor factors = x * 1e-3 + 1;
  expect_same_bits([&] { return kernels::sum(x, 1); });
  expect_same_bits([&] { return kernels::prod(factors, 1); });
  expect_same_bits([&] { return kernels::var(x, 1, false, 1); });
  expect_same_bits([&] { return kernels::vector_norm(x, 2, 1); });
  expect_same_bits([&] { return kernels::vector_norm(x, 1, 1); });
  expect_same_bits([&] { return kernels::logsumexp(x, 1); });
  expect_same_bits([&] { return kernels::max_with_index(x, 0, false).second; });
}

TEST(ReduceThreads, MatricesHaveTheSameBits) {
  const Tensor x = scattered({1111, 333});
  for (Dims dims : {1u, 2u}) {
    expect_same_bits([&] { return kernels::sum(x, dims); });
    expect_same_bits([&] { return kernels::prod(x + 1.2, dims); });
    expect_same_bits([&] { return kernels::var(x, dims, false, 1); });
    expect_same_bits([&] { return kernels::logsumexp(x, dims); });
    const int64_t dim = dims == 1 ? 0 : 1;
    expect_same_bits(
        [&] { return kernels::min_with_index(x, dim, false).second; });
    expect_same_bits([&] { return kernels::softmax(x, dim); });
    expect_same_bits([&] { return kernels::cumsum(x, dim); });
  }
}

TEST(ReduceThreads, LongRowsAgreeWithLoops) {
  Tensor x = scattered({300001});
  x.data_as<float>()[200000] = 5;
  x.data_as<float>()[250000] = 5;
  double sum = 0, squares = 0;
  for (double v : list(x)) {
    sum += v;
    squares += v * v;
  }
  EXPECT_NEAR(kernels::sum(x, 1).item<double>(), sum, 1e-3);
  EXPECT_NEAR(kernels::vector_norm(x, 2, 1).item<double>(), std::sqrt(squares),
              1e-4);
  EXPECT_EQ(kernels::amax(x, 1).item<double>(), 5);
  EXPECT_EQ(kernels::max_with_index(x, 0, false).second.item<int64_t>(),
            200000);
  EXPECT_EQ(kernels::count_nonzero(x.gt(4), 1).item<int64_t>(), 2);
}

TEST(ReduceAccuracy, AMillionTenthsAreWithinAnUlp) {
  const Tensor x = kernels::full({1000000}, 0.1, kFloat);
  const float exact = static_cast<float>(1e6 * static_cast<double>(0.1f));
  const float got = kernels::sum(x, 1).item<float>();
  EXPECT_GE(got, std::nextafter(exact, 0.0f));
  EXPECT_LE(got, std::nextafter(exact, 1e9f));
}

TEST(ReduceAccuracy, VarianceSurvivesALargeMean) {
  const Tensor x = scattered({4000, 3}, kDouble);
  const Tensor moved = (x * 2).round() + 1e6;
  const auto expected = list(kernels::var((x * 2).round(), 1, false, 1));
  testing::expect_near(kernels::var(moved.to(kFloat), 1, false, 1), expected,
                       1e-4);
  testing::expect_near(
      kernels::var(moved.t().contiguous().to(kFloat), 2, false, 1), expected,
      1e-4);
}

}  // namespace
}  // namespace taper
