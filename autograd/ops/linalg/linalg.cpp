// Products of matrices and vectors, and their gradients as products again.
#include "taper/autograd/ops/linalg/linalg.h"

#include <algorithm>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops.h"
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/matmul.h"

namespace taper {
namespace {

using kernels::Side;

constexpr Side plain = Side::kPlain;

Side other(Side side) { return side == plain ? Side::kTransposed : plain; }

void check_dtypes(const char* op, const Tensor& a, const Tensor& b) {
  check<TypeError>(a.dtype() == b.dtype(), "[{}] dtypes differ: lhs {}, rhs {}",
                   op, a.dtype(), b.dtype());
  check<NotImplementedError>(a.dtype() != kBool,
                             "[{}] is not implemented for bool", op);
}

void check_dims(const char* op, int64_t dims, const Tensor& x) {
  check(x.dim() == dims, "[{}] expected {}-d tensors but got shape {}", op,
        dims, x.sizes());
}

void check_inner(const char* op, const Tensor& a, const Tensor& b,
                 int64_t a_inner, int64_t b_inner) {
  check(a_inner == b_inner, "[{}] inner dimensions differ: lhs {}, rhs {}", op,
        a.sizes(), b.sizes());
}

// Matrices, or batches of equally many.
void check_matrices(const char* op, int64_t dims, const Tensor& a,
                    const Tensor& b) {
  check_dims(op, dims, a);
  check_dims(op, dims, b);
  check(dims == 2 || a.size(0) == b.size(0),
        "[{}] batch sizes differ: lhs {}, rhs {}", op, a.sizes(), b.sizes());
  check_dtypes(op, a, b);
  check_inner(op, a, b, a.size(-1), b.size(-2));
}

Tensor times(const Tensor& x, const Scalar& factor) {
  return factor.to<double>() == 1 ? x : x * factor;
}

// x as a matrix: the dims before the last become one.
Tensor fold(const Tensor& x) {
  if (x.dim() == 2) return x;
  int64_t rows = 1;
  for (int64_t d = 0; d < x.dim() - 1; ++d) rows *= x.impl()->sizes[d];
  return x.reshape({rows, x.size(-1)});
}

Tensor product(const Tensor& a, const Tensor& b, Side op_a, Side op_b,
               const char* name);

// Gradients of op(A) op(B), again as products in which the operands appear in
// place, with the transposition as a flag: no transposed copies at any order.
Tensor grad_left(const Tensor& grad, const Tensor& b, Side op_a, Side op_b) {
  return op_a == plain
             ? product(grad, b, plain, other(op_b), "MmBackward0")
             : product(b, grad, op_b, Side::kTransposed, "MmBackward0");
}

Tensor grad_right(const Tensor& grad, const Tensor& a, Side op_a, Side op_b) {
  return op_b == plain
             ? product(a, grad, other(op_a), plain, "MmBackward0")
             : product(grad, a, Side::kTransposed, op_a, "MmBackward0");
}

// As grad_right for one matrix B and a batch of A: one product over the rows
// of the whole batch in place of a batch of products and their sum.
Tensor grad_shared(const Tensor& grad, const Tensor& a, Side op_a, Side op_b) {
  if (op_a == Side::kTransposed) return grad_right(grad, a, op_a, op_b);
  return grad_right(fold(grad), fold(a), op_a, op_b);
}

// op(a) op(b); the batch dims broadcast, which the engine undoes.
Tensor product(const Tensor& a, const Tensor& b, Side op_a, Side op_b,
               const char* name) {
  Tensor y = kernels::matmul(a, b, op_a, op_b);
  return record(
      y, name, a,
      [b = save(b), op_a, op_b](const Tensor& grad) {
        return grad_left(grad, b(), op_a, op_b);
      },
      b,
      [a = save(a), is_shared = b.dim() == 2 && a.dim() > 2, op_a,
       op_b](const Tensor& grad) {
        return is_shared ? grad_shared(grad, a(), op_a, op_b)
                         : grad_right(grad, a(), op_a, op_b);
      });
}

// Whether several matrices x have to broadcast to a batch with `other`: not by
// a view of one batch dim, so LibTorch copies them.
bool is_spread(const Tensor& x, const Tensor& other) {
  if (std::max(x.dim(), other.dim()) < 4) return false;
  bool several = false, repeat = false;
  for (int64_t d = 3; d <= std::max(x.dim(), other.dim()); ++d) {
    const int64_t size = d <= x.dim() ? x.size(-d) : 1;
    several |= size != 1;
    repeat |= size == 1 && d <= other.dim() && other.size(-d) != 1;
  }
  return several && repeat;
}

Saved keep(const Tensor& x, bool is_copy) {
  return is_copy ? save(kernels::clone(x)) : save(x);
}

// Operand i in the backward; a copy gets the history that the operand had.
Tensor kept(const Saved& x, bool is_copy, size_t i) {
  const bool records = is_copy && detail::grad_enabled;
  return records ? with_history_of_input(x(), i) : x();
}

// A product of batches that keeps copies of operands, which may be edited.
Tensor product_by_copies(const Tensor& a, const Tensor& b, bool copies_a,
                         bool copies_b) {
  Tensor y = kernels::matmul(a, b, plain, plain);
  const bool sums =
      a.numel() == a.size(-2) * a.size(-1) && y.numel() > 0 && b.numel() > 0;
  return record(
      y, "BmmBackward0", a,
      [b = keep(b, copies_b), copies_b, sums,
       is_matrix = a.dim() == 2](const Tensor& grad) {
        if (!sums || detail::grad_enabled)
          return grad_left(grad, kept(b, copies_b, 1), plain, plain);
        const Tensor sum = kernels::sum_products(grad, b());
        const int64_t rows = grad.size(-2);
        return own(is_matrix ? sum.view({rows, -1}) : sum.view({1, rows, -1}));
      },
      b,
      [a = keep(a, copies_a), copies_a](const Tensor& grad) {
        return grad_right(grad, kept(a, copies_a, 0), plain, plain);
      });
}

// beta * x + alpha * (a b) for checked a and b.
Tensor add_product(const char* op, const char* name, const Tensor& x,
                   const Tensor& a, const Tensor& b, const Scalar& beta,
                   const Scalar& alpha) {
  check_dtypes(op, x, a);
  check(a.is_floating_point() ||
            !(beta.isFloatingPoint() || alpha.isFloatingPoint()),
        "[{}] beta and alpha must be integers for {} tensors", op, a.dtype());
  SmallShape shape(a.sizes());
  shape[shape.size - 1] = b.size(-1);
  SmallShape joint = broadcast_shapes(op, x.sizes(), shape);
  check(IntArrayRef(joint) == IntArrayRef(shape),
        "[{}] the input {} does not broadcast to the product {}", op, x.sizes(),
        IntArrayRef(shape));
  Tensor y = kernels::empty(shape, a.dtype());
  const ScalarType type =
      a.is_floating_point() ? compute_type(a.dtype()) : a.dtype();
  const double scale = held(beta, type), factor = held(alpha, type);
  if (scale != 0) kernels::copy_into(y, x);
  kernels::matmul_into(y, a, b, plain, plain, factor, scale);
  return record(
      y, name, x, [beta](const Tensor& grad) { return times(grad, beta); }, a,
      [b = save(b), alpha](const Tensor& grad) {
        return times(grad_left(grad, b(), plain, plain), alpha);
      },
      b,
      [a = save(a), alpha](const Tensor& grad) {
        return times(grad_right(grad, a(), plain, plain), alpha);
      });
}

}  // namespace

Tensor mm(const Tensor& a, const Tensor& b) {
  check_matrices("mm", 2, a, b);
  return product(a, b, plain, plain, "MmBackward0");
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  check_matrices("bmm", 3, a, b);
  return product(a, b, plain, plain, "BmmBackward0");
}

Tensor mv(const Tensor& matrix, const Tensor& vector) {
  check_dims("mv", 2, matrix);
  check_dims("mv", 1, vector);
  check_dtypes("mv", matrix, vector);
  check_inner("mv", matrix, vector, matrix.size(1), vector.size(0));
  Tensor y = kernels::mv(matrix, vector);
  return record(
      y, "MvBackward0", matrix,
      [v = save(vector)](const Tensor& grad) { return outer(grad, v()); },
      vector,
      [m = save(matrix)](const Tensor& grad) { return mv(m().t(), grad); });
}

Tensor dot(const Tensor& a, const Tensor& b) {
  check_dims("dot", 1, a);
  check_dims("dot", 1, b);
  check_dtypes("dot", a, b);
  check(a.size(0) == b.size(0), "[dot] lengths differ: lhs {}, rhs {}",
        a.sizes(), b.sizes());
  Tensor y = kernels::dot(a, b);
  return record(
      y, "DotBackward0", a,
      [b = save(b)](const Tensor& grad) { return grad * b(); }, b,
      [a = save(a)](const Tensor& grad) { return grad * a(); });
}

Tensor outer(const Tensor& a, const Tensor& b) {
  check_dims("outer", 1, a);
  check_dims("outer", 1, b);
  return a.unsqueeze(1) * b;
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  check(a.dim() > 0 && b.dim() > 0,
        "[matmul] operands need at least one dim: lhs {}, rhs {}", a.sizes(),
        b.sizes());
  check_dtypes("matmul", a, b);
  const bool is_row = a.dim() == 1;
  const bool is_column = b.dim() == 1;
  check_inner("matmul", a, b, a.size(-1), is_column ? b.size(0) : b.size(-2));
  if (is_row && is_column) return dot(a, b);
  if (is_column && a.dim() == 2) return mv(a, b);
  if (is_row && b.dim() == 2) return mv(b.t(), a);
  if (is_row) return own(matmul(a.unsqueeze(0), b).squeeze(-2));
  if (is_column) return own(matmul(a, b.unsqueeze(1)).squeeze(-1));
  for (int64_t d = -3; d >= -std::min(a.dim(), b.dim()); --d) {
    check(a.size(d) == b.size(d) || a.size(d) == 1 || b.size(d) == 1,
          "[matmul] batch sizes differ: lhs {}, rhs {}", a.sizes(), b.sizes());
  }
  if (a.dim() == 2 && b.dim() == 2)
    return product(a, b, plain, plain, "MmBackward0");
  const bool copies_a = needs_grad(b) && is_spread(a, b);
  // LibTorch copies each of a batch that one matrix is multiplied with, too.
  const bool is_one = a.dim() == 2 || (a.dim() == 3 && a.size(0) == 1 &&
                                       b.dim() == 3 && b.size(0) > 1);
  const bool copies_b = needs_grad(a) && (is_one || is_spread(b, a));
  return copies_a || copies_b ? product_by_copies(a, b, copies_a, copies_b)
                              : product(a, b, plain, plain, "BmmBackward0");
}

Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b,
             const Scalar& beta, const Scalar& alpha) {
  check_matrices("addmm", 2, a, b);
  return add_product("addmm", "AddmmBackward0", x, a, b, beta, alpha);
}

