// AnyModule: the parts that need no template, and its errors.
#include "taper/nn/module/any_module.h"

namespace taper::nn {
namespace detail {

void fail_argument_count(const std::type_info& module, size_t most,
                         size_t count) {
  fail(
      "[AnyModule] forward of {} takes at most {} arguments, or fewer where it "
      "has defaults, but got {}",
      type_name(module), most, count);
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
