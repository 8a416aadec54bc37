// Scans of rows, and the products that their backwards need.
#include "taper/tensor/kernels/scan.h"

#include "taper/tensor/kernels/rows_along.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

Tensor scan(const char* op, const PerType<ReduceTable::Row>& leaf,
            const Tensor& x, int64_t dim) {
  if (is_narrow(x)) return accumulated(scan(op, leaf, widened(x), dim), x);
  const profiler::OpScope scope(op, x);
  return map_along(dim, accumulated_type(x.dtype()), leaf[index_of(x.dtype())],
                   x);
}

// y[i] *= product of x[j], j < i (or j > i), accumulated in double.
template <class T>
void times_product_before(T* y, const T* x, int64_t n) {
  double product = 1;
  for (int64_t i = 0; i < n; ++i) {
    y[i] = static_cast<T>(static_cast<double>(y[i]) * product);
    product *= static_cast<double>(x[i]);
  }
}

template <class T>
void product_after(T* y, const T* x, int64_t n) {
  double product = 1;
  for (int64_t i = n - 1; i >= 0; --i) {
    y[i] = static_cast<T>(product);
    product *= static_cast<double>(x[i]);
  }
}

// y[k] = sum over i >= k of g[i] * product of x[j], k < j <= i, as Horner's
// rule: y[k] = g[k] + x[k + 1] * y[k + 1].
template <class T>
void weighted_products_after(T* y, const T* g, const T* x, int64_t n) {
  double sum = 0;
  for (int64_t i = n - 1; i >= 0; --i) {
    sum = static_cast<double>(g[i]) +
          (i + 1 < n ? static_cast<double>(x[i + 1]) * sum : 0.0);
    y[i] = static_cast<T>(sum);
  }
}

}  // namespace

Tensor cumsum(const Tensor& x, int64_t dim) {
  return scan("cumsum", reduce_table->cumsum, x, dim);
}

Tensor cumprod(const Tensor& x, int64_t dim) {
  return scan("cumprod", reduce_table->cumprod, x, dim);
}

Tensor cumprod_backward(const Tensor& g, const Tensor& x, int64_t dim) {
  if (is_narrow(x)) {
    return cast(cumprod_backward(widened(g), widened(x), dim), x.dtype());
  }
  const profiler::OpScope scope("cumprod_backward", g, x);
  return visit_floating(x.dtype(), [&]<class T>(T) {
    const auto row = [](T* y, const T* from, const T* in, int64_t n) {
      weighted_products_after(y, from, in, n);
      times_product_before(y, in, n);
    };
    return map_along<T>(dim, x.dtype(), row, g, x);
  });
}

Tensor prod_of_others(const Tensor& x, int64_t dim) {
  if (is_narrow(x)) return cast(prod_of_others(widened(x), dim), x.dtype());
  const profiler::OpScope scope("prod_backward", x);
  return visit_floating(x.dtype(), [&]<class T>(T) {
    const auto row = [](T* y, const T* in, int64_t n) {
      product_after(y, in, n);
      times_product_before(y, in, n);
    };
    return map_along<T>(dim, x.dtype(), row, x);
  });
}

}  // namespace taper::kernels
