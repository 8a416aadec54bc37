// Runs the example programs, which `make examples` builds.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

/// How a program ended: its exit code and what it printed.
struct Outcome {
  int code;
  std::string out;
  std::string error;
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A folder of its own for every test, removed afterwards.
class ExampleTest : public testing::Test {
 protected:
  ExampleTest() {
    std::string name = testing::TempDir() + "taper_XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~ExampleTest() override { std::filesystem::remove_all(folder_); }

  /// `command` is the name of an example and its arguments.
  Outcome run(const std::string& command) const {
    // The tests are in build/<mode>, the examples in build.
    const auto tests = std::filesystem::read_symlink("/proc/self/exe");
    const auto examples = tests.parent_path().parent_path();
    const int status = std::system(("'" + examples.string() + "'/" + command +
                                    " >" + (folder_ / "out").string() + " 2>" +
                                    (folder_ / "error").string())
                                       .c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            contents(folder_ / "out"), contents(folder_ / "error")};
  }

  std::filesystem::path folder_;
};
