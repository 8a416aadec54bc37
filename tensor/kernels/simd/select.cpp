// Reads what the processor supports and sets the pointers to the tables.
#include "taper/tensor/kernels/simd/select.h"

#include <cstdlib>
#include <cstring>

#include "taper/tensor/kernels/simd/attention.h"
#include "taper/tensor/kernels/simd/conv.h"
#include "taper/tensor/kernels/simd/convert.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/kernels/simd/ctc.h"
#include "taper/tensor/kernels/simd/elementwise.h"
#include "taper/tensor/kernels/simd/gemm.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/kernels/simd/optim.h"
#include "taper/tensor/kernels/simd/pool.h"
#include "taper/tensor/kernels/simd/random.h"
#include "taper/tensor/kernels/simd/recurrent.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/kernels/simd/resample.h"

// One line per family: the type of its table and the name of its pointer.
// clang-format off
#define TAPER_FAMILIES(family)                \
  family(AttentionTable, attention_table)     \
  family(ElementwiseTable, elementwise_table) \
  family(RandomTable, random_table)           \
  family(ReduceTable, reduce_table)           \
  family(ResampleTable, resample_table)       \
  family(NormTable, norm_table)               \
  family(CopyTable, copy_table)               \
  family(CtcTable, ctc_table)                 \
  family(OptimTable, optim_table)             \
  family(GemmTable, gemm_table)               \
  family(ConvTable, conv_table)               \
  family(ConvertTable, convert_table)         \
  family(PoolTable, pool_table)               \
  family(RecurrentTable, recurrent_table)
// clang-format on

namespace taper::kernels {

// The pointers start at the baseline table, so that a static initialiser of
// another file may use them even if it runs before choose_tables.
#define TAPER_START(Table, name) constinit const Table* name = &baseline::name;
TAPER_FAMILIES(TAPER_START)

int supported_level() {
#if !defined(__x86_64__)
  return 0;
#elif defined(__clang__)  // 14 does not know the levels by name
  __builtin_cpu_init();
  const bool v3 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") &&
                  __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") &&
                  __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v3 + v4;
#else
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return 2;
  return __builtin_cpu_supports("x86-64-v3") ? 1 : 0;
#endif
}

#ifdef __x86_64__
namespace {

// An unknown name asks for nothing.
int requested_level(int supported) {
  constexpr const char* names[] = {"baseline", "v3"};
  const char* request = std::getenv("TAPER_ISA");
  for (int i = 0; request != nullptr && i < supported; ++i) {
    if (std::strcmp(request, names[i]) == 0) return i;
  }
  return supported;
}

[[gnu::constructor(101)]] void choose_tables() {
  const int level = requested_level(supported_level());
#define TAPER_SELECT(Table, name) \
  name = level == 2 ? &v4::name : level == 1 ? &v3::name : &baseline::name;
  TAPER_FAMILIES(TAPER_SELECT)
}

}  // namespace
#endif

}  // namespace taper::kernels
