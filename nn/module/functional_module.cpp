// Functional: its type; everything else is in the header.
#include "taper/nn/module/functional_module.h"

#include "taper/nn/module/layer_type.h"

namespace taper::nn {

template struct detail::DefineLayers<FunctionalImpl>;

}  // namespace taper::nn
