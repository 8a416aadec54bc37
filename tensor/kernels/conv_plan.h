// How a convolution becomes sums of shifted rows. Which elements of its input
// belong to a position is the same for every sample, group and channel; what
// an image lacks of being rows is mended by a copy of it: one per shift along
// the last dim, so that the rows of a result follow each other without gaps,
// and one per remainder of the shifts along the second but last, by its step.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "taper/tensor/kernels/conv.h"
#include "taper/tensor/scalar_type.h"

namespace taper::kernels {

using Three = std::array<int64_t, 3>;

inline const char* bytes_of(const Tensor& x) {
  return static_cast<const char*>(x.data_ptr());
}
inline char* bytes_of(Tensor& x) { return static_cast<char*>(x.data_ptr()); }

inline int64_t product_of(const Three& sizes) {
  return sizes[0] * sizes[1] * sizes[2];
}

/// Sizes of a convolution; channels are those of one group.
struct ConvSizes {
  int64_t batch, groups, inputs, outputs;
  Three in, out, kernel;
};

struct ConvProblem {
  ConvSizes sizes;
  ConvGeometry geometry;
};

/// Of tensors of these sizes. A dim that is alone comes second but last, where
/// no copies per shift are needed.
ConvProblem conv_problem(IntArrayRef x, IntArrayRef y, IntArrayRef weight,
                         const ConvGeometry& geometry);

/// The positions of a result along a dim, position p at first + apart * p, and
/// the elements of the input that belong to it: for each tap the one at step *
/// p + shift, 0 outside of [0, size).
struct ConvAxis {
  struct Tap {
    int64_t k, shift;
  };
  int64_t count, first, apart, size, step;
  std::vector<Tap> taps;

  /// The positions [begin, end) whose element for a shift exists.
  std::pair<int64_t, int64_t> inside(int64_t shift) const;
};

/// The result at positions with equal steps between them.
struct ConvPass {
  ConvAxis axes[3];

  int64_t taps() const {
    return static_cast<int64_t>(axes[0].taps.size() * axes[1].taps.size() *
                                axes[2].taps.size());
  }
  /// Of each tap its place in the kernel.
  std::vector<int64_t> places(const Three& kernel) const;
  /// Whether the input itself has the rows: for kernels of size 1.
  bool is_plain() const;
};

ConvPass conv_pass(const ConvSizes& s, const ConvGeometry& geometry);
/// The transposed convolution has one for each remainder of positions by the
/// strides; some may have no taps, and then `is_covered` turns false.
std::vector<ConvPass> conv_transposed_passes(const ConvSizes& s,
                                             const ConvGeometry& geometry,
                                             bool& is_covered);

/// How many positions along y have rows of at most `limit` bytes, in
/// `channels` channels of the input; at least a few.
int64_t conv_rows_within(int64_t limit, const ConvPass& pass, int64_t channels,
                         ScalarType dtype);

/// The rows that `tall` positions of a pass, at any y, need of `channels`
/// channels of the input of one (sample, group, z).
class ConvRows {
 public:
  ConvRows(const ConvPass& pass, int64_t channels, ScalarType dtype,
           int64_t tall);

  int64_t bytes() const;
  /// Of every tap of every channel where its first element is. The planes of
  /// the input, `plane` elements each, may be used as they are.
  std::vector<int64_t> starts(int64_t plane) const;
  /// Copies those of the first so many channels for the positions from y on;
  /// planes are `plane` apart.
  void fill(char* to, const char* x, int64_t plane, int64_t channels, int64_t z,
            int64_t y) const;

 private:
  int64_t width() const { return pass_.axes[2].count; }
  void fill_rows(char* to, const char* slice, int64_t shift,
                 int64_t first) const;

  const ConvPass& pass_;
  int64_t channels_;
  ScalarType dtype_;
  int64_t size_;
  // For each remainder of a shift along y there are `rows_` rows, the first for
  // the smallest shift by whole steps.
  std::vector<int64_t> rests_, row_of_tap_;
  int64_t rows_, least_;
};

}  // namespace taper::kernels
