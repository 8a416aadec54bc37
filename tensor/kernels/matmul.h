// Matrix products of tensors of any strides. Values only; arguments have been
// checked. The bits do not depend on the number of threads.
#pragma once

#include "taper/tensor/kernels/gemm.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Whether an operand enters a product transposed (its last two dims).
enum class Side : bool { kPlain, kTransposed };

/// op(a) op(b) over the last two dims; those before broadcast.
Tensor matmul(const Tensor& a, const Tensor& b, Side op_a, Side op_b);
/// out = alpha * a b + beta * out; `out` is contiguous and has the full shape.
void matmul_into(Tensor& out, const Tensor& a, const Tensor& b, Side op_a,
                 Side op_b, double alpha, double beta);
/// The sum of a b^T over batches of one size, nothing empty, as a flat vector.
Tensor sum_products(const Tensor& a, const Tensor& b);
Tensor mv(const Tensor& matrix, const Tensor& vector);
/// x W^T + bias for x (..., in).
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);
/// The sums over all dims but the last, which is kept; x has dims.
Tensor column_sum(const Tensor& x);
/// sum a_i b_i of two vectors.
Tensor dot(const Tensor& a, const Tensor& b);

}  // namespace taper::kernels
