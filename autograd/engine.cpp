#include "taper/autograd/engine.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "taper/autograd/extra.h"
#include "taper/autograd/ops.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/profiler.h"

namespace taper::autograd {
namespace {

// A gradient that is wanted at an edge of the graph: where, and what came.
struct Capture {
  Edge edge;
  Tensor grad;
};

bool is_unshared(const Tensor& x) {
  return x.impl()->refs.load(std::memory_order_acquire) == 1 &&
         x.impl()->storage->refs.load(std::memory_order_acquire) == 1;
}

// sum := sum + grad, in the buffer of `sum` when nobody else can see it.
void add_to(Tensor& sum, Tensor&& grad) {
  if (!sum.defined()) {
    sum = std::move(grad);
  } else if (!GradMode::is_enabled() && is_unshared(sum) &&
             sum.is_contiguous()) {
    kernels::binary_into(sum, kernels::elementwise->add, "backward", sum, grad);
  } else {
    sum = sum + grad;
  }
}

// Gives the gradient the shape it was broadcast from and the dtype of the
// tensor it belongs to. Throws when the shapes do not fit.
void fit(Tensor& grad, IntArrayRef shape, ScalarType dtype, const char* name) {
  if (!(grad.sizes() == shape)) {
    check(is_expandable(shape, grad.sizes()),
          "[backward] ",
          name,
          " returned a gradient of shape ",
          grad.sizes(),
          " but expected ",
          shape);
    grad = sum_to(grad, shape);
  }
  if (grad.dtype() != dtype) grad = grad.to(dtype);
}

void fit(Tensor& grad, Node* node, uint32_t nr, const char* name) {
  if (const TensorImpl* leaf = node->leaf_) {
    fit(grad, IntArrayRef(leaf->sizes, leaf->ndim), leaf->dtype, name);
  } else {
    const OutputMeta& meta = node->meta(nr);
    fit(grad, meta.shape(), meta.dtype, name);
  }
}

// `count` undefined tensors, a few of them without the heap.
class TensorBuffer {
 public:
  explicit TensorBuffer(size_t count) : count_(count) {
    if (count > kInline) {
      many_.resize(count);
    } else {
      for (size_t i = 0; i < count; ++i) new (&few_[i]) Tensor;
    }
  }
  TensorBuffer(const TensorBuffer&) = delete;
  TensorBuffer& operator=(const TensorBuffer&) = delete;
  ~TensorBuffer() {
    if (count_ > kInline) return;
    for (size_t i = 0; i < count_; ++i) few_[i].~Tensor();
  }
  Tensor* data() { return count_ > kInline ? many_.data() : few_; }

 private:
  static constexpr size_t kInline = 4;
  size_t count_;
  std::vector<Tensor> many_;
  union {
    Tensor few_[kInline];
  };
};

// How many backwards run inside each other on this thread, and which thread
// they belong to when they were continued here; see execute_nested.
constinit thread_local int nested_runs = 0;
constinit thread_local const void* continued_thread = nullptr;

const void* this_thread() {
  return continued_thread ? continued_thread : &continued_thread;
}

// Lets one thread at a time into a node: another one's backward may free what
// this one's is reading. A thread that is inside already (a hook or a custom
// function that runs backward) goes on.
class NodeLock {
 public:
  explicit NodeLock(Node* node) : node_(node) {
    const void* self = this_thread();
    const void* owner = nullptr;
    while (!node->busy_.compare_exchange_weak(
        owner, self, std::memory_order_acquire)) {
      if (owner == self) {
        is_nested_ = true;
        return;
      }
      if (owner) std::this_thread::yield();
      owner = nullptr;
    }
  }
  NodeLock(const NodeLock&) = delete;
  NodeLock& operator=(const NodeLock&) = delete;
  ~NodeLock() {
    if (!is_nested_) node_->busy_.store(nullptr, std::memory_order_release);
  }
  bool is_nested() const { return is_nested_; }

 private:
  Node* node_;
  bool is_nested_ = false;
};

std::atomic<uint64_t> last_run{0};

// One backward. Gradients wait in the nodes themselves; a node that another
// run is using at the same time (another thread, or a hook that runs backward)
// keeps its gradients in `spilled_` instead.
class Run {
 public:
  explicit Run(bool keep_graph)
      : id_(last_run.fetch_add(1, std::memory_order_relaxed) + 1),
        keep_graph_(keep_graph) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    for (Entry& entry : heap_) abandon(entry);
    for (Entry& entry : leaves_) abandon(entry);
  }

