// Layer, group and batch normalisation, forward and backward.
#include "taper/tensor/kernels/norm.h"

#include <algorithm>
#include <cmath>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce_plan.h"
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
  double get(int64_t c, double otherwise = 0) const {
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
  explicit Layout(const Tensor& x) : n(x.sizes()[0]), c(x.sizes()[1]) {
    for (int64_t d = 2; d < x.dim(); ++d) l *= x.sizes()[d];
  }
  int64_t n, c, l = 1;
};

// Strips of channels that lie side by side (L = 1): body(first, count).
template <class F>
void for_strips(const Layout& x, const F& body) {
  parallel_for(0, div_up(x.c, kColumns), grain(x.n * kColumns),
               [&](int64_t begin, int64_t end) {
                 const int64_t first = begin * kColumns;
                 body(first, std::min(end * kColumns, x.c) - first);
               });
}

// The channels of all samples: body(first element, channel).
template <class F>
void for_planes(const Layout& x, const F& body) {
  parallel_each(x.n * x.c, grain(x.l),
                [&](int64_t k) { body(k * x.l, k % x.c); });
}

Tensor empty_if(bool wanted, IntArrayRef sizes, ScalarType dtype) {
  return wanted ? zeros(sizes, dtype) : Tensor();
}

void* pointer(const Tensor& x) { return x.defined() ? x.data_ptr() : nullptr; }

}  // namespace

Tensor layer_norm(const Tensor& x, int64_t n, const Tensor& weight,
                  const Tensor& bias, double eps, Statistics& statistics) {
  const profiler::OpScope scope("layer_norm", x);
  const int64_t rows = n > 0 ? x.numel() / n : 0;
  Tensor y = empty_like(x);
  statistics = {empty({rows}, x.dtype()), empty({rows}, x.dtype())};
  const auto leaf = norm_table->layer_norm[index_of(x.dtype())];
  parallel_each(rows, grain(n), [&](int64_t r) {
    leaf(at(y, r * n), at(statistics.mean, r), at(statistics.rstd, r),
         at(x, r * n), pointer(weight), pointer(bias), n, eps);
  });
  return y;
}

