// Checks of arguments: one sentence each for all operations.
#include "taper/autograd/ops/checks.h"

namespace taper {

void check_floating(const char* op, const Tensor& x) {
  check<TypeError>(is_floating(x.dtype()),
                   "[{}] expected a floating dtype, got {}", op, x.dtype());
}

void check_index_type(const char* op, const Tensor& index) {
  check<TypeError>(index.dtype() == kLong || index.dtype() == kInt,
                   "[{}] the index must be int64 or int32, got {}", op,
                   index.dtype());
}

void check_source_type(const char* op, const Tensor& source, const Tensor& x) {
  check<TypeError>(source.dtype() == x.dtype(),
                   "[{}] the source is {} but the tensor is {}", op,
                   source.dtype(), x.dtype());
}

}  // namespace taper
