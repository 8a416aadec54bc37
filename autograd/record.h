// How an operation becomes part of the graph. Every op has the same shape:
//
//   Tensor mul(const Tensor& a, const Tensor& b) {
//     Tensor y = promoted(elementwise_table->mul, "mul", a, b);
//     return record(
//         y, "MulBackward0", a,
//         [b = save(b)](const Tensor& grad) { return grad * b(); }, b,
//         [a = save(a)](const Tensor& grad) { return grad * a(); });
//   }
//
// Each input is followed by its part of the backward, which is left out when no
// gradient is wanted there. It is written with differentiable ops, so that higher
// orders come free. The engine undoes broadcasting, casts and accumulates.
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
/// was edited in place since. What save() returns only borrows its tensor: the
/// copy that goes into the node takes a reference, so that the closure of an
/// input that wants no gradient costs nothing and keeps nothing alive.
class Saved {
 public:
  Saved() = default;
  /// Keeps an input (or any tensor that is not an output of this node).
  explicit Saved(const Tensor& tensor) : impl_(tensor.impl()) {}
  /// Keeps output `nr` of the node; as an alias, since holding the output
  /// itself would close a cycle output -> node -> output.
  Saved(const Tensor& output, uint32_t nr)
      : impl_(output.impl()),
        output_nr_(static_cast<uint16_t>(nr)),
        is_output_(true) {}
  // There is no move: a copy of what only borrows has to keep it.
  Saved(const Saved& other)
      : impl_(other.impl_),
        version_(other.version_),
        output_nr_(other.output_nr_),
        is_output_(other.is_output_) {
    if (impl_) keep(other.is_kept_);
  }
  Saved& operator=(const Saved&) = delete;
  ~Saved() {
    if (is_kept_) detail::release(impl_);
  }

  Tensor operator()() const {
    if (impl_ && impl_->storage->version.load(std::memory_order_relaxed) !=
                     version_) [[unlikely]] {
      modified();
    }
    if (is_output_ && detail::grad_enabled) [[unlikely]]
      return with_history();
    return Tensor::share(impl_);
  }
  bool defined() const { return impl_ != nullptr; }

 private:
  void keep(bool was_kept) {
    if (!was_kept) {
      version_ = impl_->storage->version.load(std::memory_order_relaxed);
    }
    if (is_output_ && !was_kept) {
      impl_ = alias_of(impl_);
    } else {
      detail::retain(impl_);
    }
    is_kept_ = true;
  }
  static TensorImpl* alias_of(TensorImpl* output);
  [[noreturn]] void modified() const;
  Tensor with_history() const;

  TensorImpl* impl_ = nullptr;
  uint32_t version_ = 0;
  uint16_t output_nr_ = 0;
  bool is_output_ = false;
  bool is_kept_ = false;
};

inline Saved save(const Tensor& input) {
  return Saved(input);
}
/// A tensor that nobody else holds is kept at once.
inline Saved save(Tensor&& input) {
  const Saved borrowed(input);
  return Saved(borrowed);
}
inline Saved save_output(const Tensor& output, uint32_t nr = 0) {
  return Saved(output, nr);
}
/// Keeps `input` only if `other`, whose gradient uses it, wants one.
inline Saved save_for(const Tensor& other, const Tensor& input) {
  return wants_grad(other) ? save(input) : Saved();
}

/// Where one closure puts the gradients of several inputs, in their order.
/// Entries may stay undefined.
class InputGrads {
 public:
  InputGrads(Tensor* grads, const Edge* edges) : grads_(grads), edges_(edges) {}
  /// Whether the gradient of input i has to be computed.
  bool wants(size_t i) const { return edges_[i].node != nullptr; }
  Tensor& operator[](size_t i) const { return grads_[i]; }

 private:
  Tensor* grads_;
  const Edge* edges_;
};

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
/// Fills edges, sequence and name.
void connect(Node* node, const char* name, const Tensor* const* inputs,
             size_t count);
