// Precompiled for every test: GoogleTest and the standard headers it brings.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>
