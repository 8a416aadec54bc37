// Layer, group and batch normalisation, forward and backward.
#include "taper/tensor/kernels/norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Elements of work per thread; the leaf kernels cost a few times an addition.
constexpr int64_t kGrain = 16384;
// Columns that one task of a channel-last kernel takes.
constexpr int64_t kColumns = 64;

int64_t grain(int64_t work_per_item) {
  return 1 + kGrain / (work_per_item + 1);
}

// Element access for the per-channel values, which are few.
template <class T>
class Channels {
 public:
  explicit Channels(const Tensor& x)
      : data_(x.defined() ? x.data_as<T>() : nullptr) {}
  double get(int64_t c, double otherwise) const {
    return data_ ? static_cast<double>(data_[c]) : otherwise;
  }
  void set(int64_t c, double value) const {
    if (data_) data_[c] = static_cast<T>(value);
  }

 private:
  T* data_;
};

// x (N, C, L...) as sizes.
struct Layout {
  explicit Layout(const Tensor& x)
      : n(x.sizes()[0]), c(x.sizes()[1]), bytes(x.element_size()) {
    for (int64_t d = 2; d < x.dim(); ++d) {
      l *= x.sizes()[static_cast<size_t>(d)];
    }
  }
  int64_t n, c, l = 1, bytes;
};

Tensor empty_if(bool wanted, IntArrayRef sizes, ScalarType dtype) {
  return wanted ? zeros(sizes, dtype) : Tensor();
}

void* pointer(const Tensor& x) { return x.defined() ? x.data_ptr() : nullptr; }

char* at(const Tensor& x, int64_t element) {
  return x.data_as<char>() + element * x.element_size();
}

}  // namespace

// Layer normalisation ---------------------------------------------------------

Tensor layer_norm(const Tensor& x, int64_t n, const Tensor& weight,
                  const Tensor& bias, double eps, Statistics& statistics) {
  const profiler::OpScope scope("layer_norm", x);
  int64_t rows = n > 0 ? x.numel() / n : 0;
  Tensor y = empty_like(x);
  statistics.mean = empty({rows}, x.dtype());
  statistics.rstd = empty({rows}, x.dtype());
  auto leaf = norm_table->layer_norm[index_of(x.dtype())];
  parallel_for(0, rows, grain(n), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      leaf(at(y, r * n), at(statistics.mean, r), at(statistics.rstd, r),
           at(x, r * n), pointer(weight), pointer(bias), n, eps);
    }
  });
  return y;
}

NormGrads layer_norm_backward(const Tensor& grad, const Tensor& x, int64_t n,
                              const Tensor& weight, const Statistics& s,
                              bool wants_x, bool wants_weight,
                              bool wants_bias) {
  const profiler::OpScope scope("layer_norm_backward", grad, x);
  int64_t rows = n > 0 ? x.numel() / n : 0;
  NormGrads grads;
  if (wants_x) {
    grads.x = empty_like(x);
    auto leaf = norm_table->layer_norm_backward[index_of(x.dtype())];
    parallel_for(0, rows, grain(n), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        leaf(at(grads.x, r * n), at(grad, r * n), at(x, r * n), pointer(weight),
             at(s.mean, r), at(s.rstd, r), n);
      }
    });
  }
  grads.weight = empty_if(wants_weight, {n}, x.dtype());
  grads.bias = empty_if(wants_bias, {n}, x.dtype());
  if (wants_weight || wants_bias) {
    norm_table->layer_norm_params[index_of(x.dtype())](
        pointer(grads.weight), pointer(grads.bias), grad.data_ptr(),
        x.data_ptr(), s.mean.data_ptr(), s.rstd.data_ptr(), rows, n);
  }
  return grads;
}

