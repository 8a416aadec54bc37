// Steps of recurrent cells over rows, each a sample: single-threaded leaf
// kernels in one table per instruction set. Array index: 0 float32, 1 float64.
// H hidden size; the gates of a sample are side by side, in PyTorch's order.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// What a step of a cell reads and writes: all of it contiguous, rows by H
/// elements or by as many times H as there are gates.
struct CellStep {
  int64_t rows, hidden;
  /// In: what goes into the gates from input, state and bias (of a GRU: from
  /// the input). Out: the gates, sigmoid(x) as its smaller distance to 0 and 1,
  /// with a minus if that is to 1, so that its derivative keeps all digits.
  void* gates;
  /// GRU, in: what goes into the gates from the state.
  const void* from_state;
  /// Out; of a GRU also in.
  void* h;
  /// LSTM, in and out.
  void* c;
  /// For the backward: of an LSTM tanh(c), of a GRU the last part of
  /// `from_state`.
  void* inner;
};

/// The same of the backward.
struct CellStepBackward {
  int64_t rows, hidden;
  const void* gates;
  const void* inner;
  /// h of a GRU or c of an LSTM before the step.
  const void* before;
  /// In: the gradient of h. Out, of a GRU: its part that reaches the h before
  /// around the gates.
  void* grad_h;
  /// LSTM, in: the gradient of c; out: that of the c before.
  void* grad_c;
  /// Out.
  void* grad_gates;
  /// GRU, out: the gradient of `from_state`.
  void* grad_from_state;
};

struct RecurrentTable {
  using Step = void (*)(const CellStep& step);
  using Backward = void (*)(const CellStepBackward& step);

  /// By the number of the cell, see kernels::Cell.
  PerReal<Step> step[4];
  PerReal<Backward> backward[4];
};

TAPER_TABLE(RecurrentTable, recurrent_table)

}  // namespace taper::kernels
