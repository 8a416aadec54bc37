// Triangles of matrices, and matrices with given diagonals.
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/index.h"

namespace taper {
namespace {

Tensor triangle(const char* op, const char* name, const Tensor& x,
                int64_t diagonal, bool lower) {
  check(x.dim() >= 2, "[{}] expected at least 2 dims, got shape {}", op,
        x.sizes());
  // Beyond the matrix every diagonal means the same.
  const int64_t limit = x.size(-1) + x.size(-2);
  diagonal = diagonal < -limit ? -limit : diagonal > limit ? limit : diagonal;
  Tensor y = kernels::triangle(x, diagonal, lower);
  return record(y, name, x, [=](const Tensor& grad) {
    return triangle(op, name, grad, diagonal, lower);
  });
}

}  // namespace

Tensor tril(const Tensor& x, int64_t diagonal) {
  return triangle("tril", "TrilBackward0", x, diagonal, true);
}

Tensor triu(const Tensor& x, int64_t diagonal) {
  return triangle("triu", "TriuBackward0", x, diagonal, false);
}

Tensor diag(const Tensor& x, int64_t diagonal) {
  check(x.dim() == 1 || x.dim() == 2,
        "[diag] expected 1 or 2 dims, got shape {}", x.sizes());
  if (x.dim() == 2) return clone(taper::diagonal(x, diagonal));
  constexpr int64_t limit = int64_t{1} << 61;
  check(diagonal > -limit && diagonal < limit,
        "[diag] a diagonal of {} is out of range", diagonal);
  const int64_t shift = diagonal < 0 ? -diagonal : diagonal;
  const int64_t size = x.numel() + shift;
  const int64_t sizes[] = {size, size};
  numel_of(sizes);
  return zeros_around(x, sizes, [diagonal](const Tensor& matrix) {
    return taper::diagonal(matrix, diagonal);
  });
}

}  // namespace taper
