// The learning curves of a training run as a picture.
#pragma once

#include <taper/taper.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "data.h"
#include "plot.h"

namespace examples {

/// Draws a history of one row per epoch: train loss, train accuracy, test loss,
/// test accuracy. The picture goes to digits.svg in `folder`, which is made
/// when there is none; empty means the program's. Throws when it cannot.
inline void write_curves(std::filesystem::path folder,
                         const taper::Tensor& history) {
  if (folder.empty()) folder = program_folder();
  std::filesystem::create_directories(folder);
  const std::filesystem::path path = folder / "digits.svg";
  const auto column = [&](int64_t i) {
    const taper::Tensor values = history.select(1, i).contiguous();
    const double* first = values.data_ptr<double>();
    return std::vector<double>(first, first + values.numel());
  };
  const Panel loss{
      "Loss", "epoch", {{"train", column(0)}, {"test", column(2)}}, true};
  const Panel accuracy{
      "Accuracy", "epoch", {{"train", column(1)}, {"test", column(3)}}};
  char text[64];
  std::snprintf(text, sizeof text, "test accuracy %.4f after %lld epochs",
                column(3).back(), static_cast<long long>(history.size(0)));
  std::ofstream file(path, std::ios::binary);
  file << svg("Handwritten digits", text, {loss, accuracy}) << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.string());
  std::printf("%s; curves in %s\n", text, path.c_str());
}

}  // namespace examples
