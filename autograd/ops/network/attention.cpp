// Attention: a fused kernel, and the same composed of differentiable ops for
// gradients of gradients and for what the kernel does not take.
#include "taper/tensor/kernels/attention.h"

#include <cmath>
#include <limits>
#include <utility>

#include "taper/autograd/composed.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/linalg/linalg.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/shape.h"

namespace taper {
namespace {

constexpr const char* kName = "scaled_dot_product_attention";
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

void check_operands(const Tensor& q, const Tensor& k, const Tensor& v) {
  check_floating(kName, q);
  check<TypeError>(q.dtype() == k.dtype() && q.dtype() == v.dtype(),
                   "[{}] query, key and value must have one dtype, got {}, {} "
                   "and {}",
                   kName, q.dtype(), k.dtype(), v.dtype());
  check(q.dim() >= 2 && k.dim() >= 2 && v.dim() >= 2,
        "[{}] expected query, key and value of at least 2 dims, got shapes {}, "
        "{} and {}",
        kName, q.sizes(), k.sizes(), v.sizes());
  check(q.size(-1) == k.size(-1) && k.size(-2) == v.size(-2),
        "[{}] expected query (..., L, E), key (..., S, E) and value (..., S, "
        "V), got {}, {} and {}",
        kName, q.sizes(), k.sizes(), v.sizes());
}

// x with every head repeated, so that it has as many as the query.
Tensor shared_heads(const Tensor& x, const Tensor& query) {
  check(x.dim() >= 3 && query.dim() >= 3 && x.size(-3) > 0 &&
            query.size(-3) % x.size(-3) == 0,
        "[{}] the heads of key and value must divide those of the query, got "
        "shapes {} and {}",
        kName, x.sizes(), query.sizes());
  const int64_t times = query.size(-3) / x.size(-3);
  return times == 1 ? x : repeat_interleave(x, times, -3);
}

SmallShape with_last(SmallShape batch, int64_t rows, int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

// The dims before the last two.
IntArrayRef leading(const Tensor& x) {
  return x.sizes().slice(0, static_cast<size_t>(x.dim() - 2));
}

// What is added to scores of the shape; undefined if nothing is.
Tensor additive(const Tensor& mask, const SmallShape& shape, ScalarType dtype) {
  if (!mask.defined()) return mask;
  check<TypeError>(mask.dtype() == kBool || mask.is_floating_point(),
                   "[{}] attn_mask must be bool or floating, got {}", kName,
                   mask.dtype());
  check(is_expandable(mask.sizes(), shape),
        "[{}] attn_mask of shape {} does not broadcast to {}", kName,
        mask.sizes(), IntArrayRef(shape));
  if (mask.dtype() != kBool) return mask.to(dtype);
  return zeros(mask.sizes(), dtype)
      .masked_fill(mask.logical_not(), kMinusInfinity);
}

// The weights of the values, 0 throughout where a query sees no key.
Tensor composed_weights(const Tensor& query, const Tensor& key,
                        const kernels::Attention& a) {
  Tensor scores = matmul(query * a.scale, key.transpose(-2, -1));
  if (a.mask.defined()) scores = scores + a.mask;
  if (a.causal) {
    const IntArrayRef sizes = scores.sizes().slice(leading(scores).size(), 2);
    scores = scores + full(sizes, kMinusInfinity, scores.dtype()).triu(1);
  }
  if (!a.mask.defined()) return softmax(scores, -1);
  const Tensor blind = scores.eq(kMinusInfinity).all(-1, /*keepdim=*/true);
  return softmax(scores.masked_fill(blind, 0), -1).masked_fill(blind, 0);
}

Tensor composed(const Tensor& query, const Tensor& key, const Tensor& value,
                const kernels::Attention& a) {
  Tensor weights = composed_weights(query, key, a);
  if (a.keep_probability < 1) {
    const Tensor keep = kernels::kept_weights(a, weights.sizes());
    weights = weights * (keep.to(weights.dtype()) / a.keep_probability);
  }
  return matmul(weights, value);
}

// Whether the kernel takes the operands.
bool is_fused(const kernels::Attention& a) {
  return a.query.numel() > 0 && a.key.numel() > 0 && a.value.numel() > 0 &&
         !needs_grad(a.mask);
}

// The mask in the shape of the scores, with contiguous rows.
Tensor expanded_mask(const Tensor& mask, const SmallShape& shape) {
  if (!mask.defined()) return mask;
  SmallShape own(mask.sizes());
  if (own.size > 0) own[own.size - 1] = shape[shape.size - 1];
  Tensor rows = mask.expand(own);
  if (own.size == 0 || rows.stride(-1) != 1) rows = rows.contiguous();
  return rows.expand(shape);
}

Tensor fused(kernels::Attention a, const SmallShape& scores) {
  a.mask = expanded_mask(a.mask, scores);
  const Tensor q = a.query, k = a.key, v = a.value, mask = a.mask;
  kernels::AttentionResult r = kernels::attention(a);
  Tensor y = r.out;
  a.query = a.key = a.value = a.mask = r.out = Tensor();
  return record(
      y, "ScaledDotProductFlashAttentionForCpuBackward0", {&q, &k, &v},
      [q = save(q), k = save(k), v = save(v), mask = save(mask),
       y = save_output(y), a = std::move(a),
       r = std::move(r)](const Tensor& grad, const InputGrads& grads) {
        kernels::Attention all = a;
        all.mask = mask();
        if (detail::grad_enabled) {
          return composed_backward(grads, {q(), k(), v()}, grad,
                                   [all](const std::vector<Tensor>& in) {
                                     return composed(in[0], in[1], in[2], all);
                                   });
        }
        all.query = q();
        all.key = k();
        all.value = v();
        const kernels::AttentionGrads g = kernels::attention_backward(
            all, {y(), r.top, r.factor},
            grad.stride(-1) == 1 ? grad : kernels::contiguous(grad));
        grads[0] = g.query;
        grads[1] = g.key;
        grads[2] = g.value;
      });
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key,
                                    const Tensor& value,
                                    const std::optional<Tensor>& attn_mask,
                                    double dropout_p, bool is_causal,
                                    std::optional<double> scale,
                                    bool enable_gqa) {
  check_operands(query, key, value);
  check<ValueError>(dropout_p >= 0 && dropout_p <= 1,
                    "[{}] dropout_p must lie in [0, 1], got {}", kName,
                    dropout_p);
  if (kernels::is_narrow(query)) {
    return scaled_dot_product_attention(computed(query), computed(key),
                                        computed(value), attn_mask, dropout_p,
                                        is_causal, scale, enable_gqa)
        .to(query.dtype());
  }
  const Tensor k = enable_gqa ? shared_heads(key, query) : key;
  const Tensor v = enable_gqa ? shared_heads(value, query) : value;
  const SmallShape batch = broadcast_shapes(
      kName, broadcast_shapes(kName, leading(query), leading(k)), leading(v));
  const SmallShape scores = with_last(batch, query.size(-2), k.size(-2));
  kernels::Attention a = {
      .query = query.expand(with_last(batch, query.size(-2), query.size(-1))),
      .key = k.expand(with_last(batch, k.size(-2), k.size(-1))),
      .value = v.expand(with_last(batch, v.size(-2), v.size(-1))),
      .mask = additive(attn_mask.value_or(Tensor()), scores, query.dtype()),
      .scale =
          scale.value_or(1 / std::sqrt(static_cast<double>(query.size(-1)))),
      .causal = is_causal};
  // As in PyTorch there are no draws for 0 and 1.
  if (dropout_p > 0 && dropout_p < 1) kernels::drop_weights(a, dropout_p);
  const Tensor y = is_fused(a) ? fused(std::move(a), scores)
                               : composed(a.query, a.key, a.value, a);
  return dropout_p == 1 ? y * 0 : y;
}

}  // namespace taper
