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
#include "taper/tensor/one_thread.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Samples that one thread leads through all steps, at least. Fewer would read
// the weights too often.
constexpr int64_t least_chunk = 16;

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

// Calls body(first, row, count) step by step, in the direction or against it,
// for chunks of the samples: first to first + count - 1 are at `row` and
// behind.
template <class F>
void each_step(const Direction& direction, bool against, double flops_of_row,
               const F& body) {
  const Steps& steps = direction.steps;
  if (steps.rows == 0) return;
  const bool backwards = direction.reverse != against;
  const int64_t chunks = std::max<int64_t>(steps.samples / least_chunk, 1);
  const int64_t width = div_up(steps.samples, chunks);
  const int64_t grain =
      grain_of(flops_of_row * static_cast<double>(steps.rows) /
               static_cast<double>(chunks));
  parallel_each(chunks, grain, [&](int64_t chunk) {
    const int64_t first = chunk * width;
    int64_t begin = backwards ? steps.rows : 0;
    for (int64_t i = 0; i < steps.count; ++i) {
      const int64_t size = steps.size(backwards ? steps.count - 1 - i : i);
      if (backwards) begin -= size;
      const int64_t n = std::min(size - first, width);
      if (n > 0) body(first, begin + first, n);
      if (!backwards) begin += size;
    }
  });
}

// Of a step of one sample.
double flops_of(const RecurrentInputs& in) {
  const int64_t projection = in[kHR].defined() ? in[kHR].numel() : 0;
  return 2.0 * static_cast<double>(in[kHH].numel() + projection);
}

// Whether all products together are too small for a second thread: it would
// wait for what lies in the cache of the first.
bool is_small(const Steps& steps, const RecurrentInputs& in) {
  const int64_t weights = in[kIH].numel() + in[kHH].numel();
  return 2.0 * static_cast<double>(steps.rows) * static_cast<double>(weights) <
         2e7;
}

// What is added to x W^T. The bias of a GRU's state goes another way.
Tensor input_bias(Cell cell, const RecurrentInputs& in) {
  if (!in[kBiasIH].defined() || cell == Cell::kGRU) return in[kBiasIH];
  Tensor sum = clone(in[kBiasIH]);
  add_rows(sum, 0, in[kBiasHH], 0, 1);
  return sum;
}

}  // namespace

RecurrentOutputs recurrent(const Direction& direction,
                           const RecurrentInputs& in, Tape& tape) {
  const profiler::OpScope scope("recurrent", in[kX], in[kIH]);
  const auto cell = direction.cell;
  const Steps& steps = direction.steps;
  const OneThread serial(is_small(steps, in));
  const ScalarType dtype = in[kX].dtype();
  const int64_t hidden = in[kIH].size(0) / gates_of(cell);
  const bool projects = in[kHR].defined();
  const Tensor bias = input_bias(cell, in);
  tape.gates = bias.defined()
                   ? linear(in[kX], in[kIH], bias)
                   : matmul(in[kX], in[kIH], Side::kPlain, Side::kTransposed);
  tape.h_before = empty({steps.rows, in[kH].size(-1)}, dtype);
  if (cell == Cell::kLSTM || cell == Cell::kGRU) {
    tape.inner = empty({steps.rows, hidden}, dtype);
  }
  if (cell == Cell::kLSTM) tape.c_before = empty_like(tape.inner);
  if (projects) tape.unprojected = empty_like(tape.inner);
  Tensor from_state;
  if (cell == Cell::kGRU) {
    from_state = empty({steps.samples, 3 * hidden}, dtype);
  }
  SmallShape shape(in[kX].sizes());
  shape[shape.size - 1] = in[kH].size(-1);
  RecurrentOutputs out = {empty(shape, dtype), clone(in[kH]),
                          in[kC].defined() ? clone(in[kC]) : Tensor()};
  const Transposed hh(in[kHH], steps), hr(in[kHR], steps);
  const auto step = [&](int64_t first, int64_t at, int64_t n) {
    copy_rows(tape.h_before, at, out.h, first, n);
    if (out.c.defined()) copy_rows(tape.c_before, at, out.c, first, n);
    if (cell == Cell::kGRU) {
      multiply_rows(from_state, first, out.h, first, n, hh, 0, in[kBiasHH]);
    } else {
      multiply_rows(tape.gates, at, out.h, first, n, hh, 1);
    }
    recurrent_table->step[size_t(cell)][index_of(dtype)](
        {.rows = n,
         .hidden = hidden,
         .gates = row(tape.gates, at),
         .from_state = row(from_state, first),
         .h = projects ? row(tape.unprojected, at) : row(out.h, first),
         .c = row(out.c, first),
         .inner = row(tape.inner, at)});
    if (projects) multiply_rows(out.h, first, tape.unprojected, at, n, hr, 0);
    copy_rows(out.y, at, out.h, first, n);
  };
  each_step(direction, false, flops_of(in), step);
  return out;
}

