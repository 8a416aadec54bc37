// Packing and padding, with the sorting that they need.
#include "taper/nn/packed_sequence.h"

#include <utility>
#include <vector>

#include "taper/autograd/ops.h"

namespace taper::nn::utils::rnn {

Tensor invert_permutation(const Tensor& permutation) {
  if (!permutation.defined()) return permutation;
  return empty(permutation.sizes(), permutation.options())
      .scatter_(0, permutation, arange(permutation.numel()));
}

PackedSequence::PackedSequence(Tensor data, Tensor batch_sizes,
                               Tensor sorted_indices, Tensor unsorted_indices)
    : data_(std::move(data)),
      batch_sizes_(std::move(batch_sizes)),
      sorted_indices_(std::move(sorted_indices)),
      unsorted_indices_(unsorted_indices.defined()
                            ? std::move(unsorted_indices)
                            : invert_permutation(sorted_indices_)) {}

PackedSequence PackedSequence::to(TensorOptions options) const {
  return PackedSequence(data_.to(options), batch_sizes_, sorted_indices_,
                        unsorted_indices_);
}

PackedSequence pack_padded_sequence(Tensor input, Tensor lengths,
                                    bool batch_first, bool enforce_sorted) {
  lengths = lengths.to(kLong);
  Tensor order;
  if (!enforce_sorted) {
    std::tie(lengths, order) = lengths.sort(-1, /*descending=*/true);
    check(input.dim() >= 2 && order.dim() == 1,
          "[pack_padded_sequence] expected an input of at least 2 dims and "
          "lengths of 1, got {} and {}",
          input.sizes(), lengths.sizes());
    const int64_t dim = batch_first ? 0 : 1;
    check(order.numel() == input.size(dim),
          "[pack_padded_sequence] got {} lengths for {} samples", order.numel(),
          input.size(dim));
    input = input.index_select(dim, order);
  }
  auto [data, sizes] = _pack_padded_sequence(input, lengths, batch_first);
  return PackedSequence(std::move(data), std::move(sizes), std::move(order));
}

std::tuple<Tensor, Tensor> pad_packed_sequence(
    const PackedSequence& sequence, bool batch_first, double padding_value,
    std::optional<int64_t> total_length) {
  check<ValueError>(total_length.value_or(1) > 0,
                    "[pad_packed_sequence] total_length must be positive, got "
                    "{}",
                    total_length.value_or(1));
  auto [padded, lengths] =
      _pad_packed_sequence(sequence.data(), sequence.batch_sizes(), batch_first,
                           padding_value, total_length.value_or(0));
  const Tensor& order = sequence.unsorted_indices();
  if (!order.defined()) return {padded, lengths};
  return {padded.index_select(batch_first ? 0 : 1, order),
          lengths.index_select(0, order)};
}

Tensor pad_sequence(TensorList sequences, bool batch_first,
                    double padding_value, std::string_view padding_side) {
  return taper::pad_sequence(sequences, batch_first, padding_value,
                             padding_side);
}

PackedSequence pack_sequence(TensorList sequences, bool enforce_sorted) {
  const Tensor padded = taper::pad_sequence(sequences);
  std::vector<int64_t> lengths;
  for (const Tensor& sequence : sequences) lengths.push_back(sequence.size(0));
  return pack_padded_sequence(padded, tensor(lengths), false, enforce_sorted);
}

}  // namespace taper::nn::utils::rnn
