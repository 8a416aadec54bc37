// repeat, tile and repeat_interleave.
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

// 0 repeats[0] times, 1 repeats[1] times, ...; one number is for all entries.
Tensor positions_of(const Tensor& repeats, int64_t size) {
  check<TypeError>(repeats.dtype() == kLong || repeats.dtype() == kInt,
                   "[repeat_interleave] repeats must be int64 or int32, got {}",
                   repeats.dtype());
  check(repeats.dim() <= 1 && (repeats.numel() == size || repeats.numel() == 1),
        "[repeat_interleave] repeats of shape {} do not fit {} entries",
        repeats.sizes(), size);
  const Tensor counts = kernels::contiguous(kernels::cast(repeats, kLong));
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

// Each dim that repeats becomes (1, rest) -> (times, rest), where `rest` are
// the elements from this dim on.
Tensor repeat(const Tensor& x, IntArrayRef repeats) {
  check(static_cast<int64_t>(repeats.size()) >= x.dim(),
        "[repeat] the repeats {} must not be fewer than the dims of shape {}",
        repeats, x.sizes());
  SmallShape sizes(repeats);
  SmallShape repeated(repeats);
  const int64_t lead = sizes.size - x.dim();
  for (int d = 0; d < sizes.size; ++d) {
    check(repeats[d] >= 0, "[repeat] negative number of repeats in {}",
          repeats);
    sizes[d] = d < lead ? 1 : x.sizes()[d - lead];
    check(!__builtin_mul_overflow(sizes[d], repeats[d], &repeated[d]),
          "[repeat] the number of elements overflows: shape {} repeated {}",
          x.sizes(), repeats);
  }
  numel_of(repeated);
  Tensor y = reshape(x, sizes);
  bool copied = false;
  for (int d = 0; d < sizes.size; ++d) {
    const int64_t times = repeats[d];
    if (times == 1) continue;
    int64_t outer = 1;
    int64_t rest = 1;
    for (int i = 0; i < sizes.size; ++i) (i < d ? outer : rest) *= sizes[i];
    sizes[d] *= times;
    y = reshape(y, {outer, 1, rest}).expand({outer, times, rest});
    y = reshape(y, sizes);
    copied = true;
  }
  return copied && y.is_contiguous() && !y.is_alias_of(x) ? y : clone(y);
}

Tensor tile(const Tensor& x, IntArrayRef repeats) {
  SmallShape full;
  for (auto d = static_cast<int64_t>(repeats.size()); d < x.dim(); ++d) {
    full.push_back(1);
  }
  for (int64_t times : repeats) full.push_back(times);
  return repeat(x, full);
}

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
