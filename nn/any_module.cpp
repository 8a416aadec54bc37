#include "taper/nn/any_module.h"

namespace taper {
namespace nn {
namespace detail {

void fail_argument_count(const std::type_info& module,
                         size_t most,
                         size_t count) {
  fail("[AnyModule] forward of ",
       type_name(module),
       " takes at most ",
       most,
       " arguments, or fewer where it has defaults, but got ",
       count);
}

void fail_argument_type(const std::type_info& module,
                        size_t index,
                        const std::type_info& expected,
                        const std::type_info& got) {
  fail<TypeError>("[AnyModule] forward of ",
                  type_name(module),
                  " expects argument ",
                  index,
                  " to be ",
                  type_name(expected),
                  ", got ",
                  type_name(got));
}

}  // namespace detail

AnyModule AnyModule::clone(std::optional<Device> device) const {
  AnyModule copy;
  if (content_) copy.content_ = content_->clone(device);
  return copy;
}

void AnyModule::check_type(const std::type_info& type) const {
  check<TypeError>(content().type == type,
                   "[AnyModule] it holds ",
                   detail::type_name(content_->type),
                   ", not ",
                   detail::type_name(type));
}

}  // namespace nn
}  // namespace taper
