// What the random operations share: checks of their arguments, and filling a
// tensor whose memory has no gaps. Internal.
#pragma once

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/layout.h"
#include "taper/tensor/random/generator.h"
#include "taper/tensor/tensor.h"

namespace taper {

/// The generator given, or the default one.
inline const Generator& chosen(GeneratorRef generator) {
  return generator.get() ? *generator.get() : default_generator();
}

/// Fills x by way of draw(block), where `block` is a tensor of x's compute type
/// whose memory has no gaps.
template <class Draw>
void draw_into(Tensor& x, const Draw& draw) {
  if (kernels::is_dense(x) && !kernels::is_narrow(x)) return draw(x);
  Tensor block = kernels::empty_preserved(x, compute_type(x.dtype()));
  draw(block);
  kernels::copy_into(x, block);
}

/// Throws NotImplementedError unless the dtype is floating.
void check_drawable(const char* op, ScalarType dtype);
/// Throws unless a normal distribution in this dtype has this deviation.
void check_normal(const char* op, ScalarType dtype, double std);
void check_probability(const char* op, double p);

/// Integers from `from` to below `to`.
struct IntegerRange {
  int64_t from;
  int64_t to;
};
/// The range, its bounds moved inwards to numbers that the dtype can hold.
IntegerRange checked_range(const char* op, ScalarType dtype, int64_t from,
                           int64_t to);
/// The largest integer up to which a dtype holds every one.
int64_t last_integer(ScalarType dtype);

/// `contiguous` chooses between PyTorch's two ways to draw.
void fill_normal(Tensor& x, double mean, double std, bool contiguous,
                 GeneratorRef generator = {});
/// `to` is not in the range, though rounding may lead there.
void fill_uniform(Tensor& x, double from, double to,
                  GeneratorRef generator = {});
void fill_randint(Tensor& x, IntegerRange range, GeneratorRef generator = {});

}  // namespace taper
