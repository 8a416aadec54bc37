// Elements along a dim by index, triangles of matrices, and joining tensors.
#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"
#include "taper/tensor/kernels/strided.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr int64_t kGrain = 16384;

// Calls visit(x[..index[..k..]..], other[..k..]) for all elements of index; an
// `other` of one element is for all. The lines along `dim` are shared between
// threads, so that no two of them touch the same element of x.
template <class T, class Visit>
void for_each(const Tensor& x, int dim, const Tensor& index,
              const Tensor& other, const Visit& visit) {
  if (index.numel() == 0) return;
  SmallShape starts(index.sizes());
  if (starts.size > 0) starts[dim] = 1;
  const Tensor* operands[] = {&index, &x, &other};
  const auto loop = strided_loop<3>(starts, operands);
  // Bytes from one line to the next, and along a line.
  int64_t across[3], along[3];
  for (int i = 0; i < 3; ++i) {
    const Tensor& operand = *operands[i];
    across[i] = loop.inner_stride(i);
    along[i] =
        operand.numel() == 1 ? 0 : operand.stride(dim) * operand.element_size();
  }
  const int64_t length = index.dim() == 0 ? 1 : index.size(dim);
  const bool whole_lines = loop.ndim == 0 || along[0] < across[0];
  const auto run = [&](char* const(&at)[3], int64_t lines) {
    const auto visit_at = [&](int64_t line, int64_t k) {
      const auto place = *reinterpret_cast<const int64_t*>(
          at[0] + line * across[0] + k * along[0]);
      visit(*reinterpret_cast<T*>(at[1] + line * across[1] + place * along[1]),
            *reinterpret_cast<T*>(at[2] + line * across[2] + k * along[2]));
    };
    for (int64_t i = 0; i < (whole_lines ? lines : length); ++i) {
      if (whole_lines) {
        for (int64_t k = 0; k < length; ++k) visit_at(i, k);
      } else {
        for (int64_t line = 0; line < lines; ++line) visit_at(line, i);
      }
    }
  };
  parallel_for(0, index.numel() / length, 1 + kGrain / length,
               [&](int64_t begin, int64_t end) { loop.run(begin, end, run); });
}

template <class T>
void copy_row(T* y, const T* x, int64_t n, int64_t begin, int64_t end) {
  begin = std::clamp(begin, int64_t{0}, n);
  end = std::clamp(end, begin, n);
  std::fill(y, y + begin, T{});
  std::copy(x + begin, x + end, y + begin);
  std::fill(y + end, y + n, T{});
}

}  // namespace

Tensor gather(const Tensor& x, int dim, const Tensor& index) {
  if (index.dtype() != kLong) return gather(x, dim, cast(index, kLong));
  const profiler::OpScope scope("gather", x, index);
  Tensor y = empty(index.sizes(), x.dtype());
  visit_word(x.dtype(), [&]<class T>(T) {
    for_each<T>(x, dim, index, y, [](T& element, T& out) { out = element; });
  });
  return y;
}

void scatter(const Tensor& x, int dim, const Tensor& index, const Tensor& src) {
  if (index.dtype() != kLong) return scatter(x, dim, cast(index, kLong), src);
  const profiler::OpScope scope("scatter", x, index);
  visit_word(x.dtype(), [&]<class T>(T) {
    for_each<T>(x, dim, index, src,
                [](T& element, T& value) { element = value; });
  });
}

void scatter_add(const Tensor& x, int dim, const Tensor& index,
                 const Tensor& src) {
  if (index.dtype() != kLong) {
    return scatter_add(x, dim, cast(index, kLong), src);
  }
  const profiler::OpScope scope("scatter_add", x, index);
  visit_type(x.dtype(), [&]<class T>(T) {
    for_each<T>(x, dim, index, src,
                [](T& element, T& value) { add_to(element, value); });
  });
}

Tensor triangle(const Tensor& x, int64_t diagonal, bool lower) {
  const profiler::OpScope scope("triangle", x);
  const Tensor from = contiguous(x);
  Tensor y = empty_like(x);
  if (y.numel() == 0) return y;
  const int64_t rows = x.size(-2);
  const int64_t cols = x.size(-1);
  visit_word(x.dtype(), [&]<class T>(T) {
    parallel_each(y.numel() / cols, 1 + kGrain / cols, [&](int64_t r) {
      const int64_t edge = r % rows + diagonal;
      copy_row(y.data_as<T>() + r * cols, from.data_as<T>() + r * cols, cols,
               lower ? 0 : edge, lower ? edge + 1 : cols);
    });
  });
  return y;
}

void join(const Tensor& out, TensorList tensors, int64_t outer) {
  const profiler::OpScope scope("cat", out);
  if (out.numel() == 0) return;
  const int64_t row = out.numel() / outer * out.element_size();
  parallel_for(0, outer, 1 + 4 * kGrain / row, [&](int64_t begin, int64_t end) {
    char* to = out.data_as<char>();
    for (const Tensor& x : tensors) {
      const auto bytes = static_cast<size_t>(x.numel() / outer) *
                         static_cast<size_t>(x.element_size());
      const char* from = x.data_as<char>();
      for (int64_t i = begin; bytes != 0 && i < end; ++i) {
        std::memcpy(to + i * row, from + static_cast<size_t>(i) * bytes, bytes);
      }
      to += bytes;
    }
  });
}

}  // namespace taper::kernels
