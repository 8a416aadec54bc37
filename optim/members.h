// The list by which options and states are compared, merged, checked and
// saved, one row for each member, and other checks of options. Not a public
// header.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "taper/optim/options.h"

namespace taper::optim {

/// count + more, at most the largest number; `more` is not negative.
inline int64_t counted(int64_t count, int64_t more = 1) {
  constexpr int64_t limit = std::numeric_limits<int64_t>::max();
  return count > limit - more ? limit : count + more;
}

/// A member of a class made from Memberwise, with the name that archives and
/// errors give it, and the least number that it may be, if any (not NaN then).
struct Member {
  template <typename T>
  using Of = T Memberwise::*;
  using Pointer =
      std::variant<Of<double>, Of<int64_t>, Of<bool>, Of<Tensor>,
                   Of<std::tuple<double, double>>, Of<std::optional<int64_t>>,
                   Of<std::optional<std::string>>, Of<std::vector<Tensor>>>;

  template <typename Owner, typename T>
  Member(const char* as, T Owner::*at, std::optional<int> at_least = {})
      : name(as), pointer(static_cast<Of<T>>(at)), least(at_least) {}

  const char* name;
  Pointer pointer;
  std::optional<int> least;
};

// Written so that NaN fails.
inline void check_not_negative(const char* optimizer, const char* option,
                               double value) {
  check<ValueError>(value >= 0, "[{}] {} has to be >= 0, got {}", optimizer,
                    option, value);
}
inline void check_fraction(const char* optimizer, const char* option,
                           double value) {
  check<ValueError>(value >= 0 && value < 1,
                    "[{}] {} has to be in [0, 1), got {}", optimizer, option,
                    value);
}

}  // namespace taper::optim
