// Forward declaration of Tensor and the list type of it.
#pragma once

#include "taper/tensor/array_ref.h"

namespace taper {

class Tensor;
using TensorList = ArrayRef<Tensor>;

}  // namespace taper
