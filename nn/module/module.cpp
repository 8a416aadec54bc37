// Module: the walk over submodules, conversion, copying, saving, printing.
#include "taper/nn/module/module.h"

#include <cxxabi.h>

#include <cstdlib>
#include <mutex>
#include <ostream>
#include <typeinfo>
#include <unordered_set>

#include "taper/autograd/accumulate.h"
#include "taper/autograd/grad_mode.h"
#include "taper/io/archive.h"

namespace taper::nn {
namespace {

std::mutex namespace_mutex;
std::string& shown_namespace() {
  static std::string name = "taper";
  return name;
}

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

// Integer tensors (counters) keep their dtype, as in Python's PyTorch.
void convert(Tensor& tensor, Dtype dtype) {
  if (!tensor.defined() || !tensor.is_floating_point()) return;
  if (tensor.dtype() == dtype) return;
  const Tensor& grad = tensor.grad();
  const Tensor new_grad = grad.defined() ? grad.to(dtype) : Tensor();
  tensor.set_data(tensor.detach().to(dtype));
  tensor.mutable_grad() = new_grad;
}

// A parameter that two modules share appears once, at its first place. Training
// loops ask for the parameters at every step, so the common case is quick.
bool has_repeats(const std::vector<Tensor>& tensors) {
  if (tensors.size() > 16) return true;
  for (size_t i = 1; i < tensors.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (tensors[i].is_same(tensors[j])) return true;
    }
  }
  return false;
}

void drop_repeats(std::vector<Tensor>& tensors) {
  std::unordered_set<const void*> seen;
  std::erase_if(tensors, [&](const Tensor& tensor) {
    return !seen.insert(tensor.impl()).second;
  });
}

void copy_tensors(const char* kind,
                  const OrderedDict<std::string, Tensor>& from,
                  OrderedDict<std::string, Tensor>& to) {
  check(from.size() == to.size(),
        "[clone] reset() registered {} {} where the module has {}; register "
        "all of them in reset() and none in the constructor",
        to.size(), kind, from.size());
  for (const auto& item : from) {
    Tensor& copy = to[item.key()];
    if (!item->defined() || !copy.defined()) {
      copy = item->defined() ? item->clone() : Tensor();
      continue;
    }
    const bool requires_grad = item->requires_grad();
    copy.set_data(item->detach().clone());
    if (copy.requires_grad() != requires_grad) {
      copy.requires_grad_(requires_grad);
    }
  }
}

}  // namespace

void set_module_namespace(std::string name) {
  const std::lock_guard lock(namespace_mutex);
  shown_namespace() = std::move(name);
}

std::string module_namespace() {
  const std::lock_guard lock(namespace_mutex);
  return shown_namespace();
}

std::string module_text(const char* class_name) {
  return module_namespace() + "::nn::" + class_name;
}

namespace detail {

std::string type_name(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : type.name();
  std::free(text);
  return name;
}

void fail_empty_holder(const std::type_info& module) {
  fail("[ModuleHolder] the holder of {} is empty: assign a module first",
       type_name(module));
}

}  // namespace detail

Module::Module() : parameters_("Parameter"), buffers_("Buffer") {}
Module::Module(std::string name) : Module() { name_ = std::move(name); }
Module::~Module() = default;

std::string Module::name() const {
  return name_.empty() ? detail::type_name(typeid(*this)) : name_;
}

std::shared_ptr<Module> Module::clone(const std::optional<Device>&) const {
  fail<NotImplementedError>(
      "[clone] {} has no clone(); derive it from taper::nn::Cloneable", name());
}

void Module::clone_(Module&, const std::optional<Device>&) {
  fail<NotImplementedError>(
      "[clone] submodule {} has no clone(); derive it from "
      "taper::nn::Cloneable",
      name());
}

void Module::unregister_all() {
  parameters_.clear();
  buffers_.clear();
  children_.clear();
}

