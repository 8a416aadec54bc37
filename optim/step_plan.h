// StepPlan: what one optimiser step is going to do to every parameter, checked
// before anything changes. Kept between steps for its memory. Not a public
// header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/optim/options.h"
#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/simd/optim.h"
#include "taper/tensor/tensor.h"

namespace taper::optim {

/// One parameter with a gradient.
struct StepItem {
  // A constructor leaves the bytes of own_settings as they are.
  StepItem(TensorImpl* to_step, const char* grad, int64_t first, uint32_t place,
           uint32_t group_number)
      : param(to_step),
        range{to_step->data, grad, {}, to_step->numel},
        offset(first),
        index(place),
        group(group_number),
        dtype(compute_type(to_step->dtype)) {}

  TensorImpl* param;
  kernels::StepRange range;  // all of its elements, contiguous
  int64_t offset;            // of its first element among those of all items
  uint32_t index;            // among the parameters of all groups
  uint32_t group;
  ScalarType dtype;  // of the elements: what kernels compute the parameter in
  int64_t* step_count = nullptr;  // becomes one more when nothing has thrown
  kernels::StepKernel kernel = nullptr;
  const void* settings = nullptr;
  alignas(double) std::byte own_settings[8 * sizeof(double)];

  /// Leaves the work to a fused kernel with settings of its own, or with those
  /// of another item of the same plan.
  template <class Settings>
  void run(const kernels::StepKernels<Settings>& kernels,
           const Settings& values) {
    static_assert(sizeof values <= sizeof own_settings &&
                  std::is_trivially_copyable_v<Settings>);
    std::memcpy(own_settings, &values, sizeof values);
    settings = own_settings;
    run_like(*this, kernels);
  }
  template <class Settings>
  void run_like(const StepItem& other,
                const kernels::StepKernels<Settings>& kernels) {
    settings = other.settings;
    kernel = kernels.of_type[kernels::index_of(dtype)];
  }
};

struct StepPlan {
  std::vector<StepItem> items;
  int64_t total = 0;
  // The first of each pair is written from the second at the end.
  std::vector<std::pair<Tensor, Tensor>> results;
  std::vector<Tensor> gradients;  // contiguous stand-ins
  // What becomes state when nothing has thrown.
  std::vector<std::pair<Tensor*, Tensor>> buffers;
  std::vector<std::pair<size_t, std::unique_ptr<OptimizerParamState>>> states;

  void clear();
  /// Runs the kernels over all elements of all items.
  void run() const;
  /// Writes the results and tells autograd that the parameters changed.
  void finish();
};

}  // namespace taper::optim
