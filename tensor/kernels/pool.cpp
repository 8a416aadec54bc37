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

// Calls body(begin, end, room) for the rows of y.
template <class F>
void for_rows(const Tensor& y, const Pooling& pooling, const F& body) {
  const PoolDim& w = pooling.dims[2];
  parallel_for(0, y.numel() / w.outputs, grain(inputs_of_row(pooling)),
               [&](int64_t begin, int64_t end) {
                 const Scratch room(int64_t{16} * pool_room(w));
                 body(begin, end, room.data());
               });
}

// Calls body(plane, inputs of the plane, its outputs) for each plane.
template <class F>
void for_planes(const Tensor& x, int64_t inputs, const Tensor& y,
                const F& body) {
  const int64_t planes = x.numel() / inputs;
  const int64_t outputs = y.numel() / planes;
  visit_floating(y.dtype(), [&]<class T>(T) {
    T* from = x.data_as<T>();
    T* to = y.data_as<T>();
    parallel_each(planes, grain(inputs + outputs), [=](int64_t plane) {
      body(from + plane * inputs, to + plane * outputs, plane * outputs,
           outputs);
    });
  });
}

}  // namespace

Tensor max_pool(const Tensor& x, const Pooling& pooling, IntArrayRef sizes,
                Tensor& places) {
  const profiler::OpScope scope("max_pool", x);
  Tensor y = empty(sizes, x.dtype());
  places = empty(sizes, kInt);
  if (y.numel() == 0) return y;
  const auto leaf = pool_table->max[index_of(x.dtype())];
  for_rows(y, pooling, [&](int64_t begin, int64_t end, void* room) {
    leaf(y.data_ptr(), places.data_as<int32_t>(), x.data_ptr(),
         pooling.dims.data(), begin, end, room);
  });
  return y;
}

Tensor fractional_max_pool(const Tensor& x, const Pooling& pooling,
                           const Tensor (&starts)[3], IntArrayRef sizes,
                           Tensor& places) {
  const profiler::OpScope scope("fractional_max_pool", x);
  Tensor y = empty(sizes, x.dtype());
  places = empty(sizes, kInt);
  if (y.numel() == 0) return y;
  const auto leaf = pool_table->max[index_of(x.dtype())];
  const int64_t inputs = pooling.inputs();
  const int64_t outputs = pooling.outputs();
  parallel_for(0, y.numel() / outputs, grain(inputs),
               [&](int64_t begin, int64_t end) {
                 PoolDim dims[3];
                 std::vector<Window> windows[3];
                 for (int d = 0; d < 3; ++d) {
                   dims[d] = pooling.dims[d];
                   windows[d].resize(static_cast<size_t>(dims[d].outputs));
                   dims[d].windows = windows[d].data();
                 }
                 const Scratch room(int64_t{16} * pool_room(dims[2]));
                 for (int64_t plane = begin; plane < end; ++plane) {
                   for (int d = 0; d < 3; ++d) {
                     const int64_t* start =
                         starts[d].data_as<int64_t>() + plane * dims[d].outputs;
                     for (Window& window : windows[d]) {
                       window = {*start, *start + dims[d].extent};
                       ++start;
                     }
                   }
                   leaf(at(y, plane * outputs),
                        places.data_as<int32_t>() + plane * outputs,
                        at(x, plane * inputs), dims, 0,
                        dims[0].outputs * dims[1].outputs, room.data());
                 }
               });
  return y;
}

Tensor sum_pool(const Tensor& x, const Pooling& pooling, IntArrayRef sizes) {
  const profiler::OpScope scope("sum_pool", x);
  Tensor y = empty(sizes, x.dtype());
  if (x.numel() == 0 || y.numel() == 0) return zeros(sizes, x.dtype());
  const auto leaf = pool_table->sum[index_of(x.dtype())];
  for_rows(y, pooling, [&](int64_t begin, int64_t end, void* room) {
    leaf(y.data_ptr(), x.data_ptr(), pooling.dims.data(), begin, end, room);
  });
  return y;
}

Tensor add_to_places(const Tensor& x, const Tensor& places, IntArrayRef sizes,
                     int64_t plane_size) {
  const profiler::OpScope scope("max_pool_backward", x);
  if (x.numel() == 0) return zeros(sizes, x.dtype());
  Tensor y = empty(sizes, x.dtype());
  const int32_t* place = places.data_as<int32_t>();
  for_planes(y, plane_size, x,
             [=](auto* plane, const auto* values, int64_t first, int64_t n) {
               std::fill(plane, plane + plane_size, 0);
               for (int64_t i = 0; i < n; ++i) {
                 plane[place[first + i]] += values[i];
               }
             });
  return y;
}

Tensor from_places(const Tensor& x, const Tensor& places, int64_t plane_size) {
  const profiler::OpScope scope("max_pool_double_backward", x);
  Tensor y = empty(places.sizes(), x.dtype());
  if (y.numel() == 0) return y;
  const int32_t* place = places.data_as<int32_t>();
  for_planes(x, plane_size, y,
             [=](const auto* plane, auto* values, int64_t first, int64_t n) {
               for (int64_t i = 0; i < n; ++i) {
                 values[i] = plane[place[first + i]];
               }
             });
  return y;
}

}  // namespace taper::kernels
