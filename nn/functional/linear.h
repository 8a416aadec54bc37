// Linear maps as functions.
#pragma once

#include "taper/autograd/ops/linalg/linalg.h"

namespace taper::nn::functional {

using taper::bilinear;
using taper::linear;

}  // namespace taper::nn::functional
