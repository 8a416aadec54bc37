#include "taper/autograd/ops/random/random.h"

#include <cmath>
#include <limits>

#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/layout.h"
#include "taper/tensor/profiler.h"
#include "taper/tensor/random/distributions.h"

namespace taper {
namespace {

const Generator& chosen(GeneratorRef generator) {
  return generator.get() ? *generator.get() : default_generator();
}

void check_floating(const char* op, ScalarType dtype) {
  check<NotImplementedError>(
      is_floating(dtype), "[{}] expected a floating dtype, got {}", op, dtype);
}

// Writes draw(block) into the elements of self in the order of their memory,
// where `block` is a tensor whose memory has no gaps.
template <class Draw>
Tensor& draw_in_place(const char* op, const char* node, Tensor& self,
                      const Draw& draw) {
  return in_place(
      op, self, needs_grad(self),
      [&](const Tensor& old) {
        Tensor result = kernels::empty_preserved(old, old.dtype());
        draw(result);
        return Tensor(record(result, node, old, zero_slope));
      },
      [&] {
        if (kernels::is_dense(self)) {
          draw(self);
          return;
        }
        Tensor block = kernels::empty_preserved(self, self.dtype());
        draw(block);
        kernels::copy_into(self, block);
      });
}

void check_uniform(ScalarType dtype, double from, double to) {
  check_floating("uniform_", dtype);
  double most = dtype == kFloat ? std::numeric_limits<float>::max()
                                : std::numeric_limits<double>::max();
  check<ValueError>(std::fabs(from) <= most && std::fabs(to) <= most,
                    "[uniform_] the bounds {} and {} do not fit {}", from, to,
                    dtype);
  check<ValueError>(from <= to, "[uniform_] expected from <= to, got {} and {}",
                    from, to);
  check<ValueError>(to - from <= most,
                    "[uniform_] the distance from {} to {} does not fit {}",
                    from, to, dtype);
}

void check_normal(const char* op, ScalarType dtype, double std) {
  check_floating(op, dtype);
  check<ValueError>(std >= 0, "[{}] expected a standard deviation >= 0, got {}",
                    op, std);
}

void check_probability(const char* op, double p) {
  check<ValueError>(p >= 0 && p <= 1,
                    "[{}] expected a probability from 0 to 1, got {}", op, p);
}

void check_probabilities(const char* op, const Tensor& p) {
  visit_floating(p.dtype(), [&](auto zero) {
    const auto* values = p.data_as<decltype(zero)>();
    for (int64_t i = 0; i < p.numel(); ++i) {
      check_probability(op, static_cast<double>(values[i]));
    }
  });
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

// Bounds of integers, of which a floating dtype cannot hold all: PyTorch moves
// each inwards to the next one that it can.
struct IntegerRange {
  int64_t from;
  int64_t to;
};

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

// The largest integer up to which a dtype holds every one.
int64_t last_integer(ScalarType dtype) {
  return dtype == kFloat    ? int64_t{1} << 24
         : dtype == kDouble ? int64_t{1} << 53
         : dtype == kBool   ? 1
                            : std::numeric_limits<int64_t>::max();
}

}  // namespace

// In place --------------------------------------------------------------------

Tensor& Tensor::uniform_(double from, double to, GeneratorRef generator) const {
  check_uniform(dtype(), from, to);
  return draw_in_place("uniform_", "UniformBackward0", self(), [&](Tensor& x) {
    fill_uniform(x, from, to, chosen(generator));
  });
}

Tensor& Tensor::normal_(double mean, double std, GeneratorRef generator) const {
  check_normal("normal_", dtype(), std);
  bool contiguous = is_contiguous();
  return draw_in_place("normal_", "NormalBackward0", self(), [&](Tensor& x) {
    fill_normal(x, mean, std, contiguous, chosen(generator));
  });
}

Tensor& Tensor::bernoulli_(double p, GeneratorRef generator) const {
  check_probability("bernoulli_", p);
  return draw_in_place("bernoulli_", "BernoulliBackward0", self(),
                       [&](Tensor& x) {
                         visit_type(x.dtype(), [&](auto zero) {
                           using T = decltype(zero);
                           random::fill_bernoulli(chosen(generator),
                                                  x.data_as<T>(), x.numel(), p);
                         });
                       });
}

Tensor& Tensor::bernoulli_(const Tensor& p, GeneratorRef generator) const {
  check_floating("bernoulli_", p.dtype());
  SmallShape shape = broadcast_shapes("bernoulli_", sizes(), p.sizes());
  check(IntArrayRef(shape) == sizes(),
        "[bernoulli_] probabilities of shape {} do not broadcast to {}",
        p.sizes(), sizes());
  check_probabilities("bernoulli_", kernels::contiguous(p));
  // In the layout in which the draws are made.
  Tensor each = kernels::empty_preserved(self(), p.dtype());
  kernels::copy_into(each, kernels::expand(p, sizes()));
  return draw_in_place(
      "bernoulli_", "BernoulliBackward1", self(), [&](Tensor& x) {
        visit_type(x.dtype(), [&](auto zero) {
          visit_floating(p.dtype(), [&](auto p_zero) {
            random::fill_bernoulli_each(chosen(generator),
                                        x.data_as<decltype(zero)>(), x.numel(),
                                        each.data_as<decltype(p_zero)>());
          });
        });
      });
}

Tensor& Tensor::random_(int64_t from, std::optional<int64_t> to,
                        GeneratorRef generator) const {
  ScalarType type = dtype();
  if (!to && type == kLong) {
    return draw_in_place("random_", "RandomBackward0", self(), [&](Tensor& x) {
      random::fill_randint_from(chosen(generator), x.data_as<int64_t>(),
                                x.numel(), from);
    });
  }
  IntegerRange range =
      checked_range("random_", type, from, to ? *to : last_integer(type) + 1);
  if (!to) range.to = last_integer(type) + 1;
  return draw_in_place("random_", "RandomBackward0", self(), [&](Tensor& x) {
    fill_randint(x, range.from, range.to, chosen(generator));
  });
}

Tensor& Tensor::random_(int64_t to, GeneratorRef generator) const {
  return random_(0, to, generator);
}

Tensor& Tensor::random_(GeneratorRef generator) const {
  return draw_in_place("random_", "RandomBackward2", self(), [&](Tensor& x) {
    visit_type(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      random::fill_random(chosen(generator), x.data_as<T>(), x.numel());
    });
  });
}

Tensor& Tensor::exponential_(double lambda, GeneratorRef generator) const {
  check_floating("exponential_", dtype());
  check<ValueError>(lambda > 0, "[exponential_] expected lambda > 0, got {}",
                    lambda);
  return draw_in_place(
      "exponential_", "ExponentialBackward0", self(), [&](Tensor& x) {
        visit_floating(x.dtype(), [&](auto zero) {
          using T = decltype(zero);
          random::fill_exponential(chosen(generator), x.data_as<T>(), x.numel(),
                                   lambda);
        });
      });
}

Tensor& Tensor::log_normal_(double mean, double std,
                            GeneratorRef generator) const {
  check_floating("log_normal_", dtype());
  check<ValueError>(std > 0, "[log_normal_] expected std > 0, got {}", std);
  return draw_in_place(
      "log_normal_", "LogNormalBackward0", self(), [&](Tensor& x) {
        visit_floating(x.dtype(), [&](auto zero) {
          using T = decltype(zero);
          random::fill_log_normal(chosen(generator), x.data_as<T>(), x.numel(),
                                  mean, std);
        });
      });
}

Tensor& Tensor::cauchy_(double median, double sigma,
                        GeneratorRef generator) const {
  check_floating("cauchy_", dtype());
  check<ValueError>(sigma > 0, "[cauchy_] expected sigma > 0, got {}", sigma);
  return draw_in_place("cauchy_", "CauchyBackward0", self(), [&](Tensor& x) {
    visit_floating(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      random::fill_cauchy(chosen(generator), x.data_as<T>(), x.numel(), median,
                          sigma);
    });
  });
}

