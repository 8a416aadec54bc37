// The gradient of a convolution by its weights: the batch is cut into parts,
// whose sums are added up in their order.
#include <algorithm>
#include <cstring>
#include <vector>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/conv.h"
#include "taper/tensor/kernels/conv_plan.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/gemm.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/conv.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Bytes of copied rows that are worked on at a time, to stay in a level 2
// cache.
constexpr int64_t kTogetherBytes = 512 << 10;
// Positions from which on adding up lanes costs little.
constexpr int64_t kLongDots = 1024;
// The parts of a batch, and the room for their sums.
constexpr int64_t kParts = 8;
constexpr int64_t kPartBytes = 16 << 20;

// The gradient by the weights, of parts of the batch by themselves. Where a
// group has as many output channels as a vector elements these are computed
// side by side, else positions are.
class WeightRun {
 public:
  WeightRun(const ConvPass& pass, const ConvSizes& s, const Tensor& x,
            const Tensor& y)
      : pass_(pass),
        s_(s),
        type_(index_of(x.dtype())),
        size_(element_size(x.dtype())),
        taps_(s.inputs * pass.taps()),
        tall_(pass.is_plain() ? s.out[1]
                              : conv_rows_within(kTogetherBytes, pass, s.inputs,
                                                 x.dtype())),
        rows_(pass, s.inputs, x.dtype(), tall_),
        starts_(rows_.starts(product_of(s.in))),
        x_(bytes_of(x)),
        y_(bytes_of(y)) {
    if (type_ < kRealTypes) {
      const int64_t lanes = conv_table->lanes[type_];
      if (s.outputs >= lanes) pitch_ = div_up(s.outputs, lanes) * lanes;
    }
    parts_ = std::clamp<int64_t>(
        std::min(s.batch, kPartBytes / (s.groups * group_size() * size_)), 1,
        kParts);
    part_images_ = div_up(s.batch, parts_);
    if (tall_ < s.out[1]) return;
    together_ = div_up(kLongDots, s.out[1] * s.out[2]);
    if (!pass.is_plain()) {
      together_ = std::min(together_, kTogetherBytes / rows_.bytes());
    }
    together_ = std::clamp<int64_t>(together_, 1, part_images_);
  }

  Tensor operator()(IntArrayRef sizes, ScalarType dtype) const {
    Tensor sums = zeros(IntArrayRef({parts_, s_.groups, group_size()}), dtype);
    const double flops = 2.0 * static_cast<double>(s_.outputs * taps_) *
                         static_cast<double>(part_images_ * product_of(s_.out));
    parallel_for(0, parts_ * s_.groups, grain_of(flops),
                 [&](int64_t begin, int64_t end) {
                   add_all(begin, end, bytes_of(sums));
                 });
    if (parts_ > 1) sums = sum(sums, Dims{1});
    Tensor weight = empty(sizes, dtype);
    if (pitch_ == 0) {
      std::memcpy(weight.data_ptr(), sums.data_ptr(), weight.nbytes());
      return weight;
    }
    for (int64_t g = 0; g < s_.groups; ++g) {
      copy_table->transpose[size_index(size_)](
          bytes_of(weight) + g * s_.outputs * taps_ * size_, taps_,
          bytes_of(sums) + g * group_size() * size_, pitch_, taps_, s_.outputs,
          false);
    }
    return weight;
  }

 private:
  // Memory of a thread, and where its sums go.
  struct Room {
    char* rows;
    char* turned;
    char* sums;
  };

  int64_t group_size() const {
    return taps_ * (pitch_ > 0 ? pitch_ : s_.outputs);
  }

  void add_all(int64_t begin, int64_t end, char* sums) const {
    const Scratch rows(pass_.is_plain() ? 0 : together_ * rows_.bytes());
    const int64_t bytes = together_ * tall_ * s_.out[2] * pitch_ * size_;
    const Scratch turned(bytes);
    if (pitch_ != s_.outputs) {
      std::memset(turned.data(), 0, static_cast<size_t>(bytes));
    }
    for (int64_t i = begin; i < end; ++i) {
      add(i / s_.groups, i % s_.groups,
          {rows.data(), turned.data(), sums + i * group_size() * size_});
    }
  }

  void add(int64_t part, int64_t group, const Room& room) const {
    const int64_t end = std::min(s_.batch, (part + 1) * part_images_);
    for (int64_t n = part * part_images_; n < end; n += together_) {
      const int64_t images = std::min(together_, end - n);
      for (int64_t z = 0; z < s_.out[0]; ++z) {
        for (int64_t top = 0; top < s_.out[1]; top += tall_) {
          add_strip(n, images, group, z, top, room);
        }
      }
    }
  }

  void add_strip(int64_t n, int64_t images, int64_t group, int64_t z,
                 int64_t top, const Room& room) const {
    const int64_t plane = product_of(s_.in);
    const int64_t y_plane = product_of(s_.out);
    const int64_t x_image = s_.groups * s_.inputs * plane;
    const int64_t y_image = s_.groups * s_.outputs * y_plane;
    const int64_t start = (z * s_.out[1] + top) * s_.out[2];
    const int64_t length = std::min(tall_, s_.out[1] - top) * s_.out[2];
    const char* from = x_ + (n * x_image + group * s_.inputs * plane) * size_;
    const char* grad =
        y_ + (n * y_image + group * s_.outputs * y_plane + start) * size_;
    const bool is_plain = pass_.is_plain();
    for (int64_t i = 0; !is_plain && i < images; ++i) {
      rows_.fill(room.rows + i * rows_.bytes(), from + i * x_image * size_,
                 plane, s_.inputs, z, top);
    }
    const char* rows = is_plain ? from + start * size_ : room.rows;
    const int64_t apart = is_plain ? x_image : rows_.bytes() / size_;
    if (pitch_ == 0) {
      return conv_table->dots[type_]({s_.outputs, taps_, length, images,
                                      starts_.data(), rows, apart, grad,
                                      y_image, y_plane, room.sums});
    }
    for (int64_t i = 0; i < images; ++i) {
      copy_table->transpose[size_index(size_)](
          room.turned + i * length * pitch_ * size_, pitch_,
          grad + i * y_image * size_, y_plane, s_.outputs, length, false);
    }
    conv_table->outer[type_]({taps_, length, images, starts_.data(), rows,
                              apart, room.turned, pitch_, room.sums});
  }

  const ConvPass& pass_;
  const ConvSizes& s_;
  int type_;
  int64_t size_;
  int64_t taps_;
  int64_t tall_;
  ConvRows rows_;
  std::vector<int64_t> starts_;
  const char* x_;
  const char* y_;
  int64_t pitch_ = 0;  // of the transposed y, if it is
  int64_t parts_, part_images_;
  int64_t together_ = 1;  // images of a call
};

}  // namespace

Tensor conv_by_weight(const Tensor& x, const Tensor& y, IntArrayRef sizes,
                      const ConvGeometry& geometry) {
  const profiler::OpScope scope("conv_by_weight", x, y);
  if (numel_of(sizes) == 0 || x.numel() == 0 || y.numel() == 0) {
    return zeros(sizes, x.dtype());
  }
  const auto [s, g] = conv_problem(x.sizes(), y.sizes(), sizes, geometry);
  const ConvPass pass = conv_pass(s, g);
  return WeightRun(pass, s, x, y)(sizes, x.dtype());
}

}  // namespace taper::kernels