void Module::copy_registered_to(Module& copy,
                                const std::optional<Device>& device) const {
  copy_tensors("parameters", parameters_, copy.parameters_);
  copy_tensors("buffers", buffers_, copy.buffers_);
  check(children_.size() == copy.children_.size(),
        "[clone] reset() registered {} submodules where the module has {}; "
        "register all of them in reset() and none in the constructor",
        copy.children_.size(), children_.size());
  for (const auto& child : children_) {
    copy.children_[child.key()]->clone_(*child.value(), device);
  }
}

void Module::visit(const std::string& path, const Visitor& visitor) {
  visitor(path, *this);
  for (const auto& child : children_) {
    child.value()->visit(joined(path, child.key()), visitor);
  }
}

std::vector<Tensor> Module::parameters(bool recurse) const {
  std::vector<Tensor> result;
  collect_parameters(recurse, result);
  if (has_repeats(result)) drop_repeats(result);
  return result;
}

void Module::collect_parameters(bool recurse,
                                std::vector<Tensor>& result) const {
  for (const auto& item : parameters_) {
    if (item->defined()) result.push_back(*item);
  }
  if (!recurse) return;
  for (const auto& child : children_) {
    child.value()->collect_parameters(true, result);
  }
}

OrderedDict<std::string, Tensor> Module::named_parameters(bool recurse) const {
  return named_tensors("Parameter", &Module::parameters_, recurse);
}

std::vector<Tensor> Module::buffers(bool recurse) const {
  return named_buffers(recurse).values();
}

OrderedDict<std::string, Tensor> Module::named_buffers(bool recurse) const {
  return named_tensors("Buffer", &Module::buffers_, recurse);
}

OrderedDict<std::string, Tensor> Module::named_tensors(
    const char* kind, OrderedDict<std::string, Tensor> Module::*tensors,
    bool recurse) const {
  OrderedDict<std::string, Tensor> result(kind);
  auto collect = [&](const std::string& path, const Module& module) {
    for (const auto& item : module.*tensors) {
      if (item->defined()) result.insert(joined(path, item.key()), *item);
    }
  };
  recurse ? apply(collect) : collect("", *this);
  return result;
}

std::vector<std::shared_ptr<Module>> Module::modules(bool include_self) const {
  return named_modules("", include_self).values();
}

OrderedDict<std::string, std::shared_ptr<Module>> Module::named_modules(
    const std::string& name_prefix, bool include_self) const {
  OrderedDict<std::string, std::shared_ptr<Module>> result("Module");
  apply(
      [&](const std::string& path, const Module& module) {
        if (include_self || &module != this) {
          result.insert(path, module.checked_shared());
        }
      },
      name_prefix);
  return result;
}

std::vector<std::shared_ptr<Module>> Module::children() const {
  return children_.values();
}

OrderedDict<std::string, std::shared_ptr<Module>> Module::named_children()
    const {
  return children_;
}

void Module::train(bool on) {
  for (auto& child : children_) child.value()->train(on);
  is_training_ = on;
}

void Module::to(Device device, Dtype dtype, bool non_blocking) {
  to(device, non_blocking);
  to(dtype, non_blocking);
}

void Module::to(Dtype dtype, bool non_blocking) {
  check<TypeError>(is_floating(dtype),
                   "[Module::to] the dtype has to be floating, got {}", dtype);
  NoGradGuard no_grad;
  for (auto& child : children_) child.value()->to(dtype, non_blocking);
  for (auto& item : parameters_) convert(item.value(), dtype);
  for (auto& item : buffers_) convert(item.value(), dtype);
}

void Module::to(Device device, bool) {
  check(device.is_cpu(), "[Module::to] taper computes on the CPU only");
}

void Module::zero_grad(bool set_to_none) {
  for (auto& child : children_) child.value()->zero_grad(set_to_none);
  for (auto& item : parameters_) {
    if (item->defined()) autograd::clear_grad(*item, set_to_none);
  }
}

void Module::save(serialize::OutputArchive& archive) const {
  for (const auto& item : parameters_) {
    if (item->defined()) archive.write(item.key(), *item);
  }
  for (const auto& item : buffers_) {
    if (item->defined()) archive.write(item.key(), *item, true);
  }
  for (const auto& child : children_) {
    if (!child.value()->is_serializable()) continue;
    serialize::OutputArchive nested;
    child.value()->save(nested);
    archive.write(child.key(), nested);
  }
}

