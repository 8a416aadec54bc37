// What a Tensor points to: shape, strides and dtype inline, a counted pointer
// to the storage, and the autograd fields that the autograd folder fills in.
//
// A small tensor is ONE block from the allocator: [TensorImpl | Storage |
// data].
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "taper/tensor/array_ref.h"
#include "taper/tensor/counts.h"
#include "taper/tensor/export.h"
#include "taper/tensor/scalar_type.h"

namespace taper {

class Node;
class Tensor;

/// Tensors have at most this many dims; those of up to kInlineDims need no
/// memory of their own for them.
constexpr int64_t kMaxDims = 64;
constexpr int64_t kInlineDims = 6;

/// Called with (context, data) when a from_blob storage dies.
using BlobDeleter = void (*)(void* context, void* data);

/// The memory that a tensor and its views share. `version` counts in-place
/// edits, so that autograd notices when a saved tensor has changed.
struct Storage {
  std::atomic<uint32_t> refs;
  std::atomic<uint32_t> version;
  char* data;
  size_t bytes;          // of the elements
  uint32_t block_bytes;  // of the block that holds this struct
  bool is_blob;          // the elements are not ours
  bool is_inference;     // made in inference mode
};

/// Rare autograd fields: hooks, and the autograd state of a view.
struct AutogradExtra;

/// Room for a Tensor, which is complete in tensor.h only; whoever makes and
/// ends the TensorImpl makes and ends it.
class TensorSlot {
 public:
  void* room() { return room_; }
  inline Tensor& get();

 private:
  alignas(void*) std::byte room_[sizeof(void*)];
};

struct TensorImpl {
  std::atomic<uint32_t> refs;
  ScalarType dtype;
  uint8_t ndim;
  bool contiguous;
  bool requires_grad;  // asked for on a leaf, inherited elsewhere
  char* data;
  int64_t numel;
  int64_t* sizes;  // in near_dims, or a block of 2 * kMaxDims; so are strides
  int64_t* strides;
  Storage* storage;  // owned
  Storage* home;     // owned; the one in this block, null for a view's block
  Node* grad_fn;     // owned; for a leaf its accumulator, once it has one
  uint16_t output_nr;
  bool retains_grad;
  bool untracked_view;    // made while grad mode was off: not to be written
  uint32_t view_version;  // storage version that a view's grad_fn belongs to
  TensorSlot grad;        // what Tensor::grad() refers to
  TensorImpl* base;       // owned; of a view: the tensor that it looks into
  AutogradExtra* extra;   // owned
  int64_t near_dims[2 * kInlineDims];
};

namespace detail {

/// Whether new tensors are inference tensors, see InferenceMode.
TAPER_API extern constinit thread_local bool inference_mode
    __attribute__((tls_model("initial-exec")));

/// A new contiguous tensor of one reference with uninitialised elements.
/// Throws when a size is negative, numel overflows or there are too many dims.
TAPER_API TensorImpl* new_impl(IntArrayRef sizes, ScalarType dtype);
/// The same shape and dtype as `like`, contiguous; no checks needed.
TAPER_API TensorImpl* new_impl_like(const TensorImpl* like, ScalarType dtype);
/// A second tensor on the same storage, with every field of shape unset.
TAPER_API TensorImpl* new_view_impl(const TensorImpl* source);
/// A tensor of one reference around memory that is not ours.
TAPER_API TensorImpl* new_blob_impl(void* data, size_t bytes, ScalarType dtype,
                                    BlobDeleter deleter, void* context);
/// Makes `impl` let go of its storage and hold `other`'s (shape included).
TAPER_API void share_storage(TensorImpl* impl, const TensorImpl* other);

TAPER_API void retain(TensorImpl* impl) noexcept;
TAPER_API void release(TensorImpl* impl) noexcept;
/// Takes a reference unless the last one is gone.
inline bool try_retain(TensorImpl* impl) {
  uint32_t refs = impl->refs.load(std::memory_order_relaxed);
  while (refs != 0) {
    if (impl->refs.compare_exchange_weak(refs, refs + 1,
                                         std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

/// Makes room for more than kInlineDims dims.
TAPER_API void widen(TensorImpl* impl);
/// Makes room for `ndim` dims; must come before what changes `impl`.
inline void reserve_dims(TensorImpl* impl, size_t ndim) {
  if (ndim > kInlineDims && impl->sizes == impl->near_dims) [[unlikely]] {
    widen(impl);
  }
}
/// Gives `impl` the shape and strides of `from`.
inline void copy_layout(TensorImpl* impl, const TensorImpl* from) {
  reserve_dims(impl, from->ndim);
  impl->ndim = from->ndim;
  impl->numel = from->numel;
  impl->contiguous = from->contiguous;
  for (int i = 0; i < from->ndim; ++i) {
    impl->sizes[i] = from->sizes[i];
    impl->strides[i] = from->strides[i];
  }
}
/// Sets numel and the contiguous flag from sizes and strides.
TAPER_API void refresh_layout(TensorImpl* impl);
/// Sets sizes and row-major strides; throws as new_impl does.
TAPER_API void set_contiguous_shape(TensorImpl* impl, IntArrayRef sizes);

/// Installed by autograd: frees what `impl` holds of it (grad_fn, extra), or
/// returns false if `impl` has found a new owner, who will come back for it.
/// A pointer, because tensor/ does not know autograd/.
TAPER_API extern bool (*release_autograd)(TensorImpl* impl) noexcept;

}  // namespace detail
}  // namespace taper
