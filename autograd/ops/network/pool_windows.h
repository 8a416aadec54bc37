// What the windows of a pooling are: the arguments of the operations in pool.h
// and fold.h checked and unpacked. Internal.
#pragma once

#include <array>

#include "taper/tensor/kernels/pool.h"
#include "taper/tensor/shape.h"

namespace taper {

/// A call of `op`, which pools the last `count` dims of x.
struct PoolCall {
  const char* op;
  size_t count;
  const Tensor& x;
};

/// A number for each of D, H and W.
using Triple = std::array<int64_t, 3>;
/// The numbers of a list, one per pooled dim or one for all, at least `least`,
/// behind `missing` for the dims that are not pooled.
Triple triple(const PoolCall& call, const char* what, IntArrayRef list,
              int64_t least, int64_t missing);

/// Throws unless x has the pooled dims, channels and perhaps samples. None may
/// be empty but the samples or, with `channels_too`, the first in any case.
void check_shape(const PoolCall& call, bool channels_too);

/// Windows of the same size at the same distance.
struct Grid {
  Grid(const PoolCall& call, IntArrayRef kernel_size, IntArrayRef stride_,
       IntArrayRef padding_, IntArrayRef dilation_, bool ceil_mode_);

  Triple kernel;
  Triple stride;
  Triple padding;
  Triple dilation;
  bool ceil_mode;
};

/// Sizes of the inputs, and one output of nothing.
kernels::Pooling inputs_of(const PoolCall& call);
/// The windows of a grid.
kernels::Pooling slide(const PoolCall& call, const Grid& grid);
/// Windows, as many as asked for, that share the inputs.
kernels::Pooling share(const PoolCall& call, const Triple& outputs);
/// The shape of the result.
SmallShape sizes_of(const PoolCall& call, const kernels::Pooling& pooling);

}  // namespace taper
