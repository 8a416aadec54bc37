// Patches and columns, row of blocks by row of blocks.
#include "taper/tensor/kernels/fold.h"

#include <algorithm>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr int64_t kGrain = 16384;

// One kernel element of a row of blocks: those in [begin, end) see the image,
// the first of them at `image`, the next one a stride to the right.
struct Line {
  int64_t column;
  int64_t image;
  int64_t begin;
  int64_t end;
};

// Calls body(line) for the lines of a plane.
template <class F>
void for_lines(const Patches& p, int64_t plane, const F& body) {
  Line line;
  line.column = plane * p.kernel[0] * p.kernel[1] * p.blocks[0] * p.blocks[1];
  for (int64_t i = 0; i < p.kernel[0]; ++i) {
    for (int64_t j = 0; j < p.kernel[1]; ++j) {
      const int64_t left = j * p.dilation[1] - p.padding[1];
      const auto blocks_before = [&](int64_t place) {
        const int64_t blocks = (place - left + p.stride[1] - 1) / p.stride[1];
        return place <= left ? 0 : std::min(blocks, p.blocks[1]);
      };
      line.begin = blocks_before(0);
      line.end = blocks_before(p.size[1]);
      for (int64_t b = 0; b < p.blocks[0]; ++b) {
        const int64_t row = b * p.stride[0] + i * p.dilation[0] - p.padding[0];
        Line seen = line;
        if (row < 0 || row >= p.size[0]) seen.begin = seen.end = 0;
        seen.image = (plane * p.size[0] + row) * p.size[1] +
                     seen.begin * p.stride[1] + left;
        body(seen);
        line.column += p.blocks[1];
      }
    }
  }
}

// Calls body(line) for all planes, each on one thread.
template <class F>
void for_planes(const Tensor& image, const Patches& p, const F& body) {
  const int64_t size = p.size[0] * p.size[1];
  const int64_t work =
      p.kernel[0] * p.kernel[1] * p.blocks[0] * p.blocks[1] + size;
  parallel_each(image.numel() / size, 1 + kGrain / work,
                [&](int64_t plane) { for_lines(p, plane, body); });
}

}  // namespace

Tensor im2col(const Tensor& x, const Patches& patches, IntArrayRef sizes) {
  const profiler::OpScope scope("im2col", x);
  Tensor y = empty(sizes, x.dtype());
  const int64_t stride = patches.stride[1];
  const int64_t blocks = patches.blocks[1];
  visit_word(x.dtype(), [&]<class T>(T) {
    const T* image = x.data_as<T>();
    T* columns = y.data_as<T>();
    for_planes(x, patches, [=](const Line& line) {
      T* to = columns + line.column;
      const T* from = image + line.image;
      std::fill(to, to + line.begin, T{});
      if (stride == 1) {
        std::copy_n(from, line.end - line.begin, to + line.begin);
      } else {
        for (int64_t b = line.begin; b < line.end; ++b, from += stride) {
          to[b] = *from;
        }
      }
      std::fill(to + line.end, to + blocks, T{});
    });
  });
  return y;
}

Tensor col2im(const Tensor& x, const Patches& patches, IntArrayRef sizes) {
  const profiler::OpScope scope("col2im", x);
  Tensor y = zeros(sizes, x.dtype());
  const int64_t stride = patches.stride[1];
  visit_floating(x.dtype(), [&]<class T>(T) {
    const T* columns = x.data_as<T>();
    T* image = y.data_as<T>();
    for_planes(y, patches, [=](const Line& line) {
      const T* from = columns + line.column + line.begin;
      T* to = image + line.image;
      const int64_t n = line.end - line.begin;
      if (stride == 1) {
        for (int64_t b = 0; b < n; ++b) to[b] += from[b];
      } else {
        for (int64_t b = 0; b < n; ++b) to[b * stride] += from[b];
      }
    });
  });
  return y;
}

}  // namespace taper::kernels
