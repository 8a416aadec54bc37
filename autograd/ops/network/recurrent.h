// Recurrent layers and cells, and sequences of different lengths packed without
// padding. T steps, N samples, I features, H hidden units, R = H or, for an
// LSTM with projections, their size, L layers, D directions (1 or 2).
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "taper/tensor/array_ref.h"
#include "taper/tensor/tensor.h"

namespace taper {

// Layers ----------------------------------------------------------------------
// Input (T, N, I), or (N, T, I) if batch_first, or packed: `data` (rows, I) and
// int64 `batch_sizes` (T), step by step. The states are (L D, N, R), an LSTM's
// second one (L D, N, H). `params` has for each layer and direction weight_ih
// (G H, I), weight_hh (G H, R), if has_biases bias_ih and bias_hh (G H), with
// projections weight_hr (R, H), for G gates. While training, what one layer
// gives the next goes through dropout. They return the outputs (T, N, D R) and
// the states after the last step, and throw for shapes that do not fit, other
// dtypes than the input's, and no steps at all.

/// h = tanh(W_ih x + b_ih + W_hh h + b_hh). Elman, "Finding Structure in Time",
/// 1990.
TAPER_API std::tuple<Tensor, Tensor> rnn_tanh(
    const Tensor& input, const Tensor& hx, TensorList params, bool has_biases,
    int64_t num_layers, double dropout, bool train, bool bidirectional,
    bool batch_first);
TAPER_API std::tuple<Tensor, Tensor> rnn_tanh(
    const Tensor& data, const Tensor& batch_sizes, const Tensor& hx,
    TensorList params, bool has_biases, int64_t num_layers, double dropout,
    bool train, bool bidirectional);
/// The same with max(x, 0) in place of tanh.
TAPER_API std::tuple<Tensor, Tensor> rnn_relu(
    const Tensor& input, const Tensor& hx, TensorList params, bool has_biases,
    int64_t num_layers, double dropout, bool train, bool bidirectional,
    bool batch_first);
TAPER_API std::tuple<Tensor, Tensor> rnn_relu(
    const Tensor& data, const Tensor& batch_sizes, const Tensor& hx,
    TensorList params, bool has_biases, int64_t num_layers, double dropout,
    bool train, bool bidirectional);
/// c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c) for the gates
/// (i, f, g, o) = W_ih x + b_ih + W_hh h + b_hh; h is W_hr times that with
/// projections, which there are if the two tensors of hx, h and c, differ in
/// the last size. Hochreiter, Schmidhuber, "Long Short-Term Memory", 1997.
TAPER_API std::tuple<Tensor, Tensor, Tensor> lstm(
    const Tensor& input, TensorList hx, TensorList params, bool has_biases,
    int64_t num_layers, double dropout, bool train, bool bidirectional,
    bool batch_first);
TAPER_API std::tuple<Tensor, Tensor, Tensor> lstm(
    const Tensor& data, const Tensor& batch_sizes, TensorList hx,
    TensorList params, bool has_biases, int64_t num_layers, double dropout,
    bool train, bool bidirectional);
/// h = (1 - z) n + z h with r and z = sigmoid(W_ih x + b_ih + W_hh h + b_hh),
/// n = tanh(W_ih x + b_ih + r (W_hh h + b_hh)). Cho et al., "Learning Phrase
/// Representations using RNN Encoder-Decoder", 2014.
TAPER_API std::tuple<Tensor, Tensor> gru(const Tensor& input, const Tensor& hx,
                                         TensorList params, bool has_biases,
                                         int64_t num_layers, double dropout,
                                         bool train, bool bidirectional,
                                         bool batch_first);
TAPER_API std::tuple<Tensor, Tensor> gru(const Tensor& data,
                                         const Tensor& batch_sizes,
                                         const Tensor& hx, TensorList params,
                                         bool has_biases, int64_t num_layers,
                                         double dropout, bool train,
                                         bool bidirectional);

// Cells -----------------------------------------------------------------------
// One step: input (N, I) and states (N, H), or both without N.

TAPER_API Tensor rnn_tanh_cell(const Tensor& input, const Tensor& hx,
                               const Tensor& w_ih, const Tensor& w_hh,
                               const Tensor& b_ih = {},
                               const Tensor& b_hh = {});
TAPER_API Tensor rnn_relu_cell(const Tensor& input, const Tensor& hx,
                               const Tensor& w_ih, const Tensor& w_hh,
                               const Tensor& b_ih = {},
                               const Tensor& b_hh = {});
TAPER_API std::tuple<Tensor, Tensor> lstm_cell(
    const Tensor& input, TensorList hx, const Tensor& w_ih, const Tensor& w_hh,
    const Tensor& b_ih = {}, const Tensor& b_hh = {});
TAPER_API Tensor gru_cell(const Tensor& input, const Tensor& hx,
                          const Tensor& w_ih, const Tensor& w_hh,
                          const Tensor& b_ih = {}, const Tensor& b_hh = {});

// Packed sequences ------------------------------------------------------------

/// The rows of input (T, N, ...), or (N, T, ...) if batch_first, of the samples
/// that are longer than t, for each step t, and how many these are. The int64
/// `lengths` (N) lie in [1, T] and fall from sample to sample.
TAPER_API std::tuple<Tensor, Tensor> _pack_padded_sequence(
    const Tensor& input, const Tensor& lengths, bool batch_first);
/// The inverse: (T, N, ...) with `padding_value` behind each sample's end, T
/// being at least total_length, and the lengths.
TAPER_API std::tuple<Tensor, Tensor> _pad_packed_sequence(
    const Tensor& data, const Tensor& batch_sizes, bool batch_first,
    const Scalar& padding_value, int64_t total_length);
/// Sequences (T_i, ...) as one tensor (max T, N, ...), or (N, max T, ...) if
/// batch_first, with padding_value on the `padding_side`, "right" or "left".
TAPER_API Tensor pad_sequence(TensorList sequences, bool batch_first = false,
                              double padding_value = 0,
                              std::string_view padding_side = "right");

}  // namespace taper
