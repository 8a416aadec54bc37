#!/bin/sh
# Prints what taper costs beside speed: the size of the library, and what the
# first program (tests/install/first.cpp) takes to compile and to run.
set -eu
out=${OUT:-build/release}
cost=${BUILD:-build}/bench/footprint
cxx=${CXX:-g++}
first=$(mktemp)
trap 'rm -f "$first" "$first.so" "$first.cpp"' EXIT

row() { printf '%-42s %9s %-3s (goal %s)\n' "$@"; }
megabytes() { awk "BEGIN { printf \"%.2f\", $1 / 1e6 }"; }

strip -s "$out/libtaper.so" -o "$first.so"
row "libtaper.so, stripped" \
  "$(megabytes "$(stat -c %s "$first.so")")" MB "at most 4"

compile="$cxx -std=c++20 -O2 -Iinclude \
  tests/install/first.cpp -o $first -L$out -ltaper -Wl,-rpath,$PWD/$out"
set -- $("$cost" 5 $compile)
row "first program, compile and link at -O2" "$1" ms "at most 1500"

# The standard headers that the program includes, directly or through taper.
$cxx -std=c++20 -Iinclude -MM tests/install/first.cpp | tr ' \\' '\n\n' |
  grep -E '\.(cpp|h|inc)$' | xargs grep -hE '^#include <[a-z_]+>' | sort -u \
  > "$first.cpp"
echo 'int main() {}' >> "$first.cpp"
options="-std=c++20 -O2 -Iinclude -o /dev/null -c"
set -- $("$cost" 9 $cxx $options tests/install/first.cpp) \
  $("$cost" 9 $cxx $options "$first.cpp")
row "the same by its standard headers, user time" \
  "$(awk "BEGIN { printf \"%.2f\", $3 / $6 }")" "x" "at most 2.5"

set -- $("$cost" 20 "$first")
row "first program, start to end" "$1" ms "at most 30"
row "first program, largest memory" "$2" MB "at most 40"
