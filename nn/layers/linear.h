// Linear and bilinear layers, and the layers that only reshape.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "taper/nn/module/cloneable.h"
#include "taper/tensor/arg.h"

namespace taper {
namespace nn {

/// Sizes of Linear; both are at least 1.
struct TAPER_API LinearOptions {
  LinearOptions(int64_t in_features, int64_t out_features)
      : in_features_(in_features), out_features_(out_features) {}
  TAPER_ARG(int64_t, in_features);
  TAPER_ARG(int64_t, out_features);
  TAPER_ARG(bool, bias) = true;
};

/// The first and the last of the dims that Flatten merges.
struct TAPER_API FlattenOptions {
  TAPER_ARG(int64_t, start_dim) = 1;
  TAPER_ARG(int64_t, end_dim) = -1;
};

/// The dim that Unflatten splits and the sizes of its parts.
struct TAPER_API UnflattenOptions {
  UnflattenOptions(int64_t dim, std::vector<int64_t> sizes)
      : dim_(dim), sizes_(std::move(sizes)) {}
  TAPER_ARG(int64_t, dim);
  TAPER_ARG(std::vector<int64_t>, sizes);
};

/// Sizes of Bilinear; all are at least 1.
struct TAPER_API BilinearOptions {
  BilinearOptions(int64_t in1_features, int64_t in2_features,
                  int64_t out_features)
      : in1_features_(in1_features),
        in2_features_(in2_features),
        out_features_(out_features) {}
  TAPER_ARG(int64_t, in1_features);
  TAPER_ARG(int64_t, in2_features);
  TAPER_ARG(int64_t, out_features);
  TAPER_ARG(bool, bias) = true;
};

/// forward(x) = x.
class TAPER_API IdentityImpl : public Cloneable<IdentityImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<IdentityImpl>;
TAPER_MODULE(Identity);

/// forward(x) = x weight^T + bias for x (..., in_features), weight
/// (out_features, in_features) and bias (out_features). Both start uniform in
/// +-1 / sqrt(in_features), the weight drawn first.
class TAPER_API LinearImpl : public Cloneable<LinearImpl> {
 public:
  LinearImpl(int64_t in_features, int64_t out_features)
      : LinearImpl(LinearOptions(in_features, out_features)) {}
  explicit LinearImpl(const LinearOptions& options_);
  void reset() override;
  /// Draws weight and bias anew.
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LinearOptions options;
  Tensor weight;
  /// Undefined when the options have no bias.
  Tensor bias;
};
extern template class Cloneable<LinearImpl>;
TAPER_MODULE(Linear);

/// Merges dims start_dim to end_dim into one.
class TAPER_API FlattenImpl : public Cloneable<FlattenImpl> {
 public:
  explicit FlattenImpl(const FlattenOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  FlattenOptions options;
};
extern template class Cloneable<FlattenImpl>;
TAPER_MODULE(Flatten);

/// Splits a dim into several.
class TAPER_API UnflattenImpl : public Cloneable<UnflattenImpl> {
 public:
  UnflattenImpl(int64_t dim, std::vector<int64_t> sizes)
      : UnflattenImpl(UnflattenOptions(dim, std::move(sizes))) {}
  explicit UnflattenImpl(UnflattenOptions options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  UnflattenOptions options;
};
extern template class Cloneable<UnflattenImpl>;
TAPER_MODULE(Unflatten);

/// forward(a, b)_k = a^T weight_k b + bias_k for a (..., in1_features), b (...,
/// in2_features) and weight (out_features, in1_features, in2_features).
class TAPER_API BilinearImpl : public Cloneable<BilinearImpl> {
 public:
  BilinearImpl(int64_t in1_features, int64_t in2_features, int64_t out_features)
      : BilinearImpl(
            BilinearOptions(in1_features, in2_features, out_features)) {}
  explicit BilinearImpl(const BilinearOptions& options_);
  void reset() override;
  /// Draws weight and bias anew.
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);

  BilinearOptions options;
  Tensor weight;
  /// Undefined when the options have no bias.
  Tensor bias;
};
extern template class Cloneable<BilinearImpl>;
TAPER_MODULE(Bilinear);

}  // namespace nn
}  // namespace taper
