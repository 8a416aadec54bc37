// One recurrent layer in one direction over whole sequences. Values only: all
// tensors are contiguous and of one floating dtype.
// N samples, I features, H hidden units, R = H or the size of the projection, G
// gates.
#pragma once

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

enum class Cell : uint8_t { kTanh, kReLU, kLSTM, kGRU };

constexpr int64_t gates_of(Cell cell) {
  return cell == Cell::kLSTM ? 4 : cell == Cell::kGRU ? 3 : 1;
}

/// The rows of a sequence, step by step: the first samples, at most as many as
/// in the step before.
struct Steps {
  int64_t count;
  int64_t samples;
  int64_t rows;
  /// int64 (count); undefined when every step has all samples.
  Tensor sizes;

  int64_t size(int64_t step) const {
    return sizes.defined() ? sizes.data_as<int64_t>()[step] : samples;
  }
};

/// A cell, and whether it goes from the last step to the first.
struct Direction {
  Cell cell;
  bool reverse;
  Steps steps;
};

/// ih (GH, I), hh (GH, R), hr (R, H), the biases (GH); those that the cell does
/// not have are undefined.
struct CellWeights {
  Tensor ih, hh, bias_ih, bias_hh, hr;
};

/// (N, R) and, for an LSTM, (N, H).
struct CellState {
  Tensor h, c;
};

/// What the backward needs of every row: gates and inner as in CellStep, the
/// state before the step, and what goes into the projection.
struct Tape {
  Tensor gates, inner, h_before, c_before, unprojected;
};

/// The outputs (..., R) for x (..., I), which has `rows` rows; `state` moves
/// from the initial one to that after each sample's last step.
Tensor recurrent(const Direction& direction, const Tensor& x,
                 const CellWeights& weights, CellState& state, Tape& tape);

struct RecurrentGrads {
  Tensor x;
  CellWeights weights;
};

/// The gradients of x (if wanted) and the weights for that of the outputs,
/// which may be undefined; `grad_state` moves from the gradient of the last
/// state to that of the initial one.
RecurrentGrads recurrent_backward(const Direction& direction, const Tensor& x,
                                  const CellWeights& weights, const Tape& tape,
                                  const Tensor& grad, CellState& grad_state,
                                  bool wants_x);

}  // namespace taper::kernels
