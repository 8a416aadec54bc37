// Module: the base of every layer and model. It registers parameters, buffers
// and submodules by name and walks, moves, copies, prints and saves them.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/autograd/grad_mode.h"
#include "taper/nn/module/module_holder.h"
#include "taper/tensor/closure.h"
#include "taper/tensor/ordered_dict.h"
#include "taper/tensor/tensor.h"

namespace taper::nn {

/// The namespace that printed modules show: "taper" at the start; "torch"
/// makes the text equal to LibTorch's.
TAPER_API void set_module_namespace(std::string name);
TAPER_API std::string module_namespace();
/// "taper::nn::Linear" for "Linear", with the namespace set above. For
/// pretty_print.
TAPER_API std::string module_text(const char* class_name);

namespace detail {

class LayerBase;

/// Readable name of a C++ type.
TAPER_API std::string type_name(const std::type_info& type);

}  // namespace detail

class TAPER_API Module : public std::enable_shared_from_this<Module> {
 public:
  Module();
  /// `name` is what name() and the default pretty_print show.
  explicit Module(std::string name);
  Module(const Module&) = default;
  Module& operator=(const Module&) = default;
  Module(Module&&) noexcept = default;
  Module& operator=(Module&&) noexcept = default;
  virtual ~Module();

  /// The name given to the constructor, else the name of the class.
  std::string name() const;

  /// A deep copy. The base throws; derive from Cloneable to have it.
  virtual std::shared_ptr<Module> clone(
      const std::optional<Device>& device = std::nullopt) const;

  /// Calls `function` on this module and, depth first, on all below it. It
  /// takes (Module&), (const std::shared_ptr<Module>&), or a
  /// (const std::string& path) before either of them.
  template <typename F>
  void apply(F&& function, const std::string& name_prefix = std::string());
  template <typename F>
  void apply(F&& function,
             const std::string& name_prefix = std::string()) const;

  // Undefined parameters and buffers are registered, but never listed -------
  /// The parameters, each once even when two modules share it, in the order
  /// of registration.
  std::vector<Tensor> parameters(bool recurse = true) const;
  /// Paths such as "encoder.0.weight" with the parameters; a shared parameter
  /// is there under each of its names.
  OrderedDict<std::string, Tensor> named_parameters(bool recurse = true) const;
  std::vector<Tensor> buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(bool recurse = true) const;
  /// This module (unless told otherwise) and all below it. It has to be owned
  /// by a shared_ptr to be listed itself.
  std::vector<std::shared_ptr<Module>> modules(bool include_self = true) const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_modules(
      const std::string& name_prefix = std::string(),
      bool include_self = true) const;
  std::vector<std::shared_ptr<Module>> children() const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_children() const;

  /// Training or evaluation mode, here and below (Dropout and the batch norms
  /// behave differently).
  virtual void train(bool on = true);
  void eval() { train(false); }
  virtual bool is_training() const noexcept { return is_training_; }

  /// Converts the floating parameters, buffers and gradients. Throws unless
  /// `dtype` is floating.
  virtual void to(Device device, Dtype dtype, bool non_blocking = false);
  virtual void to(Dtype dtype, bool non_blocking = false);
  virtual void to(Device device, bool non_blocking = false);

  /// Drops all gradients, or fills them with zeros.
  virtual void zero_grad(bool set_to_none = true);

  /// This module as M (a module or a holder), or null when it is another.
  template <typename M>
  auto* as() noexcept {
    if constexpr (detail::is_module_holder<M>) {
      return dynamic_cast<typename M::ContainedType*>(this);
    } else {
      return dynamic_cast<M*>(this);
    }
  }
  template <typename M>
  const auto* as() const noexcept {
    return const_cast<Module*>(this)->as<M>();
  }

  /// Writes parameters, buffers and submodules under their names.
  virtual void save(serialize::OutputArchive& archive) const;
  /// Reads what save() wrote into the tensors of this module. Throws, with
  /// nothing changed, when a name is missing or a shape or dtype differs.
  virtual void load(serialize::InputArchive& archive);
  /// Submodules that say false are left out by save() and load().
  virtual bool is_serializable() const { return true; }

  /// One line about this module without its submodules.
  virtual void pretty_print(std::ostream& stream) const;

  // Names must be new, not empty, and without a dot -------------------------
  /// Returns the registered handle. An undefined tensor is allowed.
  Tensor& register_parameter(std::string name, Tensor tensor,
                             bool requires_grad = true);
  Tensor& register_buffer(std::string name, Tensor tensor);
  template <typename M>
  std::shared_ptr<M> register_module(std::string name,
                                     std::shared_ptr<M> module) {
    std::shared_ptr<Module> child = module;
    add_child(std::move(name), std::move(child));
    return module;
  }
  template <typename M>
  std::shared_ptr<M> register_module(std::string name, ModuleHolder<M> module) {
    return register_module(std::move(name), module.ptr());
  }
  /// Puts another module under a registered name; throws when there is none.
  template <typename M>
  std::shared_ptr<M> replace_module(const std::string& name,
                                    std::shared_ptr<M> module) {
    replace_child(name, module);
    return module;
  }
  template <typename M>
  std::shared_ptr<M> replace_module(const std::string& name,
                                    ModuleHolder<M> module) {
    return replace_module(name, module.ptr());
  }
  /// Throws when there is no such submodule.
  void unregister_module(const std::string& name);

