// Layer: the base of the library's layers and losses. It gives them `options`
// and the constructor from options, clone() and the printed text; a layer adds
// its forward and, when it has something to register or to check, reset().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "taper/nn/module/module.h"

namespace taper::nn {
namespace detail {

struct LayerType;

/// What a layer does without knowing its own type.
class TAPER_API LayerBase : public Module {
 public:
  explicit LayerBase(const LayerType& type) : type_(&type) {}

  /// Checks the options and registers parameters and buffers, anew. Layers
  /// that have nothing to register leave it as it is.
  virtual void reset();
  /// A copy that shares nothing with this layer; see Cloneable.
  std::shared_ptr<Module> clone(
      const std::optional<Device>& device = std::nullopt) const override;
  void pretty_print(std::ostream& stream) const override;

 protected:
  /// "taper::nn::ReLU" for ReLUImpl, with the namespace that is shown.
  std::string printed_name() const;
  /// A copy with nothing registered.
  std::shared_ptr<LayerBase> bare_copy() const;

  const LayerType* type_;

 private:
  void clone_(Module& other, const std::optional<Device>& device) final;
};

/// The base of layers that only hold modules or parameters: it prints the name
/// alone.
class TAPER_API ContainerLayer : public LayerBase {
 public:
  using LayerBase::LayerBase;
  void pretty_print(std::ostream& stream) const override;
};

}  // namespace detail

/// The options of a layer that has none.
struct TAPER_API NoOptions {};

template <typename Derived, typename LayerOptions = NoOptions,
          typename Base = detail::LayerBase>
class TAPER_API Layer : public Base {
 public:
  using Options = LayerOptions;

  template <typename O = Options>
  requires std::is_default_constructible_v<O> Layer() : Base(type()) {}
  explicit Layer(Options options_)
      : Base(type()), options(std::move(options_)) {
    check_own_options();
  }

  Options options;

 private:
  // Defined in the library, in the source file of the layer; programs do not
  // instantiate them.
  static const detail::LayerType& type();
  void check_own_options() const;
};

}  // namespace taper::nn

/// Declares the layer `Name`Impl, its holder and `Name`Options, for a layer
/// whose forward, which takes the rest, is one function; see layers.inc.
#define TAPER_FUNCTION_LAYER(Name, OptionsType, ...)               \
  using Name##Options = OptionsType;                               \
  struct TAPER_API Name##Impl : Layer<Name##Impl, Name##Options> { \
    using Layer::Layer;                                            \
    Tensor forward(__VA_ARGS__);                                   \
  };                                                               \
  using Name = ModuleHolder<Name##Impl>;
