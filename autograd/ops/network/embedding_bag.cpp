// Rows of a table, reduced as they are looked up.
#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/embedding.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/bag.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"

namespace taper {
namespace {

using kernels::Bags;

enum Mode : int64_t { kSumBags, kMeanBags, kMaxBags };

Tensor as_long(const Tensor& x) {
  return kernels::contiguous(kernels::cast(x, kLong));
}

// The bags without their padding.
struct Plan {
  Bags bags;
  Tensor places;  // where in the input the rows that count were
  Tensor bag_of;  // the bag of each of them
  Tensor sizes;   // of the bags
};

void check_inputs(const Tensor& weight, const Tensor& indices,
                  const Tensor& offsets, int64_t mode, const Tensor& weights) {
  const char* op = "embedding_bag";
  check_floating(op, weight);
  check(weight.dim() == 2 && indices.dim() == 1,
        "[{}] expected a table and a vector of indices, got shapes {} and {}",
        op, weight.sizes(), indices.sizes());
  check<TypeError>(
      !is_floating(indices.dtype()) && !is_floating(offsets.dtype()),
      "[{}] expected integer indices and offsets, got {} and {}", op,
      indices.dtype(), offsets.dtype());
  check<ValueError>(mode >= kSumBags && mode <= kMaxBags,
                    "[{}] mode must be 0 (sum), 1 (mean) or 2 (max), got {}",
                    op, mode);
  kernels::check_indices(op, indices, weight.size(0));
  if (weights.defined()) {
    check<ValueError>(mode == kSumBags,
                      "[{}] per_sample_weights are for mode sum, got {}", op,
                      mode);
    check(
        weights.sizes() == indices.sizes() && weights.dtype() == weight.dtype(),
        "[{}] expected per_sample_weights {} of {}, got {} of {}", op,
        indices.sizes(), weight.dtype(), weights.sizes(), weights.dtype());
  }
}

// Where the bags start and, at last, end.
std::vector<int64_t> checked_offsets(const Tensor& offsets, int64_t listed,
                                     bool include_last_offset) {
  const char* op = "embedding_bag";
  check(offsets.dim() == 1, "[{}] expected a vector of offsets, got shape {}",
        op, offsets.sizes());
  check(offsets.numel() > 0 || !include_last_offset,
        "[{}] include_last_offset needs at least one offset", op);
  const Tensor flat = as_long(offsets);
  const int64_t* first = flat.data_as<int64_t>();
  std::vector<int64_t> starts(first, first + flat.numel());
  if (!include_last_offset) starts.push_back(listed);
  int64_t before = 0;
  for (const int64_t start : starts) {
    check<ValueError>(start >= before && start <= listed,
                      "[{}] offset {} is not in [{}, {}]", op, start, before,
                      listed);
    before = start;
  }
  check<ValueError>(starts[0] == 0 || offsets.numel() == 0,
                    "[{}] the first offset must be 0, got {}", op, starts[0]);
  return starts;
}

Plan plan_of(const Tensor& indices, const std::vector<int64_t>& offsets,
             std::optional<int64_t> padding_idx) {
  const int64_t* index = indices.data_as<int64_t>();
  const Tensor rows = kernels::empty(indices.sizes(), kLong);
  const Tensor places = kernels::empty(indices.sizes(), kLong);
  const Tensor bag_of = kernels::empty(indices.sizes(), kLong);
  std::vector<int64_t> starts = {0};
  int64_t kept = 0;
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    for (int64_t i = offsets[b]; i < offsets[b + 1]; ++i) {
      if (padding_idx == index[i]) continue;
      rows.data_as<int64_t>()[kept] = index[i];
      places.data_as<int64_t>()[kept] = i;
      bag_of.data_as<int64_t>()[kept++] = static_cast<int64_t>(b);
    }
    starts.push_back(kept);
  }
  const Tensor ends = tensor(starts);
  const int64_t bags = ends.numel() - 1;
  return {{rows.narrow(0, 0, kept), std::move(starts)},
          places.narrow(0, 0, kept),
          own(bag_of.narrow(0, 0, kept)),
          ends.narrow(0, 1, bags) - ends.narrow(0, 0, bags)};
}

// 1 / size of each bag, and 1 for an empty one.
Tensor inverse_sizes(const Plan& plan, ScalarType dtype) {
  return plan.sizes.clamp_min(1).to(dtype).reciprocal();
}

// What the rows are multiplied by.
Tensor scales_of(const Plan& plan, const Tensor& weights, int64_t mode,
                 ScalarType dtype) {
  if (weights.defined()) {
    return index_select(weights.detach(), 0, plan.places);
  }
  if (mode == kSumBags) return kernels::full(plan.places.sizes(), 1, dtype);
  return index_select(inverse_sizes(plan, dtype), 0, plan.bag_of);
}

// How often each row that is listed is.
Tensor uses_of(const Plan& plan, int64_t rows, ScalarType dtype) {
  const Tensor& listed = plan.bags.rows;
  const Tensor once = kernels::full(listed.sizes(), 1, dtype);
  return zeros({rows}, dtype)
      .index_add(0, listed, once)
      .index_select(0, listed);
}

// Sums or means of the rows in `table`, by differentiable operations.
Tensor composed_bags(const Tensor& table, const Tensor& weights,
                     const Plan& plan, int64_t mode, bool scale_grad_by_freq) {
  Tensor rows = embedding(table, plan.bags.rows, -1, scale_grad_by_freq);
  if (weights.defined()) {
    rows = rows * index_select(weights, 0, plan.places).unsqueeze(1);
  }
  Tensor sums = zeros({plan.bags.count(), table.size(1)}, table.dtype())
                    .index_add(0, plan.bag_of, rows);
  if (mode == kSumBags) return sums;
  return sums * inverse_sizes(plan, table.dtype()).unsqueeze(1);
}

Tensor sum_or_mean(const Tensor& table, const Tensor& weights, const Plan& plan,
                   int64_t mode, bool scale_grad_by_freq) {
  const Tensor scales = scales_of(plan, weights, mode, table.dtype());
  Tensor y = kernels::sum_bags(kernels::contiguous(table), plan.bags, scales);
  return record(
      y, "EmbeddingBagBackward0", {&table, &weights},
      [=, table = save(table), weights = save(weights)](
          const Tensor& grad, const InputGrads& grads) {
        if (detail::grad_enabled) {
          composed_backward(grads, {table(), weights()}, grad,
                            [&](const std::vector<Tensor>& in) {
                              return composed_bags(in[0], in[1], plan, mode,
                                                   scale_grad_by_freq);
                            });
          return;
        }
        const Tensor g = kernels::contiguous(grad);
        if (grads.wants(0)) {
          const int64_t rows = table().size(0);
          grads[0] = kernels::zeros(table().sizes(), g.dtype());
          const Tensor s = scale_grad_by_freq
                               ? scales / uses_of(plan, rows, g.dtype())
                               : scales;
          kernels::spread_bags(grads[0], g, plan.bags, s);
        }
        if (grads.wants(1)) {
          const Tensor d =
              kernels::dot_bags(g, kernels::contiguous(table()), plan.bags);
          grads[1] = kernels::zeros(weights().sizes(), g.dtype())
                         .index_copy(0, plan.places, d);
        }
      });
}

Tensor maximum_of(const Tensor& table, const Plan& plan, Tensor& winners) {
  Tensor y = kernels::max_bags(kernels::contiguous(table), plan.bags, winners);
  const Tensor empty = (plan.sizes == 0).unsqueeze(1);
  return record(
      y, "EmbeddingBagBackward0", table,
      [winners, empty, sizes = SmallShape(table.sizes())](const Tensor& grad) {
        return zeros(sizes, grad.dtype())
            .scatter_add(0, winners, where(empty, 0, grad));
      });
}

}  // namespace

std::tuple<Tensor, Tensor, Tensor, Tensor> embedding_bag(
    const Tensor& weight, const Tensor& indices, const Tensor& offsets,
    bool scale_grad_by_freq, int64_t mode, bool,
    const Tensor& per_sample_weights, bool include_last_offset,
    std::optional<int64_t> padding_idx) {
  check_inputs(weight, indices, offsets, mode, per_sample_weights);
  const auto starts =
      checked_offsets(offsets, indices.numel(), include_last_offset);
  const Plan plan =
      plan_of(as_long(indices), starts,
              checked_padding("embedding_bag", padding_idx, weight.size(0)));
  Tensor winners = mode == kMaxBags
                       ? zeros({plan.bags.count(), weight.size(1)}, kLong)
                       : plan.sizes;
  const Tensor table = computed(weight);
  Tensor y = mode == kMaxBags ? maximum_of(table, plan, winners)
                              : sum_or_mean(table, computed(per_sample_weights),
                                            plan, mode, scale_grad_by_freq);
  return {y.to(weight.dtype()), plan.bag_of, plan.sizes, winners};
}

}  // namespace taper
