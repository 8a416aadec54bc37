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

// Calls body(begin, end, room) for the rows of y; all chunks begin with a
// multiple of `multiple` rows.
template <class F>
void for_rows(const Tensor& y, const Pooling& pooling, int64_t multiple,
              const F& body) {
  const int64_t rows = y.numel() / pooling.dims[2].outputs;
  parallel_for(0, rows / multiple, grain(inputs_of_row(pooling) * multiple),
               [&](int64_t begin, int64_t end) {
                 const Scratch room(2 * 8 * pool_room(pooling.dims[2]));
                 body(begin * multiple, end * multiple, room.data());
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
  for_rows(y, pooling, 1, [&](int64_t begin, int64_t end, void* room) {
    leaf(y.data_ptr(), places.data_as<int32_t>(), x.data_ptr(), pooling.dims,
         begin, end, room);
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
                 const Scratch room(2 * 8 * pool_room(dims[2]));
                 for (int64_t plane = begin; plane < end; ++plane) {
                   for (int d = 0; d < 3; ++d) {
                     const int64_t* start =
                         starts[d].data_as<int64_t>() + plane * dims[d].outputs;
                     for (Window& window : windows[d]) {
                       window = {*start, *start + dims[d].extent, 1};
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

Tensor average_pool(const Tensor& x, const Pooling& pooling,
                    IntArrayRef sizes) {
  const profiler::OpScope scope("average_pool", x);
  Tensor y = empty(sizes, x.dtype());
  if (y.numel() == 0) return y;
  const auto leaf = pool_table->average[index_of(x.dtype())];
  for_rows(y, pooling, 1, [&](int64_t begin, int64_t end, void* room) {
    leaf(y.data_ptr(), x.data_ptr(), pooling.dims, begin, end, room);
  });
  return y;
}

Tensor average_pool_backward(const Tensor& grad, const Pooling& pooling,
                             IntArrayRef sizes) {
  const profiler::OpScope scope("average_pool_backward", grad);
  if (grad.numel() == 0) return zeros(sizes, grad.dtype());
  Tensor gx = empty(sizes, grad.dtype());
  const auto leaf = pool_table->average_backward[index_of(grad.dtype())];
  const int64_t plane = pooling.dims[0].outputs * pooling.dims[1].outputs;
  for_rows(grad, pooling, plane, [&](int64_t begin, int64_t end, void* room) {
    leaf(gx.data_ptr(), grad.data_ptr(), pooling.dims, begin, end, room);
  });
  return gx;
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