// Group normalisation ---------------------------------------------------------

Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight,
                  const Tensor& bias, double eps, Statistics& statistics) {
  const profiler::OpScope scope("group_norm", x);
  Layout in(x);
  int64_t channels = in.c / groups;
  int64_t n = channels * in.l;
  Tensor y = empty_like(x);
  statistics.mean = empty({in.n * groups}, x.dtype());
  statistics.rstd = empty({in.n * groups}, x.dtype());
  auto stats = norm_table->row_stats[index_of(x.dtype())];
  auto affine = norm_table->affine_row[index_of(x.dtype())];
  visit_floating(x.dtype(), [&]<class T>(T) {
    Channels<T> w(weight), b(bias), mean(statistics.mean),
        rstd(statistics.rstd);
    parallel_for(0, in.n * groups, grain(n), [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; ++g) {
        stats(at(statistics.mean, g), at(statistics.rstd, g), at(x, g * n), n,
              eps);
        for (int64_t k = 0; k < channels; ++k) {
          int64_t c = g % groups * channels + k;
          // x * scale + shift, rounded where PyTorch rounds.
          const T scale = static_cast<T>(rstd.get(g, 0) * w.get(c, 1));
          const T shift = std::fma(-scale, static_cast<T>(mean.get(g, 0)),
                                   static_cast<T>(b.get(c, 0)));
          affine(at(y, g * n + k * in.l), at(x, g * n + k * in.l), 0,
                 static_cast<double>(scale), static_cast<double>(shift), in.l);
        }
      }
    });
  });
  return y;
}

NormGrads group_norm_backward(const Tensor& grad, const Tensor& x,
                              int64_t groups, const Tensor& weight,
                              const Statistics& s, bool wants_x,
                              bool wants_weight, bool wants_bias) {
  const profiler::OpScope scope("group_norm_backward", grad, x);
  Layout in(x);
  int64_t channels = in.c / groups;
  auto n = static_cast<double>(channels * in.l);
  auto sums = norm_table->row_grad_sums[index_of(x.dtype())];
  auto apply = norm_table->row_grad[index_of(x.dtype())];
  NormGrads grads;
  if (wants_x) grads.x = empty_like(x);
  grads.weight = empty_if(wants_weight, {in.c}, x.dtype());
  grads.bias = empty_if(wants_bias, {in.c}, x.dtype());
  // Sums over L of g and of g (x - mean) for every sample and channel.
  std::vector<double> sum_g(static_cast<size_t>(in.n * in.c));
  std::vector<double> sum_gx(sum_g.size());
  visit_floating(x.dtype(), [&]<class T>(T) {
    Channels<T> w(weight), mean(s.mean), rstd(s.rstd), gw(grads.weight),
        gb(grads.bias);
    int64_t work = channels * in.l;
    parallel_for(0, in.n * groups, grain(work), [&](int64_t lo, int64_t hi) {
      for (int64_t group = lo; group < hi; ++group) {
        int64_t first = group * channels;
        double total_g = 0;
        double total_gx = 0;
        for (int64_t k = first; k < first + channels; ++k) {
          auto i = static_cast<size_t>(k);
          sums(&sum_g[i], &sum_gx[i], at(grad, k * in.l), at(x, k * in.l),
               mean.get(group, 0), in.l);
          total_g += w.get(k % in.c, 1) * sum_g[i];
          total_gx += w.get(k % in.c, 1) * sum_gx[i];
        }
        if (!wants_x) continue;
        double r = rstd.get(group, 0);
        for (int64_t k = first; k < first + channels; ++k) {
          apply(at(grads.x, k * in.l), at(grad, k * in.l), at(x, k * in.l),
                mean.get(group, 0), r * w.get(k % in.c, 1),
                -r * r * r * total_gx / n, -r * total_g / n, in.l);
        }
      }
    });
    for (int64_t c = 0; c < in.c; ++c) {
      double weight_sum = 0;
      double bias_sum = 0;
      for (int64_t i = 0; i < in.n; ++i) {
        auto k = static_cast<size_t>(i * in.c + c);
        weight_sum += sum_gx[k] * rstd.get(i * groups + c / channels, 0);
        bias_sum += sum_g[k];
      }
      gw.set(c, weight_sum);
      gb.set(c, bias_sum);
    }
  });
  return grads;
}

// Batch normalisation ---------------------------------------------------------

