// The instruction set the leaf kernels of this folder run on.
#pragma once

namespace taper::kernels {

/// "baseline", "v3" or "v4": the best the processor supports among plain C++,
/// x86-64-v3 (AVX2, FMA) and x86-64-v4 (AVX-512). The environment variable
/// TAPER_ISA, read once at load, asks for a lower one by the same names.
const char* isa_name();

/// The best level that the processor supports: 0 is baseline, 1 v3, 2 v4.
int supported_level();

}  // namespace taper::kernels
