// The layers and losses as functions, under LibTorch's names and with its
// options, by family: each unpacks its options and calls the operation of
// autograd/ops, where what it computes is said and done.
#pragma once

#include "taper/nn/functional/activation.h"
#include "taper/nn/functional/attention.h"
#include "taper/nn/functional/conv.h"
#include "taper/nn/functional/dropout.h"
#include "taper/nn/functional/embedding.h"
#include "taper/nn/functional/fold.h"
#include "taper/nn/functional/linear.h"
#include "taper/nn/functional/loss.h"
#include "taper/nn/functional/normalization.h"
#include "taper/nn/functional/padding.h"
#include "taper/nn/functional/pooling.h"
#include "taper/nn/functional/resample.h"
