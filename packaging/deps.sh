#!/bin/sh
# Installs what `build`, `test` or `ci` needs and is missing, when apt and the right
# to use it are there; otherwise names the packages and fails.
set -eu
cxx=${CXX:-g++}
lib=/usr/lib/$(uname -m)-linux-gnu
missing=
need() { missing="$missing $1"; }
have() { command -v "$1" >/dev/null 2>&1; }

have "${cxx%% *}" || need g++
[ -e "$lib/openblas-openmp/libopenblas.so" ] || need libopenblas-openmp-dev
if [ "$1" = test ]; then
  [ -e /usr/include/gtest/gtest.h ] || need libgtest-dev
  have cmake || need cmake
  have pkg-config || need pkg-config
fi

if [ "$1" = ci ]; then
  for tool in clang clang-format clang-tidy python3; do
    have $tool || need $tool
  done
  [ -n "$(find /usr/lib/llvm-* -name omp.h 2>/dev/null)" ] || need libomp-dev
fi

if [ -n "$missing" ]; then
  apt="apt-get install -y --no-install-recommends$missing"
  sudo=
  if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
  if ! have apt-get || ! $sudo true 2>/dev/null; then
    printf 'missing packages:%s\ninstall them with: %s\n' \
      "$missing" "sudo apt-get update && sudo $apt" >&2
    exit 1
  fi
  echo "installing$missing"
  $sudo apt-get update -q </dev/null
  $sudo env DEBIAN_FRONTEND=noninteractive $apt </dev/null
fi

version=$($cxx -dumpversion)
if [ "${version%%.*}" -lt 12 ]; then
  echo "taper needs g++ 12 or newer, $cxx is $version: make CXX=g++-12" >&2
  exit 1
fi
