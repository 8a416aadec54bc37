// Checks and draws that the random operations share.
#include "taper/autograd/ops/random/draw.h"

#include <limits>

#include "taper/tensor/kernels/elementwise.h"
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

// Of the narrow dtypes PyTorch draws no numbers that the last block of 16 would
// replace.
void fill_normal(Tensor& x, double mean, double std, bool contiguous,
                 GeneratorRef generator) {
  draw_into(x, [&](Tensor& block) {
    const profiler::OpScope scope("normal", block);
    visit_floating(block.dtype(), [&](auto zero) {
      auto* out = block.data_as<decltype(zero)>();
      int64_t n = block.numel();
      if (kernels::is_narrow(x) && contiguous && n > 16 && n % 16 != 0) {
        random::fill_normal(chosen(generator), out, n - n % 16, mean, std);
        out += n - 16;
        n = 16;
      }
      random::fill_normal(chosen(generator), out, n, mean, std, contiguous);
    });
  });
}

void fill_uniform(Tensor& x, double from, double to, GeneratorRef generator) {
  draw_into(x, [&](Tensor& block) {
    const profiler::OpScope scope("uniform", block);
    visit_floating(block.dtype(), [&]<class T>(T) {
      random::fill_uniform(chosen(generator), block.data_as<T>(), block.numel(),
                           from, to);
    });
    if (x.dtype() == block.dtype()) return;
    const Tensor is_end =
        kernels::binary(kernels::elementwise_table->eq, "uniform",
                        kernels::cast(block, x.dtype()), to, kBool);
    kernels::where_into(block, is_end, kernels::full({}, from, block.dtype()),
                        block);
  });
}

void fill_randint(Tensor& x, IntegerRange range, GeneratorRef generator) {
  draw_into(x, [&](Tensor& block) {
    const profiler::OpScope scope("randint", block);
    visit_computed(block.dtype(), [&]<class T>(T) {
      random::fill_randint(chosen(generator), block.data_as<T>(), block.numel(),
                           range.from, range.to);
    });
  });
}

namespace {

// Bits of the numbers that a dtype holds without rounding.
int digits_of(ScalarType dtype) {
  return visit_type(dtype, [](auto zero) {
    return std::numeric_limits<decltype(zero)>::digits;
  });
}

int64_t first_integer(ScalarType dtype) {
  return isSignedType(dtype) ? -last_integer(dtype) - 1 : 0;
}

// Of integers, a floating dtype cannot hold all: PyTorch moves each bound
// inwards to the next one that it can.
int64_t spacing(int64_t value, int digits) {
  uint64_t size =
      value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  int log2 = 63 - __builtin_clzll(size | 1);
  return int64_t{1} << (log2 - digits + 1);
}

int64_t through(ScalarType dtype, int64_t value) {
  const double rounded = visit_type(dtype, [&](auto zero) {
    return static_cast<double>(static_cast<decltype(zero)>(value));
  });
  return rounded >= 0x1p63 ? std::numeric_limits<int64_t>::max()
                           : static_cast<int64_t>(rounded);
}

IntegerRange representable(ScalarType dtype, IntegerRange range) {
  if (!is_floating(dtype)) return range;
  const int digits = digits_of(dtype);
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
  check<ValueError>(
      is_floating(dtype) ||
          (from >= first_integer(dtype) && to - 1 <= last_integer(dtype)),
      "[{}] the range {} to {} does not fit {}", op, from, to, dtype);
  IntegerRange range = representable(dtype, {from, to});
  check<ValueError>(range.from < range.to,
                    "[{}] {} holds no integer in the range {} to {}", op, dtype,
                    from, to);
  return range;
}

int64_t last_integer(ScalarType dtype) {
  const int64_t power = int64_t{1} << (digits_of(dtype) % 63);
  if (is_floating(dtype)) return power;
  return digits_of(dtype) == 63 ? std::numeric_limits<int64_t>::max()
                                : power - 1;
}

}  // namespace taper