  /// Restricts the run to the gradients at these edges.
  void capture(std::vector<Capture>* captures) {
    captures_ = captures;
    for (Capture& c : *captures) {
      lowest_ = std::min(lowest_, c.edge.node->sequence_);
    }
  }

  void find_needed(const std::vector<Edge>& roots);
  void arrive(const Edge& edge, Tensor&& grad, const char* from);
  void execute();
  void commit();

 private:
  struct Spill;
  struct Entry {
    Node* node;  // kept alive by the roots of the run
    uint64_t sequence;
    Spill* spill;  // where the gradients are, null for the node itself
    bool operator<(const Entry& other) const {
      return sequence < other.sequence;
    }
  };
  struct Spill {
    std::vector<Tensor> grads;
  };

  void abandon(Entry& entry) noexcept {
    if (entry.spill) {
      delete entry.spill;
    } else {
      for (uint32_t i = 0; i < entry.node->num_outputs_; ++i) {
        entry.node->pending(i) = Tensor();
      }
      entry.node->run_.store(0, std::memory_order_release);
    }
  }
  Tensor& slot(Node* node, uint32_t nr);
  void visit(Entry& entry);
  void run_hooks(Node* node, Tensor* grads);
  bool is_needed(Node* node) const {
    return !captures_ || needed_.count(node) > 0;
  }

  uint64_t id_;
  bool keep_graph_;
  std::vector<Entry> heap_;
  std::vector<Entry> leaves_;
  std::vector<Capture>* captures_ = nullptr;
  struct Retained {
    Tensor tensor;
    Tensor grad;
  };
  std::vector<Retained> retained_;
  bool has_spills_ = false;
  uint64_t lowest_ = UINT64_MAX;
  std::unordered_set<Node*> needed_;
};

// Marks the nodes on a way from a root to a captured edge; iterative, and not
// below the oldest captured node, which cannot be reached from there.
void Run::find_needed(const std::vector<Edge>& roots) {
  struct Frame {
    Node* node;
    uint32_t next;
  };
  std::unordered_set<Node*> seen;
  std::vector<Frame> stack;
  for (const Capture& c : *captures_) needed_.insert(c.edge.node);
  for (const Edge& root : roots) {
    if (seen.insert(root.node).second) stack.push_back({root.node, 0});
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next < top.node->num_edges_) {
        Node* child = top.node->edges_[top.next++].node;
        if (child && child->sequence_ >= lowest_ && seen.insert(child).second) {
          stack.push_back({child, 0});
        }
        continue;
      }
      for (uint32_t i = 0; i < top.node->num_edges_; ++i) {
        if (needed_.count(top.node->edges_[i].node)) needed_.insert(top.node);
      }
      stack.pop_back();
    }
  }
}

Tensor& Run::slot(Node* node, uint32_t nr) {
  uint64_t owner = node->run_.load(std::memory_order_acquire);
  if (owner == id_) return node->pending(nr);
  std::vector<Entry>& queue = node->is_accumulator() ? leaves_ : heap_;
  if (has_spills_) {
    for (Entry& entry : queue) {
      if (entry.node == node && entry.spill) return entry.spill->grads[nr];
    }
  }
  if (queue.size() == queue.capacity()) queue.reserve(2 * queue.size() + 4);
  bool claimed = owner == 0 && node->run_.compare_exchange_strong(owner, id_);
  Spill* spill =
      claimed ? nullptr : new Spill{std::vector<Tensor>(node->num_outputs_)};
  has_spills_ |= spill != nullptr;
  queue.push_back({node, node->sequence_, spill});
  if (!node->is_accumulator()) std::push_heap(queue.begin(), queue.end());
  return spill ? spill->grads[nr] : node->pending(nr);
}

void Run::arrive(const Edge& edge, Tensor&& grad, const char* from) {
  if (!is_needed(edge.node)) return;
  fit(grad, edge.node, edge.nr, from);
  add_to(slot(edge.node, edge.nr), std::move(grad));
}

