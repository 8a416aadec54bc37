// Making, sharing and destroying tensors and their storage.
#include "taper/tensor/tensor_impl.h"

#include <algorithm>
#include <new>
#include <utility>

#include "taper/tensor/memory/allocator.h"
#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::detail {

bool (*release_autograd)(TensorImpl*) noexcept = nullptr;
constinit thread_local bool inference_mode = false;

namespace {

// Elements up to this many bytes live in the block of their TensorImpl.
constexpr size_t kInlineBytes = 16384;
constexpr size_t kHeaderBytes = sizeof(TensorImpl) + sizeof(Storage);
static_assert(kHeaderBytes % 16 == 0);
// Vector loads like elements that start on a cache line; a scalar does not
// care and fits the first lines of the block.
constexpr size_t kAlignedHeader = (kHeaderBytes + 63) / 64 * 64;

size_t data_offset(size_t bytes) {
  return bytes <= kAlignedHeader - kHeaderBytes || bytes <= 16 ? kHeaderBytes
                                                               : kAlignedHeader;
}

// Stands behind the Storage of a blob.
struct BlobOwner {
  BlobDeleter deleter;
  void* context;
};
BlobOwner* blob_owner(Storage* storage) {
  return reinterpret_cast<BlobOwner*>(storage + 1);
}

// The block that has more dims than fit into near_dims.
constexpr size_t kWideBytes = 2 * kMaxDims * sizeof(int64_t);

void use_near_dims(TensorImpl* impl) {
  impl->sizes = impl->near_dims;
  impl->strides = impl->near_dims + kInlineDims;
}

void clear_autograd(TensorImpl* impl) {
  impl->requires_grad = false;
  impl->retains_grad = false;
  impl->untracked_view = false;
  impl->grad_fn = nullptr;
  impl->output_nr = 0;
  impl->view_version = 0;
  new (impl->grad.room()) Tensor;
  impl->base = nullptr;
  impl->extra = nullptr;
}

// One block [TensorImpl | Storage | elements], or the elements apart when they
// are many. Shape and layout are the caller's to fill in.
[[gnu::always_inline]] inline TensorImpl* allocate_impl(size_t bytes,
                                                        ScalarType dtype) {
  bool is_inline = bytes <= kInlineBytes;
  size_t offset = data_offset(bytes);
  size_t block_bytes = is_inline ? offset + bytes : kHeaderBytes;
  char* data = is_inline ? nullptr : static_cast<char*>(allocate(bytes));
  char* block = nullptr;
  try {
    block = static_cast<char*>(allocate(block_bytes));
  } catch (...) {
    deallocate(data, bytes);
    throw;
  }
  auto* impl = reinterpret_cast<TensorImpl*>(block);
  auto* storage = reinterpret_cast<Storage*>(block + sizeof(TensorImpl));
  new (&impl->refs) std::atomic<uint32_t>(1);
  new (&storage->refs) std::atomic<uint32_t>(1);
  new (&storage->version) std::atomic<uint32_t>(0);
  storage->data = is_inline ? block + offset : data;
  storage->bytes = bytes;
  storage->block_bytes = static_cast<uint32_t>(block_bytes);
  storage->is_blob = false;
  storage->is_inference = inference_mode;
  impl->dtype = dtype;
  use_near_dims(impl);
  impl->storage = storage;
  impl->home = storage;
  impl->data = storage->data;
  clear_autograd(impl);
  return impl;
}

[[gnu::noinline]] void widen_new(TensorImpl* impl) {
  try {
    widen(impl);
  } catch (...) {
    destroy(impl);
    throw;
  }
}

// The bytes of so many elements; throws for a dtype that is only a name.
[[gnu::always_inline]] inline size_t bytes_of(int64_t numel, ScalarType dtype) {
  const int64_t size = element_size(dtype);
  if (size == 0) [[unlikely]]
    fail_unknown_dtype(dtype);
  return static_cast<size_t>(numel * size);
}

[[gnu::noinline]] void free_elements(Storage* storage) noexcept {
  if (storage->is_blob) {
    const BlobOwner& owner = *blob_owner(storage);
    if (owner.deleter) owner.deleter(owner.context, storage->data);
  } else {
    deallocate(storage->data, storage->bytes);
  }
}

[[gnu::always_inline]] inline void release_storage(Storage* storage) noexcept {
  if (storage->refs.load(std::memory_order_acquire) != 1 &&
      storage->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return;
  }
  if (storage->is_blob || storage->bytes > kInlineBytes) [[unlikely]] {
    free_elements(storage);
  }
  deallocate(reinterpret_cast<char*>(storage) - sizeof(TensorImpl),
             storage->block_bytes);
}

int64_t checked_numel(IntArrayRef sizes) {
  check(sizes.size() <= kMaxDims,
        "[shape] at most {} dims are supported, got {}", kMaxDims, sizes);
  return numel_of(sizes);
}

// Sizes with the row-major strides that belong to them.
[[gnu::always_inline]] inline void set_rows(TensorImpl* impl,
                                            const int64_t* sizes, size_t ndim,
                                            int64_t numel) {
  impl->ndim = static_cast<uint8_t>(ndim);
  impl->numel = numel;
  impl->contiguous = true;
  int64_t stride = 1;
  for (size_t i = ndim; i-- > 0;) {
    impl->sizes[i] = sizes[i];
    impl->strides[i] = stride;
    stride *= sizes[i] > 1 ? sizes[i] : 1;
  }
}

}  // namespace

