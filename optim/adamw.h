// AdamW; see adam.h.
#pragma once

#include "taper/optim/adam.h"
