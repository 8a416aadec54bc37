// The leaf kernels that change the layout.
#include <cstdint>
#include <numeric>
#include <vector>

#include "taper/tensor/kernels/simd/copy.h"
#include "tests/tensor/leaf_kernels_support.h"

namespace taper::kernels {
namespace {

template <class T>
void expect_transposed(int log2_size, int64_t rows, int64_t cols, bool stream) {
  const int64_t x_stride = cols + 5, y_stride = (rows + 63) / 64 * 64;
  std::vector<T> x(rows * x_stride);
  std::vector<T> y(cols * y_stride + 64, T(99));
  std::iota(x.begin(), x.end(), T(0));
  const auto address = reinterpret_cast<uintptr_t>(y.data());
  T* out = y.data() + (64 - address % 64) % 64 / sizeof(T);
  copy_table->transpose[log2_size](out, y_stride, x.data(), x_stride, rows,
                                   cols, stream);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) {
      ASSERT_EQ(out[j * y_stride + i], x[i * x_stride + j]);
    }
  }
  if (rows < y_stride && cols > 0) {
    EXPECT_EQ(out[rows], T(99));
  }
}

TEST(CopyKernels, TransposesEverySize) {
  for (const int64_t rows : {0, 1, 15, 16, 33, 70}) {
    for (const int64_t cols : {0, 1, 8, 17, 48}) {
      for (const bool stream : {false, true}) {
        expect_transposed<uint8_t>(0, rows, cols, stream);
        expect_transposed<float>(2, rows, cols, stream);
        expect_transposed<int64_t>(3, rows, cols, stream);
      }
    }
  }
}

TEST(CopyKernels, GathersAndScattersWithAnyStride) {
  const std::vector<float> x = {0, 1, 2, 3, 4, 5, 6};
  std::vector<float> y(3, -1), z(7, -1);
  copy_table->gather_strided[2](y.data(), x.data() + 6, -2, 3);
  EXPECT_EQ(y, (std::vector<float>{6, 4, 2}));
  copy_table->gather_strided[2](y.data(), x.data() + 1, 0, 3);
  EXPECT_EQ(y, (std::vector<float>{1, 1, 1}));
  copy_table->scatter_strided[2](z.data(), 3, x.data(), 3);
  EXPECT_EQ(z, (std::vector<float>{0, -1, -1, 1, -1, -1, 2}));
}

}  // namespace
}  // namespace taper::kernels
