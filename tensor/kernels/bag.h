// Sums and maxima of the rows of a table that are listed together, in bags, as
// the leaves read the rows: nothing of the size of all rows listed is made.
// D is the length of a row. Values only; float32 and float64.
#pragma once

#include <vector>

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Bag b has the rows (contiguous, valid int64) from starts[b] to starts[b +
/// 1].
struct Bags {
  Tensor rows;
  std::vector<int64_t> starts;

  int64_t count() const { return static_cast<int64_t>(starts.size()) - 1; }
};

/// (bags, D), the sums of scale[k] * table[rows[k]]; the tables and gradients
/// here and below are contiguous, as is `scale`, one per row listed.
Tensor sum_bags(const Tensor& table, const Bags& bags, const Tensor& scale);
/// grad_table[rows[k]] += scale[k] * grad[the bag of k].
void spread_bags(const Tensor& grad_table, const Tensor& grad, const Bags& bags,
                 const Tensor& scale);
/// sum_d grad[the bag of k, d] * table[rows[k], d], one per row listed.
Tensor dot_bags(const Tensor& grad, const Tensor& table, const Bags& bags);
/// (bags, D), the largest of each place, 0 in empty bags; `winners` (bags, D)
/// becomes the rows they are from.
Tensor max_bags(const Tensor& table, const Bags& bags, Tensor& winners);

}  // namespace taper::kernels
