// The recursion of connectionist temporal classification: contiguous,
// single-threaded leaf kernels over the states of one sequence, in one table
// per instruction set. All numbers are logarithms of probabilities, in double.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// The states that lead to n neighbouring ones: each itself, its neighbour, and
/// the one behind that, if the `skip` to be added for it is 0, not -infinity.
struct CtcStep {
  const double* same;
  const double* next;
  const double* second;
  const double* skip;
};

struct CtcTable {
  /// y[i] = log(e^same + e^next + e^(second + skip)), of which `emitted` gets
  /// the sum with log_prob.
  void (*step)(double* y, double* emitted, const CtcStep& from,
               const double* log_prob, std::int64_t n);
  /// y[i] = e^(a[i] + b[i] + c), the probabilities of the states.
  void (*weigh)(double* y, const double* a, const double* b, double c,
                std::int64_t n);
};

TAPER_TABLE(CtcTable, ctc_table)

}  // namespace taper::kernels
