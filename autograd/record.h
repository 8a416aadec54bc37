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
// gradient is wanted there. It is written with differentiable ops, so that
// higher orders come free. The engine undoes broadcasting, casts and
// accumulates.
#pragma once

#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/autograd/node.h"
#include "taper/autograd/saved.h"

namespace taper {

/// Whether an operation on these tensors has to record its backward. An
/// undefined tensor (an optional argument) needs none, nor does a number.
inline bool wants_grad(const Tensor& x) {
  return x.defined() && x.requires_grad();
}
template <class Other>
bool wants_grad(const Other&) {
  return false;
}
template <class... Inputs>
inline bool needs_grad(const Inputs&... inputs) {
  return detail::grad_enabled && (wants_grad(inputs) || ...);
}
bool needs_grad_any(TensorList inputs);

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

namespace detail {

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
    backward_(grad_outputs[0], InputGrads(grad_inputs, edges_));
  }
  void release_saved() override {
    if (!std::exchange(released_, true)) backward_.~F();
  }

 private:
  union {
    F backward_;
  };
};

/// Tells a node what its closures save that were made since this was false.
inline void note_saved(Node* node) {
  node->saves_any_ = saved_any;
  node->saves_history_ = saved_history;
}
/// Makes y an alias that is the result of a new `node`, which saves nothing and
/// leads to what `edges`, as many as it has room for, lead to.
void lead_on(Tensor& y, Node* node, const char* name, ArrayRef<Edge> edges);
/// Gives y, an alias, a history by which its derivatives by what `node` leads
/// to are 0.
void make_flat(Tensor& y, const Node& node);

/// Makes `y` the result of a node with a closure per input, or one for all.
template <class... F>
void record_closures(Tensor& y, const char* name,
                     std::initializer_list<const Tensor*> inputs,
                     F&&... backward) {
  auto* node =
      new_node<ClosureNode<std::index_sequence_for<F...>, F...>>(sizeof...(F));
  NodePtr owner = NodePtr::adopt(node);
  connect(node, name, inputs.begin(), inputs.size());
  saved_any = saved_history = false;
  node->fill(std::forward<F>(backward)...);
  note_saved(node);
  set_history(y, owner.release(), 0);
}
template <class F>
void record_joint(Tensor& y, const char* name, const Tensor* const* inputs,
                  size_t count, F&& backward) {
  saved_any = saved_history = false;
  auto* node = new_node<JointNode<F>>(count, std::forward<F>(backward));
  NodePtr owner = NodePtr::adopt(node);
  note_saved(node);
  connect(node, name, inputs, count);
  set_history(y, owner.release(), 0);
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
    detail::record_closures(y.tensor, name, {&a}, std::move(grad_a));
  }
  return std::move(y.tensor);
}
template <class F, class G>
Tensor&& record(detail::Result y, const char* name, const Tensor& a, F grad_a,
                const Tensor& b, G grad_b) {
  if (needs_grad(a, b)) {
    detail::record_closures(y.tensor, name, {&a, &b}, std::move(grad_a),
                            std::move(grad_b));
  }
  return std::move(y.tensor);
}
template <class F, class G, class H>
Tensor&& record(detail::Result y, const char* name, const Tensor& a, F grad_a,
                const Tensor& b, G grad_b, const Tensor& c, H grad_c) {
  if (needs_grad(a, b, c)) {
    detail::record_closures(y.tensor, name, {&a, &b, &c}, std::move(grad_a),
                            std::move(grad_b), std::move(grad_c));
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
    detail::record_joint(y.tensor, name, inputs.begin(), inputs.size(),
                         std::move(backward));
  }
  return std::move(y.tensor);
}
template <class F>
Tensor&& record(detail::Result y, const char* name, TensorList inputs,
                F backward) {
  if (needs_grad_any(inputs)) {
    std::vector<const Tensor*> pointers;
    for (const Tensor& input : inputs) pointers.push_back(&input);
    detail::record_joint(y.tensor, name, pointers.data(), pointers.size(),
                         std::move(backward));
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

/// `y`, a new shape of an intermediate result, as the result itself: a base
/// that nobody sees would take the edits made in place, and the hooks with
/// them.
Tensor own(Tensor&& y);

// In-place operations ---------------------------------------------------------

namespace detail {

/// Throws unless a result of this shape may be written into `self`.
void check_shape_kept(const char* op, const Tensor& self, IntArrayRef shape);
/// Throws unless a result of this shape and dtype may be written into `self`.
void check_writable(const char* op, const Tensor& self, IntArrayRef shape,
                    ScalarType dtype);
/// self <- result, after check_writable; values only.
void write_result(const char* op, Tensor& self, const Tensor& result);
/// Throws when `self` may not be written: an undefined tensor, a leaf that
/// requires grad (or a view of one) while recording, and, unless every element
/// gets the same (`is_even`) and nothing is recorded, overlapping elements.
void check_in_place(const char* op, const Tensor& self, bool recording,
                    bool is_even = false);
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
                 const Raw& raw, bool is_even = false) {
  detail::check_in_place(op, self, recording, is_even);
  // What is written into other elements than floating ones has no derivative.
  if (recording && self.is_floating_point()) {
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
