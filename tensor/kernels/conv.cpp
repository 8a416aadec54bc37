// Drivers of convolutions: what is copied, packed and shared by threads. Every
// result is computed by itself, in an order that the shapes alone decide.
#include "taper/tensor/kernels/conv.h"

#include <algorithm>
#include <vector>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/conv_plan.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/gemm.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/conv.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Bytes of copied rows that are worked on at a time, to stay in a level 2
// cache.
constexpr int64_t kStripBytes = 256 << 10;
// Channels below which a strip is not cut.
constexpr int64_t kLeastChannels = 32;
// Tasks among which a few threads find enough to do.
constexpr int64_t kShares = 4;

// The channels of a group that a call of the leaf takes.
struct Blocks {
  int64_t channels;
  int64_t count = div_up(channels, conv_rows);
  int64_t begin(int64_t block) const { return channels * block / count; }
  int64_t rows(int64_t block) const { return begin(block + 1) - begin(block); }
};

// Where the weight of an output channel, input channel and group is.
struct WeightStrides {
  int64_t output, input, group;
};

// The weights of a pass as the leaf reads them: in blocks of output channels,
// those of one tap side by side.
template <class T>
void pack_weights(T* to, const T* from, const ConvSizes& s,
                  const std::vector<int64_t>& places,
                  const WeightStrides& stride) {
  const auto taps = static_cast<int64_t>(places.size());
  bool in_order = true;
  for (int64_t t = 0; t < taps; ++t) {
    in_order = in_order && places[static_cast<size_t>(t)] == t;
  }
  const bool is_whole = in_order && stride.input == taps;
  const Blocks blocks{s.outputs};
  for (int64_t i = 0; i < s.groups * blocks.count; ++i) {
    const int64_t b = i % blocks.count;
    const int64_t rows = blocks.rows(b);
    const T* block = from + i / blocks.count * stride.group +
                     blocks.begin(b) * stride.output;
    for (int64_t c = 0; c < (is_whole ? 1 : s.inputs); ++c) {
      const T* channel = block + c * stride.input;
      const int64_t columns = is_whole ? s.inputs * taps : taps;
      if (in_order) {
        copy_table->transpose[size_index(sizeof(T))](
            to, rows, channel, stride.output, rows, columns, false);
        to += rows * columns;
        continue;
      }
      for (const int64_t place : places) {
        for (int64_t r = 0; r < rows; ++r) {
          *to++ = channel[r * stride.output + place];
        }
      }
    }
  }
}

// One pass over all images.
class Run {
 public:
  Run(const ConvPass& pass, const ConvSizes& s, const Tensor& x, Tensor& y,
      const Tensor& weight, const WeightStrides& stride, const Tensor& bias)
      : pass_(pass),
        s_(s),
        size_(element_size(x.dtype())),
        leaf_(conv_table->rows[index_of(x.dtype())]),
        taps_(pass.taps()),
        cut_(cut_of(x.dtype())),
        rows_(pass, cut_.channels, x.dtype(), cut_.rows),
        starts_(rows_.starts(product_of(s.in))),
        packed_(s.groups * s.outputs * s.inputs * taps_ * size_),
        x_(bytes_of(x)),
        y_(bytes_of(y)),
        bias_(bias.defined() ? bytes_of(bias) : nullptr) {
    visit_word(x.dtype(), [&]<class T>(T) {
      pack_weights(packed_.as<T>(), static_cast<const T*>(weight.data_ptr()), s,
                   pass.places(s.kernel), stride);
    });
  }

  // Threads share images and strips, and where these are few, the channels.
  void operator()() const {
    const int64_t strips = div_up(height(), cut_.rows);
    const int64_t count = images() * strips;
    const int64_t shares =
        flops() < parallel_flops
            ? 1
            : std::min(div_up(kShares, count), Blocks{s_.outputs}.count);
    parallel_for(0, count * shares,
                 grain_of(flops() / static_cast<double>(strips * shares)),
                 [&](int64_t begin, int64_t end) {
                   const Scratch rows(pass_.is_plain() ? 0 : rows_.bytes());
                   const Scratch apart(has_gaps() ? s_.outputs * cut_.rows *
                                                        width() * size_
                                                  : 0);
                   for (int64_t i = begin; i < end; ++i) {
                     const int64_t at = i / shares;
                     strip({at / strips, at % strips * cut_.rows, i % shares,
                            shares, rows.data(), apart.data()});
                   }
                 });
  }

 private:
  int64_t height() const { return pass_.axes[1].count; }
  int64_t width() const { return pass_.axes[2].count; }
  // The planes of results of all samples and groups.
  int64_t images() const { return s_.batch * s_.groups * pass_.axes[0].count; }
  double flops() const {
    return 2.0 * static_cast<double>(s_.inputs * taps_ * s_.outputs) *
           static_cast<double>(height() * width());
  }
  bool has_gaps() const {
    return pass_.axes[1].apart != 1 || pass_.axes[2].apart != 1;
  }

  struct Cut {
    int64_t rows, channels;
  };

  // So many rows, and channels at a time, that their copies fit the cache and
  // that several threads have something to do.
  Cut cut_of(ScalarType dtype) const {
    Cut cut{height(), s_.inputs};
    if (!pass_.is_plain()) {
      cut.rows = conv_rows_within(kStripBytes, pass_,
                                  std::min(s_.inputs, kLeastChannels), dtype);
      const int64_t bytes = ConvRows(pass_, 1, dtype, cut.rows).bytes();
      const int64_t parts = div_up(s_.inputs * bytes, kStripBytes);
      cut.channels = div_up(s_.inputs, std::min(parts, s_.inputs));
    }
    cut.rows = div_up(height(), div_up(height(), cut.rows));
    return cut;
  }

