// Elements along a dim by index, triangles of matrices, and joining tensors.
#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr int64_t kGrain = 16384;

// The indexed tensor, the index and the other tensor, walked together over
// index's shape. The indexed one does not move along `dim`: there its place
// is index * step.
struct Lines {
  int ndim = 0;
  int64_t sizes[kMaxDims];
  int64_t strides[3][kMaxDims];
  bool is_dim[kMaxDims];
  int64_t start[3] = {0, 0, 0};
  int64_t step = 0;

  Lines(const Tensor& x, int dim, const Tensor& index, const Tensor& other) {
    if (x.dim() > 0) step = x.strides()[static_cast<size_t>(dim)];
    const bool moves = other.numel() != 1 || index.numel() == 1;
    for (int d = 0; d < index.dim(); ++d) {
      const auto i = static_cast<size_t>(d);
      if (index.sizes()[i] == 1) continue;
      sizes[ndim] = index.sizes()[i];
      strides[0][ndim] = d == dim || x.dim() == 0 ? 0 : x.strides()[i];
      strides[1][ndim] = index.strides()[i];
      strides[2][ndim] = moves && other.dim() > d ? other.strides()[i] : 0;
      is_dim[ndim++] = d == dim;
    }
    // One loop at least, so that the innermost one exists.
    if (ndim == 0) {
      sizes[0] = 1;
      strides[0][0] = strides[1][0] = strides[2][0] = 0;
      is_dim[0] = false;
      ndim = 1;
    }
  }

  int64_t numel() const {
    int64_t n = 1;
    for (int d = 0; d < ndim; ++d) n *= sizes[d];
    return n;
  }

  // The part [begin, end) along loop dim d.
  Lines part(int d, int64_t begin, int64_t end) const {
    Lines result = *this;
    result.sizes[d] = end - begin;
    for (int k = 0; k < 3; ++k) result.start[k] += begin * strides[k][d];
    return result;
  }

  // Calls row(offset in x, in index, in other) for every innermost loop.
  template <class Row>
  void rows(const Row& row) const {
    int64_t at[3] = {start[0], start[1], start[2]};
    int64_t counter[kMaxDims] = {};
    const int64_t count = numel() / sizes[ndim - 1];
    for (int64_t i = 0; i < count; ++i) {
      row(at[0], at[1], at[2]);
      for (int d = ndim - 2; d >= 0; --d) {
        const bool carry = ++counter[d] == sizes[d];
        const int64_t move = carry ? 1 - sizes[d] : 1;
        for (int k = 0; k < 3; ++k) at[k] += move * strides[k][d];
        if (!carry) break;
        counter[d] = 0;
      }
    }
  }
};

// Runs visit(x element, other element) over all elements. Parts for threads
// are cut across `dim`, so that no two of them touch the same element of x.
template <class T, class Visit>
void for_each(const Lines& lines, T* x, const Tensor& index, T* other,
              const Visit& visit) {
  const int64_t* indices = index.data_as<int64_t>();
  const auto run = [&](const Lines& part) {
    const int inner = part.ndim - 1;
    const int64_t n = part.sizes[inner];
    const int64_t* stride[3] = {part.strides[0], part.strides[1],
                                part.strides[2]};
    part.rows([&](int64_t a, int64_t b, int64_t c) {
      for (int64_t i = 0; i < n; ++i) {
        const int64_t at = indices[b + i * stride[1][inner]] * part.step;
        visit(x[a + i * stride[0][inner] + at],
              other[c + i * stride[2][inner]]);
      }
    });
  };
  const int64_t total = lines.numel();
  if (total == 0) return;
  int widest = -1;
  for (int d = 0; d < lines.ndim; ++d) {
    if (lines.is_dim[d]) continue;
    if (widest < 0 || lines.sizes[d] > lines.sizes[widest]) widest = d;
  }
  if (widest < 0 || total < 2 * kGrain) {
    run(lines);
    return;
  }
  const int64_t size = lines.sizes[widest];
  parallel_for(
      0, size, 1 + kGrain / (total / size),
      [&](int64_t begin, int64_t end) { run(lines.part(widest, begin, end)); });
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
  const Lines lines(x, dim, index, y);
  visit_word(x.dtype(), [&]<class T>(T) {
    for_each(lines, x.data_as<T>(), index, y.data_as<T>(),
             [](T& element, T& out) { out = element; });
  });
  return y;
}

void scatter(const Tensor& x, int dim, const Tensor& index, const Tensor& src) {
  if (index.dtype() != kLong) return scatter(x, dim, cast(index, kLong), src);
  const profiler::OpScope scope("scatter", x, index);
  const Lines lines(x, dim, index, src);
  visit_word(x.dtype(), [&]<class T>(T) {
    for_each(lines, x.data_as<T>(), index, src.data_as<T>(),
             [](T& element, T& value) { element = value; });
  });
}

void scatter_add(const Tensor& x, int dim, const Tensor& index,
                 const Tensor& src) {
  if (index.dtype() != kLong) {
    return scatter_add(x, dim, cast(index, kLong), src);
  }
  const profiler::OpScope scope("scatter_add", x, index);
  const Lines lines(x, dim, index, src);
  visit_type(x.dtype(), [&]<class T>(T) {
    for_each(lines, x.data_as<T>(), index, src.data_as<T>(),
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
