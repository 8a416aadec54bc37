// Line search for the strong Wolfe conditions (Nocedal and Wright, Numerical
// Optimization, algorithms 3.5 and 3.6). Not a public header.
#pragma once

#include <cstdint>
#include <functional>

#include "taper/tensor/tensor.h"

namespace taper::optim {

/// A point on the line x + t d: its loss, gradient and slope along d.
struct LinePoint {
  double t;
  double loss;
  Tensor grad;
  double slope;
};

struct LineSearch {
  double tolerance_change;
  int64_t max_evals;
  double d_norm;  // largest magnitude in d
  double c1 = 1e-4;
  double c2 = 0.9;
};

struct LineResult {
  LinePoint point;
  int64_t evals;
};

using EvaluateAt = std::function<LinePoint(double t)>;

/// Looks for a step along d from `start`, the point at t = 0, with `t` as the
/// first guess.
LineResult strong_wolfe(const LineSearch& search, const EvaluateAt& evaluate,
                        const LinePoint& start, double t);

/// The minimum, limited to [low, high], of the cubic through two points with
/// their slopes; the middle where the cubic has none.
double cubic_minimum(const LinePoint& a, const LinePoint& b, double low,
                     double high);

}  // namespace taper::optim
