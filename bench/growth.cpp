// growth [FILE.svg]: how the time of a training step grows with the batch, the
// width, the depth and the number of parameter tensors; one thread.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <vector>

#include "plot.h"
#include "step_workloads.h"
#include "workload.h"

namespace bench {
namespace {

// Passes over all points, far apart in time: a neighbour on the machine spoils
// some of them, the shortest time of each point counts.
constexpr int kPasses = 8;

double best_time(Workload work) {
  Timer timer(std::move(work));
  return std::min(timer.repetition(), timer.repetition());
}

// `depth` hidden layers of `width`, one step of Adam.
Workload mlp_step(int64_t batch, int64_t width, int64_t depth) {
  nn::Sequential model;
  for (int64_t i = 0; i < depth; ++i) {
    model->push_back(nn::Linear(width, width));
    model->push_back(nn::ReLU());
  }
  model->push_back(nn::Linear(width, 10));
  return classify(model, Batch(batch, width));
}

// A step of Adam alone.
Workload adam_step(int64_t tensors) {
  std::vector<Tensor> parameters;
  for (int64_t i = 0; i < tensors; ++i) {
    Tensor p = torch::randn({256}).requires_grad_();
    p.mutable_grad() = torch::randn({256});
    parameters.push_back(p);
  }
  auto adam = std::make_shared<torch::optim::Adam>(parameters, 0.001);
  return repeat([=] { adam->step(); });
}

struct Series {
  Panel panel;
  int64_t first;
  int64_t last;
  Workload (*make)(int64_t x);
};

void measure(Series& series) {
  auto& points = series.panel.points;
  size_t i = 0;
  for (int64_t x = series.first; x <= series.last; x *= 2, ++i) {
    const double time = best_time(series.make(x));
    if (i == points.size()) points.emplace_back(static_cast<double>(x), time);
    points[i].second = std::min(points[i].second, time);
  }
}

void print(const Panel& panel) {
  std::printf("%s\n", panel.title.c_str());
  for (auto [x, time] : panel.points) std::printf("%8g %12.2f us\n", x, time);
}

std::vector<Series> all_series() {
  return {
      {{"Batch: 2 layers of 64, Adam", "rows", {}, 1, "proportional"},
       1,
       8192,
       [](int64_t n) { return mlp_step(n, 64, 2); }},
      {{"Width: 2 layers, batch 32, Adam",
        "features per layer",
        {},
        2,
        "proportional to width²"},
       8,
       2048,
       [](int64_t n) { return mlp_step(32, n, 2); }},
      {{"Depth: layers of 32, batch 32, Adam",
        "hidden layers",
        {},
        1,
        "proportional"},
       1,
       512,
       [](int64_t n) { return mlp_step(32, 32, n); }},
      {{"Adam alone: tensors of 256 parameters",
        "parameter tensors",
        {},
        1,
        "proportional"},
       1,
       8192,
       adam_step},
  };
}

std::vector<Panel> measure_all() {
  std::vector<Series> all = all_series();
  for (int pass = 0; pass < kPasses; ++pass) {
    for (Series& series : all) measure(series);
  }
  std::vector<Panel> panels;
  for (Series& series : all) panels.push_back(std::move(series.panel));
  return panels;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  torch::set_num_threads(1);
  const std::vector<bench::Panel> panels = bench::measure_all();
  for (const bench::Panel& panel : panels) bench::print(panel);
  if (argc < 2) return 0;
  std::ofstream file(argv[1]);
  bench::Plot(file).write(panels);
  file.close();
  if (!file) {
    std::cerr << "growth: cannot write " << argv[1] << '\n';
    return 1;
  }
}
