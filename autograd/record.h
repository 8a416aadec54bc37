// How an operation becomes part of the graph. Every op has the same shape:
//
//   Tensor exp(const Tensor& x) {
//     Tensor y = kernels::exp(x);
//     if (needs_grad(x)) {
//       record(y, "ExpBackward0", {&x},
//              [y = save_output(y)](const Tensor& grad) { return grad * y();
//              });
//     }
//     return y;
//   }
//
// The backward is written with differentiable ops, so that higher orders come
// free. The engine undoes broadcasting, casts and accumulates.
#pragma once

#include <array>
#include <initializer_list>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/autograd/node.h"
#include "taper/tensor/memory/allocator.h"

namespace taper {
namespace detail {

extern constinit thread_local bool grad_enabled;
/// The node whose backward is running on this thread.
extern constinit thread_local Node* current_node;

}  // namespace detail

/// Whether an operation on these tensors has to record its backward. An
/// undefined tensor (an optional argument) needs none.
inline bool wants_grad(const Tensor& x) {
  return x.defined() && x.requires_grad();
}
template <class... Tensors>
inline bool needs_grad(const Tensors&... inputs) {
  return detail::grad_enabled && (wants_grad(inputs) || ...);
}
bool needs_grad_any(TensorList inputs);

/// A tensor kept for the backward. operator() gives it back and throws when it
/// was edited in place since.
class Saved {
 public:
  Saved() = default;
  Tensor operator()() const {
    if (tensor_.defined() &&
        tensor_.impl()->storage->version.load(std::memory_order_relaxed) !=
            version_) [[unlikely]] {
      modified();
    }
    if (is_output_ && detail::grad_enabled) [[unlikely]]
      return with_history();
    return tensor_;
  }
  bool defined() const { return tensor_.defined(); }

 private:
  friend Saved save(const Tensor& input);
  friend Saved save_output(const Tensor& output, uint32_t nr);
  [[noreturn]] void modified() const;
  Tensor with_history() const;

  Tensor tensor_;
  uint32_t version_ = 0;
  uint16_t output_nr_ = 0;
  bool is_output_ = false;
};

/// Keeps an input (or any tensor that is not an output of this node).
inline Saved save(const Tensor& input) {
  Saved saved;
  if (input.defined()) {
    saved.tensor_ = input;
    saved.version_ =
        input.impl()->storage->version.load(std::memory_order_relaxed);
  }
  return saved;
}
/// Keeps `input` only if `other`, whose gradient uses it, wants one.
inline Saved save_for(const Tensor& other, const Tensor& input) {
  return wants_grad(other) ? save(input) : Saved();
}
/// Keeps output `nr` of the node; as an alias, since holding the output itself
/// would close a cycle output -> node -> output.
Saved save_output(const Tensor& output, uint32_t nr = 0);

/// needs[i]: does the backward have to compute the gradient of input i?
class Needs {
 public:
  explicit Needs(const Edge* edges) : edges_(edges) {}
  bool operator[](size_t i) const { return edges_[i].node != nullptr; }

 private:
  const Edge* edges_;
};

/// Gradients of the inputs, in their order; entries may stay undefined.
template <size_t N>
using Grads = std::array<Tensor, N>;

namespace detail {

/// Allocates [object of `bytes` | edges] and returns the block.
void* allocate_node(size_t bytes, size_t num_edges, uint32_t& block_bytes);
/// Fills edges, sequence and name; on failure nothing is left behind.
void connect(Node* node, const char* name, const Tensor* const* inputs,
             size_t count);
/// Makes `output` the result number `nr` of `node`, taking over a reference.
void set_history(Tensor& output, Node* node, uint32_t nr);

/// Makes `output`, which an in-place operation wrote and which may have a
/// history already, the result number `nr` of `node`; takes over a reference.
void adopt_node(Tensor& output, Node* node, uint32_t nr);

/// The node of one recorded operation; F is its backward, stored inline.
template <class F>
class LambdaNode final : public Node {
 public:
  explicit LambdaNode(F&& backward) : backward_(std::move(backward)) {}
  ~LambdaNode() override {
    if (!released_) backward_.~F();
  }

  void apply(Tensor* grad_outputs, Tensor* grad_inputs) override {
    store(call(grad_outputs[0]), grad_inputs);
  }
  void release_saved() override {
    if (!std::exchange(released_, true)) backward_.~F();
  }

