// Fused optimiser steps over n contiguous elements: single-threaded leaf
// kernels in one table per instruction set. Array index: 0 float32, 1 float64.
// Each step rounds where PyTorch's sequence of tensor operations rounds.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// Stochastic gradient descent; `first` makes the buffer a copy of g.
struct SgdStep {
  double lr;
  double momentum;
  double dampening;
  double weight_decay;
  bool nesterov;
  bool first;
};

/// Adam, or AdamW when `decoupled`; bias_correction = 1 - beta^step.
struct AdamStep {
  double lr;
  double beta1;
  double beta2;
  double eps;
  double weight_decay;
  double bias_correction1;
  double bias_correction2;
  bool decoupled;
};

/// RMSprop; momentum is used when a buffer is passed.
struct RmspropStep {
  double lr;
  double alpha;
  double eps;
  double weight_decay;
  double momentum;
};

/// Adagrad; lr is already lr / (1 + (step - 1) * lr_decay).
struct AdagradStep {
  double lr;
  double eps;
  double weight_decay;
};

/// p is the parameter, g its gradient (only read); the rest is optimiser state
/// updated in place. Ranges may be split between threads anywhere.
struct OptimTable {
  /// buf is null without momentum.
  void (*sgd[kRealTypes])(void* p, const void* g, void* buf, int64_t n,
                          const SgdStep& step);
  /// m and v are the averages of g and g^2; v_max is null without amsgrad.
  void (*adam[kRealTypes])(void* p, const void* g, void* m, void* v,
                           void* v_max, int64_t n, const AdamStep& step);
  /// g_avg is null unless centered, buf is null without momentum.
  void (*rmsprop[kRealTypes])(void* p, const void* g, void* square_avg,
                              void* g_avg, void* buf, int64_t n,
                              const RmspropStep& step);
  /// sum is the running sum of g^2.
  void (*adagrad[kRealTypes])(void* p, const void* g, void* sum, int64_t n,
                              const AdagradStep& step);
};

/// The table of the running processor, chosen when the library is loaded.
extern const OptimTable* optim_table;

}  // namespace taper::kernels
