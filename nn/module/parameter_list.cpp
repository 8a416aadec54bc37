// ParameterList and ParameterDict: copying, printing, registering.
#include "taper/nn/module/parameter_list.h"

#include <ostream>

#include "taper/nn/module/layer_type.h"
#include "taper/tensor/text/print.h"

namespace taper::nn {

std::shared_ptr<Module> detail::ParameterContainer::clone(
    const std::optional<Device>&) const {
  const std::shared_ptr<LayerBase> copy = bare_copy();
  for (const auto& item : parameters_) {
    copy->register_parameter(item.key(), item->detach().clone(),
                             item->requires_grad());
  }
  return copy;
}

void detail::ParameterContainer::pretty_print(std::ostream& stream) const {
  ContainerLayer::pretty_print(stream);
  stream << "(\n";
  for (const auto& item : parameters_) {
    stream << "(" << item.key() << "): Parameter containing: ["
           << toString(item->dtype()) << " of size " << item->sizes() << "]\n";
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

void ParameterDictImpl::insert_or_assign(
    const std::vector<std::pair<std::string, Tensor>>& items) {
  auto before = parameters_;
  try {
    for (const auto& [key, parameter] : items) {
      if (contains(key)) {
        parameters_[key] = parameter;
      } else {
        insert(key, parameter);
      }
    }
  } catch (...) {
    parameters_ = std::move(before);
    throw;
  }
}

std::vector<std::string> ParameterDictImpl::keys() const {
  return parameters_.keys();
}

std::vector<Tensor> ParameterDictImpl::values() const {
  return parameters_.values();
}

Tensor ParameterDictImpl::pop(const std::string& key) {
  Tensor parameter = parameters_[key];
  parameters_.erase(key);
  return parameter;
}

template class Layer<ParameterListImpl, NoOptions, detail::ParameterContainer>;
template class Layer<ParameterDictImpl, NoOptions, detail::ParameterContainer>;

}  // namespace taper::nn
