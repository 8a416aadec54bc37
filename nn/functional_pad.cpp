// Padding: every mode looks the entries of a dim up by position.
#include <algorithm>

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"

namespace taper::nn::functional {
namespace {

using Mode = PadFuncOptions::mode_t;

// Where entry i (which may lie outside) of a dim of `size` entries comes from.
int64_t source_of(const Mode& mode, int64_t i, int64_t size) {
  if (std::holds_alternative<enumtype::kReflect>(mode)) {
    if (i < 0) i = -i;
    return i < size ? i : 2 * (size - 1) - i;
  }
  if (std::holds_alternative<enumtype::kCircular>(mode)) {
    return (i % size + size) % size;
  }
  return std::clamp<int64_t>(i, 0, size - 1);
}

Tensor padded(const Tensor& x, int64_t dim, int64_t before, int64_t behind,
              const Mode& mode) {
  const int64_t size = x.size(dim);
  const int64_t longer = std::max(before, behind);
  const int64_t most =
      std::holds_alternative<enumtype::kReflect>(mode)    ? size - 1
      : std::holds_alternative<enumtype::kCircular>(mode) ? size
                                                          : longer;
  check(longer <= most && size > 0,
        "[pad] padding ({}, {}) is too long for dim {} of shape {}", before,
        behind, dim, x.sizes());
  std::vector<int64_t> positions;
  for (int64_t i = -before; i < size + behind; ++i) {
    positions.push_back(source_of(mode, i, size));
  }
  return index_select(x, dim, tensor(positions, kLong));
}

}  // namespace

Tensor pad(const Tensor& input, const PadFuncOptions& options) {
  const std::vector<int64_t>& pad = options.pad();
  const int64_t ndim = input.dim();
  const auto count = static_cast<int64_t>(pad.size() / 2);
  check(pad.size() % 2 == 0 && count <= ndim,
        "[pad] {} numbers do not fit shape {}", pad.size(), input.sizes());
  const auto before = [&](int64_t dim) {
    return dim < ndim - count ? 0
                              : pad[static_cast<size_t>(2 * (ndim - 1 - dim))];
  };
  const auto behind = [&](int64_t dim) {
    return dim < ndim - count
               ? 0
               : pad[static_cast<size_t>(2 * (ndim - 1 - dim) + 1)];
  };
  std::vector<int64_t> sizes = input.sizes().vec();
  for (int64_t d = 0; d < ndim; ++d) {
    int64_t& size = sizes[static_cast<size_t>(d)];
    size += before(d) + behind(d);
    check(size >= 0, "[pad] nothing is left of dim {} of shape {}", d,
          input.sizes());
  }
  Tensor x = input;
  if (!std::holds_alternative<enumtype::kConstant>(options.mode())) {
    for (int64_t d = ndim - count; d < ndim; ++d) {
      x = padded(x, d, before(d), behind(d), options.mode());
    }
    return x;
  }
  Tensor y = full(sizes, options.value(), input.options());
  Tensor inside = y;
  for (int64_t d = ndim - count; d < ndim; ++d) {
    const int64_t cut = std::max<int64_t>(-before(d), 0);
    const int64_t kept = input.size(d) - cut - std::max<int64_t>(-behind(d), 0);
    check(kept >= 0, "[pad] nothing is left of dim {} of shape {}", d,
          input.sizes());
    x = narrow(x, d, cut, kept);
    inside = narrow(inside, d, std::max<int64_t>(before(d), 0), kept);
  }
  inside.copy_(x);
  return y;
}

}  // namespace taper::nn::functional
