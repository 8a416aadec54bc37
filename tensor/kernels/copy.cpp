// Flat, transposed and strided copies, casts and aliases.
#include "taper/tensor/kernels/copy.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/layout.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/kernels/strided.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr int64_t kGrain = 32768;
// Outputs above this many bytes are written around the cache.
constexpr int64_t kStreamBytes = int64_t{8} << 20;
// Rows of a transposed copy that one task takes.
constexpr int64_t kTransposeRows = 64;

void copy_flat(Tensor& destination, const Tensor& source) {
  char* to = destination.data_as<char>();
  const char* from = source.data_as<char>();
  int64_t bytes = destination.element_size();
  parallel_for(0, destination.numel(), 4 * kGrain,
               [&](int64_t begin, int64_t end) {
                 std::memmove(to + begin * bytes, from + begin * bytes,
                              static_cast<size_t>((end - begin) * bytes));
               });
}

// The inner two dims of the loop as a matrix that the source holds transposed.
bool is_transposition(const StridedLoop<2>& loop, int64_t bytes) {
  return loop.ndim >= 2 && loop.strides[0][0] == bytes &&
         loop.strides[1][1] == bytes && loop.sizes[0] >= 8 &&
         loop.sizes[1] >= 8 && loop.strides[1][0] % bytes == 0;
}

void copy_transposed(const StridedLoop<2>& loop, int64_t bytes) {
  auto transpose = copy_table->transpose[size_index(bytes)];
  int64_t width = loop.sizes[0];
  int64_t height = loop.sizes[1];
  int64_t slabs = 1;
  for (int d = 2; d < loop.ndim; ++d) slabs *= loop.sizes[d];
  bool stream = width * height * slabs * bytes > kStreamBytes;
  int64_t strips = (height + kTransposeRows - 1) / kTransposeRows;
  int64_t grain = 1 + kGrain / (width * kTransposeRows);
  parallel_each(slabs * strips, grain, [&](int64_t task) {
    char* at[2];
    loop.locate(task / strips * height, at);
    int64_t first = task % strips * kTransposeRows;
    transpose(at[0] + first * loop.strides[0][1], loop.strides[0][1] / bytes,
              at[1] + first * bytes, loop.strides[1][0] / bytes, width,
              std::min(height - first, kTransposeRows), stream);
  });
}

// Puts a longer dim innermost: loops over a few elements take longer to start
// than to run.
void lengthen_inner(StridedLoop<2>& loop) {
  constexpr int64_t kShort = 8;
  if (loop.ndim == 0 || loop.sizes[0] >= kShort) return;
  for (int d = 1; d < loop.ndim; ++d) {
    if (loop.sizes[d] < kShort) continue;
    std::swap(loop.sizes[0], loop.sizes[d]);
    for (auto& strides : loop.strides) std::swap(strides[0], strides[d]);
    return;
  }
}

void copy_strided(Tensor& destination, const Tensor& source) {
  const Tensor* operands[2] = {&destination, &source};
  auto loop = strided_loop<2>(destination.sizes(), operands);
  int64_t bytes = destination.element_size();
  if (is_transposition(loop, bytes)) return copy_transposed(loop, bytes);
  lengthen_inner(loop);
  auto gather = copy_table->gather_strided[size_index(bytes)];
  auto scatter = copy_table->scatter_strided[size_index(bytes)];
  int64_t to_stride = loop.inner_stride(0);
  int64_t from_stride = loop.inner_stride(1);
  parallel_for(0, destination.numel(), kGrain, [&](int64_t begin, int64_t end) {
    loop.run(begin, end, [&](char*(&at)[2], int64_t n) {
      if (to_stride == bytes || n == 1) {
        gather(at[0], at[1], from_stride / bytes, n);
      } else if (from_stride == bytes) {
        scatter(at[0], to_stride / bytes, at[1], n);
      } else {
        for (int64_t i = 0; i < n; ++i) {
          std::memcpy(at[0] + i * to_stride, at[1] + i * from_stride,
                      static_cast<size_t>(bytes));
        }
      }
    });
  });
}

}  // namespace

Tensor full(IntArrayRef sizes, const Scalar& value, ScalarType dtype) {
  Tensor result = empty(sizes, dtype);
  fill(result, value);
  return result;
}