void Module::load(serialize::InputArchive& archive) {
  serialize::LoadScope scope(archive);
  try {
    for (auto& item : parameters_) {
      if (item->defined()) archive.read(item.key(), item.value());
    }
    for (auto& item : buffers_) {
      if (item->defined()) archive.read(item.key(), item.value(), true);
    }
    for (auto& child : children_) {
      if (!child.value()->is_serializable()) continue;
      serialize::InputArchive nested;
      archive.read(child.key(), nested);
      child.value()->load(nested);
    }
  } catch (const Error&) {
    serialize::OutputArchive program;
    save(program);
    archive.fail_if_different(name(), program);
    throw;
  }
  scope.keep();
}

void Module::check_new_name(const char* op, const std::string& name) const {
  check(!name.empty(), "[{}] the name must not be empty", op);
  check(name.find('.') == std::string::npos,
        "[{}] the name must not contain a dot, got '{}'", op, name);
  const char* taken = parameters_.contains(name) ? "parameter"
                      : buffers_.contains(name)  ? "buffer"
                      : children_.contains(name) ? "submodule"
                                                 : nullptr;
  check(taken == nullptr, "[{}] '{}' is already a {} of {}", op, name,
        taken ? taken : "", this->name());
}

Tensor& Module::register_parameter(std::string name, Tensor tensor,
                                   bool requires_grad) {
  check_new_name("register_parameter", name);
  if (tensor.defined()) tensor.set_requires_grad(requires_grad);
  return parameters_.insert(std::move(name), std::move(tensor));
}

Tensor& Module::register_buffer(std::string name, Tensor tensor) {
  check_new_name("register_buffer", name);
  return buffers_.insert(std::move(name), std::move(tensor));
}

void Module::add_child(std::string name, std::shared_ptr<Module> module) {
  check_new_name("register_module", name);
  check(module != nullptr, "[register_module] '{}' is a null module", name);
  children_.insert(std::move(name), std::move(module));
}

void Module::replace_child(const std::string& name,
                           std::shared_ptr<Module> module) {
  check(module != nullptr, "[replace_module] '{}' is a null module", name);
  check(children_.contains(name), "[replace_module] {} has no submodule '{}'",
        this->name(), name);
  children_[name] = std::move(module);
}

void Module::unregister_module(const std::string& name) {
  check(children_.contains(name),
        "[unregister_module] {} has no submodule '{}'", this->name(), name);
  children_.erase(name);
}

void Module::pretty_print(std::ostream& stream) const {
  const std::string text = name();
  const bool ours = text.rfind("taper::", 0) == 0;
  stream << (ours ? module_namespace() + text.substr(5) : text);
}

void Module::print_tree(std::ostream& stream,
                        const std::string& indentation) const {
  pretty_print(stream);
  if (children_.is_empty()) return;
  const std::string deeper = indentation + "  ";
  stream << "(\n";
  for (const auto& child : children_) {
    stream << deeper << "(" << child.key() << "): ";
    child.value()->print_tree(stream, deeper);
    stream << '\n';
  }
  stream << indentation << ")";
}

std::shared_ptr<Module> Module::checked_shared() const {
  auto self = std::const_pointer_cast<Module>(weak_from_this().lock());
  check(self != nullptr,
        "[Module] {} has to be owned by a shared_ptr (or a holder) for this; "
        "make it with std::make_shared",
        name());
  return self;
}

std::ostream& operator<<(std::ostream& stream, const Module& module) {
  module.print_tree(stream, "");
  return stream;
}

serialize::OutputArchive& operator<<(serialize::OutputArchive& archive,
                                     const std::shared_ptr<Module>& module) {
  check(module != nullptr, "[save] the module is null");
  module->save(archive);
  return archive;
}

serialize::InputArchive& operator>>(serialize::InputArchive& archive,
                                    const std::shared_ptr<Module>& module) {
  check(module != nullptr, "[load] the module is null");
  module->load(archive);
  return archive;
}

}  // namespace taper::nn
