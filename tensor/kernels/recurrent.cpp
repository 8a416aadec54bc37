// The input goes through one product for all steps, and so do the gradients of
// the weights; step by step there are only the state's product and the cell.
#include "taper/tensor/kernels/recurrent.h"

#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/matmul.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/kernels/simd/recurrent.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Samples that one thread leads through all steps. Fewer would read the weights
// too often.
constexpr int64_t chunk_samples = 16;

void* row(const Tensor& x, int64_t index) {
  return x.defined() ? at(x, index * x.size(-1)) : nullptr;
}

void copy_rows(const Tensor& to, int64_t to_row, const Tensor& from,
               int64_t from_row, int64_t count) {
  std::memcpy(row(to, to_row), row(from, from_row),
              static_cast<size_t>(count * to.size(-1) * to.element_size()));
}

// y += x for `count` rows.
void add_rows(const Tensor& y, int64_t y_row, const Tensor& x, int64_t x_row,
              int64_t count) {
  const int64_t n = count * y.size(-1);
  reduce_table->add_rows[index_of(y.dtype())](row(y, y_row), row(x, x_row), 1,
                                              n, n);
}

// A matrix that rows are multiplied by: (in, out), or the transposed one.
struct Factor {
  const Tensor& matrix;
  Side side = Side::kPlain;
};

// `count` rows of y = x * factor + bias + beta * y.
void multiply_rows(const Tensor& y, int64_t y_row, const Tensor& x,
                   int64_t x_row, int64_t count, Factor factor, double beta,
                   const Tensor& bias = {}) {
  const bool plain = factor.side == Side::kPlain;
  const int64_t width = factor.matrix.size(1);
  gemm(y.dtype(), {.m = count,
                   .n = plain ? width : factor.matrix.size(0),
                   .k = plain ? factor.matrix.size(0) : width,
                   .a = row(x, x_row),
                   .a_row = x.size(-1),
                   .a_col = 1,
                   .b = factor.matrix.data_ptr(),
                   .b_row = plain ? width : 1,
                   .b_col = plain ? 1 : width,
                   .c = row(y, y_row),
                   .c_row = y.size(-1),
                   .bias = bias.defined() ? bias.data_ptr() : nullptr,
                   .beta = beta});
}

// x (..., n) as (rows, n).
Tensor as_matrix(const Tensor& x, int64_t rows) {
  const int64_t n = x.size(-1);
  return alias(x, {rows, n}, {n, 1}, x.data_as<char>());
}

Tensor transposed(const Tensor& x) {
  Tensor y = empty({x.size(1), x.size(0)}, x.dtype());
  copy_table->transpose[size_index(x.element_size())](
      y.data_ptr(), x.size(0), x.data_ptr(), x.size(1), x.size(0), x.size(1),
      false);
  return y;
}

// The factor x^T. Products with few rows are faster by a matrix that is
// transposed already, which pays when there are many of them.
class Transposed {
 public:
  Transposed(const Tensor& x, const Steps& steps)
      : is_made_(x.defined() && steps.count > 1 && steps.samples > 1),
        matrix_(is_made_ ? transposed(x) : x) {}
  operator Factor() const {
    return {matrix_, is_made_ ? Side::kPlain : Side::kTransposed};
  }

 private:
  bool is_made_;
  Tensor matrix_;
};

// Calls body(first, row, count) step by step for chunks of the samples: first
// to first + count - 1 are at `row` and behind it.
template <class F>
void each_step(const Steps& steps, bool backwards, double flops_of_row,
               const F& body) {
  if (steps.rows == 0) return;
  const auto lead = [&](int64_t first, int64_t end) {
    int64_t begin = backwards ? steps.rows : 0;
    for (int64_t i = 0; i < steps.count; ++i) {
      const int64_t size = steps.size(backwards ? steps.count - 1 - i : i);
      if (backwards) begin -= size;
      const int64_t count = std::min(end, size) - first;
      if (count > 0) body(first, begin + first, count);
      if (!backwards) begin += size;
    }
  };
  const int64_t chunks = div_up(steps.samples, chunk_samples);
  const double flops_of_chunk = flops_of_row * static_cast<double>(steps.rows) /
                                static_cast<double>(chunks);
  parallel_each(chunks, grain_of(flops_of_chunk), [&](int64_t chunk) {
    lead(chunk * chunk_samples,
         std::min((chunk + 1) * chunk_samples, steps.samples));
  });
}

double flops_of(const Tensor& matrix) {
  return matrix.defined() ? 2.0 * static_cast<double>(matrix.numel()) : 0.0;
}

// What is added to x W^T. The bias of a GRU's state goes another way.
Tensor input_bias(Cell cell, const CellWeights& weights) {
  if (!weights.bias_ih.defined() || cell == Cell::kGRU) return weights.bias_ih;
  Tensor sum = clone(weights.bias_ih);
  add_rows(sum, 0, weights.bias_hh, 0, 1);
  return sum;
}

void run_step(Cell cell, const CellStep& step, ScalarType dtype) {
  recurrent_table->step[size_t(cell)][index_of(dtype)](step);
}

}  // namespace

