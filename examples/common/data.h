// The data files of the examples: where they are and what is in them.
#pragma once

#include <taper/taper.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace examples {

/// Columns of numbers with their names.
struct Table {
  std::vector<std::string> names;
  taper::Tensor rows;  // (rows, columns), float64
};

namespace detail {

inline std::vector<std::string> split(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> cells;
  std::istringstream rest(line);
  for (std::string cell; std::getline(rest, cell, ',');) cells.push_back(cell);
  return cells;
}

inline bool append_number(const std::string& cell, std::vector<double>& to) {
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data(), end, value);
  to.push_back(value);
  return error == std::errc() && stop == end;
}

}  // namespace detail

/// Reads a file of comma-separated numbers below a line of names. Throws, with
/// the number of the line, when one is not like that.
inline Table read_csv(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    throw std::runtime_error("cannot read " + path.string());
  }
  Table table{detail::split(line), {}};
  std::vector<double> values;
  int64_t rows = 0;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = detail::split(line);
    bool good = cells.size() == table.names.size();
    for (const std::string& cell : cells) {
      good = detail::append_number(cell, values) && good;
    }
    ++rows;
    if (!good) {
      throw std::runtime_error(path.string() + ":" + std::to_string(rows + 1) +
                               ": expected " +
                               std::to_string(table.names.size()) + " numbers");
    }
  }
  const auto columns = static_cast<int64_t>(table.names.size());
  table.rows =
      taper::from_blob(values.data(), {rows, columns}, taper::kDouble).clone();
  return table;
}

/// The folder the running program is in.
inline std::filesystem::path program_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path(".") : program.parent_path();
}

/// Reads examples/data/`name` below the working directory, or else below the
/// folder that holds the program's. Throws when there is neither.
inline Table read_data(const std::string& name) {
  const auto below = std::filesystem::path("examples") / "data" / name;
  const auto beside = program_folder().parent_path() / below;
  if (std::filesystem::exists(below)) return read_csv(below);
  if (std::filesystem::exists(beside)) return read_csv(beside);
  throw std::runtime_error("no " + below.string() + " here and no " +
                           beside.string());
}

}  // namespace examples