void widen(TensorImpl* impl) {
  auto* wide = static_cast<int64_t*>(allocate(kWideBytes));
  std::copy_n(impl->sizes, kInlineDims, wide);
  std::copy_n(impl->strides, kInlineDims, wide + kMaxDims);
  impl->sizes = wide;
  impl->strides = wide + kMaxDims;
}

void set_contiguous_shape(TensorImpl* impl, IntArrayRef sizes) {
  const int64_t numel = checked_numel(sizes);
  reserve_dims(impl, sizes.size());
  set_rows(impl, sizes.data(), sizes.size(), numel);
}

void refresh_layout(TensorImpl* impl) {
  int64_t numel = 1;
  bool contiguous = true;
  for (int i = impl->ndim - 1; i >= 0; --i) {
    // The stride of a dim of size 1 is never used.
    contiguous &= impl->sizes[i] == 1 || impl->strides[i] == numel;
    numel *= impl->sizes[i];
  }
  impl->numel = numel;
  impl->contiguous = contiguous || numel == 0;
}

TensorImpl* new_impl(IntArrayRef sizes, ScalarType dtype) {
  const int64_t numel = checked_numel(sizes);
  TensorImpl* impl = allocate_impl(bytes_of(numel, dtype), dtype);
  if (sizes.size() > kInlineDims) [[unlikely]]
    widen_new(impl);
  set_rows(impl, sizes.data(), sizes.size(), numel);
  return impl;
}

TensorImpl* new_impl_like(const TensorImpl* like, ScalarType dtype) {
  TensorImpl* impl = allocate_impl(bytes_of(like->numel, dtype), dtype);
  if (like->ndim > kInlineDims) [[unlikely]]
    widen_new(impl);
  set_rows(impl, like->sizes, like->ndim, like->numel);
  return impl;
}

TensorImpl* new_view_impl(const TensorImpl* source) {
  auto* impl = static_cast<TensorImpl*>(allocate(sizeof(TensorImpl)));
  new (&impl->refs) std::atomic<uint32_t>(1);
  impl->dtype = source->dtype;
  use_near_dims(impl);
  impl->storage = source->storage;
  impl->home = nullptr;
  impl->storage->refs.fetch_add(1, std::memory_order_relaxed);
  impl->data = source->data;
  clear_autograd(impl);
  return impl;
}

TensorImpl* new_blob_impl(void* data, size_t bytes, ScalarType dtype,
                          BlobDeleter deleter, void* context) {
  TensorImpl* impl = allocate_impl(sizeof(BlobOwner), dtype);
  Storage* storage = impl->storage;
  storage->data = static_cast<char*>(data);
  storage->bytes = bytes;
  storage->is_blob = true;
  *blob_owner(storage) = {deleter, context};
  impl->data = storage->data;
  return impl;
}

void share_storage(TensorImpl* impl, const TensorImpl* other) {
  copy_layout(impl, other);
  other->storage->refs.fetch_add(1, std::memory_order_relaxed);
  Storage* old = impl->storage;
  impl->storage = other->storage;
  impl->data = other->data;
  impl->dtype = other->dtype;
  if (old != impl->home) {
    release_storage(old);
  } else if (!old->is_blob && old->bytes > kInlineBytes &&
             old->refs.load() == 1) {
    // The block stays, for this struct lives in it; its elements may go.
    deallocate(std::exchange(old->data, nullptr),
               std::exchange(old->bytes, size_t{0}));
  }
}

void destroy(TensorImpl* impl) noexcept {
  if ((impl->grad_fn || impl->extra) && !release_autograd(impl)) return;
  impl->grad.get().~Tensor();
  if (impl->base) release(impl->base);
  if (impl->sizes != impl->near_dims) deallocate(impl->sizes, kWideBytes);
  Storage* storage = impl->storage;
  Storage* home = impl->home;
  if (storage == home) [[likely]] {
    release_storage(storage);
    return;
  }
  if (!home) deallocate(impl, sizeof(TensorImpl));
  release_storage(storage);
  if (home) release_storage(home);
}

}  // namespace taper::detail
