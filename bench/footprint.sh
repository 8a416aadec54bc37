#!/bin/sh
# Prints what taper costs beside speed: the size of the library, and what the
# first program (tests/install/first.cpp) takes to compile and to run.
set -eu
out=${OUT:-build/release}
cost=${BUILD:-build}/bench/footprint
cxx=${CXX:-g++}
first=$(mktemp)
trap 'rm -f "$first" "$first.so"' EXIT

row() { printf '%-42s %9s %-3s (goal %s)\n' "$@"; }
megabytes() { awk "BEGIN { printf \"%.2f\", $1 / 1e6 }"; }

strip -s "$out/libtaper.so" -o "$first.so"
row "libtaper.so, stripped" \
  "$(megabytes "$(stat -c %s "$first.so")")" MB "at most 4"

compile="$cxx -std=c++20 -O2 -Iinclude \
  tests/install/first.cpp -o $first -L$out -ltaper -Wl,-rpath,$PWD/$out"
set -- $("$cost" 5 $compile)
row "first program, compile and link at -O2" "$1" ms "at most 1500"

set -- $("$cost" 20 "$first")
row "first program, start to end" "$1" ms "at most 30"
row "first program, largest memory" "$2" MB "at most 40"
