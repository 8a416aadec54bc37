// Functional: its type; everything else is in the header.
#include "taper/nn/module/functional_module.h"

#include "taper/nn/module/layer_type.h"

namespace taper {
namespace nn {

template struct detail::DefineLayers<FunctionalImpl>;

}  // namespace nn
}  // namespace taper
