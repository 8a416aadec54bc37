// ModuleList and ModuleDict: submodules in a list or under names.
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "taper/nn/module/layer.h"
#include "taper/nn/module/module.h"

namespace taper::nn {

namespace detail {

/// Modules in a row. A position out of range throws IndexError, another type
/// than that of the module TypeError.
template <typename Derived, typename Element>
class TAPER_API ModuleRow : public Layer<Derived, NoOptions, ContainerLayer> {
 public:
  using Iterator = typename std::vector<Element>::iterator;
  using ConstIterator = typename std::vector<Element>::const_iterator;

  Iterator begin() { return modules_.begin(); }
  ConstIterator begin() const { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator end() const { return modules_.end(); }
  size_t size() const noexcept { return modules_.size(); }
  bool is_empty() const noexcept { return modules_.empty(); }

  template <typename T>
  T& at(size_t index) {
    return *derived().template ptr<T>(index);
  }
  template <typename T>
  const T& at(size_t index) const {
    return const_cast<ModuleRow*>(this)->at<T>(index);
  }
  std::shared_ptr<Module> operator[](size_t index) const {
    return static_cast<const Derived&>(*this).ptr(index);
  }
  /// push_back of every element; the container may be this one.
  template <typename Container>
  void extend(const Container& container) {
    const std::vector modules(std::begin(container), std::end(container));
    for (const auto& module : modules) derived().push_back(module);
  }

 protected:
  std::vector<Element> modules_;

 private:
  Derived& derived() { return static_cast<Derived&>(*this); }
};

}  // namespace detail

/// Modules that are registered and indexed, but have no forward.
class TAPER_API ModuleListImpl
    : public detail::ModuleRow<ModuleListImpl, std::shared_ptr<Module>> {
 public:
  ModuleListImpl() = default;
  template <typename... Modules>
  explicit ModuleListImpl(Modules&&... modules) {
    (push_back(std::forward<Modules>(modules)), ...);
  }

  std::shared_ptr<Module> clone(
      const std::optional<Device>& device = std::nullopt) const override;

  /// By holder, shared_ptr or value.
  void push_back(std::shared_ptr<Module> module);
  template <typename M>
  void push_back(M&& module) {
    push_back(std::shared_ptr<Module>(
        detail::shared_module(std::forward<M>(module))));
  }
  /// Moves the modules from `index` on back by one place.
  void insert(size_t index, std::shared_ptr<Module> module);
  template <typename M>
  void insert(size_t index, M&& module) {
    insert(index, std::shared_ptr<Module>(
                      detail::shared_module(std::forward<M>(module))));
  }

  std::shared_ptr<Module> ptr(size_t index) const {
    check<IndexError>(index < size(),
                      "[ModuleList] index {} is out of range of {} modules",
                      index, size());
    return modules_[index];
  }
  template <typename T>
  std::shared_ptr<T> ptr(size_t index) const {
    auto module = std::dynamic_pointer_cast<T>(ptr(index));
    check<TypeError>(module != nullptr, "[ModuleList] module {} is {}", index,
                     ptr(index)->name());
    return module;
  }
};
using ModuleList = ModuleHolder<ModuleListImpl>;

/// Modules under names of their own, in the order of insertion.
class TAPER_API ModuleDictImpl
    : public Layer<ModuleDictImpl, NoOptions, detail::ContainerLayer> {
 public:
  using Modules = OrderedDict<std::string, std::shared_ptr<Module>>;
  using Items = std::vector<std::pair<std::string, std::shared_ptr<Module>>>;
  using Iterator = Modules::Iterator;
  using ConstIterator = Modules::ConstIterator;

  ModuleDictImpl();
  explicit ModuleDictImpl(const Items& modules);
  explicit ModuleDictImpl(const Modules& modules);

  std::shared_ptr<Module> clone(
      const std::optional<Device>& device = std::nullopt) const override;

  Items items() const;
  std::vector<std::string> keys() const;
  std::vector<std::shared_ptr<Module>> values() const;
  Iterator begin() { return children_.begin(); }
  ConstIterator begin() const { return children_.begin(); }
  Iterator end() { return children_.end(); }
  ConstIterator end() const { return children_.end(); }
  size_t size() const noexcept { return children_.size(); }
  bool empty() const noexcept { return children_.is_empty(); }
  bool contains(const std::string& key) const noexcept {
    return children_.contains(key);
  }

  /// Adds modules, or puts them in the place of those with the same key.
  void update(const Items& modules);
  template <typename Dict>
  void update(const Dict& modules) {
    for (const auto& item : modules) insert(item.key(), item.value());
  }
  void insert(std::string key, std::shared_ptr<Module> module);
  /// Removes and returns a module; throws when there is none.
  std::shared_ptr<Module> pop(const std::string& key);
  void clear();

  // A missing key throws IndexError, another type TypeError ------------------
  std::shared_ptr<Module> ptr(const std::string& key) const {
    return children_[key];
  }
  template <typename T>
  std::shared_ptr<T> ptr(const std::string& key) const {
    auto module = std::dynamic_pointer_cast<T>(children_[key]);
    check<TypeError>(module != nullptr, "[ModuleDict] module '{}' is {}", key,
                     children_[key]->name());
    return module;
  }
  std::shared_ptr<Module> operator[](const std::string& key) const {
    return children_[key];
  }
  template <typename T>
  T& at(const std::string& key) {
    return *ptr<T>(key);
  }
  template <typename T>
  const T& at(const std::string& key) const {
    return *ptr<T>(key);
  }
};
using ModuleDict = ModuleHolder<ModuleDictImpl>;

}  // namespace taper::nn
