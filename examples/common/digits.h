// The handwritten digits as tensors, and how well a model reads them.
#pragma once

#include <taper/taper.h>

#include "data.h"

namespace examples {

struct Digits {
  taper::Tensor pixels, labels;  // (N, 64) from 0 to 1, and (N) from 0 to 9
};

/// Those of rows [first, first + count).
inline Digits read_digits(int64_t first, int64_t count) {
  const taper::Tensor rows =
      read_data("digits.csv").rows.narrow(0, first, count);
  return {rows.narrow(1, 0, 64).to(taper::kFloat) / 16,
          rows.select(1, 64).to(taper::kLong)};
}

/// Cross entropy and accuracy of `model` in evaluation mode, a vector of two.
inline taper::Tensor evaluate(taper::nn::Sequential& model,
                              const Digits& data) {
  const taper::NoGradGuard no_grad;
  model->eval();
  const taper::Tensor scores = model->forward(data.pixels);
  const taper::Tensor right =
      (scores.argmax(1) == data.labels).to(taper::kFloat);
  return taper::stack(
      {taper::cross_entropy_loss(scores, data.labels), right.mean()});
}

}  // namespace examples
