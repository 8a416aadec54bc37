// The recurrent layers: their parameters, what they print and call.
#include "taper/nn/layers/recurrent.h"

#include <cmath>
#include <utility>

#include "taper/autograd/ops.h"
#include "taper/nn/functional/call.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"
#include "taper/tensor/macros.h"
#include "taper/tensor/shape.h"

namespace taper::nn {

using utils::rnn::PackedSequence;

// Options ---------------------------------------------------------------------

template <class Options>
concept IsRecurrent = requires(const Options& o) {
  o.hidden_size();
};
template <class Options>
concept HasLayers = requires(const Options& o) {
  o.num_layers();
};
template <class Options>
concept HasNonlinearity = requires(const Options& o) {
  o.nonlinearity();
};
template <class Options>
concept HasProjection = requires(const Options& o) {
  o.proj_size();
};

template <class Options>
static bool is_relu(const Options& options) {
  if constexpr (HasNonlinearity<Options>) {
    return std::holds_alternative<enumtype::kReLU>(options.nonlinearity());
  }
  return false;
}

template <IsRecurrent Options>
static void print_options(OptionPrinter& print, const Options& options) {
  if constexpr (!HasLayers<Options>) {
    print(options.input_size())(options.hidden_size());
    if (!options.bias()) print("bias", false);
    if (is_relu(options)) print("nonlinearity", "kReLU");
  } else {
    print("input_size", options.input_size());
    print("hidden_size", options.hidden_size());
    print("num_layers", options.num_layers())("bias", options.bias());
    print("batch_first", options.batch_first())("dropout", options.dropout());
    print("bidirectional", options.bidirectional());
    if constexpr (HasProjection<Options>) {
      if (options.proj_size() > 0) print("proj_size", options.proj_size());
    }
  }
}

template <HasLayers Options, class Mode>
static detail::RNNOptionsBase base_of(Mode mode, const Options& options) {
  return detail::RNNOptionsBase(mode, options.input_size(),
                                options.hidden_size())
      .num_layers(options.num_layers())
      .bias(options.bias())
      .batch_first(options.batch_first())
      .dropout(options.dropout())
      .bidirectional(options.bidirectional());
}

template <class Options>
static detail::RNNCellOptionsBase base_of(const Options& options,
                                          int64_t gates) {
  return {options.input_size(), options.hidden_size(), options.bias(), gates};
}

static void draw(const Tensor& tensor, int64_t hidden_size) {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden_size));
  init::uniform_(tensor, -bound, bound);
}

// Layers ----------------------------------------------------------------------

