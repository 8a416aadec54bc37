// Matrix products. Operands may have any strides (transposed views are never
// copied) and must share one dtype: float32, float64 or int64. Bits do not
// depend on the number of threads.
#pragma once

#include "taper/tensor/export.h"
#include "taper/tensor/scalar.h"
#include "taper/tensor/tensor.h"

namespace taper {

/// The product of the last two dims, with PyTorch's rules: 1-d by 1-d is dot;
/// a 1-d operand counts as a row on the left and as a column on the right, and
/// that dim is dropped again; the dims before the last two broadcast. Throws
/// for 0-d operands, unequal inner dimensions or dtypes.
TAPER_API Tensor matmul(const Tensor& a, const Tensor& b);
/// (n, k) by (k, m) -> (n, m).
TAPER_API Tensor mm(const Tensor& a, const Tensor& b);
/// (B, n, k) by (B, k, m) -> (B, n, m).
TAPER_API Tensor bmm(const Tensor& a, const Tensor& b);
/// (n, k) by (k) -> (n).
TAPER_API Tensor mv(const Tensor& matrix, const Tensor& vector);
/// sum a_i b_i of two vectors of equal length, a 0-d tensor.
TAPER_API Tensor dot(const Tensor& a, const Tensor& b);
/// y_ij = a_i b_j for vectors a and b.
TAPER_API Tensor outer(const Tensor& a, const Tensor& b);
/// beta * x + alpha * (a b) for matrices a and b; x broadcasts to the result.
/// With beta = 0, x is ignored, nan included.
TAPER_API Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b,
                       const Scalar& beta = 1, const Scalar& alpha = 1);
/// The same for batches of matrices, (B, n, k) and (B, k, m).
TAPER_API Tensor baddbmm(const Tensor& x, const Tensor& a, const Tensor& b,
                         const Scalar& beta = 1, const Scalar& alpha = 1);
/// y = x W^T + bias for x (..., in), W (out, in) and bias (out), which may be
/// left out; one node of the graph. W may be (in), which gives y (...), and
/// bias what broadcasts to y.
TAPER_API Tensor linear(const Tensor& input, const Tensor& weight,
                        const Tensor& bias = {});

/// y_k = sum_ij a_i weight_kij b_j + bias_k for vectors a and b along the last
/// dims of x1 and x2, weight (out, in1, in2) and bias (out).
TAPER_API Tensor bilinear(const Tensor& x1, const Tensor& x2,
                          const Tensor& weight, const Tensor& bias = {});

}  // namespace taper