RecurrentInputs recurrent_backward(const Direction& direction,
                                   const RecurrentInputs& in, const Tape& tape,
                                   const RecurrentOutputs& grads,
                                   bool wants_x) {
  const profiler::OpScope scope("recurrent_backward", in[kX], in[kIH]);
  const auto cell = direction.cell;
  const Steps& steps = direction.steps;
  const OneThread serial(is_small(steps, in));
  const ScalarType dtype = in[kX].dtype();
  const int64_t hidden = in[kIH].size(0) / gates_of(cell);
  const bool projects = in[kHR].defined();
  const bool is_gru = cell == Cell::kGRU;
  const auto started = [](const Tensor& grad, const Tensor& state) {
    return grad.defined()    ? clone(grad)
           : state.defined() ? zeros(state.sizes(), state.dtype())
                             : state;
  };
  RecurrentInputs out;
  out[kH] = started(grads.h, in[kH]);
  out[kC] = started(grads.c, in[kC]);
  const Tensor grad_y = grads.y.defined() ? contiguous(grads.y) : Tensor();
  const Tensor grad_gates = empty_like(tape.gates);
  const Tensor to_state = is_gru ? empty_like(tape.gates) : grad_gates;
  Tensor projected, unprojected;
  if (projects) {
    projected = empty_like(tape.h_before);
    unprojected = empty({steps.samples, hidden}, dtype);
  }
  const auto step = [&](int64_t first, int64_t at, int64_t n) {
    if (grad_y.defined()) add_rows(out[kH], first, grad_y, at, n);
    if (projects) {
      copy_rows(projected, at, out[kH], first, n);
      multiply_rows(unprojected, first, projected, at, n, {in[kHR]}, 0);
    }
    recurrent_table->backward[size_t(cell)][index_of(dtype)](
        {.rows = n,
         .hidden = hidden,
         .gates = row(tape.gates, at),
         .inner = row(tape.inner, at),
         .before = row(is_gru ? tape.h_before : tape.c_before, at),
         .grad_h = row(projects ? unprojected : out[kH], first),
         .grad_c = row(out[kC], first),
         .grad_gates = row(grad_gates, at),
         .grad_from_state = row(to_state, at)});
    multiply_rows(out[kH], first, to_state, at, n, {in[kHH]}, is_gru);
  };
  each_step(direction, true, flops_of(in), step);
  const auto by = [&](const Tensor& a, const Tensor& b) {
    return matmul(as_matrix(a, steps.rows), as_matrix(b, steps.rows),
                  Side::kTransposed, Side::kPlain);
  };
  if (wants_x) {
    out[kX] = matmul(grad_gates, in[kIH], Side::kPlain, Side::kPlain);
  }
  out[kIH] = by(grad_gates, in[kX]);
  out[kHH] = by(to_state, tape.h_before);
  if (in[kBiasIH].defined()) {
    out[kBiasIH] = column_sum(grad_gates);
    out[kBiasHH] = is_gru ? column_sum(to_state) : out[kBiasIH];
  }
  if (projects) out[kHR] = by(projected, tape.unprojected);
  return out;
}

}  // namespace taper::kernels
