#include "taper/nn/layers/dropout.h"

#include <ostream>

#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"

namespace taper {
namespace nn {
namespace detail {

template <typename Derived>
DropoutBase<Derived>::DropoutBase(const DropoutOptions& options_)
    : options(options_) {
  DropoutBase::reset();
}

template <typename Derived>
void DropoutBase<Derived>::reset() {
  check_probability("Dropout", options.p());
}

}  // namespace detail

template class Cloneable<DropoutImpl>;
template class Cloneable<Dropout2dImpl>;
template class Cloneable<Dropout3dImpl>;
template class Cloneable<AlphaDropoutImpl>;
template class Cloneable<FeatureAlphaDropoutImpl>;
template class detail::DropoutBase<DropoutImpl>;
template class detail::DropoutBase<Dropout2dImpl>;
template class detail::DropoutBase<Dropout3dImpl>;
template class detail::DropoutBase<AlphaDropoutImpl>;
template class detail::DropoutBase<FeatureAlphaDropoutImpl>;

namespace {

void print(std::ostream& stream, const char* name,
           const DropoutOptions& options) {
  stream << module_text(name) << "(p=" << options.p()
         << ", inplace=" << true_or_false(options.inplace()) << ')';
}

}  // namespace

Tensor DropoutImpl::forward(const Tensor& input) {
  return functional::detail::dropout(input, options.p(), is_training(),
                                     options.inplace());
}

void DropoutImpl::pretty_print(std::ostream& stream) const {
  print(stream, "Dropout", options);
}

Tensor Dropout2dImpl::forward(const Tensor& input) {
  return functional::detail::dropout2d(input, options.p(), is_training(),
                                       options.inplace());
}

void Dropout2dImpl::pretty_print(std::ostream& stream) const {
  print(stream, "Dropout2d", options);
}

Tensor Dropout3dImpl::forward(const Tensor& input) {
  return functional::detail::dropout3d(input, options.p(), is_training(),
                                       options.inplace());
}

void Dropout3dImpl::pretty_print(std::ostream& stream) const {
  print(stream, "Dropout3d", options);
}

Tensor AlphaDropoutImpl::forward(const Tensor& input) {
  return functional::detail::alpha_dropout(input, options.p(), is_training(),
                                           options.inplace());
}

void AlphaDropoutImpl::pretty_print(std::ostream& stream) const {
  print(stream, "AlphaDropout", options);
}

Tensor FeatureAlphaDropoutImpl::forward(const Tensor& input) {
  return functional::detail::feature_alpha_dropout(
      input, options.p(), is_training(), options.inplace());
}

void FeatureAlphaDropoutImpl::pretty_print(std::ostream& stream) const {
  print(stream, "FeatureAlphaDropout", options);
}

}  // namespace nn
}  // namespace taper
