// The leaves of ctc.h. Impossible states are -infinity, which no sum turns into
// nan.
#include "taper/tensor/kernels/simd/ctc.h"

#include "taper/tensor/kernels/simd/log.h"

namespace taper::kernels::TAPER_ISA {
namespace {

[[gnu::flatten]] void step(double* y, double* emitted, const CtcStep& from,
                           const double* log_prob, std::int64_t n) {
  const double* same = from.same;
  const double* next = from.next;
  const double* second = from.second;
  const double* skip = from.skip;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const double a = same[i], b = next[i], c = second[i] + skip[i];
    const double ab = a > b ? a : b, top = c > ab ? c : ab;
    const double shift = top > -infinity<double> ? top : 0;
    const double sum = exp(a - shift) + exp(b - shift) + exp(c - shift);
    y[i] = log(sum) + shift;
    emitted[i] = y[i] + log_prob[i];
  }
}

[[gnu::flatten]] void weigh(double* y, const double* a, const double* b,
                            double c, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = exp(a[i] + b[i] + c);
}

}  // namespace

constinit const CtcTable ctc_table = {step, weigh};

}  // namespace taper::kernels::TAPER_ISA
