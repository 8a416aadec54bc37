// Every differentiable operation, by family.
#pragma once

#include "taper/autograd/ops/broadcast.h"
#include "taper/autograd/ops/factories.h"
#include "taper/autograd/ops/index.h"
#include "taper/autograd/ops/linalg.h"
#include "taper/autograd/ops/nn.h"
#include "taper/autograd/ops/pointwise.h"
#include "taper/autograd/ops/random.h"
#include "taper/autograd/ops/reduce.h"
#include "taper/autograd/ops/shape.h"
