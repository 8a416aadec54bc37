// Reads handwritten digits by convolutions, beside a network that does not know
// which pixels are neighbours.
#include <taper/taper.h>

#include "common/arguments.h"
#include "common/curves.h"
#include "common/digits.h"
#include "common/progress.h"

namespace torch = taper;
namespace nn = torch::nn;
using examples::column, examples::Digits, torch::Tensor;

// Moves images (N, 1, 8, 8) by up to a pixel, as another hand may place them,
// while training.
struct ShiftImpl : nn::Module {
  Tensor forward(const Tensor& x) {
    if (!is_training()) return x;
    const Tensor wide = torch::constant_pad_nd(x, {1, 1, 1, 1});
    const Tensor at = torch::randint(0, 3, {2}, torch::kLong);
    return wide.narrow(2, at[0].item<int64_t>(), 8)
        .narrow(3, at[1].item<int64_t>(), 8);
  }
};
TORCH_MODULE(Shift);

nn::Sequential mlp() {
  return nn::Sequential(nn::Linear(64, 128), nn::BatchNorm1d(128), nn::ReLU(),
                        nn::Dropout(0.3), nn::Linear(128, 10));
}

nn::Sequential cnn() {
  const auto conv = [](int64_t in, int64_t out) {
    return nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1).bias(false));
  };
  return nn::Sequential(nn::Unflatten(1, std::vector<int64_t>{1, 8, 8}),
                        Shift(), conv(1, 16), nn::BatchNorm2d(16), nn::ReLU(),
                        conv(16, 32), nn::BatchNorm2d(32), nn::ReLU(),
                        nn::MaxPool2d(2), nn::Dropout2d(0.2), conv(32, 64),
                        nn::BatchNorm2d(64), nn::ReLU(), nn::MaxPool2d(2),
                        nn::Flatten(), nn::Dropout(0.3), nn::Linear(256, 10));
}

// A row per epoch: loss and accuracy on the test data.
Tensor train(nn::Sequential model, int64_t epochs, const Digits& seen,
             const Digits& unseen) {
  torch::optim::Adam optimizer(
      model->parameters(), torch::optim::AdamOptions(1e-3).weight_decay(1e-4));
  nn::CrossEntropyLoss criterion(
      nn::CrossEntropyLossOptions().label_smoothing(0.1));
  Tensor history = torch::empty({0, 2}, torch::kDouble);
  torch::optim::StepLR scheduler(optimizer, 30, 0.1);
  examples::Progress progress(0, epochs, seen.labels.size(0));
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    model->train();
    for (const Tensor& batch : torch::randperm(seen.labels.size(0)).split(32)) {
      optimizer.zero_grad();
      const Tensor loss = criterion(model->forward(seen.pixels.index({batch})),
                                    seen.labels.index({batch}));
      loss.backward();
      optimizer.step();
      progress.batch(batch.size(0), loss.item<double>());
    }
    scheduler.step();
    const Tensor row = examples::evaluate(model, unseen);
    history = torch::cat({history, row.view({1, 2})});
    progress.epoch(row[1].item<double>());
  }
  return history;
}

int main(int argc, char** argv) try {
  const examples::Arguments args(argc, argv, "--epochs N, --out FOLDER");
  const int64_t epochs = args.count("--epochs", 40);
  torch::set_num_threads(1);  // there is too little to share
  const Digits seen = examples::read_digits(0, 1437);
  const Digits unseen = examples::read_digits(1437, 360);
  std::printf("convolutions\n");
  const Tensor a = train(cnn(), epochs, seen, unseen);
  std::printf("no convolutions\n");
  const Tensor b = train(mlp(), epochs, seen, unseen);
  char text[96];
  std::snprintf(text, sizeof text,
                "test accuracy %.4f with convolutions, %.4f without",
                column(a, 1).back(), column(b, 1).back());
  examples::write_curves(args.text("--out", ""), "digits_cnn.svg",
                         "Handwritten digits", text,
                         {{"CNN", column(a, 0), column(a, 1)},
                          {"MLP", column(b, 0), column(b, 1)}});
} catch (const std::exception& error) {
  return examples::report(error);
}
