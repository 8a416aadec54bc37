// Padding, row by row: what runs along with the source is copied as a whole.
#include "taper/tensor/kernels/pad.h"

#include <algorithm>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr int64_t kGrain = 16384;

// The longest part of a row of the padded tensor that is a part of the row of
// x.
struct Run {
  Run(const int64_t* source, int64_t n) {
    for (int64_t from = 0, to = 1; from < n; from = to++) {
      while (to < n && source[to] == source[to - 1] + 1) ++to;
      if (to - from > end - begin) begin = from, end = to;
    }
  }
  int64_t begin = 0;
  int64_t end = 0;
};

// Calls body(offset in x, offset in y) for each row of the planes [first,
// last).
template <class F>
void for_rows(const PadSources& pad, int64_t first, int64_t last,
              const F& body) {
  const int64_t rows = pad.source[1].numel();
  const int64_t width = pad.source[2].numel();
  int64_t y = first * pad.source[0].numel() * rows * width;
  for (int64_t plane = first; plane < last; ++plane) {
    for (int64_t d = 0; d < pad.source[0].numel(); ++d) {
      const int64_t x = (plane * pad.size[0] + pad.at(0)[d]) * pad.size[1];
      for (int64_t h = 0; h < rows; ++h, y += width) {
        body((x + pad.at(1)[h]) * pad.size[2], y);
      }
    }
  }
}

int64_t inputs_of(const PadSources& pad) {
  return pad.size[0] * pad.size[1] * pad.size[2];
}

}  // namespace

Tensor pad_from(const Tensor& x, const PadSources& pad, IntArrayRef sizes) {
  const profiler::OpScope scope("pad", x);
  Tensor y = empty(sizes, x.dtype());
  if (y.numel() == 0) return y;
  const int64_t* source = pad.at(2);
  const int64_t width = pad.source[2].numel();
  const Run run(source, width);
  const int64_t plane = inputs_of(pad);
  visit_word(x.dtype(), [&]<class T>(T) {
    parallel_for(0, x.numel() / plane, 1 + kGrain / plane,
                 [&](int64_t first, int64_t last) {
                   for_rows(pad, first, last, [&](int64_t from, int64_t to) {
                     const T* in = x.data_as<T>() + from;
                     T* out = y.data_as<T>() + to;
                     for (int64_t i = 0; i < run.begin; ++i)
                       out[i] = in[source[i]];
                     std::copy_n(in + source[run.begin], run.end - run.begin,
                                 out + run.begin);
                     for (int64_t i = run.end; i < width; ++i)
                       out[i] = in[source[i]];
                   });
                 });
  });
  return y;
}

Tensor pad_from_backward(const Tensor& grad, const PadSources& pad,
                         IntArrayRef sizes) {
  const profiler::OpScope scope("pad_backward", grad);
  Tensor gx = zeros(sizes, grad.dtype());
  if (grad.numel() == 0) return gx;
  const int64_t* source = pad.at(2);
  const int64_t width = pad.source[2].numel();
  const Run run(source, width);
  const int64_t plane = inputs_of(pad);
  visit_floating(grad.dtype(), [&]<class T>(T) {
    parallel_for(0, gx.numel() / plane, 1 + kGrain / plane,
                 [&](int64_t first, int64_t last) {
                   for_rows(pad, first, last, [&](int64_t to, int64_t from) {
                     const T* in = grad.data_as<T>() + from;
                     T* out = gx.data_as<T>() + to;
                     for (int64_t i = 0; i < run.begin; ++i)
                       out[source[i]] += in[i];
                     T* side = out + source[run.begin] - run.begin;
                     for (int64_t i = run.begin; i < run.end; ++i)
                       side[i] += in[i];
                     for (int64_t i = run.end; i < width; ++i)
                       out[source[i]] += in[i];
                   });
                 });
  });
  return gx;
}

}  // namespace taper::kernels
