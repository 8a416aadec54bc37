// A file for one test of one process: several may run at once.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

inline std::string temp_path(const std::string& name) {
  return ::testing::TempDir() + "taper_" + std::to_string(getpid()) + "_" +
         name;
}
