// Which rows a convolution needs, and copies of them.
#include "taper/tensor/kernels/conv_plan.h"

#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/conv.h"

namespace taper::kernels {

static Three spatial(IntArrayRef sizes) {
  Three result = {1, 1, 1};
  std::copy(sizes.begin() + 2, sizes.end(),
            result.end() - static_cast<int64_t>(sizes.size() - 2));
  return result;
}

ConvProblem conv_problem(IntArrayRef x, IntArrayRef y, IntArrayRef weight,
                         const ConvGeometry& geometry) {
  const int64_t groups = geometry.groups;
  ConvProblem p{{x[0], groups, x[1] / groups, y[1] / groups, spatial(x),
                 spatial(y), spatial(weight)},
                geometry};
  ConvSizes& s = p.sizes;
  if (std::max({s.in[1], s.out[1], s.kernel[1]}) > 1) return p;
  if (geometry.padding[1] > 0) return p;
  for (Three* list : {&s.in, &s.out, &s.kernel, &p.geometry.stride,
                      &p.geometry.padding, &p.geometry.dilation}) {
    std::swap((*list)[1], (*list)[2]);
  }
  return p;
}

std::pair<int64_t, int64_t> ConvAxis::inside(int64_t shift) const {
  const int64_t begin = shift < 0 ? div_up(-shift, step) : 0;
  const int64_t end = shift < size ? (size - 1 - shift) / step + 1 : 0;
  return {std::min(begin, count),
          std::clamp(end, std::min(begin, count), count)};
}

std::vector<int64_t> ConvPass::places(const Three& kernel) const {
  std::vector<int64_t> result;
  for (const auto& z : axes[0].taps) {
    for (const auto& y : axes[1].taps) {
      for (const auto& x : axes[2].taps) {
        result.push_back((z.k * kernel[1] + y.k) * kernel[2] + x.k);
      }
    }
  }
  return result;
}

bool ConvPass::is_plain() const {
  return std::all_of(std::begin(axes), std::end(axes), [](const auto& a) {
    return a.taps.size() == 1 && a.taps[0].shift == 0 && a.step == 1 &&
           a.count == a.size;
  });
}

ConvPass conv_pass(const ConvSizes& s, const ConvGeometry& geometry) {
  ConvPass pass;
  for (size_t d = 0; d < 3; ++d) {
    pass.axes[d] = {s.out[d], 0, 1, s.in[d], geometry.stride[d], {}};
    for (int64_t k = 0; k < s.kernel[d]; ++k) {
      pass.axes[d].taps.push_back(
          {k, k * geometry.dilation[d] - geometry.padding[d]});
    }
  }
  return pass;
}

// The positions from `first` on, a stride apart: position p is the place of x
// that element start + p - (k * dilation - rest) / stride of y touches.
static ConvAxis transposed_axis(const ConvSizes& s,
                                const ConvGeometry& geometry, size_t d,
                                int64_t first) {
  const int64_t stride = geometry.stride[d];
  const int64_t rest = (first + geometry.padding[d]) % stride;
  const int64_t start = (first + geometry.padding[d]) / stride;
  ConvAxis axis{
      div_up(s.out[d] - first, stride), first, stride, s.in[d], 1, {}};
  for (int64_t k = 0; k < s.kernel[d]; ++k) {
    const int64_t reach = k * geometry.dilation[d];
    if (reach % stride == rest) {
      axis.taps.push_back({k, start - (reach - rest) / stride});
    }
  }
  return axis;
}

std::vector<ConvPass> conv_transposed_passes(const ConvSizes& s,
                                             const ConvGeometry& geometry,
                                             bool& is_covered) {
  std::vector<ConvPass> passes(1);
  for (size_t d = 0; d < 3; ++d) {
    std::vector<ConvPass> longer;
    for (int64_t i = 0; i < std::min(s.out[d], geometry.stride[d]); ++i) {
      const ConvAxis axis = transposed_axis(s, geometry, d, i);
      is_covered = is_covered && !axis.taps.empty();
      if (axis.taps.empty()) continue;
      for (const ConvPass& pass : passes) {
        longer.push_back(pass);
        longer.back().axes[d] = axis;
      }
    }
    passes = std::move(longer);
  }
  return passes;
}

int64_t conv_rows_within(int64_t limit, const ConvPass& pass, int64_t channels,
                         ScalarType dtype) {
  constexpr int64_t least = 4;
  const int64_t one = ConvRows(pass, channels, dtype, 1).bytes();
  const int64_t more = ConvRows(pass, channels, dtype, 2).bytes() - one;
  return std::min(pass.axes[1].count,
                  std::max((limit - one) / more + 1, least));
}

ConvRows::ConvRows(const ConvPass& pass, int64_t channels, ScalarType dtype,
                   int64_t tall)
    : pass_(pass),
      channels_(channels),
      dtype_(dtype),
      size_(element_size(dtype)) {
  const ConvAxis& axis = pass.axes[1];
  const auto rest_of = [&axis](const ConvAxis::Tap& tap) {
    return (tap.shift % axis.step + axis.step) % axis.step;
  };
  const auto steps_of = [&](const ConvAxis::Tap& tap) {
    return (tap.shift - rest_of(tap)) / axis.step;
  };
  least_ = INT64_MAX;
  int64_t most = INT64_MIN;
  for (const auto& tap : axis.taps) {
    least_ = std::min(least_, steps_of(tap));
    most = std::max(most, steps_of(tap));
  }
  rows_ = tall + most - least_;
  for (const auto& tap : axis.taps) {
    auto rest = std::find(rests_.begin(), rests_.end(), rest_of(tap));
    if (rest == rests_.end()) rest = rests_.insert(rest, rest_of(tap));
    row_of_tap_.push_back((rest - rests_.begin()) * rows_ + steps_of(tap) -
                          least_);
  }
}

int64_t ConvRows::bytes() const {
  const size_t copies =
      pass_.axes[0].taps.size() * pass_.axes[2].taps.size() * rests_.size();
  return channels_ * static_cast<int64_t>(copies) * rows_ * width() * size_;
}

std::vector<int64_t> ConvRows::starts(int64_t plane) const {
  std::vector<int64_t> result;
  result.reserve(static_cast<size_t>(channels_ * pass_.taps()));
  const bool is_plain = pass_.is_plain();
  const auto rows = rows_ * static_cast<int64_t>(rests_.size());
  int64_t slice = 0;
  for (int64_t c = 0; c < channels_; ++c) {
    for (size_t z = 0; z < pass_.axes[0].taps.size(); ++z) {
      const auto copies = static_cast<int64_t>(pass_.axes[2].taps.size());
      for (const int64_t row : row_of_tap_) {
        for (int64_t x = 0; x < copies; ++x) {
          result.push_back(is_plain ? c * plane
                                    : ((slice + x) * rows + row) * width());
        }
      }
      slice += copies;
    }
  }
  return result;
}

void ConvRows::fill(char* to, const char* x, int64_t plane, int64_t channels,
                    int64_t z, int64_t y) const {
  const auto& [az, ay, ax] = pass_.axes;
  for (int64_t c = 0; c < channels; ++c) {
    for (const auto& tz : az.taps) {
      const int64_t i = az.step * z + tz.shift;
      const char* slice = i >= 0 && i < az.size
                              ? x + (c * plane + i * ay.size * ax.size) * size_
                              : nullptr;
      for (const auto& tx : ax.taps) {
        for (const int64_t rest : rests_) {
          fill_rows(to, slice, tx.shift, rest + ay.step * (y + least_));
          to += rows_ * width() * size_;
        }
      }
    }
  }
}

// The rows for a shift along the last dim from row `first` of the slice on,
// which is null outside of the image.
void ConvRows::fill_rows(char* to, const char* slice, int64_t shift,
                         int64_t first) const {
  const ConvAxis& ay = pass_.axes[1];
  const ConvAxis& ax = pass_.axes[2];
  const int64_t line = width() * size_;
  const auto [begin, end] = ax.inside(shift);
  auto [top, bottom] =
      ConvAxis{rows_, 0, 1, ay.size, ay.step, {}}.inside(first);
  if (slice == nullptr || begin == end) bottom = top;
  const auto zero = [to](int64_t from, int64_t until) {
    if (from < until)
      std::memset(to + from, 0, static_cast<size_t>(until - from));
  };
  zero(0, top * line);
  zero(bottom * line, rows_ * line);
  if (top == bottom) return;
  ConvCopyCall call{
      bottom - top,
      width(),
      begin,
      end,
      to + top * line,
      slice +
          ((first + top * ay.step) * ax.size + begin * ax.step + shift) * size_,
      ay.step * ax.size,
      ax.step};
  if (width() == 1) {  // a column of the image is a row of the copy
    call.step = call.x_row;
    call.end = call.width = std::exchange(call.rows, 1);
  }
  conv_table->copy[index_of(dtype_)](call);
}

}  // namespace taper::kernels
