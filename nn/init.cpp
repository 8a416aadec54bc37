// The initialisers, and the decomposition that orthogonal_ needs.
#include "taper/nn/init.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"
#include "taper/tensor/macros.h"
#include "taper/tensor/parallel.h"

namespace taper::nn::init {
namespace {

void check_dims(const char* op, const Tensor& tensor, int64_t least) {
  check(tensor.dim() >= least,
        "[{}] expected a tensor of at least {} dims, got shape {}", op, least,
        tensor.sizes());
}

void check_matrix(const char* op, const Tensor& tensor) {
  check(tensor.dim() == 2, "[{}] expected a matrix, got shape {}", op,
        tensor.sizes());
}

void check_floating(const char* op, const Tensor& tensor) {
  check<TypeError>(tensor.is_floating_point(),
                   "[{}] expected a floating tensor, got {}", op,
                   tensor.dtype());
}

struct Fans {
  double in;
  double out;
};

Fans fans(const char* op, const Tensor& tensor) {
  check_dims(op, tensor, 2);
  check_floating(op, tensor);
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  return {static_cast<double>(in), static_cast<double>(out)};
}

// gain / sqrt(fan): the standard deviation that He et al. derive.
double kaiming_std(const char* op, const Tensor& tensor, double a,
                   const FanModeType& mode,
                   const NonlinearityType& nonlinearity) {
  const Fans fan = fans(op, tensor);
  if (tensor.numel() == 0)
    TORCH_WARN("Initializing zero-element tensors is a no-op");
  const bool in = std::holds_alternative<enumtype::kFanIn>(mode);
  return calculate_gain(nonlinearity, a) / std::sqrt(in ? fan.in : fan.out);
}

// The standard deviation that Glorot and Bengio derive.
double xavier_std(const char* op, const Tensor& tensor, double gain) {
  const Fans fan = fans(op, tensor);
  return gain * std::sqrt(2.0 / (fan.in + fan.out));
}

// A weight without elements may have no finite std, and needs none.
Tensor normal_of_std(const Tensor& tensor, double std) {
  return tensor.numel() == 0 ? tensor : normal_(tensor, 0, std);
}

// The bound is computed in this order so that it rounds as PyTorch's does.
Tensor uniform_of_std(const Tensor& tensor, double std) {
  const double bound = std::sqrt(3.0) * std;
  return tensor.numel() == 0 ? tensor : uniform_(tensor, -bound, bound);
}

double dot(const double* a, const double* b, int64_t n) {
  double sum[4] = {};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (int64_t k = 0; k < 4; ++k) sum[k] += a[i + k] * b[i + k];
  }
  for (; i < n; ++i) sum[0] += a[i] * b[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// Reflects columns [first, last) of length `rows` at the plane whose normal is
// v, of which the entries before `start` are 0: c -= v (v.c) / scale.
void reflect(std::vector<double>& columns, int64_t rows, int64_t first,
             int64_t last, const std::vector<double>& v, int64_t start,
             double scale) {
  const int64_t length = rows - start;
  const int64_t grain = 1 + (int64_t{1} << 14) / (length + 1);
  parallel_for(first, last, grain, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      double* c = columns.data() + j * rows + start;
      const double* normal = v.data() + start;
      const double factor = dot(normal, c, length) / scale;
      for (int64_t i = 0; i < length; ++i) c[i] -= factor * normal[i];
    }
  });
}

// Replaces `columns` (n columns of length `rows` >= n) by the Q of their QR
// decomposition in which the diagonal of R is positive, which makes it unique.
// Householder reflections: Golub and Van Loan, "Matrix Computations", 5.2.
void orthonormalise(std::vector<double>& columns, int64_t rows, int64_t n) {
  std::vector<std::vector<double>> normals;
  std::vector<double> scales;
  std::vector<double> signs;
  for (int64_t k = 0; k < n; ++k) {
    const double* column = columns.data() + k * rows;
    std::vector<double> v(static_cast<size_t>(rows), 0);
    for (int64_t i = k; i < rows; ++i) v[static_cast<size_t>(i)] = column[i];
    const double norm = std::sqrt(dot(v.data() + k, v.data() + k, rows - k));
    double& pivot = v[static_cast<size_t>(k)];
    // The sign that avoids cancellation; R gets the opposite one.
    signs.push_back(norm == 0 ? 0 : pivot > 0 ? -1 : 1);
    pivot += pivot > 0 ? norm : -norm;
    const double square = dot(v.data() + k, v.data() + k, rows - k);
    scales.push_back(square > 0 ? square / 2 : 1);
    reflect(columns, rows, k + 1, n, v, k, scales.back());
    normals.push_back(std::move(v));
  }
  columns.assign(columns.size(), 0);
  for (int64_t k = 0; k < n; ++k) {
    columns[static_cast<size_t>(k * rows + k)] = signs[static_cast<size_t>(k)];
  }
  for (int64_t k = n - 1; k >= 0; --k) {
    const auto at = static_cast<size_t>(k);
    reflect(columns, rows, k, n, normals[at], k, scales[at]);
  }
}

}  // namespace

