// Rows are sorted as pairs of a value and its position.
#include "taper/tensor/kernels/sort.h"

#include <algorithm>

#include "taper/tensor/kernels/rows_along.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

template <class T>
struct Item {
  T value;
  int64_t index;
};

// Equal values are told apart by their index, so that any sort is stable; nan
// is above all numbers.
template <class T, bool descending>
struct Before {
  bool operator()(const Item<T>& a, const Item<T>& b) const {
    if (a.value < b.value) return !descending;
    if (b.value < a.value) return descending;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    return a_nan == b_nan ? a.index < b.index : b_nan != descending;
  }
};

// The best k in a heap with the worst of them on top, which most elements of a
// long row do not beat.
template <class T, class Order>
void pick_few(Item<T>* items, const T* x, int64_t n, int64_t k, Order before) {
  for (int64_t i = 0; i < k; ++i) items[i] = {x[i], i};
  std::make_heap(items, items + k, before);
  for (int64_t i = k; i < n; ++i) {
    const Item<T> item = {x[i], i};
    if (!before(item, items[0])) continue;
    std::pop_heap(items, items + k, before);
    items[k - 1] = item;
    std::push_heap(items, items + k, before);
  }
  std::sort_heap(items, items + k, before);
}

template <class T, class Order>
void sort_row(Item<T>* items, const T* x, int64_t n, int64_t k, Order before) {
  if (16 * k < n) return pick_few(items, x, n, k, before);
  for (int64_t i = 0; i < n; ++i) items[i] = {x[i], i};
  if (k < n) std::nth_element(items, items + k, items + n, before);
  std::sort(items, items + k, before);
}

template <class T>
void sort_rows(Tensor& values, Tensor& indices, const Tensor& rows, int64_t k,
               bool descending) {
  const int64_t n = rows.size(-1);
  const int64_t grain = 1 + kReduceGrain / 16 / n;
  const auto run = [&](int64_t begin, int64_t end) {
    const Scratch scratch(n * static_cast<int64_t>(sizeof(Item<T>)));
    auto* items = scratch.as<Item<T>>();
    for (int64_t r = begin; r < end; ++r) {
      const T* x = rows.data_as<T>() + r * n;
      if (descending) {
        sort_row(items, x, n, k, Before<T, true>{});
      } else {
        sort_row(items, x, n, k, Before<T, false>{});
      }
      for (int64_t i = 0; i < k; ++i) {
        values.data_as<T>()[r * k + i] = items[i].value;
        indices.data_as<int64_t>()[r * k + i] = items[i].index;
      }
    }
  };
  parallel_for(0, rows.numel() / n, grain, run);
}

}  // namespace

std::pair<Tensor, Tensor> sort_first(const Tensor& x, int64_t k, int64_t dim,
                                     bool descending) {
  if (is_narrow(x)) {
    auto [values, indices] = sort_first(widened(x), k, dim, descending);
    return {cast(values, x.dtype()), indices};
  }
  const profiler::OpScope scope("sort", x);
  const Tensor rows = dim_to_end(x, dim);
  SmallShape sizes(rows.sizes());
  sizes[sizes.size - 1] = k;
  Tensor values = empty(sizes, x.dtype());
  Tensor indices = empty(sizes, kLong);
  if (values.numel() != 0) {
    visit_computed(x.dtype(), [&]<class T>(T) {
      sort_rows<T>(values, indices, rows, k, descending);
    });
  }
  // A 0-d tensor has become one row of length 1, and k is 1 (or 0).
  if (x.dim() == 0 && k == 0) return {values, indices};
  return {end_to_dim(values, dim, x.dim()), end_to_dim(indices, dim, x.dim())};
}

}  // namespace taper::kernels
