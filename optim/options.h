// What the optimisers' options and per-parameter states have in common: each
// lists its members once, and the list compares, merges, checks and saves them.
#pragma once

#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

#include "taper/tensor/arg.h"
#include "taper/tensor/tensor.h"

namespace taper {
namespace serialize {
class InputArchive;
class OutputArchive;
}  // namespace serialize

namespace optim {

struct Member;

/// A class that is read, written and compared by the list of its members;
/// without a list these throw NotImplementedError.
class TAPER_API Memberwise {
 public:
  virtual ~Memberwise();

  /// Reads all members or, when it throws, none.
  virtual void serialize(serialize::InputArchive& archive);
  virtual void serialize(serialize::OutputArchive& archive) const;
  /// The base has none.
  virtual const std::vector<Member>& members() const;
};
/// True for the same class with equal members.
TAPER_API bool operator==(const Memberwise& a, const Memberwise& b);

/// What an optimiser remembers about one parameter.
class TAPER_API OptimizerParamState : public Memberwise {
 public:
  /// The base throws.
  virtual std::unique_ptr<OptimizerParamState> clone() const;
};

/// The settings of an optimiser or of one of its parameter groups.
class TAPER_API OptimizerOptions : public Memberwise {
 public:
  /// The base throws.
  virtual std::unique_ptr<OptimizerOptions> clone() const;
  /// As the constructor leaves them, where it needs no more than an lr (which
  /// is NaN then, so that an lr always counts as chosen); null elsewhere.
  virtual std::unique_ptr<OptimizerOptions> as_constructed() const;
  /// The member lr; both throw where there is none, and set_lr, with nothing
  /// changed, unless lr >= 0.
  virtual double get_lr() const;
  virtual void set_lr(double lr);

  /// Takes over from `defaults` every option that still has the value it was
  /// constructed with.
  virtual void inherit(const OptimizerOptions& defaults);
  /// Throws ValueError naming the first option that makes no sense.
  virtual void check_valid() const;
  /// What error messages call the optimiser.
  virtual const char* optimizer_name() const;
};

/// Derive the state of an optimiser from this to give it clone().
template <typename Derived>
class TAPER_API OptimizerCloneableParamState : public OptimizerParamState {
 public:
  std::unique_ptr<OptimizerParamState> clone() const override {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
};

/// Derive the options of an optimiser from this to give them clone().
template <typename Derived>
class TAPER_API OptimizerCloneableOptions : public OptimizerOptions {
 public:
  std::unique_ptr<OptimizerOptions> clone() const override {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
  std::unique_ptr<OptimizerOptions> as_constructed() const override {
    if constexpr (std::is_default_constructible_v<Derived>) {
      return std::make_unique<Derived>();
    } else if constexpr (std::is_constructible_v<Derived, double>) {
      return std::make_unique<Derived>(
          std::numeric_limits<double>::quiet_NaN());
    } else {
      return nullptr;
    }
  }
};

}  // namespace optim
}  // namespace taper