Tensor baddbmm(const Tensor& x, const Tensor& a, const Tensor& b,
               const Scalar& beta, const Scalar& alpha) {
  check_matrices("baddbmm", 3, a, b);
  return add_product("baddbmm", "BaddbmmBackward0", x, a, b, beta, alpha);
}

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check(input.dim() > 0, "[linear] the input needs at least one dim");
  if (weight.dim() != 1) check_dims("linear", 2, weight);
  check_dtypes("linear", input, weight);
  check(input.sizes().back() == weight.sizes().back(),
        "[linear] the last dim of the input differs from the weight's: input "
        "{}, weight {}",
        input.sizes(), weight.sizes());
  if (bias.defined()) check_dtypes("linear", input, bias);
  if (input.dim() == 1 && weight.dim() == 2)
    return own(linear(input.unsqueeze(0), weight, bias).squeeze(0));
  if (bias.defined() && (weight.dim() == 1 || bias.dim() != 1 ||
                         bias.sizes()[0] != weight.sizes()[0])) {
    const Tensor y = linear(input, weight);
    check(is_expandable(bias.sizes(), y.sizes()),
          "[linear] the bias {} does not fit the weight {}", bias.sizes(),
          weight.sizes());
    return y + bias;
  }
  if (weight.dim() == 1) return matmul(input, weight);
  if (!bias.defined()) {
    return product(input, weight, plain, Side::kTransposed, "MmBackward0");
  }
  constexpr Side transposed = Side::kTransposed;
  return record(
      kernels::linear(input, weight, bias), "AddmmBackward0", bias,
      [](const Tensor& grad) {
        // A graph of the backward leaves the sum to the engine.
        return needs_grad(grad) ? grad : kernels::column_sum(grad);
      },
      input,
      [w = save(weight)](const Tensor& grad) {
        return grad_left(grad, w(), plain, transposed);
      },
      weight,
      [x = save(input)](const Tensor& grad) {
        return grad_shared(grad, x(), plain, transposed);
      });
}

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight,
                const Tensor& bias) {
  check(weight.dim() == 3 && x1.dim() >= 1 && x1.dim() == x2.dim() &&
            x1.size(-1) == weight.size(1) && x2.size(-1) == weight.size(2),
        "[bilinear] shapes {} and {} do not fit the weight (out, in1, in2) {}",
        x1.sizes(), x2.sizes(), weight.sizes());
  // sum_i a_i w_kij per b, then times b: (out, rows, in2) * (rows, in2).
  const Tensor a = x1.reshape({-1, weight.size(1)});
  const Tensor b = x2.reshape({-1, weight.size(2)});
  check(a.size(0) == b.size(0) || weight.size(1) == 0,
        "[bilinear] shapes {} and {} differ before the last dim", x1.sizes(),
        x2.sizes());
  Tensor y = (matmul(a, weight) * b).sum(-1).t().contiguous();
  if (bias.defined()) y = y + bias;
  SmallShape shape(x1.sizes());
  shape[shape.size - 1] = weight.size(0);
  return own(y.reshape(shape));
}

}  // namespace taper
