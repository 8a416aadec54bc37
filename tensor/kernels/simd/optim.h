// Fused optimiser steps over n contiguous elements: single-threaded leaf
// kernels in one table per instruction set.
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

/// RMSprop; momentum is used when there is a buffer.
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

/// Elements of a parameter, of its gradient (only read) and of the state that
/// the step updates in place; null is state that the step does not have.
struct StepRange {
  char* p;
  const char* g;
  char* state[3];
  int64_t n;
};
using StepKernel = void (*)(const StepRange& range, const void* settings);

/// A step for each real type, with the type of its settings.
template <class Settings>
struct StepKernels {
  PerReal<StepKernel> of_type;
};

/// Ranges may be split between threads anywhere.
struct OptimTable {
  /// state: the buffer (null without momentum).
  StepKernels<SgdStep> sgd;
  /// state: averages of g and g^2, largest average (null without amsgrad).
  StepKernels<AdamStep> adam;
  /// state: average of g^2, average of g (null unless centered), buffer (null
  /// without momentum).
  StepKernels<RmspropStep> rmsprop;
  /// state: running sum of g^2.
  StepKernels<AdagradStep> adagrad;
};

TAPER_TABLE(OptimTable, optim_table)

}  // namespace taper::kernels
