// repeat_interleave: the positions to repeat, looked up along a dim.
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

// 0 repeats[0] times, 1 repeats[1] times, ...; one number is for all entries.
Tensor positions_of(const Tensor& repeats, int64_t size) {
  check<TypeError>(repeats.dtype() == kLong,
                   "[repeat_interleave] repeats must be int64, got {}",
                   repeats.dtype());
  check(repeats.dim() <= 1 && (repeats.numel() == size || repeats.numel() == 1),
        "[repeat_interleave] repeats of shape {} do not fit {} entries",
        repeats.sizes(), size);
  const Tensor counts = kernels::contiguous(repeats);
  const auto* count = counts.data_as<int64_t>();
  const bool is_one = repeats.numel() == 1;
  int64_t total = 0;
  for (int64_t i = 0; i < size; ++i) {
    const int64_t n = count[is_one ? 0 : i];
    check<ValueError>(n >= 0,
                      "[repeat_interleave] expected repeats >= 0, got {}", n);
    check(!__builtin_add_overflow(total, n, &total),
          "[repeat_interleave] too many entries");
  }
  Tensor positions = kernels::empty(total, kLong);
  auto* at = positions.data_as<int64_t>();
  for (int64_t i = 0; i < size; ++i) {
    for (int64_t n = count[is_one ? 0 : i]; n > 0; --n) *at++ = i;
  }
  return positions;
}

}  // namespace

Tensor repeat_interleave(const Tensor& x, const Tensor& repeats,
                         std::optional<int64_t> dim) {
  if (!dim || x.dim() == 0) {
    if (dim) wrap_dim("repeat_interleave", *dim, x.dim());
    const Tensor line = x.reshape(-1);
    return index_select(line, 0, positions_of(repeats, line.numel()));
  }
  const int64_t at = wrap_dim("repeat_interleave", *dim, x.dim());
  return index_select(x, at, positions_of(repeats, x.size(at)));
}
Tensor repeat_interleave(const Tensor& x, int64_t repeats,
                         std::optional<int64_t> dim) {
  return repeat_interleave(x, kernels::full({}, repeats, kLong), dim);
}

}  // namespace taper