Tensor& Tensor::geometric_(double p, GeneratorRef generator) const {
  check<NotImplementedError>(dtype() != kBool,
                             "[geometric_] bool is not supported");
  check<ValueError>(p > 0 && p < 1,
                    "[geometric_] expected p between 0 and 1, got {}", p);
  auto draw = [&](Tensor& x, auto zero) {
    using T = decltype(zero);
    random::fill_geometric(chosen(generator), x.data_as<T>(), x.numel(), p);
  };
  return draw_in_place(
      "geometric_", "GeometricBackward0", self(), [&](Tensor& x) {
        if (x.dtype() == kLong) return draw(x, int64_t{});
        visit_floating(x.dtype(), [&](auto zero) { draw(x, zero); });
      });
}

// New tensors -----------------------------------------------------------------

// They are filled directly: a leaf that requires gradients may not be written
// in place.

Tensor rand(IntArrayRef sizes, GeneratorRef generator,
            const TensorOptions& options) {
  check_floating("rand", options.dtype());
  Tensor x = empty(sizes, options);
  fill_uniform(x, 0, 1, chosen(generator));
  return x;
}

Tensor rand(IntArrayRef sizes, const TensorOptions& options) {
  return rand(sizes, GeneratorRef(), options);
}

Tensor normal(double mean, double std, IntArrayRef sizes,
              GeneratorRef generator, const TensorOptions& options) {
  check_normal("normal", options.dtype(), std);
  Tensor x = empty(sizes, options);
  fill_normal(x, mean, std, true, chosen(generator));
  return x;
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
  Tensor x = empty(sizes, options);
  fill_randint(x, range.from, range.to, chosen(generator));
  return x;
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
  check_floating("rand_like", dtype);
  Tensor result = empty_like(x, options);
  fill_uniform(result, 0, 1, default_generator());
  return result;
}

Tensor randn_like(const Tensor& x, const TensorOptions& options) {
  ScalarType dtype = options.dtype_or(x.dtype());
  check_floating("randn_like", dtype);
  Tensor result = empty_like(x, options);
  fill_normal(result, 0, 1, result.is_contiguous(), default_generator());
  return result;
}

Tensor randint_like(const Tensor& x, int64_t low, int64_t high,
                    const TensorOptions& options) {
  ScalarType dtype = options.dtype_or(x.dtype());
  IntegerRange range = checked_range("randint_like", dtype, low, high);
  Tensor result = empty_like(x, options);
  fill_randint(result, range.from, range.to, default_generator());
  return result;
}

Tensor randint_like(const Tensor& x, int64_t high,
                    const TensorOptions& options) {
  return randint_like(x, 0, high, options);
}

}  // namespace taper
