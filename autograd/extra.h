// The autograd fields that few tensors have; see TensorImpl::extra.
#pragma once

#include <atomic>
#include <vector>

#include "taper/autograd/node.h"

namespace taper {

struct AutogradExtra {
  /// Accumulators of a tensor that was a leaf before an in-place operation
  /// made it a result; older graphs still point to them.
  std::vector<Node*> retired_accumulators;
};

namespace detail {

/// The node in impl->grad_fn, which another thread may be setting.
inline Node* node_of(TensorImpl* impl) {
  return std::atomic_ref(impl->grad_fn).load(std::memory_order_acquire);
}
/// The accumulator of a leaf, made on first use.
Node* accumulator_of(TensorImpl* leaf);
/// The node that made `tensor`, brought up to date when an in-place operation
/// changed the elements that this view shares; null for a leaf.
Node* history_of(const Tensor& tensor);
/// After `view` was written in place: its elements are result number `nr` of
/// `node` (one reference is taken over), and its base contains them.
void rebase_view(Tensor& view, Node* node, uint32_t nr);

}  // namespace detail
}  // namespace taper
