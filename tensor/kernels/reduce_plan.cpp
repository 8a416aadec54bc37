// Sorting dims into reduced and kept ones, and copies where nothing else helps.
#include "taper/tensor/kernels/reduce_plan.h"

#include <algorithm>

#include "taper/tensor/kernels/copy.h"

namespace taper::kernels {
namespace {

struct Axis {
  int64_t size;
  int64_t stride;
  bool reduced;
};

// Neighbouring axes that can be walked as one are merged; at most kMaxDims.
struct Axes {
  Axis list[kMaxDims];
  int count = 0;

  void push(Axis axis) {
    if (count > 0) {
      Axis& last = list[count - 1];
      if (last.reduced == axis.reduced &&
          last.stride == axis.stride * axis.size) {
        last = {last.size * axis.size, axis.stride, axis.reduced};
        return;
      }
    }
    list[count++] = axis;
  }
};

// The dims of x that matter, slowest first: in the order of the shape, or of
// the strides. Broadcast dims go first, where a stride of zero costs nothing.
SmallShape axis_order(const Tensor& x, bool by_stride) {
  SmallShape order;
  const int64_t* stride = x.impl()->strides;
  const auto slower = [&](int64_t a, int64_t b) {
    return stride[b] != 0 && (stride[a] == 0 || stride[a] > stride[b]);
  };
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (x.impl()->sizes[d] == 1) continue;
    order.push_back(d);
    for (int i = order.size - 1;
         by_stride && i > 0 && slower(order[i], order[i - 1]); --i) {
      std::swap(order[i], order[i - 1]);
    }
  }
  return order;
}

Axes merged_axes(const Tensor& x, Dims dims, IntArrayRef order) {
  Axes axes;
  for (int64_t d : order) {
    axes.push({x.impl()->sizes[d], x.impl()->strides[d], has_dim(dims, d)});
  }
  return axes;
}

// Fills the plan from axes of the forms (), R, K, KR, RK and KRK whose last
// stride is 1; says false for any other form.
bool match(ReducePlan& plan, const Axes& axes, bool rows_only) {
  int last = axes.count - 1;
  if (last >= 0 && axes.list[last].stride != 1) return false;
  if (last >= 0 && !axes.list[last].reduced) {
    if (rows_only) return false;
    plan.inner = axes.list[last--].size;
  }
  if (last >= 0 && axes.list[last].reduced) {
    plan.count = axes.list[last].size;
    plan.count_stride = axes.list[last--].stride;
  }
  if (last >= 0 && !axes.list[last].reduced) {
    plan.outer = axes.list[last].size;
    plan.outer_stride = axes.list[last--].stride;
  }
  return last < 0;
}

bool plan_in_order(ReducePlan& plan, Dims dims, const SmallShape& order,
                   bool rows_only) {
  ReducePlan attempt;
  if (!match(attempt, merged_axes(plan.x, dims, order), rows_only)) {
    return false;
  }
  attempt.x = std::move(plan.x);
  for (int64_t d : IntArrayRef(order)) {
    if (!has_dim(dims, d)) attempt.order.push_back(d);
  }
  plan = std::move(attempt);
  return true;
}

// A copy whose elements that are reduced together lie together.
void plan_copy(ReducePlan& plan, Dims dims) {
  const Tensor& x = plan.x;
  SmallShape sizes, strides;
  for (bool reduced : {false, true}) {
    for (int64_t d = 0; d < x.dim(); ++d) {
      if (has_dim(dims, d) != reduced) continue;
      sizes.push_back(x.impl()->sizes[d]);
      strides.push_back(x.impl()->strides[d]);
      if (!reduced) plan.order.push_back(d);
    }
  }
  plan.count = reduced_numel(x, dims);
  plan.outer = x.numel() / plan.count;
  plan.outer_stride = plan.count;
  plan.x = clone(alias(x, sizes, strides, x.data_as<char>()));
}

}  // namespace

SmallShape reduced_shape(const Tensor& x, Dims dims, bool keepdim) {
  SmallShape shape;
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (!has_dim(dims, d)) {
      shape.push_back(x.impl()->sizes[d]);
    } else if (keepdim) {
      shape.push_back(1);
    }
  }
  return shape;
}

int64_t reduced_numel(const Tensor& x, Dims dims) {
  int64_t n = 1;
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (has_dim(dims, d)) n *= x.impl()->sizes[d];
  }
  return n;
}

void divide_by(Tensor& y, double n) {
  visit_floating(y.dtype(), [&]<class T>(T) {
    T* p = y.data_as<T>();
    for (int64_t i = 0; i < y.numel(); ++i) p[i] /= static_cast<T>(n);
  });
}

bool walks_in_order(const Tensor& x, Dims dims, bool rows_only) {
  ReducePlan plan;
  return match(plan, merged_axes(x, dims, axis_order(x, false)), rows_only);
}

ReducePlan plan_reduction(const Tensor& x, Dims dims, Terms terms,
                          bool rows_only) {
  ReducePlan plan;
  plan.x = x;
  if (x.is_contiguous() && dims == every_dim(x)) {
    plan.count = x.numel();
    return plan;
  }
  const auto in_order = [&](bool by_stride) {
    return plan_in_order(plan, dims, axis_order(plan.x, by_stride), rows_only);
  };
  if (in_order(false)) return plan;
  if (terms == Terms::kInAnyOrder || dims == every_dim(x)) {
    if (in_order(true)) return plan;
  } else if (!x.is_contiguous()) {
    plan.x = contiguous(x);
    if (in_order(false)) return plan;
  }
  plan_copy(plan, dims);
  return plan;
}

ReduceResult::ReduceResult(const ReducePlan& plan, const Tensor& x, Dims dims,
                           bool keepdim, ScalarType dtype)
    : order_(plan.order),
      sizes_(x.sizes()),
      ndim_(static_cast<int>(x.dim())),
      keepdim_(keepdim),
      dims_(dims) {
  flat_ = empty(reduced_shape(x, dims, keepdim), dtype);
}

Tensor ReduceResult::in_order() const {
  if (std::is_sorted(order_.data(), order_.data() + order_.size)) return flat_;
  int64_t stride_of[kMaxDims] = {};
  int64_t stride = 1;
  for (int i = order_.size - 1; i >= 0; --i) {
    stride_of[order_[i]] = stride;
    stride *= sizes_[static_cast<int>(order_[i])];
  }
  SmallShape strides;
  for (int d = 0; d < ndim_; ++d) {
    if (!has_dim(dims_, d) || keepdim_) strides.push_back(stride_of[d]);
  }
  return contiguous(
      alias(flat_, flat_.sizes(), strides, flat_.data_as<char>()));
}

}  // namespace taper::kernels
