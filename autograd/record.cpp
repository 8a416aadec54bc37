// Making nodes, and the history of views and of tensors written in place.
#include "taper/autograd/record.h"

#include <algorithm>
#include <cstring>

#include "taper/autograd/accumulate.h"
#include "taper/autograd/extra.h"
#include "taper/autograd/function.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/lock.h"
#include "taper/autograd/needed_ops.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/layout.h"

namespace taper {
namespace detail {

constinit thread_local bool saved_any = false, saved_history = false;
constinit thread_local Node* current_node = nullptr;
static constinit thread_local uint64_t last_sequence = 0;

namespace {

// Gives a node edge_of(i) for each i, and a number above theirs.
template <class EdgeOf>
void connect_edges(Node* node, size_t count, const EdgeOf& edge_of) {
  uint64_t sequence = last_sequence;
  for (size_t i = 0; i < count; ++i) {
    const Edge edge = edge_of(i);
    node->edges_[i] = edge;
    ++node->num_edges_;
    // Inputs may have been recorded on another thread, with higher numbers.
    if (edge.node) sequence = std::max(sequence, edge.node->sequence_);
  }
  node->sequence_ = last_sequence = sequence + 1;
}

// Leads to what its edges lead to with gradients of 0.
class FlatNode final : public Node {
 public:
  void apply(Tensor*, Tensor* grad_inputs) override {
    for (uint32_t i = 0; i < num_edges_; ++i) {
      const auto [node, nr] = edges_[i];
      if (!node) continue;
      grad_inputs[i] = kernels::zeros(autograd::grad_shape(node, nr),
                                      autograd::grad_dtype(node, nr));
    }
  }
  void release_saved() override {}
};

}  // namespace

void connect(Node* node, const char* name, const Tensor* const* inputs,
             size_t count) {
  node->name_ = name;
  connect_edges(node, count, [&](size_t i) {
    const Tensor& input = *inputs[i];
    return input.defined() && input.requires_grad() ? gradient_edge(input)
                                                    : Edge{nullptr, 0};
  });
}

void lead_on(Tensor& y, Node* node, const char* name, ArrayRef<Edge> edges) {
  NodePtr owner = NodePtr::adopt(node);
  node->name_ = name;
  node->saves_any_ = false;
  connect_edges(node, edges.size(), [&](size_t i) {
    if (edges[i].node) retain(edges[i].node);
    return edges[i];
  });
  y = kernels::alias(y);
  set_history(y, owner.release(), 0);
}

void make_flat(Tensor& y, const Node& node) {
  lead_on(y, new_node<FlatNode>(node.num_edges_), "ZeroBackward0",
          node.edges());
}

Tensor zeros_as(const Tensor& grad) {
  Tensor zeros = kernels::empty_preserved(grad, grad.dtype());
  std::memset(zeros.data_as<char>(), 0, zeros.nbytes());
  return zeros;
}

namespace {

// Makes `tensor` the result that the edge leads to, taking over its reference.
void point_to(Tensor& tensor, const Edge& edge) {
  tensor.impl()->grad_fn = edge.node;
  tensor.impl()->output_nr = static_cast<uint16_t>(edge.nr);
  tensor.impl()->requires_grad = true;
}

// Parts `impl` from the node that it had before it gets `node` (or none), and
// returns that node if its reference is to be released.
Node* leave_node(TensorImpl* impl, Node* old, Node* node) {
  if (!old) return nullptr;
  if (old->leaf_ == impl) {
    if (!impl->extra) impl->extra = new AutogradExtra;
    impl->extra->retired_accumulators.push_back(old);
    return nullptr;
  }
  if (impl->retains_grad) {
    if (node) node->retain_grad_of(impl);
    old->forget_grad_of(impl);
  }
  return old;
}

using ViewLock = AddressLock<struct ViewUse>;

// The elements were written through the base or another view: what this view
// shows is now a window of the new base. Several threads may notice at once;
// the first one to get here sets it, view_version last.
void refresh_view(const Tensor& view, uint32_t version) {
  AutoGradMode recording(true);
  TensorImpl* impl = view.impl();
  const Tensor fresh =
      Tensor::share(impl->base)
          .as_strided(view.sizes(), view.strides(), view.storage_offset());
  Node* left = nullptr;
  {
    const ViewLock lock(impl);
    if (impl->view_version == version) return;
    check(
        !dynamic_cast<autograd::FunctionNode*>(impl->grad_fn),
        "[backward] a view that a custom Function returned (shape {}) is used "
        "after an edit in place of what it looks into",
        view.sizes());
    Node*& node = fresh.impl()->grad_fn;
    impl->output_nr = 0;
    left = leave_node(impl, impl->grad_fn, node);
    std::atomic_ref(impl->grad_fn)
        .store(std::exchange(node, nullptr), std::memory_order_release);
    std::atomic_ref(impl->requires_grad).store(true, std::memory_order_relaxed);
    std::atomic_ref(impl->view_version)
        .store(version, std::memory_order_release);
  }
  if (left) release(left);
}

}  // namespace

void set_history(Tensor& output, Node* node, uint32_t nr) {
  node->meta(nr).set(output);
  point_to(output, {node, nr});
}

Node* history_of(const Tensor& tensor) {
  TensorImpl* impl = tensor.impl();
  if (impl->base && impl->base->requires_grad) {
    uint32_t version = impl->storage->version.load(std::memory_order_relaxed);
    if (std::atomic_ref(impl->view_version).load(std::memory_order_acquire) !=
        version) [[unlikely]] {
      refresh_view(tensor, version);
    }
  }
  Node* node = node_of(impl);
  return node && !node->leaf_ ? node : nullptr;
}

}  // namespace detail

bool needs_grad_any(TensorList inputs) {
  return detail::grad_enabled &&
         std::any_of(inputs.begin(), inputs.end(),
                     [](const Tensor& input) { return wants_grad(input); });
}

Edge gradient_edge(const Tensor& tensor) {
  Node* node = detail::history_of(tensor);
  if (!node) node = detail::accumulator_of(tensor.impl());
  retain(node);
  return {node, tensor.impl()->output_nr};
}

void Saved::refuse_inference() const {
  fail(
      "[record] an inference tensor of shape {} cannot be saved for the "
      "backward; clone() it first",
      Tensor::share(impl_).sizes());
}

TensorImpl* Saved::alias_of(TensorImpl* output) {
  return kernels::alias(Tensor::share(output)).release_impl();
}

void Saved::modified() const {
  const uint32_t now = impl_->storage->version.load();
  const Tensor tensor = Tensor::share(impl_);
  fail(
      "[backward] one of the variables needed for gradient computation has "
      "been modified by an inplace operation: a {} tensor of shape {}, saved "
      "by {}, is at version {}; expected version {} instead",
      tensor.dtype(), tensor.sizes(),
      detail::current_node ? detail::current_node->name_ : "a node", now,
      version_);
}

Tensor Saved::with_history() const {
  // A graph of the backward is being recorded, in which the output is again a
  // function of the inputs. The saved alias itself stays bare, or the node
  // would own itself.
  Node* node = detail::current_node;
  Tensor output = kernels::alias(Tensor::share(impl_));
  retain(node);
  detail::point_to(output, {node, output_nr_});
  return output;
}

void mark_view(Tensor& output, const Tensor& input) {
  TensorImpl* view = output.impl();
  TensorImpl* base = input.impl()->base ? input.impl()->base : input.impl();
  detail::retain(base);
  view->base = base;
  view->untracked_view = !detail::grad_enabled || input.impl()->untracked_view;
  // A view that gets no history now is out of date: should its base require
  // grad when the view is used, it becomes a window of the base then.
  view->view_version = view->storage->version.load(std::memory_order_relaxed) -
                       (needs_grad(input) ? 0 : 1);
}

Tensor own(Tensor&& y) {
  TensorImpl* impl = y.impl();
  if (TensorImpl* hidden = std::exchange(impl->base, nullptr)) {
    detail::release(hidden);
  }
  impl->untracked_view = false;
  return std::move(y);
}

namespace detail {

void bump_version(const Tensor& self) {
  count_up(self.impl()->storage->version);
}

void check_in_place(const char* op, const Tensor& self, bool recording,
                    bool is_even) {
  check(self.defined(), "[{}] expected a defined tensor", op);
  recording = recording && self.is_floating_point();
  check((is_even && !recording) || self.is_contiguous() ||
            !kernels::has_internal_overlap(self),
        "[{}] several elements of the tensor of shape {} share one memory "
        "location; clone() it first",
        op, self.sizes());
  const TensorImpl* impl = self.impl();
  check(!self.is_inference() || inference_mode,
        "[{}] an inference tensor (shape {}) is being written outside "
        "InferenceMode; clone() it first",
        op, self.sizes());
  if (!grad_enabled) return;
  check(!self.requires_grad() || !self.is_leaf(),
        "[{}] a leaf tensor that requires grad is being used in an in-place "
        "operation (shape {})",
        op, self.sizes());
  if (!impl->base) return;
  Tensor base = Tensor::share(impl->base);
  check(!base.is_leaf() || !(base.requires_grad() || self.requires_grad()),
        "[{}] a view of a leaf tensor that requires grad is being used in an "
        "in-place operation (shape {})",
        op, self.sizes());
  check(!impl->untracked_view || !(recording || base.requires_grad()),
        "[{}] a view that was made without recording (under no_grad, or by a "
        "custom Function) is being "
        "written in place while recording (shape {})",
        op, self.sizes());
}

void check_shape_kept(const char* op, const Tensor& self, IntArrayRef shape) {
  check(shape == self.sizes(),
        "[{}] the result has shape {} but the tensor written to has {}", op,
        shape, self.sizes());
}

void check_writable(const char* op, const Tensor& self, IntArrayRef shape,
                    ScalarType dtype) {
  check_shape_kept(op, self, shape);
  check<TypeError>(
      can_cast(dtype, self.dtype()),
      "[{}] a result of type {} cannot be written into a tensor of type {}", op,
      dtype, self.dtype());
}

void write_result(const char* op, Tensor& self, const Tensor& result) {
  check_writable(op, self, result.sizes(), result.dtype());
  kernels::copy_into(self, result);
}

Tensor old_self(const Tensor& self) {
  Tensor old = kernels::alias(self);
  if (self.requires_grad()) point_to(old, gradient_edge(self));
  return old;
}

void adopt_node(Tensor& output, Node* node, uint32_t nr) {
  TensorImpl* impl = output.impl();
  if (node) node->meta(nr).set(output);
  Node* old = std::exchange(impl->grad_fn, node);
  impl->output_nr = static_cast<uint16_t>(nr);
  impl->requires_grad = node != nullptr;
  impl->view_version = impl->storage->version.load(std::memory_order_relaxed);
  if (Node* left = leave_node(impl, old, node)) release(left);
}

namespace {

// Gives `self`, which was just written, the history of `result`.
void adopt_history(Tensor& self, const Tensor& result) {
  Node* node = history_of(result);
  if (node) retain(node);
  adopt_node(self, node, result.impl()->output_nr);
}

// The base of `view` with `part` in the place of the view.
Tensor base_with(const Tensor& view, const Tensor& part) {
  return as_strided_scatter(old_self(Tensor::share(view.impl()->base)), part,
                            view.sizes(), view.strides(),
                            view.storage_offset());
}

// Gives the base of `view`, written through the view, its new history.
void adopt_base(Tensor& view, const Tensor& new_base) {
  Tensor base = Tensor::share(view.impl()->base);
  adopt_history(base, new_base);
  history_of(view);  // now a window of the new base
}

}  // namespace

void replace(Tensor& self, Tensor& old, const Tensor& result, const char* op) {
  check_writable(op, self, result.sizes(), result.dtype());
  Tensor matched =
      result.dtype() == self.dtype() ? result : result.to(self.dtype());
  // The backward of `result` saved the old elements: it keeps a copy of them.
  if (old.use_count() > 1) {
    Tensor copy = kernels::clone(old);
    copy.impl()->storage->version = old.impl()->storage->version.load();
    share_storage(old.impl(), copy.impl());
  }
  const bool is_view = self.impl()->base != nullptr;
  const Tensor new_base = is_view ? base_with(self, matched) : Tensor();
  kernels::copy_into(self, matched);
  bump_version(self);
  if (is_view) {
    adopt_base(self, new_base);
  } else {
    adopt_history(self, matched);
  }
}

void rebase_view(Tensor& view, Node* node, uint32_t nr) {
  Tensor result = kernels::alias(view);
  set_history(result, node, nr);
  AutoGradMode recording(true);
  adopt_base(view, base_with(view, result));
}

}  // namespace detail
}  // namespace taper
