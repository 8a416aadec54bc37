// What becomes of a gradient: it is made to fit, added up, and added to the
// .grad of a tensor, from any thread.
#pragma once

#include "taper/autograd/node.h"
#include "taper/tensor/tensor.h"

namespace taper::autograd {

/// The shape and the dtype of the gradient of result `nr` of `node`.
inline IntArrayRef grad_shape(Node* node, uint32_t nr) {
  const TensorImpl* leaf = node->leaf_;
  return leaf ? IntArrayRef(leaf->sizes, leaf->ndim) : node->meta(nr).shape();
}
inline ScalarType grad_dtype(Node* node, uint32_t nr) {
  return node->leaf_ ? node->leaf_->dtype : node->meta(nr).dtype;
}

/// Gives the gradient of result `nr` of `node` the shape it was broadcast from
/// and the dtype of the tensor it belongs to. Throws, naming `from`, when the
/// shapes do not fit.
void make_fit(Tensor& grad, Node* node, uint32_t nr, const char* from);
inline void fit(Tensor& grad, Node* node, uint32_t nr, const char* from) {
  if (grad.sizes() != grad_shape(node, nr) ||
      grad.dtype() != grad_dtype(node, nr)) {
    make_fit(grad, node, nr, from);
  }
}

/// sum := sum + grad, in the buffer of `sum` when nobody else can see it.
void add_to(Tensor& sum, Tensor&& grad);

/// `grad` in a buffer that nobody else can see.
Tensor owned(Tensor&& grad);

/// What may fail in accumulate(), done before any .grad changes: throws when
/// `grad` does not fit the .grad that is there.
void prepare(TensorImpl* tensor, Tensor& grad);

/// Adds a prepared `grad` to the .grad of a tensor; takes the buffer over when
/// it can.
void accumulate(TensorImpl* tensor, Tensor&& grad);

/// Drops the .grad of a tensor, or puts zeros outside the graph in its place.
void clear_grad(const Tensor& tensor, bool set_to_none);

}  // namespace taper::autograd
