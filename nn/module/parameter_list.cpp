// ParameterList and ParameterDict.
#include "taper/nn/module/parameter_list.h"

#include <ostream>

#include "taper/nn/module/layer_type.h"

namespace taper::nn {
namespace {

void print_parameters(std::ostream& stream,
                      const OrderedDict<std::string, Tensor>& parameters) {
  stream << "(\n";
  for (const auto& item : parameters) {
    stream << "(" << item.key() << "): Parameter containing: ["
           << toString(item->dtype()) << " of size [";
    for (int64_t dim = 0; dim < item->dim(); ++dim) {
      stream << (dim ? ", " : "") << item->size(dim);
    }
    stream << "]]\n";
  }
  stream << ")";
}

Tensor copied(const Tensor& parameter) {
  Tensor copy = parameter.detach().clone();
  copy.set_requires_grad(parameter.requires_grad());
  return copy;
}

}  // namespace

std::shared_ptr<Module> ParameterListImpl::clone(
    const std::optional<Device>&) const {
  auto copy = std::make_shared<ParameterListImpl>();
  copy->train(is_training());
  for (const auto& item : parameters_) copy->append(copied(*item));
  return copy;
}

void ParameterListImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("ParameterList");
  print_parameters(stream, parameters_);
}

void ParameterListImpl::append(const Tensor& parameter) {
  register_parameter(std::to_string(size()), parameter,
                     parameter.requires_grad());
}

ParameterDictImpl::ParameterDictImpl(
    const OrderedDict<std::string, Tensor>& params) {
  for (const auto& item : params) insert(item.key(), *item);
}

std::shared_ptr<Module> ParameterDictImpl::clone(
    const std::optional<Device>&) const {
  auto copy = std::make_shared<ParameterDictImpl>();
  copy->train(is_training());
  for (const auto& item : parameters_) copy->insert(item.key(), copied(*item));
  return copy;
}

void ParameterDictImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("ParameterDict");
  print_parameters(stream, parameters_);
}

std::vector<std::string> ParameterDictImpl::keys() const {
  return parameters_.keys();
}

std::vector<Tensor> ParameterDictImpl::values() const {
  return parameters_.values();
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
