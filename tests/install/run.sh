#!/bin/sh
# Builds first.cpp on the package installed in $1, by pkg-config and by CMake,
# shared and static, and runs each; all must train and agree.
set -eu
prefix=$(cd "$1" && pwd)
cxx=${CXX:-g++}
unset MAKEFLAGS MAKELEVEL  # the outer make has its own
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
flags=$(pkg-config --cflags --libs "taper >= 0.1")
$cxx "$here/first.cpp" -o "$out/first" $flags
LD_LIBRARY_PATH=$prefix/lib "$out/first" >"$out/pkgconfig.txt"

# Every header that is installed stands alone.
(cd "$prefix/include" && find taper -name "*.h" | xargs -P "$(nproc)" -I{} \
  $cxx -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I. -x c++ \
  -include {} /dev/null)

# What must not compile says what to do instead.
! $cxx -fsyntax-only "$here/rejected.cpp" $flags >"$out/errors.txt" 2>&1
sed -n 's|^ *// says: ||p' "$here/rejected.cpp" | while read -r sentence; do
  grep -qF "$sentence" "$out/errors.txt" ||
    { echo "rejected.cpp: no error says '$sentence'"; exit 1; }
done

quietly() { "$@" >"$out/log" 2>&1 || { cat "$out/log"; exit 1; }; }
quietly cmake -S "$here" -B "$out/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$cxx"
quietly cmake --build "$out/cmake"
"$out/cmake/first" >"$out/cmake.txt"
"$out/cmake/first_static" >"$out/static.txt"

cat "$out/pkgconfig.txt"
cmp "$out/pkgconfig.txt" "$out/cmake.txt"
cmp "$out/pkgconfig.txt" "$out/static.txt"
