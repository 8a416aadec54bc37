// Sequences of different lengths in one tensor without padding, for the
// recurrent layers, and with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "taper/tensor/tensor.h"
#include "taper/tensor/tensor_options.h"

namespace taper::nn::utils::rnn {

/// i -> j for a permutation j -> i; undefined stays so.
TAPER_API Tensor invert_permutation(const Tensor& permutation);

/// Sequences step by step, the longest one first: `data` (rows, ...) has the
/// first elements of all, then the second ones of those that have one, and so
/// on; `batch_sizes` says of how many. Sequence sorted_indices[i] of those that
/// were packed is number i here.
class TAPER_API PackedSequence {
 public:
  explicit PackedSequence(Tensor data, Tensor batch_sizes,
                          Tensor sorted_indices = {},
                          Tensor unsorted_indices = {});

  const Tensor& data() const { return data_; }
  const Tensor& batch_sizes() const { return batch_sizes_; }
  const Tensor& sorted_indices() const { return sorted_indices_; }
  const Tensor& unsorted_indices() const { return unsorted_indices_; }

  /// With converted data.
  PackedSequence to(TensorOptions options) const;
  PackedSequence cpu() const { return *this; }
  bool is_cuda() const { return false; }
  bool is_pinned() const { return false; }

 private:
  Tensor data_;
  Tensor batch_sizes_;
  Tensor sorted_indices_;
  Tensor unsorted_indices_;
};

/// Packs input (T, N, ...), or (N, T, ...) if batch_first, of which sample i
/// has lengths[i] steps; these fall from sample to sample, or the samples are
/// sorted here unless `enforce_sorted`.
TAPER_API PackedSequence pack_padded_sequence(Tensor input, Tensor lengths,
                                              bool batch_first = false,
                                              bool enforce_sorted = true);
/// The inverse, and the lengths: padding_value fills up to total_length or the
/// longest sequence.
TAPER_API std::tuple<Tensor, Tensor> pad_packed_sequence(
    const PackedSequence& sequence, bool batch_first = false,
    double padding_value = 0.0,
    std::optional<int64_t> total_length = std::nullopt);
/// See taper::pad_sequence.
TAPER_API Tensor pad_sequence(TensorList sequences, bool batch_first = false,
                              double padding_value = 0,
                              std::string_view padding_side = "right");
/// Packs sequences (T_i, ...).
TAPER_API PackedSequence pack_sequence(TensorList sequences,
                                       bool enforce_sorted = true);

}  // namespace taper::nn::utils::rnn
