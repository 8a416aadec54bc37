// Padding. The modes that repeat entries look them up by position.
#include <algorithm>

#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/pad.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

// What a dim gets in front and behind, or loses when negative.
struct Margin {
  int64_t before = 0;
  int64_t behind = 0;

  // How many of `size` entries are not cut off.
  int64_t kept(int64_t size) const {
    return size + std::min<int64_t>(before, 0) + std::min<int64_t>(behind, 0);
  }
};

// Per dim of x, the first one first.
std::vector<Margin> margins_of(const Tensor& x, IntArrayRef pad) {
  const int64_t ndim = x.dim();
  check(pad.size() % 2 == 0 && pad.size() / 2 <= static_cast<size_t>(ndim),
        "[pad] {} numbers do not fit shape {}", pad.size(), x.sizes());
  std::vector<Margin> margins(static_cast<size_t>(ndim));
  for (size_t i = 0; i < pad.size(); i += 2) {
    const size_t dim = margins.size() - 1 - i / 2;
    const Margin margin = {pad[i], pad[i + 1]};
    const int64_t size = x.sizes()[dim];
    constexpr int64_t limit = int64_t{1} << 61;
    check(std::max(margin.before, margin.behind) < limit &&
              std::min(margin.before, margin.behind) > -limit,
          "[pad] padding ({}, {}) is too long for dim {} of shape {}",
          margin.before, margin.behind, dim, x.sizes());
    // What is cut off must be there.
    check(margin.kept(size) >= 0, "[pad] nothing is left of dim {} of shape {}",
          dim, x.sizes());
    margins[dim] = margin;
  }
  return margins;
}

// Where entry i (which may lie outside) of a dim of `size` entries comes from.
int64_t source_of(std::string_view mode, int64_t i, int64_t size) {
  if (mode == "reflect") {
    if (i < 0) i = -i;
    return i < size ? i : 2 * (size - 1) - i;
  }
  if (mode == "circular") return (i % size + size) % size;
  return std::clamp<int64_t>(i, 0, size - 1);
}

Tensor pad_dim(Tensor x, int64_t dim, Margin margin, std::string_view mode) {
  if (mode == "circular") {  // goes around what is not cut off
    x = x.narrow(dim, std::max<int64_t>(-margin.before, 0),
                 margin.kept(x.size(dim)));
    margin = {std::max<int64_t>(margin.before, 0),
              std::max<int64_t>(margin.behind, 0)};
  }
  const int64_t size = x.size(dim);
  const int64_t longer = std::max(margin.before, margin.behind);
  const int64_t most = mode == "reflect"    ? size - 1
                       : mode == "circular" ? size
                                            : longer;
  check(longer <= most && (size > 0 || longer <= 0),
        "[pad] padding ({}, {}) is too long for dim {} of shape {}",
        margin.before, margin.behind, dim, x.sizes());
  const int64_t padded = size + margin.before + margin.behind;
  const Tensor positions = kernels::empty({padded}, kLong);
  for (int64_t i = 0; i < padded; ++i) {
    positions.data_as<int64_t>()[i] = source_of(mode, i - margin.before, size);
  }
  return index_select(x, dim, positions);
}

}  // namespace

Tensor constant_pad_nd(const Tensor& x, IntArrayRef pad, const Scalar& value) {
  kernels::check_fits(value, x.dtype());
  const std::vector<Margin> margins = margins_of(x, pad);
  SmallShape sizes(x.sizes());
  Tensor inside = x.detach();
  for (size_t d = 0; d < margins.size(); ++d) {
    sizes[static_cast<int>(d)] += margins[d].before + margins[d].behind;
  }
  Tensor y = kernels::full(sizes, value, x.dtype());
  Tensor place = y;
  for (size_t d = 0; d < margins.size(); ++d) {
    const auto dim = static_cast<int64_t>(d);
    const int64_t before = margins[d].before;
    const int64_t kept = margins[d].kept(x.sizes()[d]);
    inside = inside.narrow(dim, std::max<int64_t>(-before, 0), kept);
    place = place.narrow(dim, std::max<int64_t>(before, 0), kept);
  }
  kernels::copy_into(place, inside);
  std::vector<int64_t> back;
  for (const int64_t size : pad) back.push_back(-size);
  return record(y, "ConstantPadNdBackward0", x, [back](const Tensor& grad) {
    return constant_pad_nd(grad, back);
  });
}

Tensor pad(const Tensor& x, IntArrayRef pad, std::string_view mode,
           std::optional<double> value) {
  if (mode == "constant") return constant_pad_nd(x, pad, value.value_or(0));
  check<ValueError>(
      mode == "reflect" || mode == "replicate" || mode == "circular",
      "[pad] mode must be \"constant\", \"reflect\", \"replicate\" or "
      "\"circular\", got \"{}\"",
      std::string(mode));
  const std::vector<Margin> margins = margins_of(x, pad);
  Tensor y = x;
  for (size_t d = margins.size() - pad.size() / 2; d < margins.size(); ++d) {
    y = pad_dim(y, static_cast<int64_t>(d), margins[d], mode);
  }
  return y;
}

}  // namespace taper
