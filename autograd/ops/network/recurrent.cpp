// Recurrent layers one after the other, in one or both directions, and cells.
#include "taper/autograd/ops/network/recurrent.h"

#include <utility>
#include <vector>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/network/recurrent_layer.h"

namespace taper {
namespace {

using Inputs = kernels::RecurrentInputs;
using Outputs = kernels::RecurrentOutputs;
using enum kernels::RecurrentInput;
using kernels::Cell;
using kernels::Steps;

struct Network {
  const char* op;
  Cell cell;
  TensorList params;
  bool has_biases;
  int64_t num_layers;
  double dropout;
  bool train;
  bool bidirectional;

  int64_t directions() const { return bidirectional ? 2 : 1; }
};

void check_tensor(const char* op, const char* what, const Tensor& x,
                  IntArrayRef shape, ScalarType dtype) {
  check(x.defined(), "[{}] {} is undefined", op, what);
  check(x.sizes() == shape, "[{}] expected {} of shape {}, got {}", op, what,
        shape, x.sizes());
  check<TypeError>(x.dtype() == dtype, "[{}] {} is {} but the input is {}", op,
                   what, x.dtype(), dtype);
}

// Parameters of a layer whose x has `features` columns, and h `width`.
void check_weights(const char* op, Cell cell, int64_t features, int64_t width,
                   int64_t hidden, const Inputs& in) {
  const ScalarType dtype = in[kX].dtype();
  const int64_t gates = numel_of({kernels::gates_of(cell), hidden});
  check_tensor(op, "weight_ih", in[kIH], {gates, features}, dtype);
  check_tensor(op, "weight_hh", in[kHH], {gates, width}, dtype);
  check(in[kBiasIH].defined() == in[kBiasHH].defined(),
        "[{}] expected both biases or none", op);
  if (in[kBiasIH].defined()) {
    check_tensor(op, "bias_ih", in[kBiasIH], gates, dtype);
    check_tensor(op, "bias_hh", in[kBiasHH], gates, dtype);
  }
  if (in[kHR].defined()) {
    check_tensor(op, "weight_hr", in[kHR], {width, hidden}, dtype);
  }
}

// Layer number `layer` of 2 L ones without input.
Inputs inputs_of(const Network& net, bool projects, const Outputs& initial,
                 int64_t layer) {
  const int64_t all = net.num_layers * net.directions();
  const auto part = [&](const Tensor& state) {
    return !state.defined() || all == 1 ? state : state.narrow(0, layer, 1);
  };
  const size_t count = 2 + (net.has_biases ? 2 : 0) + (projects ? 1 : 0);
  const Tensor* params = net.params.data() + count * static_cast<size_t>(layer);
  Inputs in;
  in[kH] = part(initial.h);
  in[kC] = part(initial.c);
  in[kIH] = params[0];
  in[kHH] = params[1];
  if (net.has_biases) {
    in[kBiasIH] = params[2];
    in[kBiasHH] = params[3];
  }
  if (projects) in[kHR] = params[count - 1];
  return in;
}

void check_network(const Network& net, const Steps& steps, bool projects,
                   const Outputs& initial) {
  const char* op = net.op;
  const Tensor& x = initial.y;
  check_floating(op, x);
  check(steps.count > 0, "[{}] expected at least one step, got input {}", op,
        x.sizes());
  check<ValueError>(net.num_layers > 0,
                    "[{}] num_layers must be positive, got {}", op,
                    net.num_layers);
  check<ValueError>(net.dropout >= 0 && net.dropout <= 1,
                    "[{}] dropout must lie in [0, 1], got {}", op, net.dropout);
  const auto count = static_cast<int64_t>(net.params.size());
  const int64_t each = 2 + (net.has_biases ? 2 : 0) + (projects ? 1 : 0);
  const int64_t all = count / each;
  check(count % each == 0 && all % net.directions() == 0 &&
            all / net.directions() == net.num_layers,
        "[{}] expected {} parameters for each of {} layers in {} directions, "
        "got {}",
        op, each, net.num_layers, net.directions(), count);
  const Tensor& inner = initial.c.defined() ? initial.c : initial.h;
  check(initial.h.dim() == 3 && inner.dim() == 3,
        "[{}] expected states of 3 dims, got {} and {}", op, initial.h.sizes(),
        inner.sizes());
  const int64_t width = initial.h.size(2), hidden = inner.size(2);
  check_tensor(op, "hx", initial.h, {all, steps.samples, width}, x.dtype());
  check_tensor(op, "cx", inner, {all, steps.samples, hidden}, x.dtype());
  for (int64_t i = 0; i < all; ++i) {
    Inputs in = inputs_of(net, projects, initial, i);
    in[kX] = x;
    const bool is_first = i < net.directions();
    check_weights(op, net.cell,
                  is_first ? x.size(-1) : numel_of({net.directions(), width}),
                  width, hidden, in);
  }
}

Tensor joined(const std::vector<Tensor>& parts, int64_t dim) {
  return parts.size() == 1 ? parts[0] : cat(parts, dim);
}

// y, h and c of the initial x, h and c.
Outputs run(const Network& net, const Steps& steps, const Outputs& initial) {
  const bool projects =
      initial.c.defined() && initial.h.size(-1) != initial.c.size(-1);
  check_network(net, steps, projects, initial);
  Tensor x = initial.y;
  std::vector<Tensor> h, c;
  for (int64_t layer = 0; layer < net.num_layers; ++layer) {
    if (layer > 0) x = dropout(x, net.dropout, net.train);
    std::vector<Tensor> y;
    for (int64_t d = 0; d < net.directions(); ++d) {
      Inputs in =
          inputs_of(net, projects, initial, layer * net.directions() + d);
      in[kX] = x;
      Outputs out = recurrent_layer({net.cell, d == 1, steps}, std::move(in));
      y.push_back(std::move(out.y));
      h.push_back(std::move(out.h));
      c.push_back(std::move(out.c));
    }
    x = joined(y, -1);
  }
  return {x, joined(h, 0), initial.c.defined() ? joined(c, 0) : Tensor()};
}

// The same for elements of any floating dtype.
Outputs run_computed(const Network& net, const Steps& steps,
                     const Outputs& initial) {
  const ScalarType dtype = initial.y.dtype();
  if (!kernels::is_narrow(dtype) || !is_floating(dtype)) {
    return run(net, steps, initial);
  }
  std::vector<Tensor> params;
  for (const Tensor& param : net.params) params.push_back(computed(param));
  Network wide = net;
  wide.params = params;
  Outputs out =
      run(wide, steps,
          {computed(initial.y), computed(initial.h), computed(initial.c)});
  return {out.y.to(dtype), out.h.to(dtype),
          out.c.defined() ? out.c.to(dtype) : Tensor()};
}

// `initial` has no y yet.
Outputs padded(const Network& net, const Tensor& input, Outputs initial,
               bool batch_first) {
  check(input.dim() == 3, "[{}] expected an input of 3 dims, got {}", net.op,
        input.sizes());
  const Tensor x = batch_first ? input.transpose(0, 1) : input;
  initial.y = x;
  Outputs out = run_computed(
      net, {x.size(0), x.size(1), numel_of(x.sizes().slice(0, 2)), {}},
      initial);
  if (batch_first) out.y = own(out.y.transpose(0, 1));
  return out;
}

Outputs packed(const Network& net, const Tensor& data,
               const Tensor& batch_sizes, Outputs initial) {
  check(data.dim() == 2, "[{}] expected packed data of 2 dims, got {}", net.op,
        data.sizes());
  detail::check_batch_sizes(net.op, data, batch_sizes);
  const Tensor sizes = kernels::clone(batch_sizes);
  initial.y = data;
  return run_computed(
      net, {sizes.numel(), sizes.data_as<int64_t>()[0], data.size(0), sizes},
      initial);
}

// The states that a caller gives: one, or those of an LSTM.
Outputs states_of(const char*, const Tensor& h) { return {{}, h, {}}; }
Outputs states_of(const char* op, TensorList hx) {
  check(hx.size() == 2 && hx[0].defined() && hx[1].defined(),
        "[{}] expected two defined hidden states, got {}", op, hx.size());
  return {{}, hx[0], hx[1]};
}

// What a layer returns.
struct Results : Outputs {
  operator std::tuple<Tensor, Tensor>() const { return {y, h}; }
  operator std::tuple<Tensor, Tensor, Tensor>() const { return {y, h, c}; }
};

// Cells -----------------------------------------------------------------------

Outputs run_cell(const char* op, Cell cell, Inputs in) {
  const ScalarType dtype = in[kX].dtype();
  check_floating(op, in[kX]);
  check(
      (in[kX].dim() == 1 || in[kX].dim() == 2) && in[kH].dim() == in[kX].dim(),
      "[{}] expected input and state of 1 or 2 dims, got {} and {}", op,
      in[kX].sizes(), in[kH].sizes());
  const bool is_batch = in[kX].dim() == 2;
  const int64_t samples = is_batch ? in[kX].size(0) : 1;
  const int64_t hidden = in[kH].size(-1);
  SmallShape shape(in[kX].sizes());
  shape[shape.size - 1] = hidden;
  check_tensor(op, "hx", in[kH], shape, dtype);
  if (in[kC].defined()) check_tensor(op, "cx", in[kC], shape, dtype);
  check_weights(op, cell, in[kX].size(-1), hidden, hidden, in);
  for (Tensor& input : in) input = computed(input);
  Outputs out =
      recurrent_layer({cell, false, {1, samples, samples, {}}}, std::move(in));
  return {{}, out.h.to(dtype), out.c.defined() ? out.c.to(dtype) : Tensor()};
}

}  // namespace

#define TAPER_RECURRENT(name, cell, Result, Hx)                               \
  Result name(const Tensor& input, Hx hx, TensorList params, bool has_biases, \
              int64_t num_layers, double dropout, bool train,                 \
              bool bidirectional, bool batch_first) {                         \
    return Results{padded({#name, cell, params, has_biases, num_layers,       \
                           dropout, train, bidirectional},                    \
                          input, states_of(#name, hx), batch_first)};         \
  }                                                                           \
  Result name(const Tensor& data, const Tensor& batch_sizes, Hx hx,           \
              TensorList params, bool has_biases, int64_t num_layers,         \
              double dropout, bool train, bool bidirectional) {               \
    return Results{packed({#name, cell, params, has_biases, num_layers,       \
                           dropout, train, bidirectional},                    \
                          data, batch_sizes, states_of(#name, hx))};          \
  }
using Two = std::tuple<Tensor, Tensor>;
using Three = std::tuple<Tensor, Tensor, Tensor>;
TAPER_RECURRENT(rnn_tanh, Cell::kTanh, Two, const Tensor&)
TAPER_RECURRENT(rnn_relu, Cell::kReLU, Two, const Tensor&)
TAPER_RECURRENT(gru, Cell::kGRU, Two, const Tensor&)
TAPER_RECURRENT(lstm, Cell::kLSTM, Three, TensorList)
#undef TAPER_RECURRENT

#define TAPER_CELL(name, cell, Result, Hx, result)                             \
  Result name(const Tensor& input, Hx hx, const Tensor& w_ih,                  \
              const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh) {    \
    const Outputs states = states_of(#name, hx);                               \
    Outputs out = run_cell(                                                    \
        #name, cell, {input, states.h, states.c, w_ih, w_hh, b_ih, b_hh, {}}); \
    return result;                                                             \
  }
TAPER_CELL(rnn_tanh_cell, Cell::kTanh, Tensor, const Tensor&, out.h)
TAPER_CELL(rnn_relu_cell, Cell::kReLU, Tensor, const Tensor&, out.h)
TAPER_CELL(gru_cell, Cell::kGRU, Tensor, const Tensor&, out.h)
TAPER_CELL(lstm_cell, Cell::kLSTM, Two, TensorList, Two(out.h, out.c))
#undef TAPER_CELL

}  // namespace taper
