// All of taper: tensors, automatic differentiation, layers, optimisers. The
// names are those of LibTorch's C++ API: `namespace torch = taper;`.
#pragma once

#include "taper/autograd/engine.h"
#include "taper/autograd/function.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/gradcheck.h"
#include "taper/autograd/ops.h"
#include "taper/autograd/repr.h"
#include "taper/nn/nn.h"
#include "taper/optim/optim.h"
#include "taper/tensor/absent.h"
#include "taper/tensor/macros.h"
#include "taper/tensor/memory/allocator.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"
#include "taper/tensor/random/generator.h"
#include "taper/tensor/tensor.h"
#include "taper/tensor/text/print.h"