namespace detail {
namespace {

// By the number of the mode.
constexpr const char* kNames[] = {"LSTM", "GRU", "RNN", "RNN"};
constexpr int64_t kGates[] = {4, 3, 1, 1};

int64_t directions(const RNNOptionsBase& options) {
  return options.bidirectional() ? 2 : 1;
}
int64_t width_of(const RNNOptionsBase& options) {
  return options.proj_size() > 0 ? options.proj_size() : options.hidden_size();
}

// `state`, or zeros where it is undefined.
Tensor completed(const char* name, const Tensor& state, IntArrayRef shape,
                 const Tensor& input) {
  if (!state.defined()) return zeros(shape, input.options());
  check(state.sizes() == shape, "[{}] expected a state of shape {}, got {}",
        name, shape, state.sizes());
  return state;
}

// The states of the samples in another order.
Tensor reordered(const Tensor& state, const Tensor& order) {
  return state.defined() && order.defined() ? state.index_select(1, order)
                                            : state;
}

}  // namespace

void RNNLayer::check_sizes() const {
  const RNNOptionsBase& o = options_base;
  const char* name = kNames[o.mode().index()];
  check_size(name, "input_size", o.input_size());
  check_positive(name, "hidden_size", o.hidden_size());
  check_positive(name, "num_layers", o.num_layers());
  check<ValueError>(o.dropout() >= 0 && o.dropout() <= 1,
                    "[{}] dropout must lie in [0, 1], got {}", name,
                    o.dropout());
  check<ValueError>(o.proj_size() >= 0 && o.proj_size() < o.hidden_size(),
                    "[{}] proj_size must be 0 or smaller than hidden_size {}, "
                    "got {}",
                    name, o.hidden_size(), o.proj_size());
  if (o.dropout() > 0 && o.num_layers() == 1) {
    TORCH_WARN("[", name,
               "] dropout is between layers: with num_layers 1 it does "
               "nothing");
  }
}

void RNNLayer::reset() {
  check_sizes();
  const RNNOptionsBase& o = options_base;
  const int64_t gates = numel_of({kGates[o.mode().index()], o.hidden_size()});
  const int64_t width = width_of(o);
  weights_.clear();
  for (int64_t layer = 0; layer < o.num_layers(); ++layer) {
    const int64_t inputs = layer == 0 ? o.input_size() : directions(o) * width;
    for (int64_t d = 0; d < directions(o); ++d) {
      const auto add = [&](const char* kind, IntArrayRef sizes) {
        weights_.push_back(register_parameter(std::string(kind) + "_l" +
                                                  std::to_string(layer) +
                                                  (d == 1 ? "_reverse" : ""),
                                              empty(sizes)));
      };
      add("weight_ih", {gates, inputs});
      add("weight_hh", {gates, width});
      if (o.bias()) add("bias_ih", gates);
      if (o.bias()) add("bias_hh", gates);
      if (o.proj_size() > 0) add("weight_hr", {width, o.hidden_size()});
    }
  }
  reset_parameters();
}

void RNNLayer::reset_parameters() {
  for (const Tensor& weight : weights_) {
    draw(weight, options_base.hidden_size());
  }
}

void RNNLayer::complete(const Tensor& input, int64_t samples,
                        State& state) const {
  const RNNOptionsBase& o = options_base;
  const char* name = kNames[o.mode().index()];
  check(input.size(-1) == o.input_size(),
        "[{}] expected {} features in the last dim of the input, got {}", name,
        o.input_size(), input.sizes());
  const int64_t layers = o.num_layers() * directions(o);
  state.h = completed(name, state.h, {layers, samples, width_of(o)}, input);
  if (std::holds_alternative<enumtype::kLSTM>(o.mode())) {
    state.c =
        completed(name, state.c, {layers, samples, o.hidden_size()}, input);
  }
}

Tensor RNNLayer::call(const Tensor& input, const Tensor& batch_sizes,
                      State& state) const {
  const RNNOptionsBase& o = options_base;
  // `op` is a lambda, since the operations are overloaded.
  const auto call_with = [&](const auto& op, const auto& hx) {
    return batch_sizes.defined()
               ? op(input, batch_sizes, hx, weights_, o.bias(), o.num_layers(),
                    o.dropout(), is_training(), o.bidirectional())
               : op(input, hx, weights_, o.bias(), o.num_layers(), o.dropout(),
                    is_training(), o.bidirectional(), o.batch_first());
  };
  Tensor y;
  if (std::holds_alternative<enumtype::kLSTM>(o.mode())) {
    const Tensor hx[] = {state.h, state.c};
    std::tie(y, state.h, state.c) =
        call_with(TAPER_OPERATION(lstm), TensorList(hx));
  } else if (std::holds_alternative<enumtype::kGRU>(o.mode())) {
    std::tie(y, state.h) = call_with(TAPER_OPERATION(gru), state.h);
  } else if (std::holds_alternative<enumtype::kRNN_TANH>(o.mode())) {
    std::tie(y, state.h) = call_with(TAPER_OPERATION(rnn_tanh), state.h);
  } else {
    std::tie(y, state.h) = call_with(TAPER_OPERATION(rnn_relu), state.h);
  }
  return y;
}

Tensor RNNLayer::run(const Tensor& input, State& state) const {
  const RNNOptionsBase& o = options_base;
  check(input.dim() == 2 || input.dim() == 3,
        "[{}] expected an input of 3 dims, or 2 without a batch, got {}",
        kNames[o.mode().index()], input.sizes());
  const int64_t dim = o.batch_first() ? 0 : 1;
  if (input.dim() == 3) {
    complete(input, input.size(dim), state);
    return call(input, {}, state);
  }
  for (Tensor* each : {&state.h, &state.c}) {
    if (!each->defined()) continue;
    check(each->dim() == 2,
          "[{}] expected states of 2 dims for an input without a batch, got {}",
          kNames[o.mode().index()], each->sizes());
    *each = each->unsqueeze(1);
  }
  complete(input, 1, state);
  Tensor y = call(input.unsqueeze(dim), {}, state).squeeze(dim);
  state.h = state.h.squeeze(1);
  if (state.c.defined()) state.c = state.c.squeeze(1);
  return y;
}

PackedSequence RNNLayer::run(const PackedSequence& input, State& state) const {
  const Tensor& sizes = input.batch_sizes();
  check(input.data().dim() == 2 && sizes.dim() == 1 && sizes.numel() > 0,
        "[{}] expected packed data of 2 dims, got {} with batch_sizes {}",
        kNames[options_base.mode().index()], input.data().sizes(),
        sizes.sizes());
  state.h = reordered(state.h, input.sorted_indices());
  state.c = reordered(state.c, input.sorted_indices());
  complete(input.data(), sizes[0].item<int64_t>(), state);
  const Tensor y = call(input.data(), sizes, state);
  state.h = reordered(state.h, input.unsorted_indices());
  state.c = reordered(state.c, input.unsorted_indices());
  return PackedSequence(y, sizes, input.sorted_indices(),
                        input.unsorted_indices());
}

std::tuple<Tensor, Tensor> OneStateLayer::forward(const Tensor& input,
                                                  Tensor hx) {
  State state = {std::move(hx), {}};
  Tensor y = run(input, state);
  return {std::move(y), std::move(state.h)};
}

std::tuple<PackedSequence, Tensor> OneStateLayer::forward_with_packed_input(
    const PackedSequence& packed_input, Tensor hx) {
  State state = {std::move(hx), {}};
  PackedSequence y = run(packed_input, state);
  return {std::move(y), std::move(state.h)};
}

// Cells -----------------------------------------------------------------------

void CellLayer::reset() {
  const RNNCellOptionsBase& o = options_base;
  const std::string name = printed_name();
  check_size(name.c_str(), "input_size", o.input_size());
  check_positive(name.c_str(), "hidden_size", o.hidden_size());
  const int64_t gates = numel_of({o.num_chunks(), o.hidden_size()});
  const auto bias = [&] { return o.bias() ? empty(gates) : Tensor(); };
  weight_ih = register_parameter("weight_ih", empty({gates, o.input_size()}));
  weight_hh = register_parameter("weight_hh", empty({gates, o.hidden_size()}));
  bias_ih = register_parameter("bias_ih", bias());
  bias_hh = register_parameter("bias_hh", bias());
  reset_parameters();
}

void CellLayer::reset_parameters() {
  for (const Tensor& weight : parameters()) {
    draw(weight, options_base.hidden_size());
  }
}

Tensor CellLayer::complete(const Tensor& input, const Tensor& state) const {
  const int64_t features = options_base.input_size();
  const std::string name = printed_name();
  check((input.dim() == 1 || input.dim() == 2) && input.size(-1) == features,
        "[{}] expected an input (N, {}) or ({}), got {}", name, features,
        features, input.sizes());
  SmallShape shape(input.sizes());
  shape[shape.size - 1] = options_base.hidden_size();
  return completed(name.c_str(), state, shape, input);
}

}  // namespace detail