Tensor zeros(IntArrayRef sizes, ScalarType dtype) {
  Tensor result = empty(sizes, dtype);
  std::memset(result.data_as<char>(), 0, result.nbytes());
  return result;
}

void copy_into(Tensor& destination, const Tensor& source) {
  const profiler::OpScope scope("copy_", source);
  if (destination.numel() == 0) return;
  if (source.dtype() != destination.dtype()) {
    const int from = index_of(compute_type(source.dtype()));
    const int to = index_of(compute_type(destination.dtype()));
    PerType<Unary> row = {};
    row[from] = elementwise_table->cast[from][to];
    unary_into(destination, row, "copy_", source);
  } else if (same_layout(destination, source)) {
    copy_flat(destination, source);
  } else if (is_constant(source)) {
    fill_element(destination, source.data_ptr());
  } else {
    copy_strided(destination, source);
  }
}

Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : clone(x); }

Tensor clone(const Tensor& x) {
  Tensor result = empty_like(x);
  copy_into(result, x);
  return result;
}

Tensor clone_preserved(const Tensor& x) {
  Tensor result = empty_preserved(x, x.dtype());
  copy_into(result, x);
  return result;
}

Tensor cast(const Tensor& x, ScalarType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor result = empty_preserved(x, dtype);
  copy_into(result, x);
  return result;
}

Tensor alias(const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
             char* data) {
  Tensor view = Tensor::adopt(detail::new_view_impl(x.impl()));
  TensorImpl* impl = view.impl();
  detail::reserve_dims(impl, sizes.size());
  impl->ndim = static_cast<uint8_t>(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    impl->sizes[i] = sizes[i];
    impl->strides[i] = strides[i];
  }
  impl->data = data;
  detail::refresh_layout(impl);
  return view;
}

Tensor alias(const Tensor& x) {
  Tensor view = Tensor::adopt(detail::new_view_impl(x.impl()));
  detail::copy_layout(view.impl(), x.impl());
  return view;
}

Tensor expand(const Tensor& x, IntArrayRef sizes) {
  SmallShape strides;
  size_t lead = sizes.size() - static_cast<size_t>(x.dim());
  for (size_t i = 0; i < sizes.size(); ++i) {
    bool broadcast = i < lead || x.sizes()[i - lead] != sizes[i];
    strides.push_back(broadcast ? 0 : x.strides()[i - lead]);
  }
  return alias(x, sizes, strides, x.data_as<char>());
}

bool is_constant(const Tensor& x) {
  const TensorImpl* impl = x.impl();
  for (int i = 0; i < impl->ndim; ++i) {
    if (impl->sizes[i] != 1 && impl->strides[i] != 0) return false;
  }
  return true;
}

bool has_internal_overlap(const Tensor& x) {
  if (x.is_contiguous()) return false;
  // Dims sorted by stride must each step over all that the smaller ones reach.
  const TensorImpl* impl = x.impl();
  SmallShape order;
  for (int i = 0; i < impl->ndim; ++i) {
    if (impl->sizes[i] > 1) order.push_back(i);
  }
  std::sort(order.data(), order.data() + order.size, [&](int64_t a, int64_t b) {
    return impl->strides[a] < impl->strides[b];
  });
  int64_t reach = 0;
  for (int64_t d : IntArrayRef(order)) {
    if (impl->strides[d] <= reach) return true;
    reach += (impl->sizes[d] - 1) * impl->strides[d];
  }
  return false;
}

bool same_elements(const Tensor& a, const Tensor& b) {
  return a.impl()->data == b.impl()->data && a.dtype() == b.dtype() &&
         a.sizes() == b.sizes() && a.strides() == b.strides();
}

bool may_overlap(const Tensor& a, const Tensor& b) {
  if (!a.is_alias_of(b) || a.numel() == 0 || b.numel() == 0) return false;
  auto last = [](const Tensor& x) {
    const TensorImpl* impl = x.impl();
    int64_t elements = 1;
    for (int i = 0; i < impl->ndim; ++i) {
      elements += (impl->sizes[i] - 1) * impl->strides[i];
    }
    return impl->data + elements * x.element_size();
  };
  return a.impl()->data < last(b) && b.impl()->data < last(a);
}

}  // namespace taper::kernels
