// Checks of arguments that operations of several families share. Internal.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// Throws TypeError naming `op` unless x is floating.
void check_floating(const char* op, const Tensor& x);
/// Throws TypeError naming `op` unless `index` is int64.
void check_index_type(const char* op, const Tensor& index);
/// Throws TypeError naming `op` unless the source that is written into x has
/// its dtype.
void check_source_type(const char* op, const Tensor& source, const Tensor& x);

}  // namespace taper