/// Makes `output` the result number `nr` of `node`, taking over a reference.
void set_history(Tensor& output, Node* node, uint32_t nr);

/// Makes `output`, which an in-place operation wrote and which may have a
/// history already, the result number `nr` of `node`; takes over a reference.
void adopt_node(Tensor& output, Node* node, uint32_t nr);

/// Room for the backward of input number `I`, made only if it is wanted.
template <size_t I, class F>
class Slot {
 public:
  // A union of what has a constructor has none by default.
  Slot() {}  // NOLINT(modernize-use-equals-default)
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() {}  // NOLINT(modernize-use-equals-default)
  void make(F&& backward) { new (&backward_) F(std::move(backward)); }
  void drop() { backward_.~F(); }
  F& get() { return backward_; }

 private:
  union {
    F backward_;
  };
};
template <size_t I, class F>
requires std::is_empty_v<F>
class Slot<I, F> {
 public:
  void make(F&&) {}
  void drop() {}
  F get() { return F(); }
};

template <class Numbers, class... F>
class ClosureNode;

/// The node of an operation with a closure per input, each stored inline.
template <size_t... I, class... F>
class ClosureNode<std::index_sequence<I...>, F...> final
    : public Node,
      private Slot<I, F>... {
 public:
  ClosureNode() { released_ = true; }  // until fill() is through
  ~ClosureNode() override { drop(); }

  void fill(F&&... backward) {
    size_t made = 0;
    try {
      ((wants(I) ? Slot<I, F>::make(std::move(backward)) : void(), ++made),
       ...);
    } catch (...) {
      ((I < made && wants(I) ? Slot<I, F>::drop() : void()), ...);
      throw;
    }
    released_ = false;
  }
  void apply(Tensor* grad_outputs, Tensor* grad_inputs) override {
    ((wants(I) ? void(grad_inputs[I] = call<I, F>(grad_outputs[0])) : void()),
     ...);
  }
  void release_saved() override { drop(); }

 private:
  bool wants(size_t i) const { return edges_[i].node != nullptr; }
  template <size_t K, class G>
  Tensor call(Tensor& grad) {
    if constexpr (K + 1 == sizeof...(F)) {
      return Slot<K, G>::get()(std::move(grad));
    } else {
      return Slot<K, G>::get()(static_cast<const Tensor&>(grad));
    }
  }
  void drop() {
    if (std::exchange(released_, true)) return;
    ((wants(I) ? Slot<I, F>::drop() : void()), ...);
  }
};

/// The node of an operation with one closure for all inputs.
template <class F>
class JointNode final : public Node {
 public:
  explicit JointNode(F&& backward) : backward_(std::move(backward)) {}
  ~JointNode() override {
    if (!released_) backward_.~F();
  }

