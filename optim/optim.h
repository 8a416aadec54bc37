// All optimisers and learning rate schedulers.
#pragma once

#include "taper/optim/adadelta.h"
#include "taper/optim/adagrad.h"
#include "taper/optim/adam.h"
#include "taper/optim/lbfgs.h"
#include "taper/optim/rmsprop.h"
#include "taper/optim/schedulers/reduce_on_plateau.h"
#include "taper/optim/schedulers/scheduler.h"
#include "taper/optim/sgd.h"
