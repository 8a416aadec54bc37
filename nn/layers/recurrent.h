// Recurrent layers over sequences, and the cells of one step. T steps, N
// samples, I = input_size, H = hidden_size, R = H or proj_size, L = num_layers,
// D directions (1, or 2 if bidirectional).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "taper/nn/enum.h"
#include "taper/nn/module/any_module.h"
#include "taper/nn/module/layer.h"
#include "taper/nn/packed_sequence.h"
#include "taper/tensor/arg.h"

namespace taper::nn {
namespace detail {

/// What the options of all recurrent layers come to.
struct TAPER_API RNNOptionsBase {
  using rnn_options_base_mode_t =
      std::variant<enumtype::kLSTM, enumtype::kGRU, enumtype::kRNN_TANH,
                   enumtype::kRNN_RELU>;
  RNNOptionsBase(rnn_options_base_mode_t mode, int64_t input_size,
                 int64_t hidden_size)
      : mode_(mode), input_size_(input_size), hidden_size_(hidden_size) {}
  TAPER_ARG(rnn_options_base_mode_t, mode);
  TAPER_ARG(int64_t, input_size);
  TAPER_ARG(int64_t, hidden_size);
  TAPER_ARG(int64_t, num_layers) = 1;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(bool, batch_first) = false;
  TAPER_ARG(double, dropout) = 0.0;
  TAPER_ARG(bool, bidirectional) = false;
  TAPER_ARG(int64_t, proj_size) = 0;
};

/// What the options of all cells come to; num_chunks gates.
struct TAPER_API RNNCellOptionsBase {
  RNNCellOptionsBase(int64_t input_size, int64_t hidden_size, bool bias,
                     int64_t num_chunks)
      : input_size_(input_size),
        hidden_size_(hidden_size),
        bias_(bias),
        num_chunks_(num_chunks) {}
  TAPER_ARG(int64_t, input_size);
  TAPER_ARG(int64_t, hidden_size);
  TAPER_ARG(bool, bias);
  TAPER_ARG(int64_t, num_chunks);
};

}  // namespace detail

/// Inputs are (N, T, I) if batch_first. What one layer gives the next goes
/// through a dropout with that probability.
struct TAPER_API RNNOptions {
  using nonlinearity_t = std::variant<enumtype::kTanh, enumtype::kReLU>;
  RNNOptions(int64_t input_size, int64_t hidden_size)
      : input_size_(input_size), hidden_size_(hidden_size) {}
  TAPER_ARG(int64_t, input_size);
  TAPER_ARG(int64_t, hidden_size);
  TAPER_ARG(int64_t, num_layers) = 1;
  TAPER_ARG(nonlinearity_t, nonlinearity) = kTanh;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(bool, batch_first) = false;
  TAPER_ARG(double, dropout) = 0.0;
  TAPER_ARG(bool, bidirectional) = false;
};

/// As RNNOptions; unless proj_size is 0, each step's output is projected to
/// that many features.
struct TAPER_API LSTMOptions {
  LSTMOptions(int64_t input_size, int64_t hidden_size)
      : input_size_(input_size), hidden_size_(hidden_size) {}
  TAPER_ARG(int64_t, input_size);
  TAPER_ARG(int64_t, hidden_size);
  TAPER_ARG(int64_t, num_layers) = 1;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(bool, batch_first) = false;
  TAPER_ARG(double, dropout) = 0.0;
  TAPER_ARG(bool, bidirectional) = false;
  TAPER_ARG(int64_t, proj_size) = 0;
};

/// As RNNOptions.
struct TAPER_API GRUOptions {
  GRUOptions(int64_t input_size, int64_t hidden_size)
      : input_size_(input_size), hidden_size_(hidden_size) {}
  TAPER_ARG(int64_t, input_size);
  TAPER_ARG(int64_t, hidden_size);
  TAPER_ARG(int64_t, num_layers) = 1;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(bool, batch_first) = false;
  TAPER_ARG(double, dropout) = 0.0;
  TAPER_ARG(bool, bidirectional) = false;
};

struct TAPER_API RNNCellOptions {
  using nonlinearity_t = std::variant<enumtype::kTanh, enumtype::kReLU>;
  RNNCellOptions(int64_t input_size, int64_t hidden_size)
      : input_size_(input_size), hidden_size_(hidden_size) {}
  TAPER_ARG(int64_t, input_size);
  TAPER_ARG(int64_t, hidden_size);
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(nonlinearity_t, nonlinearity) = kTanh;
};

struct TAPER_API GRUCellOptions {
  GRUCellOptions(int64_t input_size, int64_t hidden_size)
      : input_size_(input_size), hidden_size_(hidden_size) {}
  TAPER_ARG(int64_t, input_size);
  TAPER_ARG(int64_t, hidden_size);
  TAPER_ARG(bool, bias) = true;
};
using LSTMCellOptions = GRUCellOptions;

namespace detail {

/// The parameters of a recurrent layer, uniform in +-1 / sqrt(H) at the start:
/// for each layer k weight_ih_lk, weight_hh_lk, bias_ih_lk, bias_hh_lk and
/// weight_hr_lk as far as there are any, then those with names in _reverse.
class TAPER_API RNNLayer : public LayerBase {
 public:
  using LayerBase::LayerBase;
  void reset() override;
  /// Draws all parameters anew.
  void reset_parameters();
  /// Does nothing: parameters need not lie side by side here.
  void flatten_parameters() {}
  /// All parameters in the order of their names.
  std::vector<Tensor> all_weights() const { return weights_; }

