// New tensors of random numbers: rand, randn, randint, randperm, the forms for
// the shape of another tensor, and normal with numbers.
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/random/draw.h"
#include "taper/autograd/ops/random/random.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/random/distributions.h"

namespace taper {

Tensor rand(IntArrayRef sizes, GeneratorRef generator,
            const TensorOptions& options) {
  check_drawable("rand", options.dtype());
  Tensor x = empty(sizes, options);
  fill_uniform(x, 0, 1, generator);
  return x;
}

Tensor normal(double mean, double std, IntArrayRef sizes,
              GeneratorRef generator, const TensorOptions& options) {
  check_normal("normal", options.dtype(), std);
  Tensor x = empty(sizes, options);
  fill_normal(x, mean, std, true, generator);
  return x;
}

Tensor randint(int64_t low, int64_t high, IntArrayRef sizes,
               GeneratorRef generator, const TensorOptions& options) {
  IntegerRange range = checked_range("randint", options.dtype(), low, high);
  Tensor x = empty(sizes, options);
  fill_randint(x, range, generator);
  return x;
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

Tensor rand_like(const Tensor& x, const TensorOptions& options) {
  check_drawable("rand_like", options.dtype_or(x.dtype()));
  Tensor result = empty_like(x, options);
  fill_uniform(result, 0, 1);
  return result;
}

Tensor randn_like(const Tensor& x, const TensorOptions& options) {
  check_drawable("randn_like", options.dtype_or(x.dtype()));
  Tensor result = empty_like(x, options);
  fill_normal(result, 0, 1, result.is_contiguous());
  return result;
}

Tensor randint_like(const Tensor& x, int64_t low, int64_t high,
                    const TensorOptions& options) {
  ScalarType dtype = options.dtype_or(x.dtype());
  IntegerRange range = checked_range("randint_like", dtype, low, high);
  Tensor result = empty_like(x, options);
  fill_randint(result, range);
  return result;
}

}  // namespace taper