RNNImpl::RNNImpl(const RNNOptions& o) : Layer(o) {
  options_base = is_relu(o) ? base_of(kRNN_RELU, o) : base_of(kRNN_TANH, o);
  reset();
}

LSTMImpl::LSTMImpl(const LSTMOptions& o) : Layer(o) {
  options_base = base_of(kLSTM, o).proj_size(o.proj_size());
  reset();
}

std::tuple<Tensor, LSTMImpl::States> LSTMImpl::forward(
    const Tensor& input, std::optional<States> hx_opt) {
  State state;
  if (hx_opt) std::tie(state.h, state.c) = std::move(*hx_opt);
  Tensor y = run(input, state);
  return {std::move(y), States(std::move(state.h), std::move(state.c))};
}

std::tuple<PackedSequence, LSTMImpl::States>
LSTMImpl::forward_with_packed_input(const PackedSequence& packed_input,
                                    std::optional<States> hx_opt) {
  State state;
  if (hx_opt) std::tie(state.h, state.c) = std::move(*hx_opt);
  PackedSequence y = run(packed_input, state);
  return {std::move(y), States(std::move(state.h), std::move(state.c))};
}

GRUImpl::GRUImpl(const GRUOptions& o) : Layer(o) {
  options_base = base_of(kGRU, o);
  reset();
}

RNNCellImpl::RNNCellImpl(const RNNCellOptions& o) : Layer(o) {
  options_base = base_of(o, 1);
  reset();
}

Tensor RNNCellImpl::forward(const Tensor& input, const Tensor& hx) {
  const auto op = is_relu(options) ? rnn_relu_cell : rnn_tanh_cell;
  return op(input, complete(input, hx), weight_ih, weight_hh, bias_ih, bias_hh);
}

LSTMCellImpl::LSTMCellImpl(const LSTMCellOptions& o) : Layer(o) {
  options_base = base_of(o, 4);
  reset();
}

LSTMCellImpl::States LSTMCellImpl::forward(const Tensor& input,
                                           std::optional<States> hx_opt) {
  Tensor h, c;
  if (hx_opt) std::tie(h, c) = std::move(*hx_opt);
  const Tensor hx[] = {complete(input, h), complete(input, c)};
  return lstm_cell(input, hx, weight_ih, weight_hh, bias_ih, bias_hh);
}

GRUCellImpl::GRUCellImpl(const GRUCellOptions& o) : Layer(o) {
  options_base = base_of(o, 3);
  reset();
}

Tensor GRUCellImpl::forward(const Tensor& input, const Tensor& hx) {
  return gru_cell(input, complete(input, hx), weight_ih, weight_hh, bias_ih,
                  bias_hh);
}

template class Layer<RNNImpl, RNNOptions, detail::OneStateLayer>;
template class Layer<LSTMImpl, LSTMOptions, detail::RNNLayer>;
template class Layer<GRUImpl, GRUOptions, detail::OneStateLayer>;
template class Layer<RNNCellImpl, RNNCellOptions, detail::CellLayer>;
template class Layer<LSTMCellImpl, LSTMCellOptions, detail::CellLayer>;
template class Layer<GRUCellImpl, GRUCellOptions, detail::CellLayer>;

}  // namespace taper::nn
