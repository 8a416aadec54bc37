// Node: one recorded operation of the graph. It holds the edges to the nodes
// of its inputs, what the backward saved (in derived classes), and, while a
// backward runs, the gradient that has arrived so far.
#pragma once

#include <atomic>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "taper/tensor/memory/allocator.h"
#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper {

class Node;

/// Points from a node to output `nr` of the node that made one of its inputs.
/// A null node means that the input needs no gradient.
struct Edge {
  Node* node;
  uint32_t nr;
};

/// Shape and dtype that the gradient of one output must have.
struct OutputMeta {
  ScalarType dtype;
  SmallShape sizes;

  IntArrayRef shape() const { return sizes; }
  TAPER_API void set(const TensorImpl* output);
  void set(const Tensor& output) { set(output.impl()); }
};

/// A tensor hook and the handle that removes it; shared, so that a hook may
/// remove itself while it runs.
struct HookEntry {
  unsigned handle;
  uint32_t output_nr;
  std::shared_ptr<TensorHook> hook;
};

/// What few nodes have: outputs beyond the first, hooks, retained gradients.
struct NodeExtra {
  std::vector<OutputMeta> metas;  // of outputs 1, 2, ...
  std::vector<Tensor> pendings;   // likewise
  std::vector<HookEntry> hooks;
  unsigned next_handle = 0;
  // Tensors (not owned) whose .grad is to be kept, and their output numbers.
  // A tensor may go while another thread runs backward: see the locks in
  // node.cpp.
  std::vector<std::pair<uint32_t, TensorImpl*>> retained;
};

/// Created by record() and by Function::apply; counted, freed iteratively.
class TAPER_API Node {
 public:
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  std::string name() const { return name_; }
  uint64_t sequence_nr() const { return sequence_; }
  /// Gradients that the node takes in, one per result of the operation, and
  /// gives out, one per input of the operation.
  uint32_t num_inputs() const { return num_results_; }
  uint32_t num_outputs() const { return num_edges_; }
  const Edge& next_edge(size_t i) const { return edges_[i]; }
  /// The nodes (null where no gradient is needed) of the inputs, in order.
  std::vector<Edge> next_edges() const { return edges().vec(); }

  // For the engine and for record() ------------------------------------------
  /// grad_inputs[i] = gradient for edge i, or undefined. grad_outputs has one
  /// entry per output of the operation and may be moved from.
  virtual void apply(Tensor* grad_outputs, Tensor* grad_inputs) = 0;
  /// Lets go of the saved tensors; apply may not be called again.
  virtual void release_saved() = 0;

  ArrayRef<Edge> edges() const { return {edges_, num_edges_}; }
  NodeExtra& extra() { return extra_ ? *extra_ : make_extra(); }
  OutputMeta& meta(uint32_t nr) {
    return nr == 0 ? meta_ : extra().metas[nr - 1];
  }
  Tensor& pending(uint32_t nr) {
    return nr == 0 ? pending_ : extra().pendings[nr - 1];
  }
  void set_num_results(uint32_t count);
  bool is_accumulator() const { return leaf_ != nullptr; }

  /// Keeps the .grad of `output` from now on; it must call forget_grad_of()
  /// before it goes.
  void retain_grad_of(TensorImpl* output);
  void forget_grad_of(TensorImpl* output);
  /// As forget_grad_of, when the last owner of `output` is releasing it. False
  /// if a backward has become an owner meanwhile.
  bool forget_dying(TensorImpl* output);
  /// The tensors whose .grad is to be kept, and their output numbers.
  std::vector<std::pair<uint32_t, Tensor>> retained();

  std::atomic<uint32_t> refs_{1};
  uint32_t num_edges_ = 0;
  uint32_t num_results_ = 1;
  uint32_t block_bytes_ = 0;
  bool released_ = false;
  /// Without saved tensors there is nothing to let go of.
  bool saves_any_ = true;
  /// Whether the gradients depend on the inputs even where they do not show it,
  /// as the steps of relu.
  bool saves_history_ = false;
  const char* name_ = "";
  uint64_t sequence_ = 0;
  Edge* edges_ = nullptr;
  /// Of an accumulator: the leaf that owns it (its lifetime is the leaf's).
  TensorImpl* leaf_ = nullptr;
  /// The backward run that is using pending_; 0 when none is.
  std::atomic<uint64_t> run_{0};
  /// The thread that is inside apply or release_saved; null when none is.
  std::atomic<const void*> busy_{nullptr};
  Tensor pending_;
  std::unique_ptr<NodeExtra> extra_;
  OutputMeta meta_;

 protected:
  Node() = default;
  virtual ~Node();

 private:
  NodeExtra& make_extra();
  friend void destroy_node(Node* node) noexcept;
};

/// Queues the node when another one is being destroyed on this thread, so that
/// a chain of any length is freed without recursion.
TAPER_API void destroy_node(Node* node) noexcept;

inline void retain(Node* node) {
  if (node->leaf_) {
    detail::retain(node->leaf_);
  } else {
    detail::count_up(node->refs_);
  }
}
inline void release(Node* node) noexcept {
  if (node->leaf_) {
    detail::release(node->leaf_);
  } else if (detail::count_down(node->refs_)) {
    destroy_node(node);
  }
}

namespace detail {

/// allocate(), out of line: there are many instances of what calls it.
TAPER_API void* allocate_node(size_t bytes);

/// A node N(args...) with one reference and room for its edges, in one block.
template <class N, class... Args>
N* new_node(size_t num_edges, Args&&... args) {
  const size_t block_bytes = sizeof(N) + num_edges * sizeof(Edge);
  void* block = allocate_node(block_bytes);
  N* node = nullptr;
  try {
    node = new (block) N(std::forward<Args>(args)...);
  } catch (...) {
    deallocate(block, block_bytes);
    throw;
  }
  node->block_bytes_ = static_cast<uint32_t>(block_bytes);
  node->edges_ = reinterpret_cast<Edge*>(node + 1);
  return node;
}

}  // namespace detail

/// Its name.
TAPER_API std::ostream& operator<<(std::ostream& out, const Node& node);

/// A counted pointer to a node, what Tensor::grad_fn returns.
class NodePtr {
 public:
  NodePtr() = default;
  NodePtr(std::nullptr_t) {}
  explicit NodePtr(Node* node) : node_(node) {
    if (node_) retain(node_);
  }
  /// Takes over one reference.
  static NodePtr adopt(Node* node) {
    NodePtr pointer;
    pointer.node_ = node;
    return pointer;
  }
  NodePtr(const NodePtr& other) : NodePtr(other.node_) {}
  NodePtr(NodePtr&& other) noexcept
      : node_(std::exchange(other.node_, nullptr)) {}
  NodePtr& operator=(NodePtr other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~NodePtr() {
    if (node_) taper::release(node_);
  }
  Node* get() const { return node_; }
  /// Gives the reference away.
  Node* release() { return std::exchange(node_, nullptr); }
  Node* operator->() const { return node_; }
  Node& operator*() const { return *node_; }
  explicit operator bool() const { return node_ != nullptr; }
  bool operator==(const NodePtr& other) const { return node_ == other.node_; }
  bool operator==(std::nullptr_t) const { return node_ == nullptr; }

 private:
  Node* node_ = nullptr;
};

}  // namespace taper