// Hooks of the tensors that are outputs of `node`, then retained gradients.
void Run::run_hooks(Node* node, Tensor* grads) {
  if (!node->extra_) return;
  NodeExtra& extra = *node->extra_;
  // A hook may add or remove hooks: walk by index.
  for (size_t i = 0; i < extra.hooks.size(); ++i) {
    const uint32_t nr = extra.hooks[i].output_nr;
    const std::shared_ptr<TensorHook> hook = extra.hooks[i].hook;
    if (!hook || !grads[nr].defined()) continue;
    Tensor replaced = (*hook)(grads[nr]);
    if (replaced.defined()) {
      fit(replaced, node, nr, "a hook");
      grads[nr] = std::move(replaced);
    }
  }
  for (auto& [nr, tensor] : extra.retained) {
    if (grads[nr].defined() && !captures_) {
      retained_.push_back({Tensor::share(tensor), grads[nr]});
    }
  }
}

void Run::visit(Entry& entry) {
  Node* node = entry.node;
  uint32_t outputs = node->num_outputs_;
  TensorBuffer grad_buffer(outputs);
  TensorBuffer result_buffer(node->num_edges_);
  Tensor* grads = grad_buffer.data();
  Tensor* results = result_buffer.data();
  if (entry.spill) {
    for (uint32_t i = 0; i < outputs; ++i) {
      grads[i] = std::move(entry.spill->grads[i]);
    }
    delete std::exchange(entry.spill, nullptr);
  } else {
    for (uint32_t i = 0; i < outputs; ++i) {
      grads[i] = std::move(node->pending(i));
    }
    node->run_.store(0, std::memory_order_release);
  }
  run_hooks(node, grads);
  if (captures_) {
    bool is_end = true;
    for (Capture& c : *captures_) {
      if (c.edge.node == node && grads[c.edge.nr].defined()) {
        c.grad = grads[c.edge.nr];
      }
    }
    for (uint32_t i = 0; i < node->num_edges_; ++i) {
      is_end &= !node->edges_[i].node || !is_needed(node->edges_[i].node);
    }
    if (is_end) return;
  }
  {
    NodeLock lock(node);
    check(!node->released_,
          "[backward] trying to backward through the graph a second time: ",
          node->name_,
          " has freed what it saved; pass retain_graph=true the first time");
    const profiler::Scope scope(profiler::Kind::kBackward, node->name_);
    Node* outer = std::exchange(detail::current_node, node);
    try {
      node->apply(grads, results);
    } catch (...) {
      detail::current_node = outer;
      throw;
    }
    detail::current_node = outer;
    if (!keep_graph_ && !lock.is_nested()) node->release_saved();
  }
  for (uint32_t i = 0; i < node->num_edges_; ++i) {
    if (node->edges_[i].node && results[i].defined()) {
      arrive(node->edges_[i], std::move(results[i]), node->name_);
    }
  }
}

void Run::execute() {
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end());
    Entry entry = heap_.back();
    heap_.pop_back();
    try {
      visit(entry);
    } catch (...) {
      delete entry.spill;
      throw;
    }
  }
  // Leaves last, their hooks before any .grad changes.
  for (size_t i = 0; i < leaves_.size(); ++i) {
    Entry& entry = leaves_[i];
    Tensor& grad = entry.spill ? entry.spill->grads[0] : entry.node->pending(0);
    run_hooks(entry.node, &grad);
    if (!captures_) continue;
    for (Capture& c : *captures_) {
      if (c.edge.node == entry.node) c.grad = grad;
    }
  }
}

// Guards .grad of the leaves that hash to it: threads may run backward through
// different graphs that end at the same leaf.
class LeafLock {
 public:
  explicit LeafLock(const void* leaf)
      : flag_(flags[reinterpret_cast<uintptr_t>(leaf) / 64 % kCount]) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
      while (flag_.test(std::memory_order_relaxed)) {
      }
    }
  }
  LeafLock(const LeafLock&) = delete;
  LeafLock& operator=(const LeafLock&) = delete;
  ~LeafLock() { flag_.clear(std::memory_order_release); }

 private:
  static constexpr size_t kCount = 64;
  static inline std::atomic_flag flags[kCount];
  std::atomic_flag& flag_;
};

// `grad` in a buffer that nobody else can see.
Tensor owned(Tensor&& grad) {
  bool is_free =
      is_unshared(grad) && grad.is_contiguous() && !grad.impl()->requires_grad;
  return is_free ? std::move(grad) : kernels::clone(grad);
}