 protected:
  OrderedDict<std::string, Tensor> parameters_;
  OrderedDict<std::string, std::shared_ptr<Module>> children_;

 private:
  template <typename Derived>
  friend class Cloneable;
  friend class detail::LayerBase;
  TAPER_API friend std::ostream& operator<<(std::ostream& stream,
                                            const Module& module);

  using Visitor = taper::detail::Closure<void(const std::string&, Module&)>;
  void visit(const std::string& path, const Visitor& visitor);
  template <typename ModuleRef, typename F>
  static void call(F& function, const std::string& path, ModuleRef& module);

  /// Makes this module equal to a clone of `other` (the other way round from
  /// clone()). The base throws.
  virtual void clone_(Module& other, const std::optional<Device>& device);
  void unregister_all();
  void copy_registered_to(Module& copy,
                          const std::optional<Device>& device) const;
  OrderedDict<std::string, Tensor> named_tensors(
      const char* kind, OrderedDict<std::string, Tensor> Module::*tensors,
      bool recurse) const;
  void collect_parameters(bool recurse, std::vector<Tensor>& result) const;
  void check_new_name(const char* op, const std::string& name) const;
  void add_child(std::string name, std::shared_ptr<Module> module);
  void replace_child(const std::string& name, std::shared_ptr<Module> module);
  void print_tree(std::ostream& stream, const std::string& indentation) const;
  std::shared_ptr<Module> checked_shared() const;

  OrderedDict<std::string, Tensor> buffers_;
  std::string name_;
  bool is_training_ = true;
};

/// Prints the module and all below it as LibTorch does.
TAPER_API std::ostream& operator<<(std::ostream& stream, const Module& module);
TAPER_API serialize::OutputArchive& operator<<(
    serialize::OutputArchive& archive, const std::shared_ptr<Module>& module);
TAPER_API serialize::InputArchive& operator>>(
    serialize::InputArchive& archive, const std::shared_ptr<Module>& module);

template <typename ModuleRef, typename F>
void Module::call(F& function, const std::string& path, ModuleRef& module) {
  using Pointer = const std::shared_ptr<Module>&;
  if constexpr (std::is_invocable_v<F&, ModuleRef&>) {
    function(module);
  } else if constexpr (std::is_invocable_v<F&, Pointer>) {
    function(module.checked_shared());
  } else if constexpr (std::is_invocable_v<F&, const std::string&,
                                           ModuleRef&>) {
    function(path, module);
  } else {
    static_assert(std::is_invocable_v<F&, const std::string&, Pointer>,
                  "Module::apply needs a function of (Module&), (const "
                  "std::shared_ptr<Module>&), or (const std::string&) and one "
                  "of these");
    function(path, module.checked_shared());
  }
}

template <typename F>
void Module::apply(F&& function, const std::string& name_prefix) {
  visit(name_prefix, [&](const std::string& path, Module& module) {
    call<Module>(function, path, module);
  });
}

template <typename F>
void Module::apply(F&& function, const std::string& name_prefix) const {
  const_cast<Module*>(this)->visit(
      name_prefix, [&](const std::string& path, const Module& module) {
        call<const Module>(function, path, module);
      });
}

/// Gives a module class a deep clone(). The class creates all its parameters,
/// buffers and submodules in reset(), which its constructor calls.
template <typename Derived>
class TAPER_API Cloneable : public Module {
 public:
  using Module::Module;

  /// Creates and registers everything the module consists of, anew.
  virtual void reset() = 0;

  /// A copy that shares nothing with this module. It calls reset() on the
  /// copy, and so draws the same random numbers as constructing one. Throws
  /// when reset() does not register the names that this module has.
  std::shared_ptr<Module> clone(
      const std::optional<Device>& device = std::nullopt) const override {
    NoGradGuard no_grad;
    auto copy = std::make_shared<Derived>(static_cast<const Derived&>(*this));
    Module& base = *copy;
    base.unregister_all();
    copy->reset();
    this->copy_registered_to(base, device);
    return copy;
  }

 private:
  void clone_(Module& other, const std::optional<Device>& device) final {
    auto clone = std::dynamic_pointer_cast<Derived>(other.clone(device));
    check(clone != nullptr,
          "[clone] reset() made a submodule of another type than {}",
          other.name());
    static_cast<Derived&>(*this) = *clone;
  }
};

}  // namespace taper::nn
