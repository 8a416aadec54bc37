// Padding. The modes that repeat entries look up where each one comes from.
#include "taper/autograd/ops/network/pad.h"

#include <algorithm>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/views/views.h"
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
std::vector<Margin> margins_of(const char* op, const Tensor& x,
                               IntArrayRef pad) {
  const int64_t ndim = x.dim();
  check(pad.size() % 2 == 0 && pad.size() / 2 <= static_cast<size_t>(ndim),
        "[{}] {} numbers do not fit shape {}", op, pad.size(), x.sizes());
  std::vector<Margin> margins(static_cast<size_t>(ndim));
  for (size_t i = 0; i < pad.size(); i += 2) {
    const size_t dim = margins.size() - 1 - i / 2;
    const Margin margin = {pad[i], pad[i + 1]};
    const int64_t size = x.sizes()[dim];
    constexpr int64_t limit = int64_t{1} << 61;
    check(std::max(margin.before, margin.behind) < limit &&
              std::min(margin.before, margin.behind) > -limit,
          "[{}] padding ({}, {}) is too long for dim {} of shape {}", op,
          margin.before, margin.behind, dim, x.sizes());
    // What is cut off must be there.
    check(margin.kept(size) >= 0, "[{}] nothing is left of dim {} of shape {}",
          op, dim, x.sizes());
    margins[dim] = margin;
  }
  return margins;
}

// Where entry i (which may lie outside) of a dim of `size` entries comes from;
// what circular padding goes around is not cut off by `margin`.
int64_t source_of(std::string_view mode, int64_t i, int64_t size,
                  Margin margin) {
  if (mode == "reflect") {
    if (i < 0) i = -i;
    return i < size ? i : 2 * (size - 1) - i;
  }
  if (mode == "replicate") return std::clamp<int64_t>(i, 0, size - 1);
  const int64_t cut = std::max<int64_t>(-margin.before, 0);
  const int64_t kept = margin.kept(size);
  return cut + ((i - cut) % kept + kept) % kept;
}

// The sources of a dim.
Tensor sources_of(const char* op, std::string_view mode, const Tensor& x,
                  size_t dim, Margin margin) {
  const int64_t size = x.sizes()[dim];
  const int64_t longer = std::max(margin.before, margin.behind);
  const int64_t most = mode == "reflect"    ? size - 1
                       : mode == "circular" ? margin.kept(size)
                                            : longer;
  check(longer <= most && (size > 0 || longer <= 0),
        "[{}] padding ({}, {}) is too long for dim {} of shape {}", op,
        margin.before, margin.behind, dim, x.sizes());
  const int64_t padded = size + margin.before + margin.behind;
  Tensor sources = kernels::empty({padded}, kLong);
  for (int64_t i = 0; i < padded; ++i) {
    sources.data_as<int64_t>()[i] =
        source_of(mode, i - margin.before, size, margin);
  }
  return sources;
}

Tensor pad_by_mode(const char* op, const char* name, const Tensor& x,
                   IntArrayRef pad, std::string_view mode) {
  const std::vector<Margin> margins = margins_of(op, x, pad);
  const size_t count = pad.size() / 2;
  check(count <= 3, "[{}] at most 3 dims can be padded, got padding {}", op,
        pad);
  Tensor y = computed(x);
  for (size_t dim = margins.size() - count; dim < margins.size(); ++dim) {
    y = pick(
        name, y,
        {static_cast<int>(dim), 1, sources_of(op, mode, x, dim, margins[dim])});
  }
  return y.to(x.dtype());
}

// For x (N, C, ...) or (C, ...) whose last `count` dims are padded.
Tensor pad_checked(const char* op, const char* name, const Tensor& x,
                   IntArrayRef padding, size_t count, std::string_view mode) {
  check<ValueError>(padding.size() == 2 * count,
                    "[{}] padding must have {} numbers, got {}", op, 2 * count,
                    padding);
  const auto dims = static_cast<int64_t>(count);
  check(x.dim() == dims + 1 || x.dim() == dims + 2,
        "[{}] expected {} or {} dims, got an input of shape {}", op, dims + 1,
        dims + 2, x.sizes());
  return pad_by_mode(op, name, x, padding, mode);
}

}  // namespace

Tensor constant_pad_nd(const Tensor& x, IntArrayRef pad, const Scalar& value) {
  kernels::check_fits(value, x.dtype());
  const std::vector<Margin> margins = margins_of("pad", x, pad);
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
  check<ValueError>(value.value_or(0) == 0,
                    "[pad] mode \"{}\" takes no value, got {}",
                    std::string(mode), value.value_or(0));
  return pad_by_mode("pad", "PadBackward0", x, pad, mode);
}

#define TAPER_PAD(D)                                                    \
  Tensor reflection_pad##D##d(const Tensor& x, IntArrayRef padding) {   \
    return pad_checked("reflection_pad" #D "d",                         \
                       "ReflectionPad" #D "DBackward0", x, padding, D,  \
                       "reflect");                                      \
  }                                                                     \
  Tensor replication_pad##D##d(const Tensor& x, IntArrayRef padding) {  \
    return pad_checked("replication_pad" #D "d",                        \
                       "ReplicationPad" #D "DBackward0", x, padding, D, \
                       "replicate");                                    \
  }
TAPER_PAD(1)
TAPER_PAD(2)
TAPER_PAD(3)
#undef TAPER_PAD

}  // namespace taper
