// AnyModule: the parts that need no template, and its errors.
#include "taper/nn/module/any_module.h"

#include <iterator>

namespace taper::nn {
namespace detail {

void fail_argument_count(const std::type_info& module, size_t least,
                         size_t most, size_t count) {
  check(least == most,
        "[AnyModule] forward of {} takes {} to {} arguments, got {}",
        type_name(module), least, most, count);
  fail("[AnyModule] forward of {} takes {} arguments, got {}{}",
       type_name(module), most, count,
       count > most ? ""
                    : "; where it has default arguments, its class has to say "
                      "so by FORWARD_HAS_DEFAULT_ARGS");
}

std::vector<AnyValue> with_defaults(
    const std::type_info& module,
    std::vector<std::pair<unsigned, AnyValue>> defaults, AnyValue* arguments,
    size_t count, size_t most) {
  const size_t least = defaults.empty() ? most : defaults[0].first;
  if (count < least || count > most) {
    fail_argument_count(module, least, most, count);
  }
  std::vector<AnyValue> values(std::make_move_iterator(arguments),
                               std::make_move_iterator(arguments + count));
  for (auto& [index, value] : defaults) {
    if (index == values.size()) values.push_back(std::move(value));
  }
  check(values.size() == most,
        "[AnyModule] FORWARD_HAS_DEFAULT_ARGS of {} leaves out argument {}",
        type_name(module), values.size());
  return values;
}

void fail_argument_type(const std::type_info& module, size_t index,
                        const std::type_info& expected,
                        const std::type_info& got) {
  fail<TypeError>(
      "[AnyModule] forward of {} expects argument {} to be {}, got {}",
      type_name(module), index, type_name(expected), type_name(got));
}

}  // namespace detail

AnyModule AnyModule::clone(std::optional<Device> device) const {
  AnyModule copy;
  if (content_) copy.content_ = content_->clone(device);
  return copy;
}

void AnyModule::check_type(const std::type_info& expected) const {
  const std::type_info& actual = content().type;
  if (actual == expected) return;
  fail<TypeError>("[AnyModule] it holds {}, not {}", detail::type_name(actual),
                  detail::type_name(expected));
}

}  // namespace taper::nn
