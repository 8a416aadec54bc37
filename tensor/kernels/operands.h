// Buffers, pieces and threads between any operands and the contiguous leaves.
// Local to elementwise.cpp.
#pragma once

#include <algorithm>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/layout.h"
#include "taper/tensor/kernels/simd/convert.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/kernels/simd/elementwise.h"
#include "taper/tensor/kernels/strided.h"
#include "taper/tensor/parallel.h"

namespace taper::kernels {
namespace {

// Elements that make a second thread worth waking.
constexpr int64_t kGrain = 32768;
// Elements of a strided operand that are gathered into the stack at a time.
constexpr int64_t kChunk = 512;
// Bytes of the cache that a few cores share (a guess: the system may count the
// caches of all cores). A thread alone does not get the whole of it.
constexpr int64_t kSharedCache = int64_t{32} << 20;
constexpr int64_t kSharedCacheAlone = int64_t{24} << 20;

// Elements `stride` bytes apart to elements side by side, and the way back.
// size_index is the base 2 logarithm of the size.
void gather(char* to, const char* from, int64_t stride, int64_t bytes,
            int64_t n) {
  const int log_bytes = size_index(bytes);
  copy_table->gather_strided[log_bytes](to, from, stride >> log_bytes, n);
}

void scatter(char* to, int64_t stride, const char* from, int64_t bytes,
             int64_t n) {
  const int log_bytes = size_index(bytes);
  copy_table->scatter_strided[log_bytes](to, stride >> log_bytes, from, n);
}

// Elements of an operand in memory, the first is the result: their size and,
// unless kernels compute in their dtype, what converts them on the way.
struct Format {
  Format() = default;
  Format(ScalarType dtype, bool is_result) : bytes(element_size(dtype)) {
    const auto row = static_cast<size_t>(dtype);
    convert = is_result ? convert_table->store[row] : convert_table->load[row];
  }
  int64_t bytes = 0;
  ConvertTable::Convert convert = nullptr;
};

// Room for a chunk of elements whose dtype is not a compute type.
using Narrow = char[kChunk * kNarrowBytes];

// From memory into a buffer: what is strided is gathered, then converted.
void take(char* to, const char* from, int64_t stride, int64_t n,
          const Format& format, Narrow& narrow) {
  if (!format.convert) return gather(to, from, stride, format.bytes, n);
  if (n > 1 && stride != format.bytes) {
    gather(narrow, from, stride, format.bytes, n);
    from = narrow;
  }
  format.convert(to, from, n);
}

// The way back.
void put(char* to, const char* from, int64_t stride, int64_t n,
         const Format& format, Narrow& narrow) {
  if (!format.convert) return scatter(to, stride, from, format.bytes, n);
  if (stride == format.bytes) return format.convert(to, from, n);
  format.convert(narrow, from, n);
  scatter(to, stride, narrow, format.bytes, n);
}

// Runs a contiguous leaf over operands of any strides and dtypes:
// call(pointers, scalar flags, n), where pointers[0] is the output. What is
// strided or not of a compute type goes through small contiguous buffers, so
// that a leaf exists once for all layouts.
template <int N, class Call>
void run_strided(const StridedLoop<N>& loop, const Format (&format)[N],
                 int64_t total, const Call& call) {
  parallel_for(0, total, kGrain, [&](int64_t begin, int64_t end) {
    alignas(64) char buffer[N][kChunk * 8];
    alignas(64) Narrow narrow;
    loop.run(begin, end, [&](char*(&at)[N], int64_t count) {
      bool is_direct[N];
      bool is_scalar[N];
      bool all_direct = true;
      for (int k = 0; k < N; ++k) {
        int64_t stride = loop.inner_stride(k);
        is_scalar[k] = k > 0 && stride == 0;
        is_direct[k] = !format[k].convert && (is_scalar[k] || count == 1 ||
                                              stride == format[k].bytes);
        all_direct &= is_direct[k];
      }
      if (all_direct) return call(at, is_scalar, count);
      for (int64_t i = 0; i < count; i += kChunk) {
        const int64_t n = std::min(count - i, kChunk);
        char* pointers[N];
        for (int k = 0; k < N; ++k) {
          char* from = at[k] + i * loop.inner_stride(k);
          pointers[k] = is_direct[k] ? from : buffer[k];
          if (k > 0 && !is_direct[k]) {
            take(buffer[k], from, loop.inner_stride(k), is_scalar[k] ? 1 : n,
                 format[k], narrow);
          }
        }
        call(pointers, is_scalar, n);
        if (!is_direct[0]) {
          put(at[0] + i * loop.inner_stride(0), buffer[0], loop.inner_stride(0),
              n, format[0], narrow);
        }
      }
    });
  });
}

// What an operation touches, in bytes.
template <int N>
int64_t bytes_of(const Tensor& out, const Tensor* const (&inputs)[N]) {
  int64_t bytes = out.numel() * out.element_size();
  for (int k = 0; k < N; ++k) {
    bool is_new = inputs[k]->impl()->data != out.impl()->data;
    for (int i = 0; i < k; ++i) {
      is_new &= inputs[i]->impl()->data != inputs[k]->impl()->data;
    }
    if (is_new) bytes += inputs[k]->numel() * inputs[k]->element_size();
  }
  return bytes;
}

// Whether all operands but the scalars may be walked in the order of memory.
template <int N>
bool share_layout(const Tensor& out, const Tensor* const (&inputs)[N],
                  const bool (&is_scalar)[N + 1]) {
  for (int k = 0; k < N; ++k) {
    if (!is_scalar[k + 1] && !same_layout(out, *inputs[k])) return false;
  }
  return is_dense(out);
}

template <bool kMoves, int N, class Call>
void run_apart(const Tensor& out, const Tensor* const (&inputs)[N],
               const Call& call) {
  const Tensor* operands[N + 1] = {&out};
  for (int k = 0; k < N; ++k) operands[k + 1] = inputs[k];
  Format format[N + 1];
  for (int k = 0; k <= N; ++k) {
    format[k] = Format(operands[k]->dtype(), k == 0);
    if (kMoves) format[k].convert = nullptr;
  }
  run_strided<N + 1>(strided_loop<N + 1>(out.sizes(), operands), format,
                     out.numel(), call);
}

// For all elements of `out`: call(pointers, scalar flags, n), see run_strided.
// The leaf sees compute types, or with kMoves the elements as they are.
template <int N, bool kMoves = false, class Call>
void run(Tensor& out, const Tensor* const (&inputs)[N], const Call& call) {
  int64_t total = out.numel();
  if (total == 0) return;
  bool converts = !kMoves && is_narrow(out.dtype());
  char* data[N + 1] = {out.data_as<char>()};
  bool is_scalar[N + 1] = {false};
  bool is_flat = out.is_contiguous();
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    const TensorImpl* impl = inputs[k]->impl();
    data[k + 1] = impl->data;
    converts |= !kMoves && is_narrow(impl->dtype);
    bool is_one = impl->numel == 1 || is_constant(*inputs[k]);
    is_scalar[k + 1] = is_one && total > 1;
    is_flat &= is_one || (impl->contiguous && impl->numel == total);
  }
  if (converts) [[unlikely]]
    return run_apart<kMoves>(out, inputs, call);
  if (!is_flat) is_flat = share_layout(out, inputs, is_scalar);
  if (is_flat && total <= kGrain) return call(data, is_scalar, total);
  int64_t bytes[N + 1] = {out.element_size()};
  for (int k = 0; k < N; ++k) bytes[k + 1] = inputs[k]->element_size();
  // A result that fits into the shared cache with the inputs is kept there by
  // short calls, see streamed_bytes.
  const int64_t kept =
      get_num_threads() == 1 ? kSharedCacheAlone : kSharedCache;
  const int64_t longest =
      bytes_of(out, inputs) > kept ? total : streamed_bytes / 2 / bytes[0];
  const auto call_pieces = [&](char* const* at, const bool* scalar,
                               int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += longest) {
      char* piece[N + 1];
      for (int k = 0; k <= N; ++k) {
        piece[k] = at[k] + (scalar[k] ? 0 : i * bytes[k]);
      }
      call(piece, scalar, std::min(end - i, longest));
    }
  };
  if (is_flat) {
    return parallel_for(0, total, kGrain, [&](int64_t begin, int64_t end) {
      call_pieces(data, is_scalar, begin, end);
    });
  }
  run_apart<kMoves>(out, inputs,
                    [&](char* const* at, const bool* scalar, int64_t n) {
                      call_pieces(at, scalar, 0, n);
                    });
}

}  // namespace
}  // namespace taper::kernels
