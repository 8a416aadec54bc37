// Saving and loading: tensors, models, optimisers, archives.
#include <sstream>

#include "tests/programs/programs.h"

namespace {

using torch::Tensor;

struct Trainer {
  torch::nn::Sequential model;
  torch::optim::AdamW optimizer;
  Tensor x, y;

  explicit Trainer(int64_t seed)
      : model(make(seed)),
        optimizer(model->parameters(),
                  torch::optim::AdamWOptions(0.02).amsgrad(true)),
        x(torch::linspace(-1, 1, 20).unsqueeze(1)),
        y(torch::sin(3 * x)) {}

  static torch::nn::Sequential make(int64_t seed) {
    torch::manual_seed(static_cast<uint64_t>(seed));
    torch::nn::Sequential layers;
    layers->push_back(torch::nn::Linear(1, 12));
    layers->push_back(torch::nn::Functional(torch::tanh));
    layers->push_back("last", torch::nn::Linear(12, 1));
    return layers;
  }

  float step() {
    optimizer.zero_grad();
    Tensor loss = torch::mse_loss(model->forward(x), y);
    loss.backward();
    optimizer.step();
    return loss.item<float>();
  }
};

}  // namespace

void checkpoint(std::ostream& out) {
  Trainer first(7);
  for (int i = 0; i < 15; ++i) first.step();

  std::stringstream model_file, optimizer_file;
  torch::save(first.model, model_file);
  torch::save(first.optimizer, optimizer_file);
  Trainer second(8);
  torch::load(second.model, model_file);
  torch::load(second.optimizer, optimizer_file);
  for (int i = 0; i < 5; ++i)
    out << first.step() << " " << second.step() << "\n";

  std::stringstream tensor_file;
  torch::save(std::vector<Tensor>{first.x, torch::arange(5)}, tensor_file);
  std::vector<Tensor> loaded;
  torch::load(loaded, tensor_file);
  out << loaded.size() << " " << loaded[0].equal(first.x) << "\n"
      << loaded[1] << "\n";

  torch::serialize::OutputArchive archive;
  archive.write("epoch", torch::tensor(15));
  archive.write("rate", torch::IValue(0.25));
  std::ostringstream written;
  archive.save_to(written);
  torch::serialize::InputArchive input;
  std::istringstream source(written.str());
  input.load_from(source);
  Tensor epoch;
  torch::IValue rate;
  input.read("epoch", epoch);
  input.read("rate", rate);
  out << epoch.item<int64_t>() << " " << rate.toDouble() << " "
      << input.try_read("nothing", epoch) << "\n";

  auto copy = std::dynamic_pointer_cast<torch::nn::SequentialImpl>(
      first.model->clone());
  first.step();
  out << copy->parameters()[0].equal(first.model->parameters()[0]) << " "
      << copy->size() << "\n";
}
