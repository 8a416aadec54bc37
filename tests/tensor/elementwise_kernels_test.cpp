// The sweeps of the operations that are bound by memory: pieces, streaming.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "leaf_kernels_support.h"
#include "taper/taper.h"
#include "taper/tensor/kernels/simd/elementwise.h"

namespace taper::kernels {
namespace {

template <class T>
class LightBinary : public FloatKernels<T> {};
TYPED_TEST_SUITE(LightBinary, Floats);

// Around the pieces of a sweep, and around the length that is streamed.
template <class T>
std::vector<int64_t> sweep_lengths() {
  const int64_t streamed = streamed_bytes / static_cast<int64_t>(sizeof(T));
  return {4095, 4096, 4097, 8193, streamed - 1, streamed, streamed + 4099};
}

TYPED_TEST(LightBinary, EqualsTheFormulaFromAnyAlignment) {
  using T = TypeParam;
  struct {
    const PerType<Binary>& leaf;
    std::function<T(T, T)> formula;
  } const rows[] = {
      {elementwise_table->add, [](T a, T b) { return a + b; }},
      {elementwise_table->sub, [](T a, T b) { return a - b; }},
      {elementwise_table->mul, [](T a, T b) { return a * b; }},
      {elementwise_table->div, [](T a, T b) { return a / b; }},
      {elementwise_table->relu_backward,
       [](T g, T y) { return y > 0 ? g : T(0); }},
  };
  const T guard = 123;
  for (const auto& row : rows) {
    const Binary f = row.leaf[this->dtype];
    for (const int64_t n : sweep_lengths<T>()) {
      const std::vector<T> a = values<T>(n + 3, 1), b = values<T>(n + 3, 2);
      for (const int shift : {0, 1, 3}) {
        std::vector<T> y(n + shift + 1, guard);
        f(y.data() + shift, a.data() + 1, b.data() + 3, n, false, false);
        for (int64_t i = 0; i < n; ++i) {
          ASSERT_EQ(y[shift + i], row.formula(a[1 + i], b[3 + i]))
              << "item " << i << " of " << n << ", shift " << shift;
        }
        for (int i = 0; i < shift; ++i) EXPECT_EQ(y[i], guard);
        EXPECT_EQ(y[n + shift], guard);
      }
    }
  }
}

TYPED_TEST(LightBinary, MayWriteOverEitherInput) {
  using T = TypeParam;
  const Binary sub = elementwise_table->sub[this->dtype];
  for (const int64_t n : sweep_lengths<T>()) {
    const std::vector<T> a = values<T>(n, 1), b = values<T>(n, 2);
    std::vector<T> left = a, right = b;
    sub(left.data(), left.data(), b.data(), n, false, false);
    sub(right.data(), a.data(), right.data(), n, false, false);
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(left[i], a[i] - b[i]) << "item " << i << " of " << n;
      ASSERT_EQ(right[i], a[i] - b[i]) << "item " << i << " of " << n;
    }
  }
}

class LargeTensors : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_num_threads(GetParam()); }
  void TearDown() override { set_num_threads(before_); }

 private:
  const int before_ = get_num_threads();
};

INSTANTIATE_TEST_SUITE_P(Threads, LargeTensors, testing::Values(1, 2, 3));

// 36 MB in three tensors is streamed, 24 MB in two is not.
TEST_P(LargeTensors, HaveTheSameSumStreamedOrNot) {
  const int64_t n = 3 << 20;
  const Tensor a = randn({n}), b = randn({n});
  const float* x = a.data_ptr<float>();
  const float* y = b.data_ptr<float>();
  const Tensor streamed = a + b, doubled = a + a;
  Tensor in_place = a.clone();
  in_place += b;
  // A row that every row of the result adds.
  const Tensor rows = a.view({3, n / 3}) + b.slice(0, 0, n / 3);
  for (int64_t i = 0; i < n; ++i) {
    ASSERT_EQ(streamed.data_ptr<float>()[i], x[i] + y[i]) << i;
    ASSERT_EQ(doubled.data_ptr<float>()[i], x[i] + x[i]) << i;
    ASSERT_EQ(in_place.data_ptr<float>()[i], x[i] + y[i]) << i;
    ASSERT_EQ(rows.data_ptr<float>()[i], x[i] + y[i % (n / 3)]) << i;
  }
}

}  // namespace
}  // namespace taper::kernels
