#!/bin/sh
# Prints the lines of the sources in the folders $2..., and what they gained since
# the branch left origin/main, or else since the last commit; fails above $1.
set -eu
limit=$1
shift
sources() { grep -E '\.(h|cpp|inc)(:[0-9]+)?$'; }
now=$(find "$@" -type f | sources | xargs cat | wc -l)
echo "$now lines in $*, limit $limit"

head=$(git rev-parse -q --verify HEAD || true)
base=$(git merge-base origin/main HEAD 2>/dev/null || true)
[ "$base" != "$head" ] || base=$(git rev-parse -q --verify HEAD^ || true)
if [ -n "$base" ]; then
  before=$(git grep -c '' "$base" -- "$@" | sources | awk -F: '{n += $NF} END {print n}')
  printf '%+d lines since %.10s\n' $((now - before)) "$base"
fi
[ "$now" -le "$limit" ]
