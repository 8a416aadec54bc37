// The losses of the ulp table, and softmax and its kin.
#include "ulp_table.h"

#include <limits>

namespace taper::testing {
namespace {

Tensor constant_like(const Tensor& x, double value) {
  return full_like(x.detach(), value);
}
// gumbel_softmax of the scores x and 0, and the noise of the first less that of
// the second.
Real gumbel_difference = 0;
Tensor gumbel(const Tensor& x) {
  manual_seed(4);
  const Tensor noise = -empty({2}, x.dtype()).exponential_().log();
  gumbel_difference = Real{noise[0].item<double>()} - noise[1].item<double>();
  manual_seed(4);
  return gumbel_softmax(stack({x, constant_like(x, 0)}, 1), 1, false, 1);
}
Tensor zero(const Tensor& x) { return constant_like(x, 0); }
// Rows of the scores x and 0, and the class each of them has.
Tensor scores(const Tensor& x) { return stack({x, zero(x)}, 1); }
Tensor classes(const Tensor& x, int64_t c) {
  return full({x.size(0)}, c, kLong);
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr auto kNone = Reduction::None;
constexpr auto kSum = Reduction::Sum;

Jet flat(Real value) { return {value, 0, 0}; }
Jet line(Real x, Real at_zero, Real slope) {
  return {Exact{at_zero, slope * x}, slope, 0};
}
// log(1 + e^x), and the same of -x.
Jet plus(Real x) { return {softplus_of(x), sigmoid_of(x), bump_of(x)}; }
Jet minus(Real x) { return {softplus_of(-x), -sigmoid_of(-x), bump_of(x)}; }
Jet negated(const Jet& f) { return {-f[0].value, -f[1].value, -f[2].value}; }
// a f + b g.
Jet mix(Real a, const Jet& f, Real b, const Jet& g) {
  return {Exact{a * f[0].value, b * g[0].value},
          Exact{a * f[1].value, b * g[1].value},
          Exact{a * f[2].value, b * g[2].value}};
}

Jet square(Real x) { return {x * x, 2 * x, 2}; }
Jet absolute(Real x) {
  return line(std::fabs(x), 0, 1)[0].value == 0
             ? flat(0)
             : Jet{std::fabs(x), std::copysign(Real{1}, x), 0};
}
// x^2 / (2 beta) within beta, |x| - beta / 2 beyond; times k.
Jet rounded(Real x, Real beta, Real k, bool at_joint) {
  const Real a = std::fabs(x);
  if (a < beta || (a == beta && at_joint)) {
    return {k * x * x / (2 * beta), k * x / beta, k / beta};
  }
  return {Exact{k * a, -k * beta / 2}, std::copysign(k, x), 0};
}

// -(t log x + (1 - t) log(1 - x)), logarithms and slopes limited.
Jet bernoulli(Real x, Real t) {
  const Real lx = std::fmax(std::log(x), Real{-100});
  const Real ly = std::fmax(std::log1p(-x), Real{-100});
  const Real v = x * (1 - x);
  if (v < 1e-12L) {
    return {Exact{-t * lx, (t - 1) * ly}, Exact{x * 1e12L, -t * 1e12L}, 1e12L};
  }
  return {Exact{-t * lx, (t - 1) * ly}, Exact{(1 - t) / (1 - x), -t / x},
          Exact{t / (x * x), (1 - t) / ((1 - x) * (1 - x))}};
}

// 1 - x / sqrt((x^2 + 1 + e) (1 + e)), e = 1e-12.
Jet cosine_distance(Real x) {
  const Real e = 1e-12, k = 1 + e, s = (x * x + k) * k, r = std::sqrt(s);
  return {Exact{1, -x / r}, Exact{-1 / r, x * x * k / (s * r)},
          Exact{3 * x * k / (s * r), -3 * x * x * x * k * k / (s * s * r)}};
}

template <int tenths>
Tensor logits_loss(const Tensor& x) {
  return binary_cross_entropy_with_logits(x, constant_like(x, tenths / 10.0),
                                          {}, {}, kNone);
}

const char* const kRoundedLog =
    "e^y of the output, the only thing kept, has |y| times its error";

std::vector<UlpRow> class_rows() {
  return {
      row(
          "softmax",
          [](const Tensor& x) { return scores(x).softmax(1).select(1, 0); },
          logistic_jet),
      row(
          "softmax_other",
          [](const Tensor& x) { return scores(x).softmax(1).select(1, 1); },
          [](Real x) -> Jet {
            const Jet mirrored = logistic_jet(-x);
            return {mirrored[0], -bump_of(x), mirrored[2]};
          }),
      row(
          "softmax_shifted",
          [](const Tensor& x) {
            return stack({x, constant_like(x, 0.296875)}, 1)
                .softmax(1)
                .select(1, 0);
          },
          [](Real x) { return logistic_jet(x - 0.296875L); })
          .except({28, 28, 28, 64},
                  "x - max is rounded, and e^d has |d| times the error of d"),
      row(
          "gumbel_softmax",
          [](const Tensor& x) {
            return gumbel(x).select(1, 0).sum();  // one x, the same noise
          },
          [](Real x) { return logistic_jet(x + gumbel_difference); })
          .except({300, 300, 300, 300},
                  "x + noise is rounded, and e^d has |d| times the error of d"),
      row(
          "softmin",
          [](const Tensor& x) { return softmin(scores(-x), 1).select(1, 0); },
          logistic_jet),
      row(
          "log_softmax",
          [](const Tensor& x) { return scores(x).log_softmax(1).select(1, 0); },
          [](Real x) { return negated(minus(x)); }),
      row(
          "log_softmax_other",
          [](const Tensor& x) { return scores(x).log_softmax(1).select(1, 1); },
          [](Real x) { return negated(plus(x)); })
          .except({8, 40, 40, 64}, kRoundedLog),
      row(
          "cross_entropy",
          [](const Tensor& x) {
            return cross_entropy_loss(scores(x), classes(x, 0), {}, kNone);
          },
          minus),
      row(
          "cross_entropy_shifted",
          [](const Tensor& x) {
            const Tensor pair = stack({x, constant_like(x, 0.296875)}, 1);
            return cross_entropy_loss(pair, classes(x, 0), {}, kNone);
          },
          [](Real x) { return minus(x - 0.296875L); })
          .except({28, 28, 28, 64},
                  "x - max is rounded, and e^d has |d| times the error of d"),
      row(
          "cross_entropy_other",
          [](const Tensor& x) {
            return cross_entropy_loss(scores(x), classes(x, 1), {}, kNone);
          },
          plus),
      row(
          "cross_entropy_smoothed",
          [](const Tensor& x) {
            return cross_entropy_loss(scores(x), classes(x, 0), {}, kNone, -100,
                                      0.5);
          },
          [](Real x) { return mix(0.75, minus(x), 0.25, plus(x)); }),
      row(
          "cross_entropy_weighted",
          [](const Tensor& x) {
            const Tensor weight = full({2}, 3, x.dtype());
            return cross_entropy_loss(scores(x), classes(x, 0), weight, kNone);
          },
          [](Real x) { return mix(3, minus(x), 0, minus(x)); }),
      row(
          "cross_entropy_soft",
          [](const Tensor& x) {
            const Tensor target = zeros_like(scores(x.detach()));
            target.select(1, 0).fill_(1);
            return cross_entropy_loss(scores(x), target, {}, kNone);
          },
          minus),
  };
}

// max(0, 1 - x) / 2.
Jet half_hinge(Real x) {
  return x >= 1 ? flat(0) : Jet{Exact{0.5L, -x / 2}, -0.5L, 0};
}

std::vector<UlpRow> likelihood_rows_of_one() {
  return {
      row(
          "poisson_nll_loss",
          [](const Tensor& x) {
            return poisson_nll_loss(x, constant_like(x, 3), true, false, 0,
                                    kNone);
          },
          [](Real x) -> Jet {
            const Real e = std::exp(x);
            return {Exact{e, -3 * x}, Exact{e, -3}, e};
          })
          .within(-1e30, 1e30),
      row(
          "poisson_nll_loss_of_rate",
          [](const Tensor& x) {
            return poisson_nll_loss(x, constant_like(x, 3), false, false, 0.125,
                                    kNone);
          },
          [](Real x) -> Jet {
            const Real y = x + 0.125L;
            return {Exact{x, -3 * std::log(y)}, Exact{1, -3 / y}, 3 / (y * y)};
          })
          .within(0, 1e100),
      row(
          "poisson_nll_loss_target",
          [](const Tensor& x) {
            return poisson_nll_loss(constant_like(x, 2), x, false, true, 0,
                                    kNone);
          },
          [](Real x) -> Jet {
            const Real slope = std::log(Real{2});
            if (x <= 1) return {Exact{2, -slope * x}, -slope, 0};
            const Real l = std::log(x), tau = 8 * std::atan(Real{1});
            return {Exact{2, -slope * x, x * l, -x, std::log(tau * x) / 2},
                    Exact{-slope, l, 1, -1, 0.5L / x},
                    Exact{1 / x, -0.5L / (x * x)}};
          })
          .within(0, 1e100)
          .linear(),
      row(
          "gaussian_nll_loss",
          [](const Tensor& x) {
            return gaussian_nll_loss(x, zero(x), constant_like(x, 2), false,
                                     1e-6, kNone);
          },
          [](Real x) -> Jet {
            return {Exact{std::log(Real{2}) / 2, x * x / 4}, x / 2, 0.5L};
          })
          .within(-1e18, 1e18),
      row(
          "gaussian_nll_loss_var",
          [](const Tensor& x) {
            return gaussian_nll_loss(constant_like(x, 1), zero(x), x, false, 0,
                                     kNone);
          },
          [](Real x) -> Jet {
            const Real w = 1 / x;
            return {Exact{-std::log(w) / 2, w / 2}, Exact{w / 2, -w * w / 2},
                    Exact{-w * w / 2, w * w * w}};
          })
          .within(1e-4, 1e10),
      row(
          "multi_margin_loss",
          [](const Tensor& x) {
            return multi_margin_loss(scores(x), classes(x, 0), 1, 1, {}, kNone);
          },
          half_hinge),
      row(
          "multilabel_margin_loss",
          [](const Tensor& x) {
            const Tensor list = stack({classes(x, 0), classes(x, -1)}, 1);
            return multilabel_margin_loss(scores(x), list, kNone);
          },
          half_hinge),
      row(
          "multilabel_soft_margin_loss",
          [](const Tensor& x) {
            return multilabel_soft_margin_loss(
                x.unsqueeze(1), constant_like(x, 1).unsqueeze(1), {}, kNone);
          },
          minus),
  };
}

}  // namespace

std::vector<UlpRow> loss_rows() {
  std::vector<UlpRow> rows = {
      row(
          "mse_loss",
          [](const Tensor& x) { return mse_loss(x, zero(x), kNone); }, square),
      row(
          "mse_loss_sum",
          [](const Tensor& x) { return mse_loss(x, zero(x), kSum); }, square),
      row(
          "mse_loss_mean", [](const Tensor& x) { return mse_loss(x, zero(x)); },
          square),
      row(
          "mse_loss_target",
          [](const Tensor& x) { return mse_loss(zero(x), x, kSum); }, square),
      row(
          "l1_loss", [](const Tensor& x) { return l1_loss(x, zero(x), kNone); },
          absolute),
      row(
          "l1_loss_sum",
          [](const Tensor& x) { return l1_loss(x, zero(x), kSum); }, absolute),
      row(
          "smooth_l1_loss",
          [](const Tensor& x) {
            return smooth_l1_loss(x, zero(x), kNone, 0.5);
          },
          [](Real x) { return rounded(x, 0.5, 1, false); }),
      row(
          "huber_loss",
          [](const Tensor& x) { return huber_loss(x, zero(x), kNone, 2); },
          [](Real x) { return rounded(x, 2, 2, true); }),
      row(
          "bce_of_0",
          [](const Tensor& x) {
            return binary_cross_entropy(x, zero(x), {}, kNone);
          },
          [](Real x) { return bernoulli(x, 0); })
          .within(0, 1),
      row(
          "bce_of_1",
          [](const Tensor& x) {
            return binary_cross_entropy(x, constant_like(x, 1), {}, kNone);
          },
          [](Real x) { return bernoulli(x, 1); })
          .within(0, 1),
      row(
          "bce_of_a_quarter",
          [](const Tensor& x) {
            return binary_cross_entropy(x, constant_like(x, 0.25), {}, kNone);
          },
          [](Real x) { return bernoulli(x, 0.25); })
          .within(0, 1),
      row(
          "bce_target",
          [](const Tensor& x) {
            return binary_cross_entropy(constant_like(x, 0.25), x, {}, kNone);
          },
          [](Real x) -> Jet {
            const Real a = std::log(Real{0.25}), b = std::log(Real{0.75});
            return {Exact{-x * a, (x - 1) * b}, Exact{b, -a}, 0};
          })
          .within(0, 1)
          .linear(),
      row("bce_with_logits_of_0", logits_loss<0>, plus),
      row("bce_with_logits_of_1", logits_loss<10>, minus),
      row("bce_with_logits_of_half", logits_loss<5>,
          [](Real x) { return mix(0.5, plus(x), 0.5, minus(x)); }),
      row(
          "bce_with_logits_weight",
          [](const Tensor& x) {
            return binary_cross_entropy_with_logits(x, constant_like(x, 0.25),
                                                    constant_like(x, 2),
                                                    constant_like(x, 3), kNone);
          },
          [](Real x) { return mix(1.5, plus(x), 1.5, minus(x)); }),
      row(
          "bce_with_logits_target",
          [](const Tensor& x) {
            return binary_cross_entropy_with_logits(constant_like(x, 3), x, {},
                                                    {}, kNone);
          },
          [](Real x) -> Jet {
            const Real a = softplus_of(-3), b = softplus_of(3);
            return {Exact{x * a, (1 - x) * b}, Exact{a, -b}, 0};
          })
          .within(0, 1)
          .linear(),
      row(
          "soft_margin_loss_of_1",
          [](const Tensor& x) {
            return soft_margin_loss(x, constant_like(x, 1), kNone);
          },
          minus),
      row(
          "soft_margin_loss_of_m1",
          [](const Tensor& x) {
            return soft_margin_loss(x, constant_like(x, -1), kNone);
          },
          plus),
      row(
          "kl_div",
          [](const Tensor& x) {
            return kl_div(x, constant_like(x, 0.25), kNone);
          },
          [](Real x) -> Jet {
            return {Exact{0.25L * std::log(Real{0.25}), -x / 4}, -0.25L, 0};
          })
          .linear(),
      row(
          "kl_div_target",
          [](const Tensor& x) {
            return kl_div(constant_like(x, -1), x, kNone);
          },
          [](Real x) -> Jet {
            const Real l = x > 0 ? std::log(x) : 0;
            return {Exact{x * l, x}, Exact{l, 2}, 1 / x};
          })
          .within(1e-300, 1e300),
      row(
          "kl_div_log_target",
          [](const Tensor& x) {
            return kl_div(x, constant_like(x, -1), kNone, true);
          },
          [](Real x) -> Jet {
            const Real p = std::exp(Real{-1});
            return {Exact{-p, -p * x}, -p, 0};
          })
          .linear(),
      row(
          "hinge_embedding_of_1",
          [](const Tensor& x) {
            return hinge_embedding_loss(x, constant_like(x, 1), 1, kNone);
          },
          [](Real x) { return line(x, 0, 1); })
          .linear(),
      row(
          "hinge_embedding_of_m1",
          [](const Tensor& x) {
            return hinge_embedding_loss(x, constant_like(x, -1), 1, kNone);
          },
          [](Real x) { return x > 1 ? flat(0) : line(x, 1, -1); }),
      row(
          "cosine_embedding_loss",
          [](const Tensor& x) {
            const Tensor one = constant_like(x, 1);
            return cosine_embedding_loss(
                stack({x, one}, 1), stack({one, zero(x)}, 1), one, 0, kNone);
          },
          cosine_distance)
          .within(-1e8, 1e8),
      row(
          "triplet_margin_loss",
          [](const Tensor& x) {
            const Tensor far = constant_like(x, 1).unsqueeze(1);
            return triplet_margin_loss(x.unsqueeze(1), zero(far), far, 2, 2, 0,
                                       false, kNone);
          },
          [](Real x) -> Jet {
            const Exact y = {std::fabs(x), -std::fabs(x - 1), 2};
            const Real closest = std::fmin(std::fabs(x), std::fabs(x - 1));
            return {y,
                    sized(x > 1   ? 0
                          : x < 1 ? 2
                                  : 1,
                          1),
                    sized(0, 1 / closest)};
          })
          .within(0.015625, 1e15),
      row(
          "nll_loss",
          [](const Tensor& x) {
            return nll_loss(scores(x), classes(x, 0), {}, kNone);
          },
          [](Real x) { return line(x, 0, -1); })
          .linear(),
      row(
          "margin_ranking_loss",
          [](const Tensor& x) {
            return margin_ranking_loss(x, zero(x), constant_like(x, 1), 0.5,
                                       kNone);
          },
          [](Real x) { return x > 0.5 ? flat(0) : line(x, 0.5, -1); }),
      row(
          "logsumexp", [](const Tensor& x) { return scores(x).logsumexp({1}); },
          plus),
  };
  for (const UlpRow& row : likelihood_rows_of_one()) rows.push_back(row);
  // Scores of infinity have no softmax, as in PyTorch; logsumexp, whose slopes
  // are one, has its limits.
  for (const UlpRow& row : class_rows()) {
    rows.push_back(row.within(-kInfinity, std::numeric_limits<double>::max()));
  }
  return rows;
}

}  // namespace taper::testing
