// Every entry follows from a row of the table of dtypes.
#include "taper/tensor/kernels/simd/convert.h"

namespace taper::kernels::TAPER_ISA {
namespace {

template <class Y, class X>
[[gnu::flatten]] void convert(void* to, const void* from, std::int64_t n) {
  Y* y = static_cast<Y*>(to);
  const X* x = static_cast<const X*>(from);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<Y>(x[i]);
}

constexpr ConvertTable make_table() {
  ConvertTable t{};
#define TAPER_CONVERT(Name, T, Compute, ...)                     \
  if constexpr (ScalarType::Name != ScalarType::Compute) {       \
    using C = StoredType<ScalarType::Compute>;                   \
    t.load[static_cast<int>(ScalarType::Name)] = convert<C, T>;  \
    t.store[static_cast<int>(ScalarType::Name)] = convert<T, C>; \
  }
  TAPER_STORED_DTYPES(TAPER_CONVERT)
#undef TAPER_CONVERT
  return t;
}

}  // namespace

constinit const ConvertTable convert_table = make_table();

}  // namespace taper::kernels::TAPER_ISA
