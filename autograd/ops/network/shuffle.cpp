// Channels traded for resolution, and put in another order.
#include <utility>

#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/network/resample.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

// x seen in shape `factors`, its dims put in `order`, seen in shape `sizes`; a
// copy.
Tensor regrouped(const Tensor& x, IntArrayRef factors, IntArrayRef order,
                 IntArrayRef sizes) {
  Tensor y = x.reshape(factors).permute(order).reshape(sizes);
  return y.is_alias_of(x) ? clone(y) : own(std::move(y));
}

// The last three dims of x, and how many elements the others have together.
struct Image {
  Image(const char* op, const char* what, const Tensor& x, int64_t factor)
      : last(static_cast<int>(x.dim()) - 1) {
    check(x.dim() >= 3, "[{}] expected an input (..., C, H, W), got shape {}",
          op, x.sizes());
    constexpr int64_t most = int64_t{1} << 31;
    check<ValueError>(factor > 0 && factor < most,
                      "[{}] {} must be positive, got {}", op, what, factor);
    n = numel_of(x.sizes().slice(0, static_cast<size_t>(last - 2)));
    c = x.size(-3);
    h = x.size(-2);
    w = x.size(-1);
  }
  int last;
  int64_t n, c, h, w;
};

}  // namespace

Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor) {
  const char* op = "pixel_shuffle";
  const int64_t r = upscale_factor;
  const Image from(op, "upscale_factor", x, r);
  check(from.c % (r * r) == 0,
        "[{}] the channels of shape {} cannot be divided by {}^2", op,
        x.sizes(), r);
  SmallShape sizes(x.sizes());
  sizes[from.last - 2] = from.c / (r * r);
  sizes[from.last - 1] = from.h * r;
  sizes[from.last] = from.w * r;
  const int64_t planes = from.n * (from.c / (r * r));
  return regrouped(x, {planes, r, r, from.h, from.w}, {0, 3, 1, 4, 2}, sizes);
}

Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor) {
  const char* op = "pixel_unshuffle";
  const int64_t r = downscale_factor;
  const Image from(op, "downscale_factor", x, r);
  check(from.h % r == 0 && from.w % r == 0,
        "[{}] height and width of shape {} cannot be divided by {}", op,
        x.sizes(), r);
  SmallShape sizes(x.sizes());
  sizes[from.last - 2] = from.c * r * r;
  sizes[from.last - 1] = from.h / r;
  sizes[from.last] = from.w / r;
  const int64_t planes = from.n * from.c;
  return regrouped(x, {planes, from.h / r, r, from.w / r, r}, {0, 2, 4, 1, 3},
                   sizes);
}

Tensor channel_shuffle(const Tensor& x, int64_t groups) {
  const char* op = "channel_shuffle";
  check(x.dim() >= 3, "[{}] expected an input (N, C, ...), got shape {}", op,
        x.sizes());
  check<ValueError>(groups > 0, "[{}] groups must be positive, got {}", op,
                    groups);
  const int64_t channels = x.size(1);
  check(channels % groups == 0,
        "[{}] {} channels cannot be divided into {} groups", op, channels,
        groups);
  const int64_t rest = numel_of(x.sizes().slice(2, x.sizes().size() - 2));
  return regrouped(x, {x.size(0), groups, channels / groups, rest},
                   {0, 2, 1, 3}, x.sizes());
}

Tensor native_channel_shuffle(const Tensor& x, int64_t groups) {
  return channel_shuffle(x, groups);
}

}  // namespace taper
