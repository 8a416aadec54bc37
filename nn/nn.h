// Everything in taper::nn, and save and load.
#pragma once

#include "taper/io/serialize.h"
#include "taper/nn/enum.h"
#include "taper/nn/expanding_array.h"
#include "taper/nn/functional.h"
#include "taper/nn/init.h"
#include "taper/nn/layers/activation.h"
#include "taper/nn/layers/embedding.h"
#include "taper/nn/layers/linear.h"
#include "taper/nn/layers/normalization.h"
#include "taper/nn/losses/loss.h"
#include "taper/nn/module/any_module.h"
#include "taper/nn/module/module.h"
#include "taper/nn/module/module_list.h"
#include "taper/nn/module/parameter_list.h"
#include "taper/nn/module/sequential.h"
#include "taper/nn/utils.h"