  void apply(Tensor* grad_outputs, Tensor* grad_inputs) override {
    if constexpr (std::is_invocable_v<F&, Tensor&&, const InputGrads&>) {
      backward_(std::move(grad_outputs[0]), InputGrads(grad_inputs, edges_));
    } else {
      store(call(grad_outputs[0]), grad_inputs);
    }
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

/// A node N(args...) with an edge to each of the inputs, in one block.
template <class N, class... Args>
N* new_node(size_t num_edges, Args&&... args) {
  uint32_t block_bytes = 0;
  void* block = allocate_node(sizeof(N), num_edges, block_bytes);
  N* node = nullptr;
  try {
    node = new (block) N(std::forward<Args>(args)...);
  } catch (...) {
    deallocate(block, block_bytes);
    throw;
  }
  node->block_bytes_ = block_bytes;
  node->edges_ =
      reinterpret_cast<Edge*>(static_cast<char*>(block) + block_bytes) -
      num_edges;
  return node;
}

template <class... F>
Node* closure_node(const char* name,
                   std::initializer_list<const Tensor*> inputs,
                   F&&... backward) {
  auto* node =
      new_node<ClosureNode<std::index_sequence_for<F...>, F...>>(sizeof...(F));
  NodePtr owner = NodePtr::adopt(node);
  connect(node, name, inputs.begin(), inputs.size());
  node->fill(std::forward<F>(backward)...);
  return owner.release();
}

template <class F>
Node* joint_node(const char* name, const Tensor* const* inputs, size_t count,
                 F&& backward) {
  auto* node = new_node<JointNode<F>>(count, std::forward<F>(backward));
  NodePtr owner = NodePtr::adopt(node);
  connect(node, name, inputs, count);
  return owner.release();
}

/// Zeros in the shape, layout and dtype of `grad`.
Tensor zeros_as(const Tensor& grad);

/// The result of an operation, named or not.
struct Result {
  Result(Tensor& named) : tensor(named) {}
  Result(Tensor&& unnamed) : tensor(unnamed) {}
  Tensor& tensor;
};

}  // namespace detail

/// Records how to go back from `y` to the inputs it was computed from, when one
/// of them requires grad, and returns y: moved, for a return statement. Each
/// input is followed by its closure, called as f(grad), which returns the
/// gradient of that input; it is never made when that is not wanted.
template <class F>
Tensor&& record(detail::Result y, const char* name, const Tensor& a, F grad_a) {
  if (needs_grad(a)) {
    detail::set_history(y.tensor,
                        detail::closure_node(name, {&a}, std::move(grad_a)), 0);
  }
  return std::move(y.tensor);
}
template <class F, class G>
Tensor&& record(detail::Result y, const char* name, const Tensor& a, F grad_a,
                const Tensor& b, G grad_b) {
  if (needs_grad(a, b)) {
    detail::set_history(y.tensor,
                        detail::closure_node(name, {&a, &b}, std::move(grad_a),
                                             std::move(grad_b)),
                        0);
  }
  return std::move(y.tensor);
}
template <class F, class G, class H>
Tensor&& record(detail::Result y, const char* name, const Tensor& a, F grad_a,
                const Tensor& b, G grad_b, const Tensor& c, H grad_c) {
  if (needs_grad(a, b, c)) {
    detail::set_history(
        y.tensor,
        detail::closure_node(name, {&a, &b, &c}, std::move(grad_a),
                             std::move(grad_b), std::move(grad_c)),
        0);
  }
  return std::move(y.tensor);
}

/// The same with one closure for all inputs, for a kernel that makes several
/// gradients in one pass: f(grad, grads) fills grads[i] where grads.wants(i).
template <class F>
Tensor&& record(detail::Result y, const char* name,
                std::initializer_list<const Tensor*> inputs, F backward) {
  bool recording = false;
  for (const Tensor* input : inputs) recording |= wants_grad(*input);
  if (recording && detail::grad_enabled) {
    detail::set_history(y.tensor,
                        detail::joint_node(name, inputs.begin(), inputs.size(),
                                           std::move(backward)),
                        0);
  }
  return std::move(y.tensor);
}
template <class F>
Tensor&& record(detail::Result y, const char* name, TensorList inputs,
                F backward) {
  if (needs_grad_any(inputs)) {
    std::vector<const Tensor*> pointers;
    for (const Tensor& input : inputs) pointers.push_back(&input);
    detail::set_history(
        y.tensor,
        detail::joint_node(name, pointers.data(), pointers.size(),
                           std::move(backward)),
        0);
  }
  return std::move(y.tensor);
}

/// The closures of inputs in which the output has derivative 1, and 0.
inline constexpr auto pass_grad = [](Tensor grad) { return grad; };
inline constexpr auto zero_slope = [](const Tensor& grad) {
  return detail::zeros_as(grad);
};

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
template <class Other>
const Other& operand_apart(const Tensor&, const Tensor&, const Other& other) {
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
