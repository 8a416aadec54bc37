// Attention with several heads: projections, masks, and what is added to keys
// and values. L queries, S keys, N the batch size, E the size of the embedding.
#include "taper/nn/functional/attention.h"

#include <cmath>
#include <limits>
#include <vector>

#include "taper/autograd/ops.h"

namespace taper::nn::functional {
namespace {

using Options = MultiheadAttentionForwardFuncOptions;

constexpr const char* kName = "multi_head_attention_forward";

struct Projected {
  Tensor q, k, v;
};

void check_inputs(const Tensor& q, const Tensor& k, const Tensor& v,
                  const Options& o) {
  check((q.dim() == 3 || q.dim() == 2) && k.dim() == q.dim() &&
            v.dim() == q.dim(),
        "[{}] expected query, key and value (length, N, size) or (length, "
        "size), got shapes {}, {} and {}",
        kName, q.sizes(), k.sizes(), v.sizes());
  check(q.size(-1) == o.embed_dim_to_check(),
        "[{}] expected a query of size {}, got shape {}", kName,
        o.embed_dim_to_check(), q.sizes());
  check(k.size(0) == v.size(0) && (q.dim() == 2 || (k.size(1) == q.size(1) &&
                                                    v.size(1) == q.size(1))),
        "[{}] lengths of key and value or batch sizes differ: query {}, key "
        "{}, value {}",
        kName, q.sizes(), k.sizes(), v.sizes());
  check<ValueError>(
      o.num_heads() > 0 && o.embed_dim_to_check() % o.num_heads() == 0,
      "[{}] embed_dim {} cannot be divided into {} heads", kName,
      o.embed_dim_to_check(), o.num_heads());
  check<ValueError>(o.bias_k().defined() == o.bias_v().defined(),
                    "[{}] bias_k and bias_v go together", kName);
  check<ValueError>(!o.bias_k().defined() ||
                        (!o.static_k().defined() && !o.static_v().defined()),
                    "[{}] bias_k and bias_v cannot be added to static keys and "
                    "values",
                    kName);
}

// One matrix product where operands are the same.
Projected project(const Tensor& q, const Tensor& k, const Tensor& v,
                  const Options& o) {
  const int64_t e = o.embed_dim_to_check();
  const Tensor &weight = o.in_proj_weight(), &bias = o.in_proj_bias();
  const auto part = [](const Tensor& x, int64_t begin, int64_t length) {
    return x.defined() ? x.narrow(0, begin, length) : x;
  };
  if (o.use_separate_proj_weight()) {
    return {linear(q, o.q_proj_weight(), part(bias, 0, e)),
            linear(k, o.k_proj_weight(), part(bias, e, e)),
            linear(v, o.v_proj_weight(), part(bias, 2 * e, e))};
  }
  if (k.is_same(v) && q.is_same(k)) {
    const std::vector<Tensor> all = linear(q, weight, bias).chunk(3, -1);
    return {all[0], all[1], all[2]};
  }
  const Tensor query = linear(q, part(weight, 0, e), part(bias, 0, e));
  if (k.is_same(v)) {
    const std::vector<Tensor> both =
        linear(k, part(weight, e, 2 * e), part(bias, e, 2 * e)).chunk(2, -1);
    return {query, both[0], both[1]};
  }
  return {query, linear(k, part(weight, e, e), part(bias, e, e)),
          linear(v, part(weight, 2 * e, e), part(bias, 2 * e, e))};
}

// x (length, N, E) as (N, heads, length, E / heads).
Tensor heads_of(const Tensor& x, int64_t heads) {
  return x.unflatten(-1, {heads, x.size(-1) / heads}).permute({1, 2, 0, 3});
}

// The keys or values by heads: those given as they are, or x and its bias.
Tensor all_heads(Tensor x, const Tensor& given, const Tensor& bias,
                 const Options& o) {
  const int64_t n = x.size(1), heads = o.num_heads();
  if (given.defined()) {
    check(given.dim() == 3 && given.size(0) == n * heads &&
              given.size(2) == x.size(2) / heads,
          "[{}] static_k and static_v must have shape ({}, S, {}), got {}",
          kName, n * heads, x.size(2) / heads, given.sizes());
    x = given.unflatten(0, {n, heads});
  } else {
    if (bias.defined()) x = cat({x, bias.expand({1, n, x.size(2)})});
    x = heads_of(x, heads);
  }
  if (!o.add_zero_attn()) return x;
  return cat({x, zeros_like(x.narrow(2, 0, 1))}, 2);
}

// What is added to scores, in `dtype`, with zeros for keys added at the end.
Tensor additive(const Tensor& mask, ScalarType dtype, int64_t keys,
                const char* name) {
  check<TypeError>(mask.dtype() == kBool || mask.is_floating_point(),
                   "[{}] {} must be bool or floating, got {}", kName, name,
                   mask.dtype());
  Tensor added =
      mask.dtype() == kBool
          ? zeros(mask.sizes(), dtype)
                .masked_fill(mask, -std::numeric_limits<double>::infinity())
          : mask.to(dtype);
  std::vector<int64_t> more = mask.sizes().vec();
  more.back() = keys - more.back();
  return more.back() > 0 ? cat({added, zeros(more, dtype)}, -1) : added;
}

// The sum of both masks, so that it broadcasts to (N, heads, L, S). `added` of
// the keys are not in the masks.
Tensor joint_mask(const Tensor& q, const Tensor& k, int64_t added,
                  const Options& o) {
  const int64_t n = q.size(0), heads = q.size(1), length = q.size(2),
                keys = k.size(2);
  Tensor mask;
  if (const Tensor& own = o.attn_mask(); own.defined()) {
    const std::vector<int64_t> matrix = {length, keys - added};
    const std::vector<int64_t> each = {n * heads, length, keys - added};
    check(own.sizes() == matrix || own.sizes() == each,
          "[{}] attn_mask must have shape {} or {}, got {}", kName,
          IntArrayRef(matrix), IntArrayRef(each), own.sizes());
    mask = additive(own, q.dtype(), keys, "attn_mask");
    if (mask.dim() == 3) mask = mask.unflatten(0, {n, heads});
  }
  if (const Tensor& own = o.key_padding_mask(); own.defined()) {
    check(own.sizes() == IntArrayRef({n, keys - added}),
          "[{}] key_padding_mask must have shape {}, got {}", kName,
          IntArrayRef({n, keys - added}), own.sizes());
    const Tensor padding = additive(own, q.dtype(), keys, "key_padding_mask")
                               .view({n, 1, 1, keys});
    mask = mask.defined() ? mask + padding : padding;
  }
  return mask;
}

}  // namespace

std::tuple<Tensor, Tensor> multi_head_attention_forward(const Tensor& query,
                                                        const Tensor& key,
                                                        const Tensor& value,
                                                        const Options& o) {
  check_inputs(query, key, value, o);
  if (query.dim() == 2) {
    const Tensor q = query.unsqueeze(1);
    const Tensor k = key.is_same(query) ? q : key.unsqueeze(1);
    const Tensor v = value.is_same(key) ? k : value.unsqueeze(1);
    Options batched = o;
    if (o.key_padding_mask().defined()) {
      batched.key_padding_mask(o.key_padding_mask().unsqueeze(0));
    }
    const auto [y, weights] = multi_head_attention_forward(q, k, v, batched);
    return {y.squeeze(1), weights.defined() ? weights.squeeze(0) : weights};
  }
  const Projected p = project(query, key, value, o);
  const Tensor q = heads_of(p.q, o.num_heads());
  const Tensor k = all_heads(p.k, o.static_k(), o.bias_k(), o);
  const Tensor v = all_heads(p.v, o.static_v(), o.bias_v(), o);
  const Tensor mask =
      joint_mask(q, k, int{o.bias_k().defined()} + int{o.add_zero_attn()}, o);
  const double dropout_p = o.training() ? o.dropout_p() : 0;
  Tensor y, weights;
  if (o.need_weights()) {
    Tensor scores = matmul(q / std::sqrt(q.size(-1)), k.transpose(-2, -1));
    if (mask.defined()) scores = scores + mask;
    weights = taper::dropout(softmax(scores, -1), dropout_p, true);
    y = matmul(weights, v);
    if (o.average_attn_weights()) weights = weights.mean(1);
  } else {
    y = scaled_dot_product_attention(q, k, v, mask, dropout_p);
  }
  y = y.permute({2, 0, 1, 3}).flatten(2);
  return {linear(y, o.out_proj_weight(), o.out_proj_bias()), weights};
}

}  // namespace taper::nn::functional
