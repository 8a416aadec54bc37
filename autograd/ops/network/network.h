// What networks are made of, by family.
#pragma once

#include "taper/autograd/ops/network/activation.h"
#include "taper/autograd/ops/network/attention.h"
#include "taper/autograd/ops/network/conv.h"
#include "taper/autograd/ops/network/distance.h"
#include "taper/autograd/ops/network/dropout.h"
#include "taper/autograd/ops/network/embedding.h"
#include "taper/autograd/ops/network/fold.h"
#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/network/norm.h"
#include "taper/autograd/ops/network/pad.h"
#include "taper/autograd/ops/network/pool.h"
#include "taper/autograd/ops/network/recurrent.h"
#include "taper/autograd/ops/network/resample.h"
#include "taper/autograd/ops/network/softmax.h"