NormGrads layer_norm_backward(const Tensor& grad, const Tensor& x, int64_t n,
                              const Tensor& weight, const Statistics& s,
                              bool wants_x, bool wants_weight,
                              bool wants_bias) {
  const profiler::OpScope scope("layer_norm_backward", grad, x);
  const int64_t rows = n > 0 ? x.numel() / n : 0;
  NormGrads grads;
  if (wants_x) {
    grads.x = empty_like(x);
    const auto leaf = norm_table->layer_norm_backward[index_of(x.dtype())];
    parallel_each(rows, grain(n), [&](int64_t r) {
      leaf(at(grads.x, r * n), at(grad, r * n), at(x, r * n), pointer(weight),
           at(s.mean, r), at(s.rstd, r), n);
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

Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight,
                  const Tensor& bias, double eps, Statistics& statistics) {
  const profiler::OpScope scope("group_norm", x);
  const Layout in(x);
  const int64_t rows = in.n * groups;
  const int64_t channels = in.c / groups;
  const int64_t n = channels * in.l;
  Tensor y = empty_like(x);
  statistics = {empty({rows}, x.dtype()), empty({rows}, x.dtype())};
  const auto stats = norm_table->row_stats[index_of(x.dtype())];
  const auto affine = norm_table->affine_row[index_of(x.dtype())];
  visit_floating(x.dtype(), [&]<class T>(T) {
    const Channels<T> w(weight), b(bias);
    T* mean = statistics.mean.data_as<T>();
    T* rstd = statistics.rstd.data_as<T>();
    const T* from = x.data_as<T>();
    T* to = y.data_as<T>();
    parallel_each(rows, grain(n), [=](int64_t g) {
      stats(mean + g, rstd + g, from + g * n, n, eps);
      const double offset = static_cast<double>(mean[g]) * rstd[g];
      const bool far = is_far(offset * offset, 1);
      for (int64_t k = 0; k < channels; ++k) {
        const int64_t c = g % groups * channels + k;
        const int64_t first = g * n + k * in.l;
        // x * scale + shift, rounded where PyTorch rounds; far from zero that
        // would cancel, and the mean is taken off first.
        const T scale =
            static_cast<T>(static_cast<double>(rstd[g]) * w.get(c, 1));
        const T bias_c = static_cast<T>(b.get(c));
        const T shift = far ? bias_c : std::fma(-scale, mean[g], bias_c);
        affine(to + first, from + first, far ? mean[g] : 0,
               static_cast<double>(scale), static_cast<double>(shift), in.l);
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
  const Layout in(x);
  const int64_t channels = in.c / groups;
  const auto n = static_cast<double>(channels * in.l);
  const auto sums = norm_table->row_grad_sums[index_of(x.dtype())];
  const auto apply = norm_table->row_grad[index_of(x.dtype())];
  NormGrads grads;
  if (wants_x) grads.x = empty_like(x);
  grads.weight = empty_if(wants_weight, {in.c}, x.dtype());
  grads.bias = empty_if(wants_bias, {in.c}, x.dtype());
  // Sums over L of g and of g (x - mean) for every sample and channel.
  const Scratch sums_of_g(in.n * in.c * int64_t{sizeof(double)});
  const Scratch sums_of_gx(in.n * in.c * int64_t{sizeof(double)});
  auto* sum_g = sums_of_g.as<double>();
  auto* sum_gx = sums_of_gx.as<double>();
  visit_floating(x.dtype(), [&]<class T>(T) {
    const Channels<T> w(weight), mean(s.mean), rstd(s.rstd), gw(grads.weight),
        gb(grads.bias);
    parallel_each(in.n * groups, grain(channels * in.l), [&](int64_t group) {
      const int64_t first = group * channels;
      double total_g = 0;
      double total_gx = 0;
      for (int64_t k = first; k < first + channels; ++k) {
        sum_g[k] = sum_gx[k] = 0;
        sums(&sum_g[k], &sum_gx[k], at(grad, k * in.l), at(x, k * in.l),
             mean.get(group), in.l);
        total_g += w.get(k % in.c, 1) * sum_g[k];
        total_gx += w.get(k % in.c, 1) * sum_gx[k];
      }
      if (!wants_x) return;
      const double r = rstd.get(group);
      for (int64_t k = first; k < first + channels; ++k) {
        apply(at(grads.x, k * in.l), at(grad, k * in.l), at(x, k * in.l),
              mean.get(group), r * w.get(k % in.c, 1),
              -r * r * r * total_gx / n, -r * total_g / n, in.l);
      }
    });
    for (int64_t c = 0; c < in.c; ++c) {
      double weight_sum = 0;
      double bias_sum = 0;
      for (int64_t i = 0; i < in.n; ++i) {
        const int64_t k = i * in.c + c;
        weight_sum += sum_gx[k] * rstd.get(i * groups + c / channels);
        bias_sum += sum_g[k];
      }
      gw.set(c, weight_sum);
      gb.set(c, bias_sum);
    }
  });
  return grads;
}

void channel_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  const profiler::OpScope scope("batch_norm_statistics", x);
  const Layout in(x);
  const int i = index_of(x.dtype());
  if (in.l == 1) {
    return for_strips(in, [&](int64_t first, int64_t count) {
      norm_table->column_mean_var[i](at(mean, first), at(var, first),
                                     at(x, first), in.n, count, in.c);
    });
  }
  const auto count = static_cast<double>(in.n * in.l);
  visit_floating(x.dtype(), [&]<class T>(T) {
    const Channels<T> means(mean), vars(var);
    parallel_each(in.c, grain(in.n * in.l), [&](int64_t c) {
      double sum = 0;
      for (int64_t n = 0; n < in.n; ++n) {
        sum +=
            reduce_table->wide_sum.whole[i](at(x, (n * in.c + c) * in.l), in.l);
      }
      const double center = sum / count;
      double squares = 0;
      for (int64_t n = 0; n < in.n; ++n) {
        squares += reduce_table->sum_sq.whole[i](at(x, (n * in.c + c) * in.l),
                                                 center, in.l);
      }
      means.set(c, center);
      vars.set(c, squares / count);
    });
  });
}

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                  const Statistics& s) {
  const profiler::OpScope scope("batch_norm", x);
  const Layout in(x);
  const int i = index_of(x.dtype());
  Tensor y = empty_like(x);
  visit_floating(x.dtype(), [&]<class T>(T) {
    const Channels<T> w(weight), b(bias), mean(s.mean), rstd(s.rstd);
    if (in.l != 1) {
      return for_planes(in, [&](int64_t k, int64_t c) {
        norm_table->affine_row[i](at(y, k), at(x, k), mean.get(c),
                                  rstd.get(c) * w.get(c, 1), b.get(c), in.l);
      });
    }
    Tensor scale = s.rstd;
    if (weight.defined()) {
      scale = empty_like(s.rstd);
      const Channels<T> scales(scale);
      for (int64_t c = 0; c < in.c; ++c) {
        scales.set(c, rstd.get(c) * w.get(c));
      }
    }
    const Tensor shift = bias.defined() ? bias : zeros({in.c}, x.dtype());
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
  visit_floating(var.dtype(), [&]<class T>(T) {
    const Channels<T> vars(var), rstd(result);
    for (int64_t c = 0; c < var.numel(); ++c) {
      rstd.set(c, 1 / std::sqrt(vars.get(c) + eps));
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
                              momentum * factor * now.get(c));
    }
  });
}

namespace {

// Sums per channel of g and g (x - mean).
void channel_grad_sums(const Tensor& grad, const Tensor& x, const Statistics& s,
                       Tensor& sum_g, Tensor& sum_gx) {
  const Layout in(x);
  const int i = index_of(x.dtype());
  if (in.l == 1) {
    return for_strips(in, [&](int64_t k, int64_t count) {
      norm_table->column_grad_sums[i](at(sum_g, k), at(sum_gx, k), at(grad, k),
                                      at(x, k), at(s.mean, k), in.n, count,
                                      in.c);
    });
  }
  visit_floating(x.dtype(), [&]<class T>(T) {
    const Channels<T> mean(s.mean), out_g(sum_g), out_gx(sum_gx);
    parallel_each(in.c, grain(in.n * in.l), [&](int64_t c) {
      double total_g = 0;
      double total_gx = 0;
      for (int64_t n = 0; n < in.n; ++n) {
        const int64_t k = (n * in.c + c) * in.l;
        norm_table->row_grad_sums[i](&total_g, &total_gx, at(grad, k), at(x, k),
                                     mean.get(c), in.l);
      }
      out_g.set(c, total_g);
      out_gx.set(c, total_gx);
    });
  });
}

}  // namespace

NormGrads batch_norm_backward(const Tensor& grad, const Tensor& x,
                              const Tensor& weight, const Statistics& s,
                              bool training) {
  const profiler::OpScope scope("batch_norm_backward", grad, x);
  const Layout in(x);
  const int i = index_of(x.dtype());
  NormGrads grads = {empty_like(x), empty_like(s.rstd), empty_like(s.rstd)};
  Tensor sum_gx = empty_like(s.rstd);
  channel_grad_sums(grad, x, s, grads.bias, sum_gx);
  // gx = a g + b (x - mean) + c per channel.
  const Tensor factors = zeros({3, in.c}, x.dtype());
  const auto count = static_cast<double>(in.n * in.l);
  visit_floating(x.dtype(), [&]<class T>(T) {
    const Channels<T> sum_g(grads.bias), sum(sum_gx), gw(grads.weight),
        w(weight), mean(s.mean), rstd(s.rstd), factor(factors);
    const int64_t a = 0, b = in.c, c = 2 * in.c;
    for (int64_t k = 0; k < in.c; ++k) {
      const double r = rstd.get(k);
      const double scale = r * w.get(k, 1);
      gw.set(k, sum.get(k) * r);
      factor.set(a + k, scale);
      if (!training) continue;
      factor.set(b + k, -scale * r * r * sum.get(k) / count);
      factor.set(c + k, -scale * sum_g.get(k) / count);
    }
    if (in.l != 1) {
      return for_planes(in, [&](int64_t at_x, int64_t k) {
        norm_table->row_grad[i](at(grads.x, at_x), at(grad, at_x), at(x, at_x),
                                mean.get(k), factor.get(a + k),
                                factor.get(b + k), factor.get(c + k), in.l);
      });
    }
    parallel_for(0, in.n, grain(in.c), [&](int64_t begin, int64_t end) {
      const int64_t k = begin * in.c;
      norm_table->column_grad[i](at(grads.x, k), at(grad, k), at(x, k),
                                 s.mean.data_ptr(), at(factors, a),
                                 at(factors, b), at(factors, c), end - begin,
                                 in.c, in.c);
    });
  });
  return grads;
}

}  // namespace taper::kernels
