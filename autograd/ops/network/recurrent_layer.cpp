// The composed formula, the node and the call of the fused kernel.
#include "taper/autograd/ops/network/recurrent_layer.h"

#include <optional>
#include <utility>
#include <vector>

#include "taper/autograd/composed.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"

namespace taper {
namespace {

using enum kernels::RecurrentInput;
using kernels::Cell;
using kernels::Direction;
using kernels::RecurrentInputs;
using kernels::RecurrentOutputs;

// Composed --------------------------------------------------------------------

// The state after a step that `from_x`, W_ih x + b_ih, enters.
std::pair<Tensor, Tensor> composed_step(Cell cell, const Tensor& from_x,
                                        const Tensor& h, const Tensor& c,
                                        const std::vector<Tensor>& in) {
  const Tensor from_h = linear(h, in[kHH], in[kBiasHH]);
  if (cell == Cell::kTanh) return {(from_x + from_h).tanh(), c};
  if (cell == Cell::kReLU) return {(from_x + from_h).relu(), c};
  if (cell == Cell::kGRU) {
    const auto x = from_x.chunk(3, 1), s = from_h.chunk(3, 1);
    const Tensor fresh = (x[2] + (x[0] + s[0]).sigmoid() * s[2]).tanh();
    return {fresh + (x[1] + s[1]).sigmoid() * (h - fresh), c};
  }
  const auto gates = (from_x + from_h).chunk(4, 1);
  const Tensor next =
      gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh();
  const Tensor out = gates[3].sigmoid() * next.tanh();
  return {in[kHR].defined() ? linear(out, in[kHR]) : out, next};
}

// The first rows of `state` replaced.
Tensor updated(const Tensor& state, const Tensor& rows) {
  const int64_t left = state.size(0) - rows.size(0);
  return left == 0 ? rows : cat({rows, state.narrow(0, rows.size(0), left)});
}

// All elements of y, h and c one after the other.
Tensor composed_layer(const Direction& direction,
                      const std::vector<Tensor>& in) {
  const auto& [cell, reverse, steps] = direction;
  const auto rows_of = [](const Tensor& x, int64_t rows) {
    return x.reshape({rows, x.size(-1)});
  };
  const Tensor from_x =
      linear(rows_of(in[kX], steps.rows), in[kIH], in[kBiasIH]);
  Tensor h = rows_of(in[kH], steps.samples);
  Tensor c = in[kC].defined() ? rows_of(in[kC], steps.samples) : Tensor();
  std::vector<Tensor> outputs(static_cast<size_t>(steps.count));
  int64_t begin = reverse ? steps.rows : 0;
  for (int64_t i = 0; i < steps.count; ++i) {
    const int64_t t = reverse ? steps.count - 1 - i : i;
    const int64_t size = steps.size(t);
    if (reverse) begin -= size;
    const auto active = [&](const Tensor& state) {
      return state.defined() ? state.narrow(0, 0, size) : state;
    };
    const auto [next_h, next_c] = composed_step(
        cell, from_x.narrow(0, begin, size), active(h), active(c), in);
    outputs[static_cast<size_t>(t)] = next_h.flatten();
    h = updated(h, next_h);
    if (c.defined()) c = updated(c, next_c);
    if (!reverse) begin += size;
  }
  outputs.push_back(h.flatten());
  if (c.defined()) outputs.push_back(c.flatten());
  return cat(outputs);
}

// Fused -----------------------------------------------------------------------

template <size_t... I>
std::array<Saved, kRecurrentInputs> saved(const RecurrentInputs& in,
                                          std::index_sequence<I...>) {
  return {save(Tensor(in[I]))...};
}

// Results: y, h and, of an LSTM, c.
class RecurrentNode final : public Node {
 public:
  RecurrentNode(Direction direction, const RecurrentInputs& in,
                kernels::Tape&& tape)
      : direction_(std::move(direction)),
        inputs_(saved(in, std::make_index_sequence<kRecurrentInputs>())),
        tape_(std::move(tape)) {}

  void apply(Tensor* grad_outputs, Tensor* grad_inputs) override {
    const InputGrads grads(grad_inputs, edges_);
    if (detail::grad_enabled) {
      compose(grad_outputs, grads);
    } else {
      fuse(grad_outputs, grads);
    }
  }
  void release_saved() override {
    released_ = true;
    inputs_.reset();
    tape_ = {};
  }

 private:
  void compose(const Tensor* grad_outputs, const InputGrads& grads) {
    std::vector<Tensor> inputs, flat;
    for (const Saved& input : *inputs_) inputs.push_back(input());
    for (uint32_t i = 0; i < num_results_; ++i) {
      flat.push_back(grad_outputs[i].defined()
                         ? grad_outputs[i].flatten()
                         : zeros(numel_of(meta(i).shape()), meta(i).dtype));
    }
    composed_backward(grads, inputs, cat(flat),
                      [direction = direction_](const auto& in) {
                        return composed_layer(direction, in);
                      });
  }

  void fuse(const Tensor* grad_outputs, const InputGrads& grads) {
    RecurrentInputs in;
    for (size_t i = 0; i < in.size(); ++i) in[i] = (*inputs_)[i]();
    RecurrentInputs found = kernels::recurrent_backward(
        direction_, in, tape_,
        {grad_outputs[0], grad_outputs[1],
         num_results_ > 2 ? grad_outputs[2] : Tensor()},
        grads.wants(kX));
    for (size_t i = 0; i < in.size(); ++i) grads[i] = std::move(found[i]);
  }

  Direction direction_;
  std::optional<std::array<Saved, kRecurrentInputs>> inputs_;
  kernels::Tape tape_;
};

void record_layer(RecurrentOutputs& out, const Direction& direction,
                  const RecurrentInputs& in, kernels::Tape&& tape) {
  std::array<const Tensor*, kRecurrentInputs> pointers;
  for (size_t i = 0; i < kRecurrentInputs; ++i) pointers[i] = &in[i];
  detail::saved_any = detail::saved_history = false;
  const auto owner = NodePtr::adopt(detail::new_node<RecurrentNode>(
      kRecurrentInputs, direction, in, std::move(tape)));
  detail::note_saved(owner.get());
  detail::connect(owner.get(), "RecurrentBackward0", pointers.data(),
                  kRecurrentInputs);
  owner->set_num_results(out.c.defined() ? 3 : 2);
  uint32_t nr = 0;
  for (Tensor* result : {&out.y, &out.h, &out.c}) {
    if (!result->defined()) continue;
    retain(owner.get());
    detail::set_history(*result, owner.get(), nr++);
  }
}

}  // namespace

RecurrentOutputs recurrent_layer(const Direction& direction,
                                 RecurrentInputs in) {
  for (Tensor& input : in) {
    if (input.defined()) input = input.contiguous();
  }
  kernels::Tape tape;
  RecurrentOutputs out = kernels::recurrent(direction, in, tape);
  if (needs_grad_any(TensorList(in.data(), kRecurrentInputs))) {
    record_layer(out, direction, in, std::move(tape));
  }
  return out;
}

}  // namespace taper
