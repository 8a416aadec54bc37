// ModuleList and ModuleDict: copying, registering, replacing.
#include "taper/nn/module/module_list.h"

#include "taper/nn/module/layer_type.h"

namespace taper::nn {

std::shared_ptr<Module> ModuleListImpl::clone(
    const std::optional<Device>& device) const {
  auto copy = std::make_shared<ModuleListImpl>();
  copy->train(is_training());
  for (const auto& module : modules_) copy->push_back(module->clone(device));
  return copy;
}

void ModuleListImpl::push_back(std::shared_ptr<Module> module) {
  modules_.reserve(size() + 1);
  register_module(std::to_string(size()), module);
  modules_.push_back(std::move(module));
}

void ModuleListImpl::insert(size_t index, std::shared_ptr<Module> module) {
  check<IndexError>(index <= size(),
                    "[ModuleList] cannot insert at {} into {} modules", index,
                    size());
  push_back(std::move(module));
  for (size_t i = size() - 1; i > index; --i) {
    modules_[i].swap(modules_[i - 1]);
    replace_module(std::to_string(i), modules_[i]);
  }
  replace_module(std::to_string(index), modules_[index]);
}

ModuleDictImpl::ModuleDictImpl() { children_ = Modules("ModuleDict key"); }

ModuleDictImpl::ModuleDictImpl(const Items& modules) : ModuleDictImpl() {
  update(modules);
}

ModuleDictImpl::ModuleDictImpl(const Modules& modules) : ModuleDictImpl() {
  update(modules);
}

ModuleDictImpl::Items ModuleDictImpl::items() const {
  return children_.pairs();
}

std::vector<std::string> ModuleDictImpl::keys() const {
  return children_.keys();
}

std::vector<std::shared_ptr<Module>> ModuleDictImpl::values() const {
  return children_.values();
}

std::shared_ptr<Module> ModuleDictImpl::clone(
    const std::optional<Device>& device) const {
  auto copy = std::make_shared<ModuleDictImpl>();
  copy->train(is_training());
  for (const auto& item : children_) {
    copy->insert(item.key(), item.value()->clone(device));
  }
  return copy;
}

void ModuleDictImpl::update(const Items& modules) {
  for (const auto& [key, module] : modules) insert(key, module);
}

void ModuleDictImpl::insert(std::string key, std::shared_ptr<Module> module) {
  if (contains(key)) {
    replace_module(key, std::move(module));
  } else {
    register_module(std::move(key), std::move(module));
  }
}

std::shared_ptr<Module> ModuleDictImpl::pop(const std::string& key) {
  std::shared_ptr<Module> module = children_[key];
  children_.erase(key);
  return module;
}

void ModuleDictImpl::clear() {
  for (const std::string& key : keys()) pop(key);
}

template class Layer<ModuleListImpl, NoOptions, detail::ContainerLayer>;
template class Layer<ModuleDictImpl, NoOptions, detail::ContainerLayer>;

}  // namespace taper::nn
