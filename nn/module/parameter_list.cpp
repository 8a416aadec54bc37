// ParameterList and ParameterDict: copying, printing, registering.
#include "taper/nn/module/parameter_list.h"

#include <ostream>

#include "taper/nn/module/layer_type.h"

namespace taper::nn {

std::shared_ptr<Module> detail::ParameterContainer::clone(
    const std::optional<Device>&) const {
  std::shared_ptr<LayerBase> copy(type_->copy(*this));
  for (auto& item : static_cast<ParameterContainer&>(*copy)) {
    Tensor parameter = item->detach().clone();
    parameter.set_requires_grad(item->requires_grad());
    item.value() = std::move(parameter);
  }
  return copy;
}

void detail::ParameterContainer::pretty_print(std::ostream& stream) const {
  ContainerLayer::pretty_print(stream);
  stream << "(\n";
  for (const auto& item : parameters_) {
    stream << "(" << item.key() << "): Parameter containing: ["
           << toString(item->dtype()) << " of size [";
    for (int64_t dim = 0; dim < item->dim(); ++dim) {
      stream << (dim ? ", " : "") << item->size(dim);
    }
    stream << "]]\n";
  }
  stream << ")";
}

void ParameterListImpl::append(const Tensor& parameter) {
  register_parameter(std::to_string(size()), parameter,
                     parameter.requires_grad());
}

ParameterDictImpl::ParameterDictImpl(
    const OrderedDict<std::string, Tensor>& params) {
  for (const auto& item : params) insert(item.key(), *item);
}

Tensor& ParameterDictImpl::insert(std::string key, const Tensor& parameter) {
  return register_parameter(std::move(key), parameter,
                            parameter.requires_grad());
}

Tensor ParameterDictImpl::pop(const std::string& key) {
  Tensor parameter = parameters_[key];
  parameters_.erase(key);
  return parameter;
}

template struct detail::DefineLayers<ParameterListImpl, ParameterDictImpl>;

}  // namespace taper::nn