void channel_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  const profiler::OpScope scope("batch_norm_statistics", x);
  Layout in(x);
  int i = index_of(x.dtype());
  if (in.l == 1) {
    parallel_for(0, (in.c + kColumns - 1) / kColumns, grain(in.n * kColumns),
                 [&](int64_t begin, int64_t end) {
                   int64_t first = begin * kColumns;
                   int64_t last = std::min(end * kColumns, in.c);
                   norm_table->column_mean_var[i](at(mean, first),
                                                  at(var, first), at(x, first),
                                                  in.n, last - first, in.c);
                 });
    return;
  }
  auto count = static_cast<double>(in.n * in.l);
  visit_floating(x.dtype(), [&](auto zero) {
    Channels<decltype(zero)> means(mean), vars(var);
    parallel_for(0, in.c, grain(in.n * in.l), [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        double sum = 0;
        for (int64_t n = 0; n < in.n; ++n) {
          sum += reduce_table->wide_sum[i](at(x, (n * in.c + c) * in.l), in.l);
        }
        double center = sum / count;
        double squares = 0;
        for (int64_t n = 0; n < in.n; ++n) {
          squares += reduce_table->sum_sq[i](at(x, (n * in.c + c) * in.l),
                                             center, in.l);
        }
        means.set(c, center);
        vars.set(c, squares / count);
      }
    });
  });
}

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                  const Statistics& s) {
  const profiler::OpScope scope("batch_norm", x);
  Layout in(x);
  int i = index_of(x.dtype());
  Tensor y = empty_like(x);
  visit_floating(x.dtype(), [&]<class T>(T) {
    Channels<T> w(weight), b(bias), mean(s.mean), rstd(s.rstd);
    if (in.l != 1) {
      auto affine = norm_table->affine_row[i];
      parallel_for(0, in.n * in.c, grain(in.l), [&](int64_t lo, int64_t hi) {
        for (int64_t k = lo; k < hi; ++k) {
          int64_t c = k % in.c;
          affine(at(y, k * in.l), at(x, k * in.l), mean.get(c, 0),
                 rstd.get(c, 0) * w.get(c, 1), b.get(c, 0), in.l);
        }
      });
      return;
    }
    Tensor scale = s.rstd;
    if (weight.defined()) {
      scale = empty_like(s.rstd);
      Channels<T> scales(scale);
      for (int64_t c = 0; c < in.c; ++c) {
        scales.set(c, rstd.get(c, 0) * w.get(c, 1));
      }
    }
    Tensor shift = bias.defined() ? bias : zeros({in.c}, x.dtype());
    parallel_for(0, in.n, grain(in.c), [&](int64_t begin, int64_t end) {
      norm_table->affine_columns[i](at(y, begin * in.c), at(x, begin * in.c),
                                    s.mean.data_ptr(), scale.data_ptr(),
                                    shift.data_ptr(), end - begin, in.c, in.c);
    });
  });
  return y;
}

Tensor reciprocal_std(const Tensor& var, double eps) {
  Tensor result = empty_like(var);
  visit_floating(var.dtype(), [&](auto zero) {
    const Channels<decltype(zero)> vars(var), rstd(result);
    for (int64_t c = 0; c < var.numel(); ++c) {
      rstd.set(c, 1 / std::sqrt(vars.get(c, 0) + eps));
    }
  });
  return result;
}

void move_running(const Tensor& running, const Tensor& batch, double momentum,
                  double factor) {
  visit_floating(running.dtype(), [&]<class T>(T) {
    const Channels<T> now(batch);
    T* value = running.data_as<T>();
    const int64_t stride = running.strides()[0];
    for (int64_t c = 0; c < running.numel(); ++c, value += stride) {
      *value = static_cast<T>((1 - momentum) * static_cast<double>(*value) +
                              momentum * factor * now.get(c, 0));
    }
  });
}