 private:
  auto call(Tensor& grad) {
    if constexpr (std::is_invocable_v<F&, Tensor&&, Needs>) {
      return backward_(std::move(grad), Needs(edges_));
    } else {
      return backward_(std::move(grad));
    }
  }
  void store(Tensor&& grad, Tensor* grad_inputs) {
    grad_inputs[0] = std::move(grad);
  }
  template <size_t N>
  void store(std::array<Tensor, N>&& grads, Tensor* grad_inputs) {
    for (size_t i = 0; i < N; ++i) grad_inputs[i] = std::move(grads[i]);
  }
  void store(std::vector<Tensor>&& grads, Tensor* grad_inputs) {
    for (size_t i = 0; i < grads.size(); ++i) {
      grad_inputs[i] = std::move(grads[i]);
    }
  }

  union {
    F backward_;
  };
};

template <class F>
Node* make_node(const char* name, const Tensor* const* inputs, size_t count,
                F&& backward) {
  using N = LambdaNode<std::decay_t<F>>;
  uint32_t block_bytes = 0;
  void* block = allocate_node(sizeof(N), count, block_bytes);
  N* node = new (block) N(std::forward<F>(backward));
  node->block_bytes_ = block_bytes;
  node->edges_ =
      reinterpret_cast<Edge*>(static_cast<char*>(block) + block_bytes) - count;
  connect(node, name, inputs, count);
  return node;
}

}  // namespace detail

/// Records that `output` was computed from `inputs` and how to go back.
/// `backward` is called as backward(grad) or backward(grad, needs) and returns
/// a Tensor, a Grads<N> or a std::vector<Tensor>, one entry per input.
template <class F>
void record(Tensor& output, const char* name,
            std::initializer_list<const Tensor*> inputs, F backward) {
  detail::set_history(output,
                      detail::make_node(name, inputs.begin(), inputs.size(),
                                        std::move(backward)),
                      0);
}
template <class F>
void record(Tensor& output, const char* name, TensorList inputs, F backward) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& input : inputs) pointers.push_back(&input);
  detail::set_history(output,
                      detail::make_node(name, pointers.data(), pointers.size(),
                                        std::move(backward)),
                      0);
}

/// Marks `output`, which shares the elements of `input`, as a view of it. Call
/// it before record().
void mark_view(Tensor& output, const Tensor& input);

// In-place operations ---------------------------------------------------------

namespace detail {

/// Throws when `self` may not be written: an undefined tensor, a leaf that
/// requires grad (or a view of one) while recording, overlapping elements.
void check_in_place(const char* op, const Tensor& self, bool recording);
/// A tensor with the elements and the history of `self` as they are now.
Tensor old_self(const Tensor& self);
/// `other` as an operand of an in-place operation on `self`, whose former state
/// is `old`: what the backward saves must not be `self` itself, or a view of
/// its base, for these own the node.
inline Tensor operand_apart(const Tensor& self, const Tensor& old,
                            const Tensor& other) {
  if (!other.defined() || !other.is_alias_of(self)) return other;
  return other.is_same(self) ? old : old_self(other);
}
inline const Scalar& operand_apart(const Tensor&, const Tensor&,
                                   const Scalar& other) {
  return other;
}
/// Writes `result` into `self` and gives it the history of `result`.
void replace(Tensor& self, Tensor& old, const Tensor& result, const char* op);
void bump_version(const Tensor& self);

}  // namespace detail

/// self <- pure(self). `raw` writes the elements directly and is used when
/// nothing is recorded; `pure` is the differentiable op out of place. Neither
/// the elements nor the history change when either of them throws first.
template <class Pure, class Raw>
Tensor& in_place(const char* op, Tensor& self, bool recording, const Pure& pure,
                 const Raw& raw) {
  detail::check_in_place(op, self, recording);
  if (recording) {
    Tensor old = detail::old_self(self);
    Tensor result = pure(static_cast<const Tensor&>(old));
    detail::replace(self, old, result, op);
  } else {
    raw();
    detail::bump_version(self);
  }
  return self;
}

/// The edge along which a gradient of `tensor` flows; the node is retained.
Edge gradient_edge(const Tensor& tensor);

}  // namespace taper
