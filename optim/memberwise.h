// The definitions of MemberwiseOptions and MemberwiseState, for the sources
// that instantiate them. Not a public header.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "taper/io/archive.h"
#include "taper/optim/options.h"

namespace taper::optim {
namespace detail {

using serialize::InputArchive;
using serialize::OutputArchive;

template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <typename T>
inline constexpr bool is_pair = false;
template <typename A, typename B>
inline constexpr bool is_pair<std::tuple<A, B>> = true;

/// An undefined tensor and an empty optional are written as nothing at all.
template <typename T>
void write(OutputArchive& archive, const std::string& key, const T& value) {
  if constexpr (std::is_same_v<T, Tensor>) {
    if (value.defined()) archive.write(key, value);
  } else if constexpr (is_vector<T>) {
    OutputArchive list;
    list.write("size", IValue(value.size()));
    for (size_t i = 0; i < value.size(); ++i) {
      write(list, std::to_string(i), value[i]);
    }
    archive.write(key, list);
  } else if constexpr (is_optional<T>) {
    if (value) write(archive, key, *value);
  } else if constexpr (is_pair<T>) {
    write(archive, key + "1", std::get<0>(value));
    write(archive, key + "2", std::get<1>(value));
  } else {
    archive.write(key, IValue(value));
  }
}

template <typename T>
bool read(InputArchive& archive, const std::string& key, T& value) {
  if constexpr (std::is_same_v<T, Tensor>) {
    Tensor tensor;
    if (archive.try_read(key, tensor)) value = std::move(tensor);
    return true;
  } else if constexpr (is_vector<T>) {
    InputArchive list;
    if (!archive.try_read(key, list)) return false;
    int64_t size = 0;
    check(read(list, "size", size) && size >= 0,
          "[load] the list '{}' has no size", key);
    value.clear();
    for (int64_t i = 0; i < size; ++i) {
      typename T::value_type entry{};
      read(list, std::to_string(i), entry);
      value.push_back(std::move(entry));
    }
    return true;
  } else if constexpr (is_optional<T>) {
    typename T::value_type inner{};
    value.reset();
    if (read(archive, key, inner)) value = std::move(inner);
    return true;
  } else if constexpr (is_pair<T>) {
    return read(archive, key + "1", std::get<0>(value)) &&
           read(archive, key + "2", std::get<1>(value));
  } else {
    IValue number;
    if (!archive.try_read(key, number)) return false;
    if constexpr (std::is_same_v<T, bool>) value = number.toBool();
    if constexpr (std::is_same_v<T, double>) value = number.toDouble();
    if constexpr (std::is_same_v<T, int64_t>) value = number.toInt();
    if constexpr (std::is_same_v<T, std::string>) value = number.toStringRef();
    return true;
  }
}

template <typename T>
bool same(const T& a, const T& b) {
  return a == b;
}
inline bool same(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  return a.equal(b);
}
template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}
template <typename T>
bool same(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? same(*a, *b) : a.has_value() == b.has_value();
}

/// Calls f(name, member of a, member of b, ...) for every member.
template <typename Derived, typename F, typename... Selves>
void for_each_member(F&& f, Selves&... selves) {
  constexpr size_t count =
      std::tuple_size_v<decltype(Derived::members(std::declval<Derived&>()))>;
  static_assert(count == std::size(Derived::kNames));
  const auto at = [&]<size_t I>(std::integral_constant<size_t, I>) {
    f(Derived::kNames[I], std::get<I>(Derived::members(selves))...);
  };
  [&]<size_t... I>(std::index_sequence<I...>) {
    (at(std::integral_constant<size_t, I>()), ...);
  }
  (std::make_index_sequence<count>());
}

template <typename Derived>
void write_members(OutputArchive& archive, const Derived& self) {
  for_each_member<Derived>(
      [&](const char* name, const auto& value) { write(archive, name, value); },
      self);
}

template <typename Derived>
void read_members(InputArchive& archive, Derived& self) {
  Derived loaded = self;
  for_each_member<Derived>(
      [&](const char* name, auto& value) {
        check(read(archive, name, value), "[load] the archive has no '{}'",
              name);
      },
      loaded);
  self = std::move(loaded);
}

template <typename Derived>
bool members_equal(const Derived& a, const Derived& b) {
  bool equal = true;
  for_each_member<Derived>([&](const char*, const auto& x,
                               const auto& y) { equal = equal && same(x, y); },
                           a, b);
  return equal;
}

/// Throws unless `state`, a member of shape and dtype of the parameter, fits.
inline void check_member(const char* optimizer, const char* name,
                         const Tensor& state, const Tensor& param) {
  check(!state.defined() ||
            (state.dtype() == param.dtype() && state.sizes() == param.sizes()),
        "[{}] {} has shape {} and the parameter {}, or they differ in dtype",
        optimizer, name, state.defined() ? state.sizes() : IntArrayRef(),
        param.sizes());
}

}  // namespace detail

