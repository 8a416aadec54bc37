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

// Sets up a block whose elements are at `data`. Shape and layout are the
// caller's to fill in.
[[gnu::always_inline]] inline TensorImpl* place_impl(void* block,
                                                     size_t block_bytes,
                                                     char* data, size_t bytes,
                                                     ScalarType dtype) {
  auto* impl = static_cast<TensorImpl*>(block);
  auto* storage = reinterpret_cast<Storage*>(impl + 1);
  new (&impl->refs) std::atomic<uint32_t>(1);
  new (&storage->refs) std::atomic<uint32_t>(1);
  new (&storage->version) std::atomic<uint32_t>(0);
  storage->data = data;
  storage->bytes = bytes;
  storage->block_bytes = static_cast<uint32_t>(block_bytes);
  storage->is_blob = false;
  storage->is_inference = inference_mode;
  impl->dtype = dtype;
  use_near_dims(impl);
  impl->storage = storage;
  impl->home = storage;
  impl->data = data;
  clear_autograd(impl);
  return impl;
}

// One block [TensorImpl | Storage | elements], or the elements apart when they
// are many.
TensorImpl* allocate_impl(size_t bytes, ScalarType dtype) {
  const bool is_inline = bytes <= kInlineBytes;
  const size_t offset = data_offset(bytes);
  const size_t block_bytes = is_inline ? offset + bytes : kHeaderBytes;
  char* data = is_inline ? nullptr : static_cast<char*>(allocate(bytes));
  char* block = nullptr;
  try {
    block = static_cast<char*>(allocate(block_bytes));
  } catch (...) {
    deallocate(data, bytes);
    throw;
  }
  return place_impl(block, block_bytes, is_inline ? block + offset : data,
                    bytes, dtype);
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

void release_storage(Storage* storage) noexcept {
  if (!count_down(storage->refs)) return;
  if (storage->is_blob || storage->bytes > kInlineBytes) free_elements(storage);
  deallocate(reinterpret_cast<TensorImpl*>(storage) - 1, storage->block_bytes);
}

int64_t checked_numel(IntArrayRef sizes) {
  check(sizes.size() <= kMaxDims,
        "[shape] at most {} dims are supported, got {}", kMaxDims, sizes);
  return numel_of(sizes);
}

// Sizes with the row-major strides that belong to them, into the places given.
[[gnu::always_inline]] inline void set_rows(TensorImpl* impl, int64_t* to_sizes,
                                            int64_t* to_strides,
                                            IntArrayRef sizes, int64_t numel) {
  impl->ndim = static_cast<uint8_t>(sizes.size());
  impl->numel = numel;
  impl->contiguous = true;
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    const int64_t size = sizes[i];
    to_sizes[i] = size;
    to_strides[i] = stride;
    stride *= size > 1 ? size : 1;
  }
}

// A tensor for which no block is kept, or that has many dims.
[[gnu::noinline]] TensorImpl* new_impl_slow(IntArrayRef sizes, int64_t numel,
                                            ScalarType dtype) {
  TensorImpl* impl = allocate_impl(bytes_of(numel, dtype), dtype);
  try {
    reserve_dims(impl, sizes.size());
  } catch (...) {
    release(impl);
    throw;
  }
  set_rows(impl, impl->sizes, impl->strides, sizes, numel);
  return impl;
}

// A leaf function: whatever may call another one is the slow path.
[[gnu::always_inline]] inline TensorImpl* new_rows(IntArrayRef sizes,
                                                   int64_t numel,
                                                   ScalarType dtype) {
  const size_t bytes = bytes_of(numel, dtype);
  if (bytes <= kInlineBytes && sizes.size() <= kInlineDims) [[likely]] {
    const size_t offset = data_offset(bytes);
    if (void* block = allocate_kept(offset + bytes)) [[likely]] {
      TensorImpl* impl =
          place_impl(block, offset + bytes, static_cast<char*>(block) + offset,
                     bytes, dtype);
      set_rows(impl, impl->near_dims, impl->near_dims + kInlineDims, sizes,
               numel);
      return impl;
    }
  }
  return new_impl_slow(sizes, numel, dtype);
}

// The parts of a tensor that is more than its block.
[[gnu::noinline]] void destroy(TensorImpl* impl) noexcept {
  if ((impl->grad_fn || impl->extra) && !release_autograd(impl)) return;
  impl->grad.get().~Tensor();
  if (impl->base) release(impl->base);
  if (impl->sizes != impl->near_dims) deallocate(impl->sizes, kWideBytes);
  Storage* storage = impl->storage;
  Storage* home = impl->home;
  if (!home) deallocate(impl, sizeof(TensorImpl));
  release_storage(storage);
  if (home && home != storage) release_storage(home);
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
  set_rows(impl, impl->sizes, impl->strides, sizes, numel);
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
  return new_rows(sizes, checked_numel(sizes), dtype);
}

TensorImpl* new_impl_like(const TensorImpl* like, ScalarType dtype) {
  return new_rows({like->sizes, like->ndim}, like->numel, dtype);
}

TensorImpl* new_view_impl(const TensorImpl* source) {
  auto* impl = static_cast<TensorImpl*>(allocate(sizeof(TensorImpl)));
  new (&impl->refs) std::atomic<uint32_t>(1);
  impl->dtype = source->dtype;
  use_near_dims(impl);
  impl->storage = source->storage;
  impl->home = nullptr;
  count_up(impl->storage->refs);
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
  count_up(other->storage->refs);
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

void retain(TensorImpl* impl) noexcept { count_up(impl->refs); }

void release(TensorImpl* impl) noexcept {
  if (!count_down(impl->refs)) return;
  const Storage* storage = impl->storage;
  const bool is_plain = !impl->grad_fn && !impl->extra && !impl->base &&
                        !impl->grad.get().defined() &&
                        impl->sizes == impl->near_dims &&
                        storage == impl->home && !storage->is_blob &&
                        storage->bytes <= kInlineBytes &&
                        storage->refs.load(std::memory_order_acquire) == 1;
  if (!is_plain) return destroy(impl);
  deallocate(impl, storage->block_bytes);
}

}  // namespace taper::detail
