// New tensors of random numbers: rand, randn, randint, randperm, the forms for
// the shape of another tensor, and normal with numbers.
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/random/draw.h"
#include "taper/autograd/ops/random/random.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/random/distributions.h"

namespace taper {

namespace {

// x by way of draw(block). It is filled directly: a leaf that requires
// gradients may not be written in place.
template <class Draw>
Tensor drawn(Tensor x, const Draw& draw) {
  draw_into(x, draw);
  return x;
}

}  // namespace

Tensor rand(IntArrayRef sizes, GeneratorRef generator,
            const TensorOptions& options) {
  check_drawable("rand", options.dtype());
  return drawn(empty(sizes, options), [&](Tensor& block) {
    fill_uniform(block, options.dtype(), 0, 1, chosen(generator));
  });
}

Tensor rand(IntArrayRef sizes, const TensorOptions& options) {
  return rand(sizes, GeneratorRef(), options);
}

Tensor normal(double mean, double std, IntArrayRef sizes,
              GeneratorRef generator, const TensorOptions& options) {
  check_normal("normal", options.dtype(), std);
  return drawn(empty(sizes, options), [&](Tensor& block) {
    fill_normal(block, options.dtype(), mean, std, true, chosen(generator));
  });
}

Tensor randn(IntArrayRef sizes, GeneratorRef generator,
             const TensorOptions& options) {
  return normal(0, 1, sizes, generator, options);
}

Tensor randn(IntArrayRef sizes, const TensorOptions& options) {
  return normal(0, 1, sizes, GeneratorRef(), options);
}

Tensor randint(int64_t low, int64_t high, IntArrayRef sizes,
               GeneratorRef generator, const TensorOptions& options) {
  ScalarType dtype = options.dtype();
  IntegerRange range = checked_range("randint", dtype, low, high);
  return drawn(empty(sizes, options), [&](Tensor& block) {
    fill_randint(block, range.from, range.to, chosen(generator));
  });
}

Tensor randint(int64_t low, int64_t high, IntArrayRef sizes,
               const TensorOptions& options) {
  return randint(low, high, sizes, GeneratorRef(), options);
}

Tensor randint(int64_t high, IntArrayRef sizes, GeneratorRef generator,
               const TensorOptions& options) {
  return randint(0, high, sizes, generator, options);
}

Tensor randint(int64_t high, IntArrayRef sizes, const TensorOptions& options) {
  return randint(0, high, sizes, GeneratorRef(), options);
}

Tensor randperm(int64_t n, GeneratorRef generator,
                const TensorOptions& options) {
  check<ValueError>(n >= 0, "[randperm] expected n >= 0, got {}", n);
  ScalarType dtype = options.dtype();
  check<TypeError>(dtype != kBool, "[randperm] bool is not supported");
  check<ValueError>(n == 0 || n - 1 <= last_integer(dtype),
                    "[randperm] n = {} does not fit {}", n, dtype);
  Tensor x = empty(n, options);
  Tensor order = dtype == kLong ? x : kernels::empty(n, kLong);
  random::fill_randperm(chosen(generator), order.data_as<int64_t>(), n);
  if (dtype != kLong) kernels::copy_into(x, order);
  return x;
}

Tensor randperm(int64_t n, const TensorOptions& options) {
  return randperm(n, GeneratorRef(), options);
}

Tensor rand_like(const Tensor& x, const TensorOptions& options) {
  ScalarType dtype = options.dtype_or(x.dtype());
  check_drawable("rand_like", dtype);
  return drawn(empty_like(x, options), [&](Tensor& block) {
    fill_uniform(block, dtype, 0, 1, default_generator());
  });
}

Tensor randn_like(const Tensor& x, const TensorOptions& options) {
  ScalarType dtype = options.dtype_or(x.dtype());
  check_drawable("randn_like", dtype);
  Tensor result = empty_like(x, options);
  draw_into(result, [&](Tensor& block) {
    fill_normal(block, dtype, 0, 1, result.is_contiguous(),
                default_generator());
  });
  return result;
}

Tensor randint_like(const Tensor& x, int64_t low, int64_t high,
                    const TensorOptions& options) {
  ScalarType dtype = options.dtype_or(x.dtype());
  IntegerRange range = checked_range("randint_like", dtype, low, high);
  return drawn(empty_like(x, options), [&](Tensor& block) {
    fill_randint(block, range.from, range.to, default_generator());
  });
}

Tensor randint_like(const Tensor& x, int64_t high,
                    const TensorOptions& options) {
  return randint_like(x, 0, high, options);
}

}  // namespace taper
