// The nodes that wait for gradients, the order they run in, and what is undone
// when one of them throws.
#include "taper/autograd/run.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "taper/autograd/accumulate.h"
#include "taper/autograd/extra.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/record.h"
#include "taper/tensor/profiler.h"

namespace taper::autograd {
namespace {

// Room for tensors, for a few of them without the heap.
class TensorBuffer {
 public:
  Tensor* at_least(size_t count) {
    if (count <= kInline) return few_;
    if (many_.size() < count) many_.resize(count);
    return many_.data();
  }

 private:
  static constexpr size_t kInline = 3;
  Tensor few_[kInline];
  std::vector<Tensor> many_;
};

// How many backwards run inside each other on this thread, and which thread
// they belong to when they were continued here; see Run::execute.
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
    while (!detail::claim(node->busy_, owner, self)) {
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

// One backward: arrive() at the roots, execute(), commit(). Gradients wait in
// the nodes themselves; a node that another run is using at the same time
// (another thread, or a hook that runs backward) keeps its gradients in a
// Spill instead. The caller keeps the nodes alive. A run that is destroyed
// before commit() has changed no .grad.
class Run {
 public:
  // Frees what the nodes saved as it goes, unless `keep_graph`.
  explicit Run(bool keep_graph);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  // Restricts the run to what leads from the roots to the captures, and fills
  // them; they outlive the run.
  void restrict_to(std::vector<Capture>& captures,
                   const std::vector<Edge>& roots);

  // Adds a gradient to those that wait at `edge`; `from` is for errors.
  void arrive(const Edge& edge, Tensor&& grad, const char* from);

  // Visits the nodes from the youngest to the oldest. Safe to nest: a hook may
  // run backward, and so on.
  void execute();

  // Adds what has arrived at the leaves to their .grad: all of it or nothing.
  void commit();

 private:
  using Spill = std::vector<Tensor>;
  struct Entry {
    Node* node;
    uint64_t sequence;
    std::unique_ptr<Spill> spill;  // null: the node has the gradients
    Tensor& grad(uint32_t nr) const {
      return spill ? (*spill)[nr] : node->pending(nr);
    }
    bool operator<(const Entry& other) const {
      return sequence < other.sequence;
    }
  };
  struct Retained {
    Tensor tensor;
    Tensor grad;
  };

  bool is_needed(Node* node) const {
    return !captures_ || needed_.count(node) > 0;
  }
  Tensor& slot(Node* node, uint32_t nr);
  void run_hooks(Node* node, Tensor* grads);
  bool capture(Node* node, const Tensor* grads);
  void apply(Node* node, Tensor* grads, Tensor* results);
  void visit(Entry& entry);
  void visit_all();
  // Calls f(tensor, grad) for every .grad that changes.
  template <class F>
  void for_arrived(const F& f);

  uint64_t id_;
  bool keep_graph_;
  bool has_spills_ = false;
  std::vector<Entry> heap_;
  std::vector<Entry> leaves_;
  std::vector<Retained> retained_;
  std::vector<Capture>* captures_ = nullptr;
  std::unordered_set<Node*> needed_;
  // Of the node that is being visited; all undefined between two visits.
  TensorBuffer grads_;
  TensorBuffer results_;
};

Run::Run(bool keep_graph)
    : id_(detail::count_up(last_run) + 1), keep_graph_(keep_graph) {}

Run::~Run() {
  for (const std::vector<Entry>* queue : {&heap_, &leaves_}) {
    for (const Entry& entry : *queue) {
      if (entry.spill) continue;
      for (uint32_t i = 0; i < entry.node->num_results_; ++i) {
        entry.node->pending(i) = Tensor();
      }
      entry.node->run_.store(0, std::memory_order_release);
    }
  }
}

// Marks the nodes on a way from a root to a captured edge. The numbers of nodes
// grow from the inputs on; below the lowest captured one nothing leads there.
void Run::restrict_to(std::vector<Capture>& captures,
                      const std::vector<Edge>& roots) {
  captures_ = &captures;
  uint64_t lowest = UINT64_MAX;
  for (const Capture& c : captures) {
    lowest = std::min(lowest, c.edge.node->sequence_);
    needed_.insert(c.edge.node);
  }
  std::vector<Node*> reached;
  std::unordered_set<Node*> seen;
  const auto reach = [&](const Edge& edge) {
    if (edge.node && edge.node->sequence_ >= lowest &&
        seen.insert(edge.node).second) {
      reached.push_back(edge.node);
    }
  };
  for (const Edge& root : roots) reach(root);
  for (size_t i = 0; i < reached.size(); ++i) {
    for (const Edge& edge : reached[i]->edges()) reach(edge);
  }
  std::sort(reached.begin(), reached.end(), [](const Node* a, const Node* b) {
    return a->sequence_ < b->sequence_;
  });
  for (Node* node : reached) {
    for (const Edge& edge : node->edges()) {
      if (needed_.count(edge.node)) needed_.insert(node);
    }
  }
}

Tensor& Run::slot(Node* node, uint32_t nr) {
  uint64_t owner = node->run_.load(std::memory_order_acquire);
  if (owner == id_) return node->pending(nr);
  std::vector<Entry>& queue = node->is_accumulator() ? leaves_ : heap_;
  if (has_spills_) {
    for (Entry& entry : queue) {
      if (entry.node == node && entry.spill) return entry.grad(nr);
    }
  }
  if (queue.size() == queue.capacity()) queue.reserve(2 * queue.size() + 4);
  bool claimed = owner == 0 && detail::claim(node->run_, owner, id_);
  auto spill = claimed ? nullptr : std::make_unique<Spill>(node->num_results_);
  has_spills_ |= !claimed;
  Tensor& grad = claimed ? node->pending(nr) : (*spill)[nr];
  queue.push_back({node, node->sequence_, std::move(spill)});
  if (!node->is_accumulator() && queue.size() > 1) {
    std::push_heap(queue.begin(), queue.end());
  }
  return grad;
}

void Run::arrive(const Edge& edge, Tensor&& grad, const char* from) {
  if (!is_needed(edge.node)) return;
  fit(grad, edge.node, edge.nr, from);
  add_to(slot(edge.node, edge.nr), std::move(grad));
}

// Hooks of the tensors that are outputs of `node`, then retained gradients; the
// node has extra_.
void Run::run_hooks(Node* node, Tensor* grads) {
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
  for (auto& [nr, tensor] : node->retained()) {
    if (grads[nr].defined()) retained_.push_back({tensor, grads[nr]});
  }
}

// Takes what is captured at `node`; whether nothing below it is needed.
bool Run::capture(Node* node, const Tensor* grads) {
  for (Capture& c : *captures_) {
    if (c.edge.node == node && grads[c.edge.nr].defined()) {
      c.grad = grads[c.edge.nr];
    }
  }
  return std::none_of(
      node->edges().begin(), node->edges().end(),
      [&](const Edge& edge) { return edge.node && is_needed(edge.node); });
}

void Run::apply(Node* node, Tensor* grads, Tensor* results) {
  NodeLock lock(node);
  check(!node->released_,
        "[backward] trying to backward through the graph a second time: {} has "
        "freed what it saved; pass retain_graph=true the first time",
        node->name_);
  const profiler::Scope scope(profiler::Kind::kBackward, node->name_);
  Node* outer = std::exchange(detail::current_node, node);
  try {
    node->apply(grads, results);
  } catch (...) {
    detail::current_node = outer;
    throw;
  }
  detail::current_node = outer;
  if (!keep_graph_ && !lock.is_nested() && node->saves_any_) {
    node->release_saved();
  }
}

void Run::visit(Entry& entry) {
  Node* node = entry.node;
  const uint32_t outputs = node->num_results_;
  Tensor* grads = grads_.at_least(outputs);
  Tensor* results = results_.at_least(node->num_edges_);
  for (uint32_t i = 0; i < outputs; ++i) grads[i] = std::move(entry.grad(i));
  if (!entry.spill) node->run_.store(0, std::memory_order_release);
  if (node->extra_) run_hooks(node, grads);
  const bool ends_here = captures_ && capture(node, grads);
  if (!ends_here) apply(node, grads, results);
  // Whoever else holds the gradients may now add to them in place.
  for (uint32_t i = 0; i < outputs; ++i) grads[i] = Tensor();
  const bool is_curved = detail::grad_enabled && node->saves_history_;
  for (uint32_t i = 0; i < node->num_edges_; ++i) {
    Tensor result = std::move(results[i]);
    const Edge& edge = node->edges_[i];
    if (!edge.node || !result.defined()) continue;
    if (is_curved && !result.requires_grad()) detail::make_flat(result, *node);
    arrive(edge, std::move(result), node->name_);
  }
}

void Run::visit_all() {
  struct Level {
    Level() { ++nested_runs; }
    ~Level() { --nested_runs; }
  } level;
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end());
    Entry entry = std::move(heap_.back());
    heap_.pop_back();
    visit(entry);
  }
  // Leaves last, their hooks before any .grad changes.
  for (size_t i = 0; i < leaves_.size(); ++i) {
    Node* node = leaves_[i].node;
    Tensor& grad = leaves_[i].grad(0);
    if (node->extra_) run_hooks(node, &grad);
    if (captures_) capture(node, &grad);
  }
}

// Every so many levels of backwards inside each other the stack of a new thread
// takes over while this one waits.
void Run::execute() {
  constexpr int kLevelsPerStack = 10;
  if (nested_runs < kLevelsPerStack) {
    visit_all();
    return;
  }
  std::exception_ptr error;
  auto go_on = [&, owner = this_thread(), recording = GradMode::is_enabled()] {
    continued_thread = owner;
    GradMode::set_enabled(recording);
    try {
      visit_all();
    } catch (...) {
      error = std::current_exception();
    }
  };
  std::thread thread;
  try {
    thread = std::thread(go_on);
  } catch (const std::system_error& failure) {
    fail("[backward] nested too deeply: {}", failure.what());
  }
  thread.join();
  if (error) std::rethrow_exception(error);
}

template <class F>
void Run::for_arrived(const F& f) {
  for (Retained& kept : retained_) f(kept.tensor.impl(), kept.grad);
  if (captures_) {
    for (Capture& c : *captures_) {
      if (c.into && c.grad.defined()) f(c.into, c.grad);
    }
    return;
  }
  for (Entry& entry : leaves_) {
    Tensor& grad = entry.grad(0);
    TensorImpl* leaf = entry.node->leaf_;
    // A leaf may have stopped requiring grad since the graph was recorded.
    if (grad.defined() && leaf->requires_grad) f(leaf, grad);
  }
}

void Run::commit() {
  for_arrived(prepare);
  for_arrived([](TensorImpl* tensor, Tensor& grad) {
    accumulate(tensor, std::move(grad));
  });
}

}  // namespace

void run_graph(const char* op, const std::vector<Edge>& roots,
               std::vector<Tensor> seeds, bool keep_graph,
               std::vector<Capture>* captures) {
  Run run(keep_graph);
  if (captures) run.restrict_to(*captures, roots);
  for (size_t i = 0; i < seeds.size(); ++i) {
    run.arrive(roots[i], std::move(seeds[i]), op);
  }
  run.execute();
  run.commit();
}

}  // namespace taper::autograd
