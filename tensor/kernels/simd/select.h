// The instruction set the leaf kernels of this folder run on: the best that the
// processor supports among plain C++, x86-64-v3 (AVX2, FMA) and x86-64-v4
// (AVX-512). The environment variable TAPER_ISA, read once at load, asks for a
// lower one by the names "baseline" and "v3".
#pragma once

namespace taper::kernels {

/// The best level that the processor supports: 0 is baseline, 1 v3, 2 v4.
int supported_level();

}  // namespace taper::kernels