// What may fail in accumulate(), done before any .grad changes.
void prepare(TensorImpl* tensor, Tensor& grad) {
  LeafLock lock(tensor);
  const auto& sum = reinterpret_cast<const Tensor&>(tensor->grad);
  if (!sum.defined()) {
    if (!GradMode::is_enabled()) grad = owned(std::move(grad));
    return;
  }
  check(sum.sizes() == grad.sizes() && sum.dtype() == grad.dtype(),
        "[backward] a ",
        grad.dtype(),
        " gradient of shape ",
        grad.sizes(),
        " cannot be added to a .grad that is ",
        sum.dtype(),
        " of shape ",
        sum.sizes());
}

// Adds `grad` to the .grad of a tensor; takes the buffer over when it can.
void accumulate(TensorImpl* tensor, Tensor&& grad) {
  LeafLock lock(tensor);
  auto& sum = reinterpret_cast<Tensor&>(tensor->grad);
  if (GradMode::is_enabled()) {
    sum = sum.defined() ? sum + grad : grad.clone();
  } else if (!sum.defined()) {
    sum = owned(std::move(grad));
  } else if (kernels::has_internal_overlap(sum)) {
    sum = sum + grad;
  } else {
    kernels::binary_into(sum, kernels::elementwise->add, "backward", sum, grad);
    detail::bump_version(sum);
  }
}

void Run::commit() {
  auto leaf_grad = [](Entry& entry) -> Tensor& {
    return entry.spill ? entry.spill->grads[0] : entry.node->pending(0);
  };
  for (Retained& kept : retained_) prepare(kept.tensor.impl(), kept.grad);
  if (!captures_) {
    for (Entry& entry : leaves_) {
      Tensor& grad = leaf_grad(entry);
      if (grad.defined()) prepare(entry.node->leaf_, grad);
    }
  }
  for (Retained& kept : retained_) {
    accumulate(kept.tensor.impl(), std::move(kept.grad));
  }
  if (captures_) return;
  for (Entry& entry : leaves_) {
    Tensor grad = std::move(leaf_grad(entry));
    if (grad.defined()) accumulate(entry.node->leaf_, std::move(grad));
  }
}

// The edges of the outputs, retained as long as this object lives.
class Roots {
 public:
  Roots() = default;
  // Delegates, so that a throw in the middle releases the first ones.
  Roots(const char* op, TensorList outputs) : Roots() {
    edges_.reserve(outputs.size());
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& output = outputs[i];
      check(output.defined(),
            "[",
            op,
            "] element ",
            i,
            " of the tensors is undefined");
      check(output.requires_grad(),
            "[",
            op,
            "] element ",
            i,
            " of the tensors (shape ",
            output.sizes(),
            ") does not require grad and does not have a grad_fn");
      edges_.push_back(gradient_edge(output));
    }
  }
  Roots(const Roots&) = delete;
  Roots& operator=(const Roots&) = delete;
  ~Roots() {
    for (Edge& edge : edges_) release(edge.node);
  }
  const std::vector<Edge>& edges() const { return edges_; }

 private:
  std::vector<Edge> edges_;
};

// The gradient to start from at `output`: what was given, or a one.
Tensor seed(const char* op, const Tensor& output, const Tensor* given) {
  if (!given || !given->defined()) {
    check(output.numel() == 1,
          "[",
          op,
          "] a gradient can be left out for one element only, the tensor has "
          "shape ",
          output.sizes());
    return kernels::full(output.sizes(), 1, output.dtype());
  }
  check(given->sizes() == output.sizes(),
        "[",
        op,
        "] the gradient has shape ",
        given->sizes(),
        " but the tensor has shape ",
        output.sizes());
  check<TypeError>(is_floating(given->dtype()),
                   "[",
                   op,
                   "] the gradient must be floating, got ",
                   given->dtype());
  return *given;
}

void execute_here(Run& run) {
  struct Level {
    Level() { ++nested_runs; }
    ~Level() { --nested_runs; }
  } level;
  run.execute();
}

// A hook or a custom function may run backward, and so on: every so many levels
// the stack of a new thread takes over while this one waits.
void execute_nested(Run& run) {
  constexpr int kLevelsPerStack = 10;
  if (nested_runs < kLevelsPerStack) {
    execute_here(run);
    return;
  }
  std::exception_ptr error;
  auto go_on = [&, owner = this_thread(), recording = GradMode::is_enabled()] {
    continued_thread = owner;
    GradMode::set_enabled(recording);
    try {
      execute_here(run);
    } catch (...) {
      error = std::current_exception();
    }
  };
  std::thread thread;
  try {
    thread = std::thread(go_on);
  } catch (const std::system_error& failure) {
    fail("[backward] nested too deeply: ", failure.what());
  }
  thread.join();
  if (error) std::rethrow_exception(error);
}

