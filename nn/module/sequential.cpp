// Sequential: its modules, and the calls from one to the next.
#include "taper/nn/module/sequential.h"

#include "taper/nn/module/layer_type.h"
#include "taper/tensor/profiler.h"

namespace taper::nn {

SequentialImpl::SequentialImpl(OrderedDict<std::string, AnyModule>&& modules) {
  for (auto& item : modules) push_back(item.key(), std::move(item.value()));
}

SequentialImpl::SequentialImpl(std::initializer_list<NamedAnyModule> modules) {
  for (const auto& entry : modules) push_back(entry.name(), entry.module());
}

Sequential::Sequential(std::initializer_list<NamedAnyModule> modules)
    : ModuleHolder(std::make_shared<SequentialImpl>(modules)) {}

std::shared_ptr<Module> SequentialImpl::clone(
    const std::optional<Device>& device) const {
  auto copy = std::make_shared<SequentialImpl>();
  copy->train(is_training());
  const auto names = named_children().keys();
  for (size_t i = 0; i < size(); ++i) {
    copy->push_back(names[i], modules_[i].clone(device));
  }
  return copy;
}

void SequentialImpl::push_back(std::string name, AnyModule module) {
  modules_.reserve(size() + 1);
  register_module(std::move(name), module.ptr());
  modules_.push_back(std::move(module));
}

// While tensors go from module to module no AnyValue is needed.
Tensor SequentialImpl::forward_tensor(const Tensor& input) {
  check(!is_empty(), "[Sequential] forward of an empty Sequential");
  Tensor value = input;
  for (size_t i = 0; i < size(); ++i) {
    if (!modules_[i].takes_tensor()) {
      AnyValue boxed(std::move(value));
      return forward_any(i, &boxed, 1).get<Tensor>();
    }
    const profiler::Scope scope(profiler::Kind::kModule,
                                [&] { return modules_[i].ptr()->name(); });
    value = modules_[i].forward(value);
  }
  return value;
}

AnyValue SequentialImpl::forward_any(size_t first, AnyValue* inputs,
                                     size_t count) {
  check(!is_empty(), "[Sequential] forward of an empty Sequential");
  detail::AnyModuleBase* module = modules_[first].content_.get();
  AnyValue value = module->forward(inputs, count);
  for (size_t i = first + 1; i < size(); ++i) {
    value = modules_[i].any_forward(std::move(value));
  }
  return value;
}

template class Layer<SequentialImpl, NoOptions, detail::ContainerLayer>;
template class Layer<FunctionalImpl>;

}  // namespace taper::nn
