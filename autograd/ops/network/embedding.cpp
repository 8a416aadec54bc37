// Rows of a table by their numbers, and numbers as one-hot rows.
#include <limits>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/network/embedding.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

void check_rows(const char* op, const Tensor& weight, const Tensor& indices) {
  check(weight.dim() == 2, "[{}] the weight must have 2 dims, got shape {}", op,
        weight.sizes());
  check_index_type(op, indices);
  kernels::check_indices(op, indices, weight.sizes()[0]);
}

// The gradient divided by how often its row occurs among `rows` of a table. It
// is no derivative, so that its own is that of no division, as in PyTorch.
Tensor divide_by_uses(const Tensor& grad, const Picked& picked, int64_t rows) {
  const Tensor once = ones(picked.positions.sizes(), grad.dtype());
  const Tensor uses = unpick(once, rows, picked);
  Tensor d = grad.detach() / uses.index({picked.positions}).unsqueeze(-1);
  return record(d, "DivBackward0", grad, pass_grad);
}

}  // namespace

Tensor embedding(const Tensor& weight, const Tensor& indices,
                 int64_t padding_idx, bool scale_grad_by_freq, bool) {
  check_rows("embedding", weight, indices);
  const Picked picked{0, 1, kernels::contiguous(kernels::cast(indices, kLong))};
  if (padding_idx < 0 && !scale_grad_by_freq) {
    return pick("EmbeddingBackward0", weight, picked);
  }
  SmallShape shape(indices.sizes());
  shape.push_back(weight.sizes()[1]);
  Tensor y = kernels::pick(weight, picked, shape);
  return record(
      y, "EmbeddingBackward0", weight,
      [sizes = SmallShape(weight.sizes()), positions = save(picked.positions),
       padding_idx, scale_grad_by_freq](const Tensor& grad) {
        const Picked at{0, 1, positions()};
        const Tensor padding = (at.positions == padding_idx).unsqueeze(-1);
        Tensor d = grad.masked_fill(padding, 0);
        if (scale_grad_by_freq) d = divide_by_uses(d, at, sizes[0]);
        return unpick(d, sizes, at);
      });
}

Tensor& embedding_renorm_(Tensor& weight, const Tensor& indices,
                          double max_norm, double norm_type) {
  check_rows("embedding_renorm_", weight, indices);
  const NoGradGuard no_grad;
  const Tensor uses =
      zeros(weight.size(0), kBool).index_fill_(0, indices.reshape(-1), 1);
  const Tensor listed = nonzero(uses).squeeze(1);
  const Tensor rows = weight.index_select(0, listed);
  const Tensor norms = rows.norm(norm_type, 1, /*keepdim=*/true).to(kDouble);
  // The small number is PyTorch's.
  const Tensor factor = where(norms > max_norm, max_norm / (norms + 1e-7), 1.0);
  weight.index_copy_(0, listed, rows * factor.to(rows.dtype()));
  return weight;
}

std::optional<int64_t> checked_padding(const char* op,
                                       std::optional<int64_t> padding_idx,
                                       int64_t rows) {
  if (!padding_idx) return padding_idx;
  check<IndexError>(*padding_idx >= -rows && *padding_idx < rows,
                    "[{}] padding_idx {} is out of range for {} rows", op,
                    *padding_idx, rows);
  return *padding_idx + (*padding_idx < 0 ? rows : 0);
}

Tensor one_hot(const Tensor& x, int64_t num_classes) {
  check_index_type("one_hot", x);
  check<ValueError>(x.numel() > 0 || num_classes > 0,
                    "[one_hot] an empty tensor needs num_classes, got {}",
                    num_classes);
  const bool empty = x.numel() == 0;
  const int64_t least = empty ? 0 : x.min().item<int64_t>();
  const int64_t most = empty ? 0 : x.max().item<int64_t>();
  constexpr int64_t limit = std::numeric_limits<int64_t>::max();
  const int64_t classes =
      num_classes == -1 ? most + (most < limit ? 1 : 0) : num_classes;
  check<IndexError>(least >= 0 && most < classes,
                    "[one_hot] numbers from {} to {} are not in [0, {}]", least,
                    most, classes - (classes > 0 ? 1 : 0));
  SmallShape shape(x.sizes());
  shape.push_back(classes);
  return zeros(shape, kLong).scatter(-1, x.unsqueeze(-1), 1);
}

}  // namespace taper