  RNNOptionsBase options_base{kLSTM, 0, 0};

 protected:
  struct State {
    Tensor h, c;
  };
  /// The outputs; `state`, whose tensors may be undefined at first, becomes the
  /// last one.
  Tensor run(const Tensor& input, State& state) const;
  utils::rnn::PackedSequence run(const utils::rnn::PackedSequence& input,
                                 State& state) const;

 private:
  void check_sizes() const;
  void complete(const Tensor& input, int64_t samples, State& state) const;
  Tensor call(const Tensor& input, const Tensor& batch_sizes,
              State& state) const;

  std::vector<Tensor> weights_;
};

/// What has one tensor as its state.
class TAPER_API OneStateLayer : public RNNLayer {
 public:
  using RNNLayer::RNNLayer;
  std::tuple<Tensor, Tensor> forward(const Tensor& input, Tensor hx = {});
  /// The state is in the order of the sequences before they were sorted.
  std::tuple<utils::rnn::PackedSequence, Tensor> forward_with_packed_input(
      const utils::rnn::PackedSequence& packed_input, Tensor hx = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(Tensor())})
};

/// The parameters of a cell, uniform in +-1 / sqrt(H) at the start.
class TAPER_API CellLayer : public LayerBase {
 public:
  using LayerBase::LayerBase;
  void reset() override;
  /// Draws all parameters anew.
  void reset_parameters();

  RNNCellOptionsBase options_base{0, 0, true, 1};
  Tensor weight_ih;
  Tensor weight_hh;
  /// Undefined, both, when the options have no bias.
  Tensor bias_ih;
  Tensor bias_hh;

 protected:
  /// `state`, or zeros when it is undefined; checks `input`.
  Tensor complete(const Tensor& input, const Tensor& state) const;
};

}  // namespace detail

/// forward(x, h) returns the outputs (T, N, D H) and the last state (L D, N, H)
/// of h = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(., 0), for x (T, N, I)
/// and the first state h, 0 if undefined; N may be left out of all of them.
struct TAPER_API RNNImpl : Layer<RNNImpl, RNNOptions, detail::OneStateLayer> {
  RNNImpl(int64_t input_size, int64_t hidden_size)
      : RNNImpl(RNNOptions(input_size, hidden_size)) {}
  explicit RNNImpl(const RNNOptions& options);
};
using RNN = ModuleHolder<RNNImpl>;

/// The same for the states (h, c) of taper::lstm.
struct TAPER_API LSTMImpl : Layer<LSTMImpl, LSTMOptions, detail::RNNLayer> {
  using States = std::tuple<Tensor, Tensor>;
  LSTMImpl(int64_t input_size, int64_t hidden_size)
      : LSTMImpl(LSTMOptions(input_size, hidden_size)) {}
  explicit LSTMImpl(const LSTMOptions& options);
  std::tuple<Tensor, States> forward(const Tensor& input,
                                     std::optional<States> hx_opt = {});
  std::tuple<utils::rnn::PackedSequence, States> forward_with_packed_input(
      const utils::rnn::PackedSequence& packed_input,
      std::optional<States> hx_opt = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(std::optional<States>())})
};
using LSTM = ModuleHolder<LSTMImpl>;

/// The same for the state of taper::gru.
struct TAPER_API GRUImpl : Layer<GRUImpl, GRUOptions, detail::OneStateLayer> {
  GRUImpl(int64_t input_size, int64_t hidden_size)
      : GRUImpl(GRUOptions(input_size, hidden_size)) {}
  explicit GRUImpl(const GRUOptions& options);
};
using GRU = ModuleHolder<GRUImpl>;

/// The next state for x (N, I) and the state (N, H), 0 if undefined; N may be
/// left out of both.
struct TAPER_API RNNCellImpl
    : Layer<RNNCellImpl, RNNCellOptions, detail::CellLayer> {
  RNNCellImpl(int64_t input_size, int64_t hidden_size)
      : RNNCellImpl(RNNCellOptions(input_size, hidden_size)) {}
  explicit RNNCellImpl(const RNNCellOptions& options);
  Tensor forward(const Tensor& input, const Tensor& hx = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(Tensor())})
};
using RNNCell = ModuleHolder<RNNCellImpl>;

/// The same for the states (h, c).
struct TAPER_API LSTMCellImpl
    : Layer<LSTMCellImpl, LSTMCellOptions, detail::CellLayer> {
  using States = std::tuple<Tensor, Tensor>;
  LSTMCellImpl(int64_t input_size, int64_t hidden_size)
      : LSTMCellImpl(LSTMCellOptions(input_size, hidden_size)) {}
  explicit LSTMCellImpl(const LSTMCellOptions& options);
  States forward(const Tensor& input, std::optional<States> hx_opt = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(std::optional<States>())})
};
using LSTMCell = ModuleHolder<LSTMCellImpl>;

struct TAPER_API GRUCellImpl
    : Layer<GRUCellImpl, GRUCellOptions, detail::CellLayer> {
  GRUCellImpl(int64_t input_size, int64_t hidden_size)
      : GRUCellImpl(GRUCellOptions(input_size, hidden_size)) {}
  explicit GRUCellImpl(const GRUCellOptions& options);
  Tensor forward(const Tensor& input, const Tensor& hx = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(Tensor())})
};
using GRUCell = ModuleHolder<GRUCellImpl>;

}  // namespace taper::nn
