// The learning curves of a training run as a picture.
#pragma once

#include <taper/taper.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "data.h"
#include "plot.h"

namespace examples {

/// Loss and accuracy of one kind, a value per epoch.
struct Curves {
  std::string name;
  std::vector<double> loss, accuracy;
};

/// Column i of a matrix of doubles.
inline std::vector<double> column(const taper::Tensor& matrix, int64_t i) {
  const taper::Tensor values = matrix.select(1, i).contiguous();
  const double* first = values.data_ptr<double>();
  return std::vector<double>(first, first + values.numel());
}

/// Draws the curves beside each other in a picture `name` in `folder`, which is
/// made when there is none; empty means the program's. Prints `text`, which is
/// in the picture too. Throws when it cannot.
inline void write_curves(std::filesystem::path folder, const std::string& name,
                         const std::string& title, const std::string& text,
                         const std::vector<Curves>& all) {
  if (folder.empty()) folder = program_folder();
  std::filesystem::create_directories(folder);
  const std::filesystem::path path = folder / name;
  Panel loss{"Loss", "epoch", {}, true};
  Panel accuracy{"Accuracy", "epoch", {}};
  for (const Curves& each : all) {
    loss.series.push_back({each.name, each.loss});
    accuracy.series.push_back({each.name, each.accuracy});
  }
  std::ofstream file(path, std::ios::binary);
  file << svg(title, text, {loss, accuracy}) << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.string());
  std::printf("%s; curves in %s\n", text.c_str(), path.c_str());
}

}  // namespace examples
