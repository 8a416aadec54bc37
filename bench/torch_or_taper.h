// The library under test: every workload is written once, to LibTorch's names.
#pragma once

#ifdef TAPER_BENCH_TORCH
#include <torch/torch.h>
#else
#include "taper/taper.h"
namespace torch = taper;
#endif
