// L1 and L2 regression on the diabetes data, beside scikit-learn's results.
#include <taper/taper.h>

#include <cmath>
#include <cstdio>

#include "common/arguments.h"
#include "common/data.h"

namespace torch = taper;
namespace nn = torch::nn;
using torch::Tensor;

// One column per objective: MSE + 0.1 L1, MSE + 0.02 L1, MSE + 0.05 L2^2.
struct Row {
  const char* name;
  double reference[3];
};
const Row kRows[] = {{"age", {0, 0, -0.00166}},
                     {"sex", {-0.05532, -0.12673, -0.13668}},
                     {"bmi", {0.31602, 0.32334, 0.31354}},
                     {"bp", {0.14912, 0.18633, 0.19239}},
                     {"s1", {0, -0.07893, -0.08522}},
                     {"s2", {0, 0, -0.02284}},
                     {"s3", {-0.11126, -0.12678, -0.10786}},
                     {"s4", {0, 0.01717, 0.07019}},
                     {"s5", {0.27879, 0.3204, 0.29842}},
                     {"s6", {0.00295, 0.0354, 0.04893}},
                     {"MSE", {0.50273, 0.485864, 0.485558}}};

/// Every column with mean 0 and (population) standard deviation 1.
Tensor standardised(const Tensor& x) {
  return (x - x.mean(0)) / x.std(0, /*unbiased=*/false);
}

/// The coefficients, then the MSE; the data are centred and need no bias.
/// The L1 norm has no gradient at 0, so each step of SGD on the rest is
/// followed by the exact step for it: shrink towards 0, and stop there.
Tensor fit(const Tensor& x, const Tensor& y, double l1, double weight_decay) {
  const double lr = 0.1;
  nn::Linear model(nn::LinearOptions(10, 1).bias(false));
  model->to(torch::kDouble);
  torch::optim::SGD optimizer(
      model->parameters(),
      torch::optim::SGDOptions(lr).weight_decay(weight_decay));

  for (int step = 0; step < 10000; ++step) {
    optimizer.zero_grad();
    torch::mse_loss(model(x), y).backward();
    optimizer.step();
    if (l1 > 0) {
      torch::NoGradGuard no_grad;
      Tensor& w = model->weight;
      w.copy_(w.sign() * (w.abs() - lr * l1).relu());
    }
  }
  torch::NoGradGuard no_grad;
  const Tensor mse = torch::mse_loss(model(x), y);
  return torch::cat({model->weight.flatten(), mse.view({1})});
}

int main(int argc, char** argv) try {
  examples::Arguments(argc, argv);
  const Tensor data = standardised(examples::read_data("diabetes.csv").rows);
  const Tensor x = data.narrow(1, 0, 10), y = data.narrow(1, 10, 1);
  const Tensor fits =
      torch::stack({fit(x, y, 0.1, 0), fit(x, y, 0.02, 0), fit(x, y, 0, 0.1)});

  std::printf("      %22s%22s%22s\n      ", "MSE + 0.1 L1", "MSE + 0.02 L1",
              "MSE + 0.05 L2^2");
  for (int i = 0; i < 3; ++i) std::printf("%12s%10s", "taper", "reference");
  double worst = 0;
  for (int64_t row = 0; row < fits.size(1); ++row) {
    std::printf("\n%-6s", kRows[row].name);
    for (int64_t i = 0; i < 3; ++i) {
      const double value = fits[i][row].item<double>();
      const double reference = kRows[row].reference[i];
      std::printf("%12.5f%10.5f", value, reference);
      worst = std::max(worst, std::abs(value - reference));
    }
  }
  std::printf("\n\nlargest difference: %.1e\n", worst);
  return worst < 1e-3 ? 0 : 1;
} catch (const std::exception& error) {
  return examples::report(error);
}
