// Names of LibTorch that taper does not have on purpose: what uses one does not
// compile, and the compiler says why.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "taper/tensor/ivalue.h"
#include "taper/tensor/tensor.h"

namespace taper {
namespace detail {

/// Whatever an absent function is given.
struct Anything {
  template <typename T>
  Anything(const T&) {}
  Anything(std::initializer_list<int64_t>) {}
};

}  // namespace detail

#define TAPER_ABSENT(Result, name, text)                                      \
  template <bool called = true>                                               \
  auto name(detail::Anything = 0, detail::Anything = 0, detail::Anything = 0, \
            detail::Anything = 0) {                                           \
    static_assert(!called, text);                                             \
    return Result();                                                          \
  }

namespace jit {
#define TAPER_NO_JIT                                                       \
  "taper has no torch::jit: write the model in C++ and load its weights, " \
  "saved by torch::save, with torch::load"
struct Module {
  template <bool made = true>
  Module() {
    static_assert(!made, TAPER_NO_JIT);
  }
};
TAPER_ABSENT(Module, load, TAPER_NO_JIT)
TAPER_ABSENT(Module, save, TAPER_NO_JIT)
namespace script {
using jit::Module;
}  // namespace script
}  // namespace jit

namespace cuda {
// As in LibTorch without CUDA.
constexpr bool cudnn_is_available() { return false; }
inline void manual_seed(uint64_t) {}
inline void manual_seed_all(uint64_t) {}
inline void synchronize(int64_t = -1) {
  fail("[cuda::synchronize] taper computes on the CPU only");
}
}  // namespace cuda

TAPER_ABSENT(std::vector<char>, pickle_save, "taper writes no Python pickles")
TAPER_ABSENT(IValue, pickle_load, "taper reads no Python pickles")
TAPER_ABSENT(Tensor, sparse_coo_tensor, "taper has no sparse tensors")
TAPER_ABSENT(Tensor, sparse_csr_tensor, "taper has no sparse tensors")
TAPER_ABSENT(Tensor, complex, "taper has no complex numbers")
TAPER_ABSENT(Tensor, polar, "taper has no complex numbers")
TAPER_ABSENT(Tensor, view_as_complex, "taper has no complex numbers")
TAPER_ABSENT(Tensor, view_as_real, "taper has no complex numbers")
TAPER_ABSENT(Tensor, quantize_per_tensor, "taper has no quantized tensors")

#undef TAPER_ABSENT
#undef TAPER_NO_JIT

}  // namespace taper
