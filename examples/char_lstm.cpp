// Learns to write sums in words, letter by letter, from a text of such sums.
#include <taper/taper.h>

#include "common/arguments.h"

namespace torch = taper;
namespace nn = torch::nn;
using torch::Tensor;

const std::string kLetters = "\n .abcdefghijklmnopqrstuvwxyz";

// Sum number `pair` of a hundred.
std::string sum_of(int64_t pair) {
  static const std::string words[] = {
      "zero",    "one",     "two",       "three",    "four",
      "five",    "six",     "seven",     "eight",    "nine",
      "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
      "fifteen", "sixteen", "seventeen", "eighteen"};
  const int64_t a = pair / 10, b = pair % 10;
  return words[a] + " and " + words[b] + " is " + words[a + b] + ".\n";
}

// All sums of two digits in a random order, `rounds` times over.
std::string write_text(int64_t rounds) {
  std::string text;
  for (int64_t round = 0; round < rounds; ++round) {
    for (const Tensor& pair : torch::randperm(100).unbind()) {
      text += sum_of(pair.item<int64_t>());
    }
  }
  return text;
}

Tensor numbers_of(const std::string& text) {
  std::vector<int64_t> numbers;
  for (const char c : text) {
    numbers.push_back(static_cast<int64_t>(kLetters.find(c)));
  }
  return torch::tensor(numbers);
}

struct WriterImpl : nn::Module {
  explicit WriterImpl(int64_t letters)
      : embedding(letters, 32),
        lstm(nn::LSTMOptions(32, 128).batch_first(true)),
        head(128, letters) {
    register_module("embedding", embedding);
    register_module("lstm", lstm);
    register_module("head", head);
  }
  // Scores of the next letter behind each of x (batch, length).
  Tensor forward(const Tensor& x) {
    return head(std::get<0>(lstm(embedding(x))));
  }
  // What follows `text`, up to the end of the line.
  std::string finish(std::string text) {
    const torch::NoGradGuard no_grad;
    while (text.back() != '\n' && text.size() < 80) {
      const Tensor scores = forward(numbers_of(text).unsqueeze(0));
      text +=
          kLetters[static_cast<size_t>(scores[0][-1].argmax().item<int64_t>())];
    }
    return text;
  }
  nn::Embedding embedding;
  nn::LSTM lstm;
  nn::Linear head;
};
TORCH_MODULE(Writer);

int main(int argc, char** argv) try {
  const examples::Arguments args(argc, argv, "--steps N");
  const int64_t steps = args.count("--steps", 1200);
  const Tensor text = numbers_of(write_text(20));
  Writer writer(static_cast<int64_t>(kLetters.size()));
  torch::optim::Adam optimizer(writer->parameters(), 5e-3);
  for (int64_t step = 1; step <= steps; ++step) {
    const Tensor starts = torch::randint(0, text.size(0) - 65, {32, 1});
    const Tensor batch = text.index({starts + torch::arange(65)});
    const Tensor scores = writer(batch.narrow(1, 0, 64));
    const Tensor loss = torch::cross_entropy_loss(
        scores.flatten(0, 1), batch.narrow(1, 1, 64).flatten());
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    if (step % 200 == 0) {
      std::printf("step %4lld  loss %.4f  %s", static_cast<long long>(step),
                  loss.item<double>(), writer->finish("seven and").c_str());
    }
  }
  int64_t right = 0;
  for (int64_t pair = 0; pair < 100; ++pair) {
    const std::string sum = sum_of(pair);
    right += writer->finish(sum.substr(0, sum.find(" is ") + 4)) == sum;
  }
  std::printf("%lld of 100 sums are right\n", static_cast<long long>(right));
} catch (const std::exception& error) {
  return examples::report(error);
}