double calculate_gain(NonlinearityType nonlinearity, double param) {
  if (std::holds_alternative<enumtype::kTanh>(nonlinearity)) return 5.0 / 3.0;
  if (std::holds_alternative<enumtype::kReLU>(nonlinearity)) {
    return std::sqrt(2.0);
  }
  if (std::holds_alternative<enumtype::kLeakyReLU>(nonlinearity)) {
    return std::sqrt(2.0 / (1 + param * param));
  }
  return 1;
}

std::tuple<int64_t, int64_t> _calculate_fan_in_and_fan_out(
    const Tensor& tensor) {
  check_dims("_calculate_fan_in_and_fan_out", tensor, 2);
  int64_t field = 1;
  for (int64_t d = 2; d < tensor.dim(); ++d) field *= tensor.size(d);
  return {tensor.size(1) * field, tensor.size(0) * field};
}

Tensor constant_(const Tensor& tensor, Scalar value) {
  NoGradGuard no_grad;
  return tensor.fill_(value);
}

Tensor ones_(const Tensor& tensor) { return constant_(tensor, 1); }

Tensor zeros_(const Tensor& tensor) { return constant_(tensor, 0); }

Tensor eye_(const Tensor& matrix) {
  check_matrix("eye_", matrix);
  NoGradGuard no_grad;
  return matrix.copy_(eye(matrix.size(0), matrix.size(1), matrix.dtype()));
}

Tensor dirac_(const Tensor& tensor) {
  check(tensor.dim() >= 3 && tensor.dim() <= 5,
        "[dirac_] expected a tensor of 3, 4 or 5 dims, got shape {}",
        tensor.sizes());
  NoGradGuard no_grad;
  tensor.zero_();
  const int64_t count = std::min(tensor.size(0), tensor.size(1));
  for (int64_t i = 0; i < count; ++i) {
    Tensor kernel = tensor[i][i];
    if (kernel.numel() == 0) break;
    while (kernel.dim() > 0) kernel = kernel[kernel.size(0) / 2];
    kernel.fill_(1);
  }
  return tensor;
}

Tensor uniform_(const Tensor& tensor, double low, double high) {
  NoGradGuard no_grad;
  return tensor.uniform_(low, high);
}

Tensor normal_(const Tensor& tensor, double mean, double std) {
  NoGradGuard no_grad;
  return tensor.normal_(mean, std);
}

Tensor xavier_uniform_(const Tensor& tensor, double gain) {
  return uniform_of_std(tensor, xavier_std("xavier_uniform_", tensor, gain));
}

Tensor xavier_normal_(const Tensor& tensor, double gain) {
  return normal_of_std(tensor, xavier_std("xavier_normal_", tensor, gain));
}

Tensor kaiming_uniform_(const Tensor& tensor, double a, FanModeType mode,
                        NonlinearityType nonlinearity) {
  return uniform_of_std(
      tensor, kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity));
}

Tensor kaiming_uniform_(const Tensor& tensor, double a, FanModeType mode) {
  return kaiming_uniform_(tensor, a, mode, kLeakyReLU);
}

Tensor kaiming_normal_(const Tensor& tensor, double a, FanModeType mode,
                       NonlinearityType nonlinearity) {
  return normal_of_std(
      tensor, kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity));
}

Tensor kaiming_normal_(const Tensor& tensor, double a, FanModeType mode) {
  return kaiming_normal_(tensor, a, mode, kLeakyReLU);
}

Tensor orthogonal_(const Tensor& tensor, double gain) {
  check_dims("orthogonal_", tensor, 2);
  check_floating("orthogonal_", tensor);
  if (tensor.numel() == 0) return tensor;
  NoGradGuard no_grad;
  const int64_t rows = tensor.size(0);
  const int64_t cols = tensor.numel() / rows;
  // Column k of the tall matrix lies in one piece.
  const bool wide = rows < cols;
  const int64_t length = wide ? cols : rows;
  const int64_t n = wide ? rows : cols;
  Tensor drawn = randn({rows, cols}, tensor.dtype()).to(kDouble);
  Tensor tall = (wide ? drawn : drawn.t()).contiguous();
  const auto* first = tall.data_ptr<double>();
  std::vector<double> columns(first, first + tall.numel());
  orthonormalise(columns, length, n);
  Tensor q = from_blob(columns.data(), {n, length}, kDouble);
  q = (wide ? q : q.t()).reshape(tensor.sizes()).to(tensor.dtype());
  return tensor.copy_(q.mul_(gain));
}

Tensor sparse_(const Tensor& tensor, double sparsity, double std) {
  check_matrix("sparse_", tensor);
  check<ValueError>(sparsity >= 0 && sparsity <= 1,
                    "[sparse_] sparsity must lie in [0, 1], got {}", sparsity);
  NoGradGuard no_grad;
  tensor.normal_(0, std);
  const int64_t rows = tensor.size(0);
  const auto zeros =
      static_cast<int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  for (int64_t column = 0; column < tensor.size(1); ++column) {
    const Tensor chosen = randperm(rows).slice(0, 0, zeros);
    Tensor entries = tensor.select(1, column);
    entries.index_put_({chosen}, 0);
  }
  return tensor;
}

}  // namespace taper::nn::init
