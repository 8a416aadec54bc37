// Reads handwritten digits, with a progress bar, checkpoints and curves.
#include <taper/taper.h>

#include "common/arguments.h"
#include "common/curves.h"
#include "common/digits.h"
#include "common/progress.h"

namespace torch = taper;
namespace nn = torch::nn;
using torch::Tensor, torch::serialize::InputArchive,
    torch::serialize::OutputArchive;

/// All that the rest of a run depends on, beside the default generator.
struct Training {
  nn::Sequential model{nn::Linear(64, 128), nn::BatchNorm1d(128), nn::ReLU(),
                       nn::Dropout(0.3), nn::Linear(128, 10)};
  torch::optim::Adam optimizer{
      model->parameters(), torch::optim::AdamOptions(1e-3).weight_decay(1e-4)};
  // A network that may not be too sure reads digits of other hands better.
  nn::CrossEntropyLoss criterion{
      nn::CrossEntropyLossOptions().label_smoothing(0.1)};
  // A row per epoch: loss and accuracy on the train data, then on the test.
  Tensor history = torch::empty({0, 4}, torch::kDouble);
};

OutputArchive& operator<<(OutputArchive& archive, const Training& run) {
  OutputArchive model, optimizer;
  archive.write("model", model << run.model);
  archive.write("optimizer", optimizer << run.optimizer);
  archive.write("history", run.history);
  return archive << torch::default_generator();
}

InputArchive& operator>>(InputArchive& archive, Training& run) {
  InputArchive model, optimizer;
  archive.read("history", run.history = Tensor());
  archive.read("model", model);
  archive.read("optimizer", optimizer);
  model >> run.model;
  optimizer >> run.optimizer;
  return archive >> torch::default_generator();
}

void train(Training& run, const examples::Digits& data,
           examples::Progress& progress) {
  run.model->train();
  for (const Tensor& batch : torch::randperm(data.labels.size(0)).split(32)) {
    const Tensor scores = run.model->forward(data.pixels.index({batch}));
    const Tensor loss = run.criterion(scores, data.labels.index({batch}));
    run.optimizer.zero_grad();
    loss.backward();
    run.optimizer.step();
    progress.batch(batch.size(0), loss.item<double>());
  }
}

int main(int argc, char** argv) try {
  const examples::Arguments args(
      argc, argv, "--epochs N, --checkpoint FILE, --resume, --out FOLDER");
  const int64_t epochs = args.count("--epochs", 40);
  const std::string checkpoint = args.text("--checkpoint", "");
  torch::set_num_threads(1);  // there is too little to share
  const examples::Digits seen = examples::read_digits(0, 1437);
  const examples::Digits unseen = examples::read_digits(1437, 360);
  Training run;
  if (args.has("--resume")) torch::load(run, args.text("--checkpoint"));
  examples::Progress progress(run.history.size(0), epochs, 1437);
  while (run.history.size(0) < epochs) {
    train(run, seen, progress);
    const Tensor row = torch::cat({examples::evaluate(run.model, seen),
                                   examples::evaluate(run.model, unseen)});
    run.history = torch::cat({run.history, row.view({1, 4})});
    if (!checkpoint.empty()) torch::save(run, checkpoint);
    progress.epoch(row[3].item<double>());
  }
  using examples::column;
  char text[64];
  std::snprintf(text, sizeof text, "test accuracy %.4f after %lld epochs",
                column(run.history, 3).back(), static_cast<long long>(epochs));
  examples::write_curves(
      args.text("--out", ""), "digits.svg", "Handwritten digits", text,
      {{"train", column(run.history, 0), column(run.history, 1)},
       {"test", column(run.history, 2), column(run.history, 3)}});
} catch (const std::exception& error) {
  return examples::report(error);
}
