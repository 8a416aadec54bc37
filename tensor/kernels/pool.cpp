// Pooling: planes and rows shared between threads.
#include "taper/tensor/kernels/pool.h"

#include <algorithm>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Inputs per thread, each seen about once.
constexpr int64_t kGrain = 16384;

int64_t grain(int64_t inputs) { return 1 + kGrain / (inputs + 1); }

// The inputs that a row of outputs sees.
int64_t inputs_of_row(const Pooling& pooling) {
  int64_t inputs = pooling.dims[2].size;
  for (int d = 0; d < 2; ++d) {
    const Window& first = pooling.windows[d].front();
    inputs *= (first.end - first.begin) / pooling.dims[d].step + 1;
  }
  return inputs;
}

// A pooling whose windows each plane says anew.
struct PlaneWindows {
  explicit PlaneWindows(const Pooling& pooling) : dims(pooling.dims) {
    for (size_t d = 0; d < 3; ++d) {
      windows[d].resize(static_cast<size_t>(dims[d].outputs));
      dims[d].windows = windows[d].data();
    }
  }
  void begin_at(const Tensor* starts, int64_t plane) {
    for (size_t d = 0; d < 3; ++d) {
      const int64_t* start =
          starts[d].data_as<int64_t>() + plane * dims[d].outputs;
      for (Window& window : windows[d]) {
        window = {*start, *start + dims[d].extent};
        ++start;
      }
    }
  }

  std::array<PoolDim, 3> dims;
  std::array<std::vector<Window>, 3> windows;
};

}  // namespace

Tensor max_pool(const Tensor& x, const Pooling& pooling, const Tensor* starts,
                IntArrayRef sizes, Tensor& places) {
  const profiler::OpScope scope("max_pool", x);
  Tensor y = empty(sizes, x.dtype());
  places = empty(sizes, kInt);
  if (y.numel() == 0) return y;
  const auto leaf = pool_table->max[index_of(x.dtype())];
  const auto& dims = pooling.dims;
  const int64_t rows = dims[0].outputs * dims[1].outputs;
  const auto pool = [&](const auto& windows, int64_t begin, int64_t end) {
    const Scratch room(int64_t{16} * pool_room(dims[2]));
    leaf(y.data_ptr(), places.data_as<int32_t>(), x.data_ptr(), windows.data(),
         begin, end, room.data());
  };
  if (starts) {
    parallel_for(0, y.numel() / pooling.outputs(), grain(pooling.inputs()),
                 [&](int64_t begin, int64_t end) {
                   PlaneWindows own(pooling);
                   for (int64_t plane = begin; plane < end; ++plane) {
                     own.begin_at(starts, plane);
                     pool(own.dims, plane * rows, (plane + 1) * rows);
                   }
                 });
  } else {
    parallel_for(0, y.numel() / dims[2].outputs, grain(inputs_of_row(pooling)),
                 [&](int64_t begin, int64_t end) { pool(dims, begin, end); });
  }
  return y;
}

Tensor add_to_places(const Tensor& x, const Tensor& places, IntArrayRef sizes,
                     int dims) {
  const profiler::OpScope scope("max_pool_backward", x);
  if (x.numel() == 0) return zeros(sizes, x.dtype());
  Tensor y = empty(sizes, x.dtype());
  const int64_t planes =
      numel_of(sizes.slice(0, sizes.size() - static_cast<size_t>(dims)));
  const int64_t inputs = y.numel() / planes;
  const int64_t outputs = x.numel() / planes;
  visit_floating(y.dtype(), [&]<class T>(T) {
    parallel_each(planes, grain(inputs + outputs), [&](int64_t i) {
      T* plane = y.data_as<T>() + i * inputs;
      const T* values = x.data_as<T>() + i * outputs;
      const int32_t* place = places.data_as<int32_t>() + i * outputs;
      std::fill(plane, plane + inputs, 0);
      for (int64_t o = 0; o < outputs; ++o) plane[place[o]] += values[o];
    });
  });
  return y;
}

}  // namespace taper::kernels
