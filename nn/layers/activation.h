// Activations as modules. functional.h has them as functions.
#pragma once

#include <cstdint>
#include <string>

#include "taper/nn/module/cloneable.h"
#include "taper/tensor/arg.h"

namespace taper {
namespace nn {

// Options ---------------------------------------------------------------------

struct TAPER_API ELUOptions {
  TAPER_ARG(double, alpha) = 1.0;
  TAPER_ARG(bool, inplace) = false;
};

/// Whether a layer overwrites its input.
struct TAPER_API InplaceOptions {
  InplaceOptions(bool inplace = false) : inplace_(inplace) {}
  TAPER_ARG(bool, inplace);
};
using ReLUOptions = InplaceOptions;
using ReLU6Options = InplaceOptions;
using SELUOptions = InplaceOptions;

/// The dim along which a layer works.
struct TAPER_API DimOptions {
  DimOptions(int64_t dim) : dim_(dim) {}
  TAPER_ARG(int64_t, dim);
};
using SoftmaxOptions = DimOptions;
using SoftminOptions = DimOptions;
using LogSoftmaxOptions = DimOptions;

struct TAPER_API GLUOptions {
  GLUOptions(int64_t dim = -1) : dim_(dim) {}
  TAPER_ARG(int64_t, dim);
};

/// `approximate` is "none" or "tanh".
struct TAPER_API GELUOptions {
  TAPER_ARG(std::string, approximate) = "none";
};

/// The half width of the interval around 0.
struct TAPER_API ShrinkOptions {
  ShrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  TAPER_ARG(double, lambda);
};
using HardshrinkOptions = ShrinkOptions;
using SoftshrinkOptions = ShrinkOptions;

struct TAPER_API HardtanhOptions {
  TAPER_ARG(double, min_val) = -1.0;
  TAPER_ARG(double, max_val) = 1.0;
  TAPER_ARG(bool, inplace) = false;
};

struct TAPER_API LeakyReLUOptions {
  TAPER_ARG(double, negative_slope) = 1e-2;
  TAPER_ARG(bool, inplace) = false;
};

/// `num_parameters` is 1 or the number of channels.
struct TAPER_API PReLUOptions {
  TAPER_ARG(int64_t, num_parameters) = 1;
  TAPER_ARG(double, init) = 0.25;
};

struct TAPER_API CELUOptions {
  TAPER_ARG(double, alpha) = 1.0;
  TAPER_ARG(bool, inplace) = false;
};

struct TAPER_API SoftplusOptions {
  TAPER_ARG(double, beta) = 1.0;
  TAPER_ARG(double, threshold) = 20.0;
};

struct TAPER_API ThresholdOptions {
  ThresholdOptions(double threshold, double value)
      : threshold_(threshold), value_(value) {}
  TAPER_ARG(double, threshold);
  TAPER_ARG(double, value);
  TAPER_ARG(bool, inplace) = false;
};

// Modules ---------------------------------------------------------------------

/// max(x, 0).
class TAPER_API ReLUImpl : public Cloneable<ReLUImpl> {
 public:
  explicit ReLUImpl(const ReLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  ReLUOptions options;
};
extern template class Cloneable<ReLUImpl>;
TAPER_MODULE(ReLU);

/// x limited to [0, 6].
class TAPER_API ReLU6Impl : public Cloneable<ReLU6Impl> {
 public:
  explicit ReLU6Impl(const ReLU6Options& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  ReLU6Options options;
};
extern template class Cloneable<ReLU6Impl>;
TAPER_MODULE(ReLU6);

/// x limited to [min_val, max_val].
class TAPER_API HardtanhImpl : public Cloneable<HardtanhImpl> {
 public:
  explicit HardtanhImpl(const HardtanhOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  HardtanhOptions options;
};
extern template class Cloneable<HardtanhImpl>;
TAPER_MODULE(Hardtanh);

/// x where x > 0, else negative_slope * x.
class TAPER_API LeakyReLUImpl : public Cloneable<LeakyReLUImpl> {
 public:
  explicit LeakyReLUImpl(const LeakyReLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LeakyReLUOptions options;
};
extern template class Cloneable<LeakyReLUImpl>;
TAPER_MODULE(LeakyReLU);

/// x where x > 0, else alpha * (exp(x) - 1).
class TAPER_API ELUImpl : public Cloneable<ELUImpl> {
 public:
  explicit ELUImpl(const ELUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  ELUOptions options;
};
extern template class Cloneable<ELUImpl>;
TAPER_MODULE(ELU);

/// x where x > 0, else alpha * (exp(x / alpha) - 1).
class TAPER_API CELUImpl : public Cloneable<CELUImpl> {
 public:
  explicit CELUImpl(const CELUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  CELUOptions options;
};
extern template class Cloneable<CELUImpl>;
TAPER_MODULE(CELU);

/// ELU with the constants that keep mean 0 and variance 1: Klambauer et al.,
/// "Self-Normalizing Neural Networks", 2017.
class TAPER_API SELUImpl : public Cloneable<SELUImpl> {
 public:
  explicit SELUImpl(const SELUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SELUOptions options;
};
extern template class Cloneable<SELUImpl>;
TAPER_MODULE(SELU);

/// x where x > 0, else weight * x with one learned weight, or one per channel
/// (dim 1).
class TAPER_API PReLUImpl : public Cloneable<PReLUImpl> {
 public:
  explicit PReLUImpl(const PReLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  PReLUOptions options;
  Tensor weight;
};
extern template class Cloneable<PReLUImpl>;
TAPER_MODULE(PReLU);

/// x where x > threshold, else value.
class TAPER_API ThresholdImpl : public Cloneable<ThresholdImpl> {
 public:
  ThresholdImpl(double threshold, double value)
      : ThresholdImpl(ThresholdOptions(threshold, value)) {}
  explicit ThresholdImpl(const ThresholdOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  ThresholdOptions options;
};
extern template class Cloneable<ThresholdImpl>;
TAPER_MODULE(Threshold);

/// x * Phi(x), Phi the normal distribution function.
class TAPER_API GELUImpl : public Cloneable<GELUImpl> {
 public:
  explicit GELUImpl(GELUOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GELUOptions options;
};
extern template class Cloneable<GELUImpl>;
TAPER_MODULE(GELU);

/// x * sigmoid(x).
class TAPER_API SiLUImpl : public Cloneable<SiLUImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<SiLUImpl>;
TAPER_MODULE(SiLU);

/// x * tanh(softplus(x)).
class TAPER_API MishImpl : public Cloneable<MishImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<MishImpl>;
TAPER_MODULE(Mish);

/// 1 / (1 + exp(-x)).
class TAPER_API SigmoidImpl : public Cloneable<SigmoidImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<SigmoidImpl>;
TAPER_MODULE(Sigmoid);

/// log(sigmoid(x)).
class TAPER_API LogSigmoidImpl : public Cloneable<LogSigmoidImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<LogSigmoidImpl>;
TAPER_MODULE(LogSigmoid);

/// The hyperbolic tangent.
class TAPER_API TanhImpl : public Cloneable<TanhImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<TanhImpl>;
TAPER_MODULE(Tanh);

/// x - tanh(x).
class TAPER_API TanhshrinkImpl : public Cloneable<TanhshrinkImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<TanhshrinkImpl>;
TAPER_MODULE(Tanhshrink);

/// log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold.
class TAPER_API SoftplusImpl : public Cloneable<SoftplusImpl> {
 public:
  explicit SoftplusImpl(const SoftplusOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftplusOptions options;
};
extern template class Cloneable<SoftplusImpl>;
TAPER_MODULE(Softplus);

/// x / (1 + |x|).
class TAPER_API SoftsignImpl : public Cloneable<SoftsignImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<SoftsignImpl>;
TAPER_MODULE(Softsign);

/// 0 where |x| <= lambda, else x.
class TAPER_API HardshrinkImpl : public Cloneable<HardshrinkImpl> {
 public:
  explicit HardshrinkImpl(const HardshrinkOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  HardshrinkOptions options;
};
extern template class Cloneable<HardshrinkImpl>;
TAPER_MODULE(Hardshrink);

/// x moved towards 0 by lambda, but not beyond it.
class TAPER_API SoftshrinkImpl : public Cloneable<SoftshrinkImpl> {
 public:
  explicit SoftshrinkImpl(const SoftshrinkOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftshrinkOptions options;
};
extern template class Cloneable<SoftshrinkImpl>;
TAPER_MODULE(Softshrink);

/// a * sigmoid(b) for the two halves a and b of x along dim.
class TAPER_API GLUImpl : public Cloneable<GLUImpl> {
 public:
  explicit GLUImpl(const GLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GLUOptions options;
};
extern template class Cloneable<GLUImpl>;
TAPER_MODULE(GLU);

/// exp(x) / sum(exp(x)) along dim.
class TAPER_API SoftmaxImpl : public Cloneable<SoftmaxImpl> {
 public:
  explicit SoftmaxImpl(int64_t dim) : SoftmaxImpl(SoftmaxOptions(dim)) {}
  explicit SoftmaxImpl(const SoftmaxOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftmaxOptions options;
};
extern template class Cloneable<SoftmaxImpl>;
TAPER_MODULE(Softmax);

/// Softmax over the channels of (N, C, H, W) or (C, H, W).
class TAPER_API Softmax2dImpl : public Cloneable<Softmax2dImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<Softmax2dImpl>;
TAPER_MODULE(Softmax2d);

/// Softmax of -x.
class TAPER_API SoftminImpl : public Cloneable<SoftminImpl> {
 public:
  explicit SoftminImpl(int64_t dim) : SoftminImpl(SoftminOptions(dim)) {}
  explicit SoftminImpl(const SoftminOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftminOptions options;
};
extern template class Cloneable<SoftminImpl>;
TAPER_MODULE(Softmin);

/// log(softmax(x)).
class TAPER_API LogSoftmaxImpl : public Cloneable<LogSoftmaxImpl> {
 public:
  explicit LogSoftmaxImpl(int64_t dim)
      : LogSoftmaxImpl(LogSoftmaxOptions(dim)) {}
  explicit LogSoftmaxImpl(const LogSoftmaxOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LogSoftmaxOptions options;
};
extern template class Cloneable<LogSoftmaxImpl>;
TAPER_MODULE(LogSoftmax);

}  // namespace nn
}  // namespace taper