Tensor recurrent(const Direction& direction, const Tensor& x,
                 const CellWeights& weights, CellState& state, Tape& tape) {
  const profiler::OpScope scope("recurrent", x, weights.ih);
  const Cell cell = direction.cell;
  const Steps& steps = direction.steps;
  const ScalarType dtype = x.dtype();
  const int64_t rows = steps.rows;
  const int64_t hidden = weights.ih.size(0) / gates_of(cell);
  const bool projects = weights.hr.defined();
  const Tensor bias = input_bias(cell, weights);
  tape.gates = bias.defined()
                   ? linear(x, weights.ih, bias)
                   : matmul(x, weights.ih, Side::kPlain, Side::kTransposed);
  tape.h_before = empty({rows, state.h.size(-1)}, dtype);
  SmallShape shape(x.sizes());
  shape[shape.size - 1] = state.h.size(-1);
  Tensor y = empty(shape, dtype);
  Tensor from_state;
  if (cell == Cell::kLSTM || cell == Cell::kGRU) {
    tape.inner = empty({rows, hidden}, dtype);
  }
  if (cell == Cell::kLSTM) tape.c_before = empty_like(tape.inner);
  if (cell == Cell::kGRU)
    from_state = empty({steps.samples, 3 * hidden}, dtype);
  if (projects) tape.unprojected = empty_like(tape.inner);
  const Transposed hh(weights.hh, steps), hr(weights.hr, steps);
  const double work = flops_of(weights.hh) + flops_of(weights.hr);
  each_step(steps, direction.reverse, work,
            [&](int64_t first, int64_t at, int64_t n) {
              copy_rows(tape.h_before, at, state.h, first, n);
              if (cell == Cell::kLSTM)
                copy_rows(tape.c_before, at, state.c, first, n);
              if (cell == Cell::kGRU) {
                multiply_rows(from_state, first, state.h, first, n, hh, 0,
                              weights.bias_hh);
              } else {
                multiply_rows(tape.gates, at, state.h, first, n, hh, 1);
              }
              run_step(cell,
                       {.rows = n,
                        .hidden = hidden,
                        .gates = row(tape.gates, at),
                        .from_state = row(from_state, first),
                        .h = projects ? row(tape.unprojected, at)
                                      : row(state.h, first),
                        .c = row(state.c, first),
                        .inner = row(tape.inner, at)},
                       dtype);
              if (projects)
                multiply_rows(state.h, first, tape.unprojected, at, n, hr, 0);
              copy_rows(y, at, state.h, first, n);
            });
  return y;
}

RecurrentGrads recurrent_backward(const Direction& direction, const Tensor& x,
                                  const CellWeights& weights, const Tape& tape,
                                  const Tensor& grad, CellState& grad_state,
                                  bool wants_x) {
  const profiler::OpScope scope("recurrent_backward", x, weights.ih);
  const Cell cell = direction.cell;
  const Steps& steps = direction.steps;
  const ScalarType dtype = x.dtype();
  const int64_t rows = steps.rows;
  const int64_t hidden = weights.ih.size(0) / gates_of(cell);
  const bool projects = weights.hr.defined();
  const bool is_gru = cell == Cell::kGRU;
  Tensor grad_gates = empty_like(tape.gates);
  Tensor to_state = is_gru ? empty_like(tape.gates) : grad_gates;
  Tensor projected, unprojected;
  if (projects) {
    projected = empty_like(tape.h_before);
    unprojected = empty({steps.samples, hidden}, dtype);
  }
  const double work = flops_of(weights.hh) + flops_of(weights.hr);
  each_step(steps, !direction.reverse, work,
            [&](int64_t first, int64_t at, int64_t n) {
              if (grad.defined()) add_rows(grad_state.h, first, grad, at, n);
              if (projects) {
                copy_rows(projected, at, grad_state.h, first, n);
                multiply_rows(unprojected, first, projected, at, n,
                              {weights.hr}, 0);
              }
              recurrent_table->backward[size_t(cell)][index_of(dtype)](
                  {.rows = n,
                   .hidden = hidden,
                   .gates = row(tape.gates, at),
                   .inner = row(tape.inner, at),
                   .before = row(is_gru ? tape.h_before : tape.c_before, at),
                   .grad_h = row(projects ? unprojected : grad_state.h, first),
                   .grad_c = row(grad_state.c, first),
                   .grad_gates = row(grad_gates, at),
                   .grad_from_state = row(to_state, at)});
              multiply_rows(grad_state.h, first, to_state, at, n, {weights.hh},
                            is_gru);
            });
  const auto by = [rows](const Tensor& a, const Tensor& b) {
    return matmul(as_matrix(a, rows), as_matrix(b, rows), Side::kTransposed,
                  Side::kPlain);
  };
  RecurrentGrads grads;
  if (wants_x) {
    grads.x = matmul(grad_gates, weights.ih, Side::kPlain, Side::kPlain);
  }
  grads.weights = {by(grad_gates, x), by(to_state, tape.h_before), {}, {}, {}};
  if (weights.bias_ih.defined()) {
    grads.weights.bias_ih = column_sum(grad_gates);
    grads.weights.bias_hh =
        is_gru ? column_sum(to_state) : grads.weights.bias_ih;
  }
  if (projects) grads.weights.hr = by(projected, tape.unprojected);
  return grads;
}

}  // namespace taper::kernels
