// What the optimisers' options and per-parameter states have in common: they
// are copied, compared, merged and saved member by member.
#pragma once

#include <memory>
#include <string>

#include "taper/tensor/arg.h"
#include "taper/tensor/tensor.h"

namespace taper {
namespace serialize {
class InputArchive;
class OutputArchive;
}  // namespace serialize

namespace optim {

/// What an optimiser remembers about one parameter.
class TAPER_API OptimizerParamState {
 public:
  OptimizerParamState() = default;
  OptimizerParamState(const OptimizerParamState&) = default;
  OptimizerParamState& operator=(const OptimizerParamState&) = default;
  OptimizerParamState(OptimizerParamState&&) noexcept = default;
  OptimizerParamState& operator=(OptimizerParamState&&) noexcept = default;
  virtual ~OptimizerParamState();

  /// The base throws, as does serialize().
  virtual std::unique_ptr<OptimizerParamState> clone() const;
  virtual void serialize(serialize::InputArchive& archive);
  virtual void serialize(serialize::OutputArchive& archive) const;
  /// Throws unless this can be the state of `param`.
  virtual void check_fits(const char* optimizer, const Tensor& param) const;
};

/// The settings of an optimiser or of one of its parameter groups.
class TAPER_API OptimizerOptions {
 public:
  OptimizerOptions() = default;
  OptimizerOptions(const OptimizerOptions&) = default;
  OptimizerOptions& operator=(const OptimizerOptions&) = default;
  OptimizerOptions(OptimizerOptions&&) noexcept = default;
  OptimizerOptions& operator=(OptimizerOptions&&) noexcept = default;
  virtual ~OptimizerOptions();

  /// The base throws in all of these.
  virtual std::unique_ptr<OptimizerOptions> clone() const;
  virtual void serialize(serialize::InputArchive& archive);
  virtual void serialize(serialize::OutputArchive& archive) const;
  virtual double get_lr() const;
  virtual void set_lr(double lr);

  /// Takes over from `defaults` every option that still has the value it was
  /// constructed with. The base does nothing.
  virtual void inherit(const OptimizerOptions& defaults);
  /// Throws ValueError naming the first option that makes no sense.
  virtual void check_valid() const;
  /// What error messages call the optimiser.
  virtual const char* optimizer_name() const;
};

/// Derive the state of an optimiser from this to give it clone().
template <typename Derived>
class OptimizerCloneableParamState : public OptimizerParamState {
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
};

/// A state whose members Derived::members() lists, with Derived::kNames.
template <typename Derived>
class TAPER_API MemberwiseState : public OptimizerCloneableParamState<Derived> {
 public:
  /// Reads all members or, when it throws, none.
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  void check_fits(const char* optimizer, const Tensor& param) const override;
  bool equals(const Derived& other) const;
  friend bool operator==(const Derived& a, const Derived& b) {
    return a.equals(b);
  }
};

/// Options whose members Derived::members() lists, with Derived::kNames.
template <typename Derived>
class TAPER_API MemberwiseOptions : public OptimizerCloneableOptions<Derived> {
 public:
  /// Reads all members or, when it throws, none.
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  double get_lr() const override;
  /// Throws, with nothing changed, unless lr >= 0.
  void set_lr(double lr) override;
  void inherit(const OptimizerOptions& defaults) override;
  bool equals(const Derived& other) const;
  friend bool operator==(const Derived& a, const Derived& b) {
    return a.equals(b);
  }
};

}  // namespace optim
}  // namespace taper
