// What the library knows of a layer's type, and how its options are printed and
// checked. Internal to nn: a layer's source file includes it, writes
// print_options() for the options that are shown, and ends with `template class
// Layer<...>;`, which puts what follows here into the library.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <typeinfo>
#include <vector>

#include "taper/nn/module/layer.h"

namespace taper::nn {

/// Prints options as LibTorch does: (min_val=-1, max_val=1, inplace=true).
class OptionPrinter {
 public:
  explicit OptionPrinter(std::ostream& stream) : stream_(stream) {}

  template <typename T>
  OptionPrinter& operator()(const char* name, const T& value) {
    start(name);
    write(value);
    return *this;
  }
  /// A value without its name.
  template <typename T>
  OptionPrinter& operator()(const T& value) {
    return (*this)(nullptr, value);
  }
  /// A flag that is shown only when it is set.
  OptionPrinter& flag(const char* name, bool value) {
    return value ? (*this)(name, true) : *this;
  }
  /// Sizes in the given brackets, "[]" or "{}".
  OptionPrinter& sizes(const char* name, const std::vector<int64_t>& sizes,
                       const char* brackets);
  /// No options and no parentheses.
  void nothing() { parentheses_ = false; }
  void close();

 private:
  void start(const char* name);
  template <typename T>
  void write(const T& value) {
    stream_ << value;
  }
  void write(bool value);
  void write(const std::optional<double>& value);

  std::ostream& stream_;
  bool started_ = false;
  bool parentheses_ = true;
};

// Checks that several layers share --------------------------------------------

/// Throws ValueError unless value >= 1.
inline void check_positive(const char* layer, const char* what, int64_t value) {
  check<ValueError>(value >= 1, "[{}] {} must be positive, got {}", layer, what,
                    value);
}

/// Throws ValueError unless value >= 0: layers of nothing are built as well.
inline void check_size(const char* layer, const char* what, int64_t value) {
  check<ValueError>(value >= 0, "[{}] {} must not be negative, got {}", layer,
                    what, value);
}

/// Throws ValueError when eps is negative or nan.
inline void check_eps(const char* layer, double eps) {
  check<ValueError>(eps >= 0, "[{}] eps must not be negative, got {}", layer,
                    eps);
}

/// Throws ValueError unless 0 <= p <= 1.
inline void check_probability(const char* layer, double p) {
  check<ValueError>(p >= 0 && p <= 1, "[{}] p must lie in [0, 1], got {}",
                    layer, p);
}

namespace detail {

/// The functions that need the layer's own type.
struct LayerType {
  const std::type_info& info;
  LayerBase* (*copy)(const LayerBase& layer);
  /// False when `other` is of another type.
  bool (*assign)(LayerBase& layer, const Module& other);
  void (*print)(OptionPrinter& print, const LayerBase& layer);
  void (*check)(const LayerBase& layer);
};

}  // namespace detail

/// Options that LibTorch does not show. A source file overloads it for those
/// that are shown.
template <typename Options>
void print_options(OptionPrinter&, const Options&) {}

/// What is shown of the options `o`, in their order: a line per struct, as in
/// TAPER_SHOW(DimOptions, ("dim", o.dim())).
#define TAPER_SHOW(OptionsType, shown)                               \
  static void print_options(OptionPrinter& print,                    \
                            [[maybe_unused]] const OptionsType& o) { \
    print shown;                                                     \
  }

/// Throws when options make no sense for the layer. A source file specialises
/// it for layers that have nothing to register.
template <typename Impl, typename Options>
void check_options(const Options&) {}

template <typename Derived, typename Options, typename Base>
void Layer<Derived, Options, Base>::check_own_options() const {
  check_options<Derived>(options);
}

template <typename Derived, typename Options, typename Base>
const detail::LayerType& Layer<Derived, Options, Base>::type() {
  static constexpr detail::LayerType functions = {
      typeid(Derived),
      [](const detail::LayerBase& layer) -> detail::LayerBase* {
        return new Derived(static_cast<const Derived&>(layer));
      },
      [](detail::LayerBase& layer, const Module& other) {
        const auto* same = dynamic_cast<const Derived*>(&other);
        if (same != nullptr) static_cast<Derived&>(layer) = *same;
        return same != nullptr;
      },
      [](OptionPrinter& print, const detail::LayerBase& layer) {
        print_options(print, static_cast<const Derived&>(layer).options);
      },
      [](const detail::LayerBase& layer) {
        static_cast<const Derived&>(layer).check_own_options();
      },
  };
  return functions;
}

}  // namespace taper::nn
