// Losses of several classes that ask for a margin between scores.
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/shape.h"

namespace taper {
namespace {

// x as (N, C), after a check of it and of the range of its targets.
Tensor rows_of(const char* op, const Tensor& x, const Tensor& target,
               int64_t least) {
  check_floating(op, x);
  check<TypeError>(target.dtype() == kLong,
                   "[{}] expected int64 targets, got {}", op, target.dtype());
  const int64_t classes = x.dim() == 0 ? 1 : x.size(-1);
  check(x.dim() <= 2 && classes > 0,
        "[{}] expected scores (N, C) or (C), got shape {}", op, x.sizes());
  if (target.numel() > 0) {
    const auto low = target.min().item<int64_t>();
    const auto high = target.max().item<int64_t>();
    check<IndexError>(low >= least && high < classes,
                      "[{}] targets from {} to {} are not in [{}, {}]", op, low,
                      high, least, classes - 1);
  }
  return x.dim() == 2 ? x : x.reshape({1, classes});
}

}  // namespace

Tensor multi_margin_loss(const Tensor& x, const Tensor& target, const Scalar& p,
                         const Scalar& margin, const Tensor& weight,
                         int64_t reduction) {
  const char* op = "multi_margin_loss";
  const double power = p.to_double();
  check<ValueError>(power == 1 || power == 2, "[{}] p must be 1 or 2, got {}",
                    op, power);
  const Tensor rows = rows_of(op, x, target, 0);
  const int64_t n = rows.size(0), classes = rows.size(1);
  check(target.dim() <= 1 && target.numel() == n,
        "[{}] scores of shape {} need {} targets, got shape {}", op, x.sizes(),
        n, target.sizes());
  check(!weight.defined() || weight.sizes() == IntArrayRef({classes}),
        "[{}] weight must have shape ({},), got {}", op, classes,
        weight.defined() ? weight.sizes() : IntArrayRef());
  const Tensor place = target.reshape({n, 1});
  const Tensor others = scatter(ones({n, classes}, kBool), 1, place, 0);
  // Masked first: infinity less itself is nan.
  const Tensor excess = rows - rows.gather(1, place) + margin;
  Tensor terms = hinge(where(others, excess, -1), false);
  if (power == 2) terms = terms.square();
  if (weight.defined()) terms = terms * weight.index({place});
  const Tensor losses = terms.sum(1) / classes;
  return reduce_loss(op, own(losses.reshape(target.sizes())), reduction);
}

Tensor multilabel_margin_loss(const Tensor& x, const Tensor& target,
                              int64_t reduction) {
  const char* op = "multilabel_margin_loss";
  check(x.sizes() == target.sizes(),
        "[{}] input shape {} and target shape {} differ", op, x.sizes(),
        target.sizes());
  const Tensor rows = rows_of(op, x, target, -1);
  const int64_t n = rows.size(0), classes = rows.size(1);
  // The places of a list up to its end, and not more of them than needed.
  const Tensor list = target.reshape(rows.sizes());
  Tensor listed = (list < 0).cumsum(1) == 0;
  const int64_t longest = n == 0 ? 0 : listed.sum(1).max().item<int64_t>();
  listed = listed.narrow(1, 0, longest);
  const Tensor places = where(listed, list.narrow(1, 0, longest), 0);
  const Tensor uses =
      zeros({n, classes}, kLong).scatter_add(1, places, listed.to(kLong));
  const Tensor counted =
      listed.unsqueeze(2).logical_and((uses == 0).unsqueeze(1));
  const Tensor excess =
      rows.unsqueeze(1) - rows.gather(1, places).unsqueeze(2) + 1;
  const Tensor terms = hinge(where(counted, excess, -1), false);
  const Tensor losses = terms.sum({1, 2}) / classes;
  return reduce_loss(op, x.dim() == 2 ? losses : own(losses.squeeze(0)),
                     reduction);
}

Tensor multilabel_soft_margin_loss(const Tensor& x, const Tensor& target,
                                   const Tensor& weight, int64_t reduction) {
  const char* op = "multilabel_soft_margin_loss";
  check(x.dim() > 0, "[{}] expected at least one dim", op);
  const Tensor losses =
      binary_cross_entropy_with_logits(x, target, weight, {}, Reduction::None);
  return reduce_loss(op, losses.mean(-1), reduction);
}

}  // namespace taper
