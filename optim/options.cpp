// How each kind of member is read, written and compared, and the loops over the
// list of members.
#include "taper/optim/options.h"

#include <algorithm>
#include <functional>
#include <typeinfo>
#include <utility>

#include "taper/io/archive.h"
#include "taper/optim/members.h"

namespace taper::optim {
namespace {

using serialize::InputArchive;
using serialize::OutputArchive;

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

using Pair = std::tuple<double, double>;
using Tensors = std::vector<Tensor>;

/// An undefined tensor and an empty optional are written as nothing at all.
template <typename T>
void write(OutputArchive& archive, const std::string& key, const T& value) {
  if constexpr (std::is_same_v<T, Tensor>) {
    if (value.defined()) archive.write(key, value);
  } else if constexpr (std::is_same_v<T, Tensors>) {
    OutputArchive list;
    list.write("size", IValue(value.size()));
    for (size_t i = 0; i < value.size(); ++i) {
      write(list, std::to_string(i), value[i]);
    }
    archive.write(key, list);
  } else if constexpr (is_optional<T>) {
    if (value) write(archive, key, *value);
  } else if constexpr (std::is_same_v<T, Pair>) {
    write(archive, key + "1", std::get<0>(value));
    write(archive, key + "2", std::get<1>(value));
  } else {
    archive.write(key, IValue(value));
  }
}

template <typename T>
void read(InputArchive& archive, const std::string& key, T& value) {
  if constexpr (std::is_same_v<T, Tensor>) {
    Tensor tensor;
    if (archive.try_read(key, tensor)) value = std::move(tensor);
  } else if constexpr (std::is_same_v<T, Tensors>) {
    InputArchive list = read_archive(archive, key);
    const int64_t size = read_value(list, "size").toInt();
    check(size >= 0, "[load] the list '{}' has the size {}", key, size);
    value.clear();
    for (int64_t i = 0; i < size; ++i) {
      list.read(std::to_string(i), value.emplace_back());
    }
  } else if constexpr (is_optional<T>) {
    value.reset();
    IValue found;
    if (archive.try_read(key, found)) read(archive, key, value.emplace());
  } else if constexpr (std::is_same_v<T, Pair>) {
    read(archive, key + "1", std::get<0>(value));
    read(archive, key + "2", std::get<1>(value));
  } else {
    const IValue found = read_value(archive, key);
    if constexpr (std::is_same_v<T, bool>) value = found.toBool();
    if constexpr (std::is_same_v<T, double>) value = found.toDouble();
    if constexpr (std::is_same_v<T, int64_t>) value = found.toInt();
    if constexpr (std::is_same_v<T, std::string>) value = found.toStringRef();
  }
}

template <typename T>
bool same(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, Tensor>) {
    if (!a.defined() || !b.defined()) return a.defined() == b.defined();
    return a.equal(b);
  } else if constexpr (std::is_same_v<T, Tensors>) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same<Tensor>);
  } else {
    return a == b;
  }
}

[[noreturn]] void fail_missing(const char* what) {
  fail<NotImplementedError>("[Optimizer] {} is not defined for this class",
                            what);
}

const std::vector<Member>& listed(const std::vector<Member>& members) {
  if (members.empty()) fail_missing("a list of the members");
  return members;
}

Member::Of<double> lr_of(const std::vector<Member>& members) {
  for (const Member& member : members) {
    const auto* at = std::get_if<Member::Of<double>>(&member.pointer);
    if (at != nullptr && std::string("lr") == member.name) return *at;
  }
  fail_missing("the lr of the options");
}

template <typename T>
void check_least(const OptimizerOptions& options, const Member& member,
                 const T& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    check<ValueError>(value >= static_cast<T>(*member.least),
                      "[{}] {} has to be >= {}, got {}",
                      options.optimizer_name(), member.name, *member.least,
                      value);
  } else if constexpr (is_optional<T>) {
    if (value) check_least(options, member, *value);
  }
}

}  // namespace

Memberwise::~Memberwise() = default;

const std::vector<Member>& Memberwise::members() const {
  static const std::vector<Member> none;
  return none;
}

void Memberwise::serialize(OutputArchive& archive) const {
  for (const Member& member : listed(members())) {
    std::visit([&](auto at) { write(archive, member.name, this->*at); },
               member.pointer);
  }
}

void Memberwise::serialize(InputArchive& archive) {
  std::vector<std::function<void()>> assignments;
  for (const Member& member : listed(members())) {
    std::visit(
        [&](auto at) {
          auto value = this->*at;
          read(archive, member.name, value);
          assignments.push_back([this, at, value = std::move(value)]() mutable {
            this->*at = std::move(value);
          });
        },
        member.pointer);
  }
  for (const auto& assign : assignments) assign();
}

bool operator==(const Memberwise& a, const Memberwise& b) {
  if (typeid(a) != typeid(b)) return false;
  for (const Member& member : listed(a.members())) {
    if (!std::visit([&](auto at) { return same(a.*at, b.*at); },
                    member.pointer)) {
      return false;
    }
  }
  return true;
}

std::unique_ptr<OptimizerParamState> OptimizerParamState::clone() const {
  fail_missing("clone() of the state");
}

std::unique_ptr<OptimizerOptions> OptimizerOptions::clone() const {
  fail_missing("clone() of the options");
}
std::unique_ptr<OptimizerOptions> OptimizerOptions::as_constructed() const {
  return nullptr;
}

double OptimizerOptions::get_lr() const { return this->*lr_of(members()); }
void OptimizerOptions::set_lr(double lr) {
  double& mine = this->*lr_of(members());
  check_not_negative(optimizer_name(), "lr", lr);
  mine = lr;
}

void OptimizerOptions::inherit(const OptimizerOptions& defaults) {
  const auto constructed = as_constructed();
  if (constructed == nullptr) return;
  for (const Member& member : members()) {
    std::visit(
        [&](auto at) {
          if (same(this->*at, constructed.get()->*at)) {
            this->*at = defaults.*at;
          }
        },
        member.pointer);
  }
}

void OptimizerOptions::check_valid() const {
  for (const Member& member : members()) {
    if (!member.least) continue;
    // Before every step: nearly always a double in its range.
    const auto* number = std::get_if<Member::Of<double>>(&member.pointer);
    if (number != nullptr && this->**number >= *member.least) continue;
    std::visit([&](auto at) { check_least(*this, member, this->*at); },
               member.pointer);
  }
}

const char* OptimizerOptions::optimizer_name() const { return "Optimizer"; }

}  // namespace taper::optim