template <typename D>
void MemberwiseState<D>::serialize(serialize::InputArchive& archive) {
  detail::read_members(archive, static_cast<D&>(*this));
}
template <typename D>
void MemberwiseState<D>::serialize(serialize::OutputArchive& archive) const {
  detail::write_members(archive, static_cast<const D&>(*this));
}
template <typename D>
void MemberwiseState<D>::check_fits(const char* optimizer,
                                    const Tensor& param) const {
  detail::for_each_member<D>(
      [&](const char* name, const auto& member) {
        if constexpr (std::is_same_v<std::decay_t<decltype(member)>, Tensor>) {
          detail::check_member(optimizer, name, member, param);
        }
      },
      static_cast<const D&>(*this));
}
template <typename D>
bool MemberwiseState<D>::equals(const D& other) const {
  return detail::members_equal(static_cast<const D&>(*this), other);
}

template <typename D>
void MemberwiseOptions<D>::serialize(serialize::InputArchive& archive) {
  detail::read_members(archive, static_cast<D&>(*this));
}
template <typename D>
void MemberwiseOptions<D>::serialize(serialize::OutputArchive& archive) const {
  detail::write_members(archive, static_cast<const D&>(*this));
}
template <typename D>
double MemberwiseOptions<D>::get_lr() const {
  return static_cast<const D&>(*this).lr();
}
template <typename D>
void MemberwiseOptions<D>::set_lr(double lr) {
  check<ValueError>(lr >= 0, "[{}] lr has to be >= 0, got {}",
                    this->optimizer_name(), lr);
  static_cast<D&>(*this).lr(lr);
}
template <typename D>
void MemberwiseOptions<D>::inherit(const OptimizerOptions& defaults) {
  const auto constructed = [] {
    if constexpr (std::is_default_constructible_v<D>) {
      return D();
    } else {
      // No lr is the default one, so that an lr always counts as chosen.
      return D(std::numeric_limits<double>::quiet_NaN());
    }
  }();
  detail::for_each_member<D>(
      [](const char*, auto& mine, const auto& initial, const auto& theirs) {
        if (detail::same(mine, initial)) mine = theirs;
      },
      static_cast<D&>(*this), constructed, static_cast<const D&>(defaults));
}
template <typename D>
bool MemberwiseOptions<D>::equals(const D& other) const {
  return detail::members_equal(static_cast<const D&>(*this), other);
}

}  // namespace taper::optim

/// Makes the code of the options and the state of an optimiser.
#define TAPER_OPTIMIZER_MEMBERS(Name)                                          \
  template class taper::optim::OptimizerCloneableOptions<                      \
      taper::optim::Name##Options>;                                            \
  template class taper::optim::MemberwiseOptions<taper::optim::Name##Options>; \
  template class taper::optim::MemberwiseState<taper::optim::Name##ParamState>
