// The in-place forms: uniform_, normal_, bernoulli_, random_, exponential_,
// log_normal_, cauchy_ and geometric_.
#include <cmath>
#include <limits>

#include "taper/autograd/ops/random/draw.h"
#include "taper/autograd/record.h"
#include "taper/tensor/random/distributions.h"

namespace taper {
namespace {

// Fills self, or the new tensor that is recorded in its place, by fill(x).
template <class Fill>
Tensor& fill_in_place(const char* op, const char* node, Tensor& self,
                      const Fill& fill) {
  return in_place(
      op, self, needs_grad(self),
      [&](const Tensor& old) {
        Tensor result = kernels::empty_preserved(old, old.dtype());
        fill(result);
        return Tensor(record(result, node, old, zero_slope));
      },
      [&] { fill(self); });
}

// The same by draw(elements, count), elements of a compute type in the order of
// their memory. `visit` finds the type.
template <class Visit, class Draw>
Tensor& draw_in_place(const char* op, const char* node, Tensor& self,
                      const Visit& visit, const Draw& draw) {
  return fill_in_place(op, node, self, [&](Tensor& x) {
    draw_into(x, [&](Tensor& block) {
      visit(block.dtype(),
            [&]<class T>(T) { draw(block.data_as<T>(), block.numel()); });
    });
  });
}

constexpr auto any_type = [](ScalarType type, const auto& f) {
  visit_computed(type, f);
};
constexpr auto floating = [](ScalarType type, const auto& f) {
  visit_floating(type, f);
};

void check_uniform(ScalarType dtype, double from, double to) {
  check_drawable("uniform_", dtype);
  double most = 0;
  visit_real(dtype, [&](auto zero) {
    most = static_cast<double>(std::numeric_limits<decltype(zero)>::max());
  });
  check<ValueError>(std::fabs(from) <= most && std::fabs(to) <= most,
                    "[uniform_] the bounds {} and {} do not fit {}", from, to,
                    dtype);
  check<ValueError>(from <= to, "[uniform_] expected from <= to, got {} and {}",
                    from, to);
  check<ValueError>(to - from <= most,
                    "[uniform_] the distance from {} to {} does not fit {}",
                    from, to, dtype);
}

void check_probabilities(const char* op, const Tensor& p) {
  visit_floating(p.dtype(), [&](auto zero) {
    const auto* values = p.data_as<decltype(zero)>();
    for (int64_t i = 0; i < p.numel(); ++i) {
      check_probability(op, static_cast<double>(values[i]));
    }
  });
}

}  // namespace

Tensor& Tensor::uniform_(double from, double to, GeneratorRef generator) const {
  check_uniform(dtype(), from, to);
  return fill_in_place("uniform_", "UniformBackward0", self(), [&](Tensor& x) {
    fill_uniform(x, from, to, generator);
  });
}

Tensor& Tensor::normal_(double mean, double std, GeneratorRef generator) const {
  check_normal("normal_", dtype(), std);
  bool contiguous = is_contiguous();
  return fill_in_place("normal_", "NormalBackward0", self(), [&](Tensor& x) {
    fill_normal(x, mean, std, contiguous, generator);
  });
}

Tensor& Tensor::bernoulli_(double p, GeneratorRef generator) const {
  check_probability("bernoulli_", p);
  return draw_in_place("bernoulli_", "BernoulliBackward0", self(), any_type,
                       [&](auto* x, int64_t n) {
                         random::fill_bernoulli(chosen(generator), x, n, p);
                       });
}

Tensor& Tensor::bernoulli_(const Tensor& p, GeneratorRef generator) const {
  check_drawable("bernoulli_", p.dtype());
  SmallShape shape = broadcast_shapes("bernoulli_", sizes(), p.sizes());
  check(IntArrayRef(shape) == sizes(),
        "[bernoulli_] probabilities of shape {} do not broadcast to {}",
        p.sizes(), sizes());
  check_probabilities("bernoulli_", kernels::widened(kernels::contiguous(p)));
  // In the layout in which the draws are made.
  Tensor each = kernels::empty_preserved(self(), compute_type(p.dtype()));
  kernels::copy_into(each, kernels::expand(p, sizes()));
  return draw_in_place("bernoulli_", "BernoulliBackward1", self(), any_type,
                       [&](auto* x, int64_t n) {
                         visit_floating(each.dtype(), [&]<class P>(P) {
                           random::fill_bernoulli_each(chosen(generator), x, n,
                                                       each.data_as<P>());
                         });
                       });
}

Tensor& Tensor::random_(int64_t from, std::optional<int64_t> to,
                        GeneratorRef generator) const {
  ScalarType type = dtype();
  if (!to && type == kLong) {
    return fill_in_place("random_", "RandomBackward0", self(), [&](Tensor& x) {
      draw_into(x, [&](Tensor& block) {
        random::fill_randint_from(chosen(generator), block.data_as<int64_t>(),
                                  block.numel(), from);
      });
    });
  }
  IntegerRange range =
      checked_range("random_", type, from, to ? *to : last_integer(type) + 1);
  if (!to) range.to = last_integer(type) + 1;
  return fill_in_place("random_", "RandomBackward0", self(),
                       [&](Tensor& x) { fill_randint(x, range, generator); });
}

Tensor& Tensor::random_(int64_t to, GeneratorRef generator) const {
  return random_(0, to, generator);
}

Tensor& Tensor::random_(GeneratorRef generator) const {
  const auto range = static_cast<uint64_t>(last_integer(dtype())) + 1;
  const bool wide = element_size() == 8;
  return draw_in_place(
      "random_", "RandomBackward2", self(), any_type, [&](auto* x, int64_t n) {
        random::fill_random(chosen(generator), x, n, range, wide);
      });
}

Tensor& Tensor::exponential_(double lambda, GeneratorRef generator) const {
  check_drawable("exponential_", dtype());
  check<ValueError>(lambda > 0, "[exponential_] expected lambda > 0, got {}",
                    lambda);
  return draw_in_place("exponential_", "ExponentialBackward0", self(), floating,
                       [&](auto* x, int64_t n) {
                         random::fill_exponential(chosen(generator), x, n,
                                                  lambda);
                       });
}

Tensor& Tensor::log_normal_(double mean, double std,
                            GeneratorRef generator) const {
  check_drawable("log_normal_", dtype());
  check<ValueError>(std > 0, "[log_normal_] expected std > 0, got {}", std);
  return draw_in_place("log_normal_", "LogNormalBackward0", self(), floating,
                       [&](auto* x, int64_t n) {
                         random::fill_log_normal(chosen(generator), x, n, mean,
                                                 std);
                       });
}

Tensor& Tensor::cauchy_(double median, double sigma,
                        GeneratorRef generator) const {
  check_drawable("cauchy_", dtype());
  check<ValueError>(sigma > 0, "[cauchy_] expected sigma > 0, got {}", sigma);
  return draw_in_place(
      "cauchy_", "CauchyBackward0", self(), floating, [&](auto* x, int64_t n) {
        random::fill_cauchy(chosen(generator), x, n, median, sigma);
      });
}

Tensor& Tensor::geometric_(double p, GeneratorRef generator) const {
  check<NotImplementedError>(dtype() != kBool,
                             "[geometric_] bool is not supported");
  check<ValueError>(p > 0 && p < 1,
                    "[geometric_] expected p between 0 and 1, got {}", p);
  // Of integers, int64 only.
  const auto numbers = [](ScalarType type, const auto& f) {
    if (type == kLong) return f(int64_t{});
    visit_floating(type, f);
  };
  return draw_in_place("geometric_", "GeometricBackward0", self(), numbers,
                       [&](auto* x, int64_t n) {
                         random::fill_geometric(chosen(generator), x, n, p);
                       });
}

}  // namespace taper
