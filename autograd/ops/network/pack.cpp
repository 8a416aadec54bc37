// Sequences of different lengths: packed step by step, and padded. What moves
// the elements is differentiable itself.
#include <algorithm>
#include <vector>

#include "taper/autograd/ops.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/network/recurrent_layer.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

// For each step t the places t N + i, i < sizes[t], of its rows in (T N, ...).
Tensor places(const Tensor& sizes, int64_t samples, int64_t rows) {
  Tensor result = kernels::empty(rows, kLong);
  auto* next = result.data_as<int64_t>();
  for (int64_t t = 0; t < sizes.numel(); ++t) {
    for (int64_t i = 0; i < sizes.data_as<int64_t>()[t]; ++i) {
      *next++ = t * samples + i;
    }
  }
  return result;
}

// (outer, inner, ...) for rows (outer * inner, ...).
SmallShape split_rows(const Tensor& rows, int64_t outer, int64_t inner) {
  SmallShape shape(IntArrayRef{outer, inner});
  for (int64_t d = 1; d < rows.dim(); ++d) shape.push_back(rows.size(d));
  return shape;
}

IntArrayRef rest_of(const Tensor& x) {
  return x.sizes().slice(1, x.sizes().size() - 1);
}

}  // namespace

namespace detail {

void check_batch_sizes(const char* op, const Tensor& data,
                       const Tensor& batch_sizes) {
  check_index_type(op, batch_sizes);
  check(batch_sizes.dim() == 1 && batch_sizes.numel() > 0,
        "[{}] expected batch_sizes of shape (T) with T >= 1, got {}", op,
        batch_sizes.sizes());
  const Tensor sizes = kernels::contiguous(batch_sizes);
  const auto* size = sizes.data_as<int64_t>();
  int64_t rows = 0;
  for (int64_t t = 0; t < sizes.numel(); ++t) {
    check<ValueError>(size[t] > 0 && (t == 0 || size[t] <= size[t - 1]),
                      "[{}] batch_sizes must be positive and not grow, got {} "
                      "at {}",
                      op, size[t], t);
    check(size[t] <= data.size(0) - rows,
          "[{}] batch_sizes add up to more than the {} rows of the data", op,
          data.size(0));
    rows += size[t];
  }
  check(rows == data.size(0),
        "[{}] batch_sizes add up to {}, but the data have {} rows", op, rows,
        data.size(0));
}

}  // namespace detail

std::tuple<Tensor, Tensor> _pack_padded_sequence(const Tensor& input,
                                                 const Tensor& lengths,
                                                 bool batch_first) {
  const char* op = "_pack_padded_sequence";
  check(input.dim() >= 2, "[{}] expected an input of at least 2 dims, got {}",
        op, input.sizes());
  check_index_type(op, lengths);
  const Tensor x = batch_first ? input.transpose(0, 1) : input;
  const int64_t longest = x.size(0), samples = x.size(1);
  check(lengths.dim() == 1 && lengths.numel() == samples && x.numel() > 0,
        "[{}] expected one length for each sample of an input that is not "
        "empty, got lengths {} for {}",
        op, lengths.sizes(), input.sizes());
  const Tensor ordered = kernels::contiguous(lengths);
  const auto* length = ordered.data_as<int64_t>();
  int64_t rows = 0;
  for (int64_t i = 0; i < samples; ++i) {
    check<ValueError>(length[i] > 0 && length[i] <= longest,
                      "[{}] lengths must lie in [1, {}], got {}", op, longest,
                      length[i]);
    check<ValueError>(i == 0 || length[i] <= length[i - 1],
                      "[{}] lengths must not grow when enforce_sorted is true, "
                      "got {} after {}",
                      op, length[i], i == 0 ? 0 : length[i - 1]);
    rows += length[i];
  }
  Tensor sizes = kernels::zeros(length[0], kLong);
  auto* size = sizes.data_as<int64_t>();
  for (int64_t i = 0; i < samples; ++i) {
    for (int64_t t = 0; t < length[i]; ++t) ++size[t];
  }
  return {x.flatten(0, 1).index_select(0, places(sizes, samples, rows)), sizes};
}

std::tuple<Tensor, Tensor> _pad_packed_sequence(const Tensor& data,
                                                const Tensor& batch_sizes,
                                                bool batch_first,
                                                const Scalar& padding_value,
                                                int64_t total_length) {
  const char* op = "_pad_packed_sequence";
  check(data.dim() >= 1, "[{}] expected data of at least 1 dim, got {}", op,
        data.sizes());
  detail::check_batch_sizes(op, data, batch_sizes);
  const Tensor sizes = kernels::contiguous(batch_sizes);
  const auto* size = sizes.data_as<int64_t>();
  check<ValueError>(
      total_length <= 0 || total_length >= sizes.numel(),
      "[{}] total_length is {}, but the longest sequence has {} steps", op,
      total_length, sizes.numel());
  const int64_t samples = size[0];
  const int64_t steps = std::max(total_length, sizes.numel());
  SmallShape shape(data.sizes());
  shape[0] = numel_of(IntArrayRef{steps, samples});
  Tensor x = full(shape, padding_value, data.options())
                 .index_copy(0, places(sizes, samples, data.size(0)), data)
                 .view(split_rows(data, steps, samples));
  Tensor lengths = kernels::zeros(samples, kLong);
  for (int64_t t = 0; t < sizes.numel(); ++t) {
    for (int64_t i = 0; i < size[t]; ++i) ++lengths.data_as<int64_t>()[i];
  }
  return {batch_first ? own(x.transpose(0, 1)) : x, lengths};
}

Tensor pad_sequence(TensorList sequences, bool batch_first,
                    double padding_value, std::string_view padding_side) {
  const char* op = "pad_sequence";
  check<ValueError>(!sequences.empty(), "[{}] got no sequences", op);
  check<ValueError>(padding_side == "left" || padding_side == "right",
                    "[{}] padding_side must be \"left\" or \"right\", got {}",
                    op, std::string(padding_side));
  const Tensor& first = sequences[0];
  int64_t longest = 0;
  for (const Tensor& sequence : sequences) {
    check(sequence.dim() >= 1 && sequence.dim() == first.dim() &&
              rest_of(sequence) == rest_of(first),
          "[{}] sequences must differ in the first dim alone, got {} and {}",
          op, first.sizes(), sequence.sizes());
    longest = std::max(longest, sequence.size(0));
  }
  std::vector<Tensor> parts;
  for (const Tensor& sequence : sequences) {
    std::vector<int64_t> padding(static_cast<size_t>(2 * first.dim()), 0);
    const size_t side = padding_side == "left" ? 2 : 1;
    padding[padding.size() - side] = longest - sequence.size(0);
    parts.push_back(
        constant_pad_nd(sequence.to(first.dtype()), padding, padding_value));
  }
  return stack(parts, batch_first ? 0 : 1);
}

}  // namespace taper
