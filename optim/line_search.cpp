// Steps out until a bracket holds a good point, then narrows the bracket.
#include "taper/optim/line_search.h"

#include <algorithm>
#include <cmath>

namespace taper::optim {
namespace {

struct Bracket {
  LinePoint ends[2];
  int low = 0;  // which end has the lower loss

  Bracket(LinePoint a, LinePoint b) : ends{std::move(a), std::move(b)} {
    order();
  }
  void order() { low = ends[0].loss <= ends[1].loss ? 0 : 1; }
  double left() const { return std::min(ends[0].t, ends[1].t); }
  double right() const { return std::max(ends[0].t, ends[1].t); }
};

// A point inside the bracket. One close to an end is accepted once; after that
// it is moved a tenth of the bracket away from the end.
double next_step(const Bracket& bracket, bool& stuck) {
  const double left = bracket.left(), right = bracket.right();
  const double t = cubic_minimum(bracket.ends[0], bracket.ends[1], left, right);
  const double margin = 0.1 * (right - left);
  if (!(std::min(right - t, t - left) < margin)) {
    stuck = false;
    return t;
  }
  if (!stuck && t < right && t > left) {
    stuck = true;
    return t;
  }
  stuck = false;
  return std::abs(t - right) < std::abs(t - left) ? right - margin
                                                  : left + margin;
}

/// Steps out until a bracket holds a good point. True when `current` is one.
bool expand(const LineSearch& search, const EvaluateAt& evaluate,
            const LinePoint& start, LinePoint& previous, LinePoint& current,
            int64_t& evals) {
  for (int64_t i = 0; i < search.max_evals; ++i) {
    const double enough = start.loss + search.c1 * current.t * start.slope;
    if (current.loss > enough || (i > 1 && current.loss >= previous.loss)) {
      return false;
    }
    if (std::abs(current.slope) <= -search.c2 * start.slope) return true;
    if (current.slope >= 0) return false;
    const double least = current.t + 0.01 * (current.t - previous.t);
    const double t = cubic_minimum(previous, current, least, current.t * 10);
    previous = std::move(current);
    current = evaluate(t);
    ++evals;
  }
  previous = start;
  return false;
}

/// Narrows the bracket until its lower end is good enough.
void zoom(const LineSearch& search, const EvaluateAt& evaluate,
          const LinePoint& start, Bracket& bracket, int64_t& evals) {
  bool stuck = false;
  // The first evaluation was made before the search counted any.
  while (evals - 1 < search.max_evals) {
    if (std::abs(bracket.ends[1].t - bracket.ends[0].t) * search.d_norm <
        search.tolerance_change) {
      return;
    }
    LinePoint point = evaluate(next_step(bracket, stuck));
    ++evals;
    LinePoint& low = bracket.ends[bracket.low];
    LinePoint& high = bracket.ends[1 - bracket.low];
    const double enough = start.loss + search.c1 * point.t * start.slope;
    if (point.loss > enough || point.loss >= low.loss) {
      high = std::move(point);
      bracket.order();
      continue;
    }
    const bool done = std::abs(point.slope) <= -search.c2 * start.slope;
    if (!done && point.slope * (high.t - low.t) >= 0) high = low;
    low = std::move(point);
    if (done) return;
  }
}

}  // namespace

double cubic_minimum(const LinePoint& a, const LinePoint& b, double low,
                     double high) {
  const double d1 = (a.slope + b.slope) - (3 * (a.loss - b.loss) / (a.t - b.t));
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double minimum =
      a.t <= b.t ? b.t - ((b.t - a.t) *
                          ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)))
                 : a.t - ((a.t - b.t) *
                          ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2)));
  return std::min(std::max(minimum, low), high);
}

LineResult strong_wolfe(const LineSearch& search, const EvaluateAt& evaluate,
                        const LinePoint& start, double t) {
  LinePoint previous = start;
  LinePoint current = evaluate(t);
  int64_t evals = 1;
  if (expand(search, evaluate, start, previous, current, evals)) {
    return {std::move(current), evals};
  }
  Bracket bracket(std::move(previous), std::move(current));
  zoom(search, evaluate, start, bracket, evals);
  return {std::move(bracket.ends[bracket.low]), evals};
}

}  // namespace taper::optim
