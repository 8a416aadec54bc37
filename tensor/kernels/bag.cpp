// Bags are shared between threads, or columns where several bags may have the
// same row.
#include "taper/tensor/kernels/bag.h"

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Elements that are worth a thread.
constexpr int64_t kGrain = 32768;

// Calls body(bag, place in the list, row) for all of [begin, end).
template <class Body>
void for_each_row(const Bags& bags, int64_t begin, int64_t end,
                  const Body& body) {
  const int64_t* rows = bags.rows.data_as<int64_t>();
  for (int64_t b = begin; b < end; ++b) {
    const int64_t last = bags.starts[static_cast<size_t>(b) + 1];
    for (int64_t k = bags.starts[static_cast<size_t>(b)]; k < last; ++k) {
      body(b, k, rows[k]);
    }
  }
}

// body(bag, place in the list, elements of the row) for all, on several
// threads, for bodies that write to their bag alone.
template <class T, class Body>
void share_bags(const Bags& bags, const Tensor& table, const Body& body) {
  const int64_t n = table.size(1);
  const int64_t bag = (1 + bags.rows.numel() / (1 + bags.count())) * n;
  const T* rows = table.data_as<T>();
  parallel_for(
      0, bags.count(), 1 + kGrain / (1 + bag), [&](int64_t begin, int64_t end) {
        for_each_row(bags, begin, end, [&](int64_t b, int64_t k, int64_t row) {
          body(b, k, rows + row * n, row);
        });
      });
}

}  // namespace

Tensor sum_bags(const Tensor& table, const Bags& bags, const Tensor& scale) {
  const profiler::OpScope scope("embedding_bag", table);
  const int64_t n = table.size(1);
  Tensor y = zeros({bags.count(), n}, table.dtype());
  const Scaled add = elementwise_table->add_scaled[index_of(table.dtype())];
  visit_floating(table.dtype(), [&]<class T>(T) {
    share_bags<T>(bags, table,
                  [&](int64_t b, int64_t k, const T* row, int64_t) {
                    T* to = y.data_as<T>() + b * n;
                    add(to, to, row, scale.data_as<T>()[k], n, false, false);
                  });
  });
  return y;
}

void spread_bags(const Tensor& grad_table, const Tensor& grad, const Bags& bags,
                 const Tensor& scale) {
  const profiler::OpScope scope("embedding_bag_backward", grad);
  const int64_t n = grad.size(1);
  const Scaled add = elementwise_table->add_scaled[index_of(grad.dtype())];
  const int64_t grain = 1 + kGrain / (1 + bags.rows.numel());
  visit_floating(grad.dtype(), [&]<class T>(T) {
    parallel_for(
        0, n, grain < 64 ? 64 : grain, [&](int64_t begin, int64_t end) {
          for_each_row(bags, 0, bags.count(),
                       [&](int64_t b, int64_t k, int64_t row) {
                         T* to = grad_table.data_as<T>() + row * n + begin;
                         add(to, to, grad.data_as<T>() + b * n + begin,
                             scale.data_as<T>()[k], end - begin, false, false);
                       });
        });
  });
}

Tensor dot_bags(const Tensor& grad, const Tensor& table, const Bags& bags) {
  const int64_t n = table.size(1);
  Tensor y = zeros({bags.rows.numel()}, table.dtype());
  visit_floating(table.dtype(), [&]<class T>(T) {
    const auto dot = reduce_table->dot.whole[index_of(table.dtype())];
    share_bags<T>(bags, table,
                  [&](int64_t b, int64_t k, const T* row, int64_t) {
                    y.data_as<T>()[k] =
                        static_cast<T>(dot(grad.data_as<T>() + b * n, row, n));
                  });
  });
  return y;
}

Tensor max_bags(const Tensor& table, const Bags& bags, Tensor& winners) {
  const profiler::OpScope scope("embedding_bag", table);
  const int64_t n = table.size(1);
  Tensor y = zeros({bags.count(), n}, table.dtype());
  visit_floating(table.dtype(), [&]<class T>(T) {
    share_bags<T>(bags, table,
                  [&](int64_t b, int64_t k, const T* from, int64_t row) {
                    T* best = y.data_as<T>() + b * n;
                    int64_t* winner = winners.data_as<int64_t>() + b * n;
                    const bool first = k == bags.starts[static_cast<size_t>(b)];
                    for (int64_t d = 0; d < n; ++d) {
                      const bool wins = first || from[d] > best[d];
                      best[d] = wins ? from[d] : best[d];
                      winner[d] = wins ? row : winner[d];
                    }
                  });
  });
  return y;
}

}  // namespace taper::kernels
