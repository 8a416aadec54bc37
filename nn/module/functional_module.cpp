#include "taper/nn/module/functional_module.h"

#include <ostream>

namespace taper {
namespace nn {

template class Cloneable<FunctionalImpl>;

void FunctionalImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Functional") << "()";
}

}  // namespace nn
}  // namespace taper
