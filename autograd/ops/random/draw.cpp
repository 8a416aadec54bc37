// Checks and draws that the random operations share.
#include "taper/autograd/ops/random/draw.h"

#include <limits>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"
#include "taper/tensor/random/distributions.h"

namespace taper {

void check_drawable(const char* op, ScalarType dtype) {
  check<NotImplementedError>(
      is_floating(dtype), "[{}] expected a floating dtype, got {}", op, dtype);
}

void check_normal(const char* op, ScalarType dtype, double std) {
  check_drawable(op, dtype);
  check<ValueError>(std >= 0, "[{}] expected a standard deviation >= 0, got {}",
                    op, std);
}

void check_probability(const char* op, double p) {
  check<ValueError>(p >= 0 && p <= 1,
                    "[{}] expected a probability from 0 to 1, got {}", op, p);
}

void fill_normal(Tensor& x, double mean, double std, bool contiguous,
                 const Generator& generator) {
  const profiler::OpScope scope("normal", x);
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    random::fill_normal(generator, x.data_as<T>(), x.numel(), mean, std,
                        contiguous);
  });
}

void fill_uniform(Tensor& x, double from, double to,
                  const Generator& generator) {
  const profiler::OpScope scope("uniform", x);
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    random::fill_uniform(generator, x.data_as<T>(), x.numel(), from, to);
  });
}

void fill_randint(Tensor& x, int64_t from, int64_t to,
                  const Generator& generator) {
  const profiler::OpScope scope("randint", x);
  visit_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    random::fill_randint(generator, x.data_as<T>(), x.numel(), from, to);
  });
}

namespace {

// Of integers, a floating dtype cannot hold all: PyTorch moves each bound
// inwards to the next one that it can.
int64_t spacing(int64_t value, int digits) {
  uint64_t size =
      value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  int log2 = 63 - __builtin_clzll(size | 1);
  return int64_t{1} << (log2 - digits + 1);
}

int64_t through(ScalarType dtype, int64_t value) {
  double rounded =
      dtype == kFloat ? static_cast<float>(value) : static_cast<double>(value);
  return rounded >= 0x1p63 ? std::numeric_limits<int64_t>::max()
                           : static_cast<int64_t>(rounded);
}

IntegerRange representable(ScalarType dtype, IntegerRange range) {
  if (!is_floating(dtype)) return range;
  int digits = dtype == kFloat ? 24 : 53;
  int64_t above = through(dtype, range.from + 1);
  if (above < range.from) range.from = above + spacing(range.from + 1, digits);
  int64_t below = through(dtype, range.to - 1);
  if (below >= range.to) range.to = below - spacing(range.to - 1, digits);
  return range;
}

}  // namespace

IntegerRange checked_range(const char* op, ScalarType dtype, int64_t from,
                           int64_t to) {
  check<ValueError>(from < to, "[{}] expected from < to, got {} and {}", op,
                    from, to);
  check<ValueError>(dtype != kBool || (from >= 0 && to <= 2),
                    "[{}] the range {} to {} does not fit bool", op, from, to);
  IntegerRange range = representable(dtype, {from, to});
  check<ValueError>(range.from < range.to,
                    "[{}] {} holds no integer in the range {} to {}", op, dtype,
                    from, to);
  return range;
}

int64_t last_integer(ScalarType dtype) {
  return dtype == kFloat    ? int64_t{1} << 24
         : dtype == kDouble ? int64_t{1} << 53
         : dtype == kBool   ? 1
                            : std::numeric_limits<int64_t>::max();
}

}  // namespace taper
