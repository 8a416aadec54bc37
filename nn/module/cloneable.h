// Cloneable: gives a module class a deep clone(). The class creates all its
// parameters, buffers and submodules in reset(), which its constructor calls.
#pragma once

#include <memory>
#include <optional>

#include "taper/autograd/grad_mode.h"
#include "taper/nn/module/module.h"

namespace taper::nn {

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