  // A part of the work, and memory for it.
  struct Task {
    int64_t image, top, share, shares;
    char* rows;
    char* apart;

    // The blocks of output channels from `begin(b)` to `begin(b, 1)`.
    int64_t begin(const Blocks& blocks, int64_t next = 0) const {
      return blocks.count * (share + next) / shares;
    }
  };

  // The results of one image from row `top` on.
  void strip(const Task& task) const {
    const auto& [az, ay, ax] = pass_.axes;
    const int64_t z = task.image % az.count;
    const int64_t image = task.image / az.count;
    const int64_t top = task.top;
    const int64_t plane = product_of(s_.in);
    const int64_t y_plane = product_of(s_.out);
    const int64_t row =
        (az.first + z * az.apart) * s_.out[1] + ay.first + top * ay.apart;
    char* to =
        y_ +
        (image * s_.outputs * y_plane + row * s_.out[2] + ax.first) * size_;
    ConvCall call{};
    call.length = std::min(cut_.rows, height() - top) * width();
    call.at = starts_.data();
    call.y = has_gaps() ? task.apart : to;
    call.y_row = has_gaps() ? cut_.rows * width() : y_plane;
    for (int64_t c = 0; c < s_.inputs; c += cut_.channels) {
      const int64_t channels = std::min(cut_.channels, s_.inputs - c);
      const char* from = x_ + (image * s_.inputs + c) * plane * size_;
      call.x = task.rows;
      if (pass_.is_plain()) {
        call.x = from + (z * height() + top) * width() * size_;
      } else {
        rows_.fill(task.rows, from, plane, channels, z, top);
      }
      call.taps = channels * taps_;
      call.adds = c > 0;
      add_channels(task, call, image % s_.groups, c);
    }
    if (has_gaps()) spread_channels(task, to, call.length / width());
  }

  // Adds what input channels from c on give to the output channels.
  void add_channels(const Task& task, ConvCall call, int64_t group,
                    int64_t c) const {
    const Blocks blocks{s_.outputs};
    char* y = static_cast<char*>(call.y);
    for (int64_t b = task.begin(blocks); b < task.begin(blocks, 1); ++b) {
      const int64_t o = group * s_.outputs + blocks.begin(b);
      call.rows = blocks.rows(b);
      call.weight =
          packed_.data() + (o * s_.inputs + c * call.rows) * taps_ * size_;
      call.bias = bias_ == nullptr ? nullptr : bias_ + o * size_;
      call.y = y + blocks.begin(b) * call.y_row * size_;
      leaf_(call);
    }
  }

  // Writes the results of a pass whose positions have gaps.
  void spread_channels(const Task& task, char* to, int64_t rows) const {
    const Blocks blocks{s_.outputs};
    const int64_t end = blocks.begin(task.begin(blocks, 1));
    const auto copy = [&]<class T>(T) {
      for (int64_t o = blocks.begin(task.begin(blocks)); o < end; ++o) {
        spread(reinterpret_cast<T*>(to) + o * product_of(s_.out),
               reinterpret_cast<const T*>(task.apart) + o * cut_.rows * width(),
               rows);
      }
    };
    size_ == 4 ? copy(uint32_t{}) : copy(uint64_t{});
  }

  template <class T>
  void spread(T* y, const T* from, int64_t rows) const {
    const int64_t line = pass_.axes[1].apart * s_.out[2];
    for (int64_t r = 0; r < rows; ++r, y += line, from += width()) {
      copy_table->scatter_strided[size_index(sizeof(T))](y, pass_.axes[2].apart,
                                                         from, width());
    }
  }

  const ConvPass& pass_;
  const ConvSizes& s_;
  int64_t size_;
  void (*leaf_)(const ConvCall&);
  int64_t taps_;  // of a channel
  Cut cut_;
  ConvRows rows_;
  std::vector<int64_t> starts_;
  Scratch packed_;
  const char* x_;
  char* y_;
  const char* bias_;
};

}  // namespace

Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias,
            IntArrayRef sizes, const ConvGeometry& geometry) {
  const profiler::OpScope scope("conv", x, weight);
  if (weight.numel() == 0) return zeros(sizes, x.dtype());
  Tensor y = empty(sizes, x.dtype());
  if (y.numel() == 0) return y;
  const auto [s, g] = conv_problem(x.sizes(), sizes, weight.sizes(), geometry);
  const ConvPass pass = conv_pass(s, g);
  const int64_t taps = pass.taps();
  Run(pass, s, x, y, weight,
      {s.inputs * taps, taps, s.outputs * s.inputs * taps}, bias)();
  return y;
}

Tensor conv_by_input(const Tensor& y, const Tensor& weight, IntArrayRef sizes,
                     const ConvGeometry& geometry) {
  const profiler::OpScope scope("conv_by_input", y, weight);
  const auto [s, g] = conv_problem(y.sizes(), sizes, weight.sizes(), geometry);
  bool is_covered = y.numel() > 0;
  const std::vector<ConvPass> passes = conv_transposed_passes(s, g, is_covered);
  Tensor x = is_covered ? empty(sizes, y.dtype()) : zeros(sizes, y.dtype());
  if (x.numel() == 0 || y.numel() == 0) return x;
  const int64_t taps = product_of(s.kernel);
  for (const ConvPass& pass : passes) {
    Run(pass, s, y, x, weight,
        {taps, s.outputs * taps, s.inputs * s.outputs * taps}, Tensor())();
  }
  return x;
}

}  // namespace taper::kernels