namespace {

// gx = a g + b (x - mean) + c per channel, of the sums over g and g (x - mean).
template <class T>
struct GradFactors {
  GradFactors(const Tensor& sum_g, const Tensor& sum_gx, const Tensor& weight,
              const Statistics& s, double count, bool training)
      : a(empty_like(s.rstd)), b(empty_like(s.rstd)), c(empty_like(s.rstd)) {
    Channels<T> g(sum_g), gx(sum_gx), w(weight), rstd(s.rstd), out_a(a),
        out_b(b), out_c(c);
    for (int64_t k = 0; k < s.rstd.numel(); ++k) {
      double r = rstd.get(k, 0);
      double scale = r * w.get(k, 1);
      out_a.set(k, scale);
      out_b.set(k, training ? -scale * r * r * gx.get(k, 0) / count : 0);
      out_c.set(k, training ? -scale * g.get(k, 0) / count : 0);
    }
  }
  Tensor a, b, c;
};

// Sums per channel of g and g (x - mean).
void channel_grad_sums(const Tensor& grad, const Tensor& x, const Statistics& s,
                       Tensor& sum_g, Tensor& sum_gx) {
  Layout in(x);
  int i = index_of(x.dtype());
  if (in.l == 1) {
    parallel_for(0, (in.c + kColumns - 1) / kColumns, grain(in.n * kColumns),
                 [&](int64_t begin, int64_t end) {
                   int64_t k = begin * kColumns;
                   int64_t last = std::min(end * kColumns, in.c);
                   norm_table->column_grad_sums[i](
                       at(sum_g, k), at(sum_gx, k), at(grad, k), at(x, k),
                       at(s.mean, k), in.n, last - k, in.c);
                 });
    return;
  }
  visit_floating(x.dtype(), [&](auto zero) {
    Channels<decltype(zero)> mean(s.mean), out_g(sum_g), out_gx(sum_gx);
    parallel_for(0, in.c, grain(in.n * in.l), [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        double total_g = 0;
        double total_gx = 0;
        for (int64_t n = 0; n < in.n; ++n) {
          int64_t k = (n * in.c + c) * in.l;
          double g = 0;
          double gx = 0;
          norm_table->row_grad_sums[i](&g, &gx, at(grad, k), at(x, k),
                                       mean.get(c, 0), in.l);
          total_g += g;
          total_gx += gx;
        }
        out_g.set(c, total_g);
        out_gx.set(c, total_gx);
      }
    });
  });
}

}  // namespace

NormGrads batch_norm_backward(const Tensor& grad, const Tensor& x,
                              const Tensor& weight, const Statistics& s,
                              bool training) {
  const profiler::OpScope scope("batch_norm_backward", grad, x);
  Layout in(x);
  int i = index_of(x.dtype());
  NormGrads grads;
  grads.x = empty_like(x);
  grads.bias = empty({in.c}, x.dtype());
  Tensor sum_gx = empty({in.c}, x.dtype());
  channel_grad_sums(grad, x, s, grads.bias, sum_gx);
  grads.weight = empty_like(sum_gx);
  visit_floating(x.dtype(), [&]<class T>(T) {
    GradFactors<T> f(grads.bias, sum_gx, weight, s,
                     static_cast<double>(in.n * in.l), training);
    Channels<T> gx(sum_gx), rstd(s.rstd), gw(grads.weight), mean(s.mean),
        a(f.a), b(f.b), c(f.c);
    for (int64_t k = 0; k < in.c; ++k) {
      gw.set(k, gx.get(k, 0) * rstd.get(k, 0));
    }
    if (in.l == 1) {
      parallel_for(0, in.n, grain(in.c), [&](int64_t begin, int64_t end) {
        int64_t k = begin * in.c;
        norm_table->column_grad[i](at(grads.x, k), at(grad, k), at(x, k),
                                   s.mean.data_ptr(), f.a.data_ptr(),
                                   f.b.data_ptr(), f.c.data_ptr(), end - begin,
                                   in.c, in.c);
      });
      return;
    }
    parallel_for(0, in.n * in.c, grain(in.l), [&](int64_t lo, int64_t hi) {
      for (int64_t row = lo; row < hi; ++row) {
        int64_t k = row % in.c;
        norm_table->row_grad[i](at(grads.x, row * in.l), at(grad, row * in.l),
                                at(x, row * in.l), mean.get(k, 0), a.get(k, 0),
                                b.get(k, 0), c.get(k, 0), in.l);
      }
    });
  });
  return grads;
}

}  // namespace taper::kernels
