#!/bin/sh
# Builds bench/workloads.cpp against LibTorch as well and prints the comparison.
# Called by `make bench-libtorch`, which sets TORCH, TORCH_CXX and BUILD; ARGS
# may name some of the workloads.
set -eu
torch_build=$BUILD/bench/workloads_torch
mkdir -p "$BUILD/bench"
stale=$(find bench -name '*.h' -newer "$torch_build" -o \
  -name workloads.cpp -newer "$torch_build" 2>/dev/null || true)
if [ ! -x "$torch_build" ] || [ -n "$stale" ]; then
  echo "building $torch_build" >&2
  $TORCH_CXX bench/workloads.cpp -o "$torch_build" -L"$TORCH/lib" \
    -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10 -Wl,-rpath,"$TORCH/lib"
fi
# Neither library may choose another number of threads than it is told to.
unset MKL_NUM_THREADS OPENBLAS_NUM_THREADS
exec "$BUILD/bench/compare" "$BUILD/bench/workloads" "$torch_build" ${ARGS:-}
