// Life and death of nodes, and the leaves' accumulators.
#include "taper/autograd/node.h"

#include <cstring>
#include <ostream>

#include "taper/autograd/extra.h"
#include "taper/autograd/lock.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

using RetainedLock = AddressLock<struct RetainedUse>;

void erase_retained(NodeExtra& extra, const TensorImpl* output) {
  std::erase_if(extra.retained,
                [=](auto& entry) { return entry.second == output; });
}

// The nodes of this thread whose last reference is gone.
constinit thread_local bool is_destroying = false;
constinit thread_local Node* doomed = nullptr;

}  // namespace

Node::~Node() {
  for (const Edge& edge : edges()) {
    if (edge.node) release(edge.node);
  }
}

std::ostream& operator<<(std::ostream& out, const Node& node) {
  return out << node.name();
}

NodeExtra& Node::make_extra() {
  extra_ = std::make_unique<NodeExtra>();
  return *extra_;
}

void Node::set_num_results(uint32_t count) {
  num_results_ = count;
  if (count > 1) {
    extra().metas.resize(count - 1);
    extra().pendings.resize(count - 1);
  }
}

// The list of retained tensors changes while other threads run backward: when
// a tensor asks for its .grad, and when it goes.
void Node::retain_grad_of(TensorImpl* output) {
  NodeExtra& own = extra();
  const RetainedLock lock(this);
  own.retained.emplace_back(output->output_nr, output);
}

void Node::forget_grad_of(TensorImpl* output) {
  if (!extra_) return;
  const RetainedLock lock(this);
  erase_retained(*extra_, output);
}

bool Node::forget_dying(TensorImpl* output) {
  if (!extra_) return true;
  const RetainedLock lock(this);
  // Zero, or one if the last owner left out the subtraction. More if retained()
  // came first: then there is one owner less, and not the last.
  if (output->refs.load(std::memory_order_relaxed) != 0 &&
      output->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return false;
  }
  erase_retained(*extra_, output);
  return true;
}

std::vector<std::pair<uint32_t, Tensor>> Node::retained() {
  std::vector<std::pair<uint32_t, Tensor>> tensors;
  if (!extra_) return tensors;
  const RetainedLock lock(this);
  tensors.reserve(extra_->retained.size());
  for (auto& [nr, output] : extra_->retained) {
    if (!detail::try_retain(output)) continue;
    tensors.emplace_back(nr, Tensor::adopt(output));
  }
  return tensors;
}

void OutputMeta::set(const TensorImpl* output) {
  dtype = output->dtype;
  sizes.assign(IntArrayRef(output->sizes, output->ndim));
}

void destroy_node(Node* node) noexcept {
  // sequence_ is of no use to a dead node; it links the list of the doomed.
  node->sequence_ = reinterpret_cast<uint64_t>(doomed);
  doomed = node;
  if (is_destroying) return;
  is_destroying = true;
  while (doomed) {
    Node* next = doomed;
    doomed = reinterpret_cast<Node*>(next->sequence_);
    uint32_t block_bytes = next->block_bytes_;
    // The block starts at the most derived object: nodes have a single base.
    next->~Node();
    deallocate(next, block_bytes);
  }
  is_destroying = false;
}

namespace detail {

void* allocate_node(size_t bytes) { return allocate(bytes); }

namespace {

// The end of the graph at a leaf. It holds nothing: the engine adds what
// arrives to the .grad of leaf_.
class Accumulator final : public Node {
 public:
  explicit Accumulator(TensorImpl* leaf) {
    name_ = "AccumulateGrad";
    leaf_ = leaf;
    meta_.set(leaf);
    block_bytes_ = sizeof(Accumulator);
  }
  void apply(Tensor*, Tensor*) override {}
  void release_saved() override {}
};

void free_accumulator(Node* node) noexcept {
  uint32_t block_bytes = node->block_bytes_;
  static_cast<Accumulator*>(node)->~Accumulator();
  deallocate(node, block_bytes);
}

bool release_autograd_of(TensorImpl* impl) noexcept {
  if (Node* node = impl->grad_fn) {
    if (node->leaf_ == impl) {
      free_accumulator(node);
    } else {
      if (impl->retains_grad && !node->forget_dying(impl)) return false;
      release(node);
    }
  }
  if (impl->extra) {
    for (Node* node : impl->extra->retired_accumulators) {
      free_accumulator(node);
    }
    delete impl->extra;
  }
  return true;
}

[[maybe_unused]] const bool is_installed = [] {
  release_autograd = release_autograd_of;
  return true;
}();

}  // namespace

Node* accumulator_of(TensorImpl* leaf) {
  std::atomic_ref<Node*> slot(leaf->grad_fn);
  Node* node = slot.load(std::memory_order_acquire);
  if (node) return node;
  Node* created = new (allocate(sizeof(Accumulator))) Accumulator(leaf);
  // Two threads may record on the same leaf at once; the first one wins.
  if (slot.compare_exchange_strong(node, created)) return created;
  free_accumulator(created);
  return node;
}

}  // namespace detail
}  // namespace taper