void run_backward(const char* op,
                  TensorList outputs,
                  TensorList grad_outputs,
                  bool keep_graph,
                  bool create_graph,
                  std::vector<Capture>* captures) {
  const profiler::Scope scope(profiler::Kind::kBackward, op);
  check(grad_outputs.empty() || grad_outputs.size() == outputs.size(),
        "[",
        op,
        "] ",
        outputs.size(),
        " tensors but ",
        grad_outputs.size(),
        " gradients");
  Roots roots(op, outputs);
  std::vector<Tensor> seeds;
  seeds.reserve(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    seeds.push_back(seed(
        op, outputs[i], grad_outputs.empty() ? nullptr : &grad_outputs[i]));
  }
  AutoGradMode recording(create_graph);
  Run run(keep_graph);
  if (captures) {
    run.capture(captures);
    run.find_needed(roots.edges());
  }
  for (size_t i = 0; i < seeds.size(); ++i) {
    run.arrive(roots.edges()[i], std::move(seeds[i]), op);
  }
  execute_nested(run);
  run.commit();
}

bool shares_one_of(const Tensor& x, TensorList others) {
  return std::any_of(others.begin(), others.end(), [&](const Tensor& other) {
    return other.defined() && x.is_alias_of(other);
  });
}

// Where to catch the gradients of `inputs`; the edges are in `roots`.
std::vector<Capture> captures_of(const Roots& edges) {
  std::vector<Capture> captures;
  for (const Edge& edge : edges.edges()) captures.push_back({edge, Tensor()});
  return captures;
}

}  // namespace

void backward(TensorList tensors,
              TensorList grad_tensors,
              std::optional<bool> retain_graph,
              bool create_graph,
              TensorList inputs) {
  bool keep_graph = retain_graph.value_or(create_graph);
  if (inputs.empty()) {
    run_backward(
        "backward", tensors, grad_tensors, keep_graph, create_graph, nullptr);
    return;
  }
  Roots edges("backward", inputs);
  std::vector<Capture> captures = captures_of(edges);
  run_backward(
      "backward", tensors, grad_tensors, keep_graph, create_graph, &captures);
  AutoGradMode recording(create_graph);
  for (size_t i = 0; i < inputs.size(); ++i) {
    // A tensor that is named twice is meant once.
    for (size_t k = 0; k < i; ++k) {
      if (inputs[k].is_same(inputs[i])) captures[i].grad = Tensor();
    }
    if (captures[i].grad.defined()) {
      prepare(inputs[i].impl(), captures[i].grad);
    }
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!captures[i].grad.defined()) continue;
    accumulate(inputs[i].impl(), std::move(captures[i].grad));
  }
}

variable_list grad(TensorList outputs,
                   TensorList inputs,
                   TensorList grad_outputs,
                   std::optional<bool> retain_graph,
                   bool create_graph,
                   bool allow_unused) {
  check(!inputs.empty(), "[grad] expected at least one input");
  Roots edges("grad", inputs);
  std::vector<Capture> captures = captures_of(edges);
  run_backward("grad",
               outputs,
               grad_outputs,
               retain_graph.value_or(create_graph),
               create_graph,
               &captures);
  AutoGradMode recording(create_graph);
  variable_list grads;
  for (size_t i = 0; i < captures.size(); ++i) {
    check(captures[i].grad.defined() || allow_unused,
          "[grad] element ",
          i,
          " of the inputs (shape ",
          inputs[i].sizes(),
          ") is not part of the graph; pass allow_unused=true if this is "
          "wanted");
    Tensor& grad = captures[i].grad;
    // What is returned may be edited: it must be neither a gradient that was
    // passed in nor another one of these.
    if (grad.defined() && !create_graph) {
      grad = owned(std::move(grad));
    } else if (grad.defined() && (shares_one_of(grad, grads) ||
                                  shares_one_of(grad, grad_outputs))) {
      grad = grad.clone();
    }
    grads.push_back(std::move(grad));
  }
  return grads;
}

}  // namespace taper::autograd
