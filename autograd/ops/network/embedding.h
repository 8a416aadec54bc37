// Rows of a table by their numbers, and numbers as one-hot rows.
#pragma once

#include <optional>
#include <tuple>

#include "taper/tensor/tensor.h"

namespace taper {

/// Rows of weight (V, D): shape (indices' shape, D). The row padding_idx gets
/// no gradient (-1: every row does). With scale_grad_by_freq the gradient of a
/// row is divided by how often it occurs. Gradients are dense, also if sparse.
TAPER_API Tensor embedding(const Tensor& weight, const Tensor& indices,
                           int64_t padding_idx = -1,
                           bool scale_grad_by_freq = false,
                           bool sparse = false);
/// Sums (mode 0), means (1) or maxima (2) over bags of rows of weight (V, D):
/// bag b has those listed from offsets[b] to offsets[b + 1], the last one to
/// the end or, with include_last_offset, to the last offset. Sums may be
/// weighted. The row padding_idx counts nowhere. Returns them, (bags, D), and
/// of the rows that count the bag, of the bags the size, and of maxima the rows
/// they are from.
TAPER_API std::tuple<Tensor, Tensor, Tensor, Tensor> embedding_bag(
    const Tensor& weight, const Tensor& indices, const Tensor& offsets,
    bool scale_grad_by_freq = false, int64_t mode = 0, bool sparse = false,
    const Tensor& per_sample_weights = {}, bool include_last_offset = false,
    std::optional<int64_t> padding_idx = std::nullopt);
/// Shortens the rows of weight that are listed and whose norm exceeds max_norm.
TAPER_API Tensor& embedding_renorm_(Tensor& weight, const Tensor& indices,
                                    double max_norm, double norm_type);
/// padding_idx, which may count from the end, as a row; throws IndexError
/// naming `op` when there is no such one of `rows`. Internal.
TAPER_API std::optional<int64_t> checked_padding(
    const char* op, std::optional<int64_t> padding_idx, int64_t rows);
/// int64 (..., num_classes), 1 at the given numbers and 0 elsewhere; the
/// largest number counts when num_classes is -1.
TAPER_API Tensor one_hot(const Tensor& x, int64_t num_classes = -1);

}  // namespace taper
