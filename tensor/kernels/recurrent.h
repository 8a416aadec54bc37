// One recurrent layer in one direction over whole sequences. Values only: all
// tensors are contiguous and of one floating dtype.
// N samples, I features, H hidden units, R = H or the size of the projection, G
// gates.
#pragma once

#include <array>
#include <cstdint>

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

/// What a layer has and its gradients: x (..., I), the states h (N, R) and c
/// (N, H), the weights ih (GH, I), hh (GH, R) and hr (R, H), the biases (GH).
/// Those that the cell does not have are undefined.
enum RecurrentInput : size_t {
  kX,
  kH,
  kC,
  kIH,
  kHH,
  kBiasIH,
  kBiasHH,
  kHR,
  kRecurrentInputs
};
using RecurrentInputs = std::array<Tensor, kRecurrentInputs>;

/// The outputs (..., R) and the states after each sample's last step; of
/// gradients those for them, some undefined.
struct RecurrentOutputs {
  Tensor y, h, c;
};

/// What the backward needs of every row: gates and inner as in CellStep, the
/// state before the step, and what goes into the projection.
struct Tape {
  Tensor gates, inner, h_before, c_before, unprojected;
};

RecurrentOutputs recurrent(const Direction& direction,
                           const RecurrentInputs& in, Tape& tape);
/// The gradients of all inputs, of x if it is wanted.
RecurrentInputs recurrent_backward(const Direction& direction,
                                   const RecurrentInputs& in, const Tape& tape,
                                   const RecurrentOutputs& grads, bool wants_x);

}  // namespace taper::kernels
