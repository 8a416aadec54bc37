// Programs as LibTorch's users write them. The same files are compiled with
// LibTorch by tests/golden/make_programs.py and with taper by the tests.
#pragma once

#ifdef TAPER_PROGRAMS_WITH_TORCH
#include <torch/torch.h>
#else
#include "taper/taper.h"
namespace torch = taper;
#endif

#include <ostream>

// Each prints what it computes.
void regression(std::ostream& out);
void classifier(std::ostream& out);
void checkpoint(std::ostream& out);
void custom_function(std::ostream& out);
void schedule(std::ostream& out);
void initialisation(std::ostream& out);
void indexing(std::ostream& out);
void functional(std::ostream& out);
void attention(std::ostream& out);
