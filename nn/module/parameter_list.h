// ParameterList and ParameterDict: parameters in a list or under names.
#pragma once

#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/nn/module/layer.h"
#include "taper/nn/module/module.h"

namespace taper::nn {

namespace detail {

/// What both share: parameters in their order.
class TAPER_API ParameterContainer : public ContainerLayer {
 public:
  using Iterator = OrderedDict<std::string, Tensor>::Iterator;
  using ConstIterator = OrderedDict<std::string, Tensor>::ConstIterator;

  using ContainerLayer::ContainerLayer;
  std::shared_ptr<Module> clone(
      const std::optional<Device>& device = std::nullopt) const override;
  void reset() override { parameters_.clear(); }
  void pretty_print(std::ostream& stream) const override;

  Iterator begin() { return parameters_.begin(); }
  ConstIterator begin() const { return parameters_.begin(); }
  Iterator end() { return parameters_.end(); }
  ConstIterator end() const { return parameters_.end(); }
  size_t size() const noexcept { return parameters_.size(); }
};

}  // namespace detail

/// Parameters 0, 1, ...; each keeps its own requires_grad.
class TAPER_API ParameterListImpl
    : public Layer<ParameterListImpl, NoOptions, detail::ParameterContainer> {
 public:
  ParameterListImpl() = default;
  /// Tensors, or items of other lists.
  template <typename... Tensors>
  requires(!std::is_base_of_v<Module, std::decay_t<Tensors>> &&
           ...) explicit ParameterListImpl(Tensors&&... parameters) {
    (append(parameters), ...);
  }

  void append(const Tensor& parameter);
  void append(const OrderedDict<std::string, Tensor>::Item& item) {
    append(item.value());
  }
  /// Appends the tensors of any container, or of this list.
  template <typename Container>
  void extend(const Container& container) {
    const std::vector parameters(std::begin(container), std::end(container));
    for (const auto& parameter : parameters) append(parameter);
  }
  template <typename Container>
  ParameterListImpl& operator+=(const Container& other) {
    extend(other);
    return *this;
  }

  /// Throws IndexError when out of range.
  Tensor& at(size_t index) { return parameters_[index].value(); }
  const Tensor& at(size_t index) const { return parameters_[index].value(); }
  Tensor& operator[](size_t index) { return at(index); }
  const Tensor& operator[](size_t index) const { return at(index); }
  bool is_empty() const noexcept { return parameters_.is_empty(); }
};
using ParameterList = ModuleHolder<ParameterListImpl>;

/// Parameters under names, in the order of insertion.
class TAPER_API ParameterDictImpl
    : public Layer<ParameterDictImpl, NoOptions, detail::ParameterContainer> {
 public:
  ParameterDictImpl() = default;
  explicit ParameterDictImpl(const OrderedDict<std::string, Tensor>& params);

  /// Returns the registered handle; the key has to be new.
  Tensor& insert(std::string key, const Tensor& parameter);
  /// Inserts parameters, or puts them in the place of those with the same key:
  /// the items of a ParameterDict, an OrderedDict or a map of the standard
  /// library. All of them or, when it throws, none.
  template <typename Container>
  void update(const Container& parameters) {
    std::vector<std::pair<std::string, Tensor>> items;
    for (const auto& item : parameters) {
      if constexpr (requires { item.key(); }) {
        items.emplace_back(item.key(), item.value());
      } else {
        items.emplace_back(item.first, item.second);
      }
    }
    insert_or_assign(items);
  }
  /// Removes and returns a parameter; throws when there is none.
  Tensor pop(const std::string& key);
  std::vector<std::string> keys() const;
  std::vector<Tensor> values() const;
  bool empty() const noexcept { return parameters_.is_empty(); }
  bool contains(const std::string& key) const noexcept {
    return parameters_.contains(key);
  }
  void clear() { parameters_.clear(); }
  /// Throws IndexError when the key is missing.
  Tensor& get(const std::string& key) { return parameters_[key]; }
  const Tensor& get(const std::string& key) const { return parameters_[key]; }
  Tensor& operator[](const std::string& key) { return parameters_[key]; }
  const Tensor& operator[](const std::string& key) const {
    return parameters_[key];
  }

 private:
  void insert_or_assign(
      const std::vector<std::pair<std::string, Tensor>>& items);
};
using ParameterDict = ModuleHolder<ParameterDictImpl>;

}  // namespace taper::nn
