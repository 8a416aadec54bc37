// A small language model: embeddings, causal self-attention written out,
// layer norms, and sampling from it with a generator.
#include <cmath>
#include <limits>

#include "tests/programs/programs.h"

namespace {

using torch::Tensor;

struct AttentionImpl : torch::nn::Module {
  AttentionImpl(int64_t width, int64_t heads_)
      : heads(heads_),
        qkv(register_module("qkv", torch::nn::Linear(width, 3 * width))),
        out(register_module("out", torch::nn::Linear(width, width))) {}
  Tensor forward(const Tensor& x) {
    const auto N = x.size(0), T = x.size(1), W = x.size(2);
    auto parts = qkv->forward(x).chunk(3, /*dim=*/-1);
    for (auto& part : parts)
      part = part.reshape({N, T, heads, W / heads}).transpose(1, 2);
    auto scores = torch::matmul(parts[0], parts[1].transpose(-2, -1)) /
                  std::sqrt(static_cast<double>(W / heads));
    auto future = torch::ones({T, T}, torch::kBool).triu(1);
    scores =
        scores.masked_fill(future, -std::numeric_limits<float>::infinity());
    auto y = torch::matmul(scores.softmax(-1), parts[2]);
    return out->forward(y.transpose(1, 2).contiguous().view({N, T, W}));
  }
  int64_t heads;
  torch::nn::Linear qkv, out;
};
TORCH_MODULE(Attention);

struct ModelImpl : torch::nn::Module {
  ModelImpl(int64_t words, int64_t width, int64_t length)
      : token(words, width),
        position(torch::nn::EmbeddingOptions(length, width)),
        norm(torch::nn::LayerNormOptions({width})),
        attention(width, 2),
        head(torch::nn::LinearOptions(width, words).bias(false)) {
    register_module("token", token);
    register_module("position", position);
    register_module("norm", norm);
    register_module("attention", attention);
    register_module("head", head);
  }
  Tensor forward(const Tensor& ids) {
    auto places = torch::arange(ids.size(1), torch::kLong);
    auto x = token(ids) + position(places);
    x = x + attention(norm(x));
    return head(x);
  }
  torch::nn::Embedding token, position;
  torch::nn::LayerNorm norm;
  Attention attention;
  torch::nn::Linear head;
};
TORCH_MODULE(Model);

}  // namespace

void attention(std::ostream& out) {
  torch::manual_seed(99);
  Model model(7, 8, 6);
  torch::optim::AdamW optimizer(model->parameters(),
                                torch::optim::AdamWOptions(0.02));
  auto text = torch::arange(48).remainder(7).view({8, 6});
  torch::nn::CrossEntropyLoss criterion;
  for (int i = 0; i < 30; ++i) {
    auto scores = model(text.slice(1, 0, 5));
    auto loss =
        criterion(scores.reshape({-1, 7}), text.slice(1, 1).reshape(-1));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    if (i % 10 == 0) out << "loss " << loss.item<float>() << "\n";
  }
  torch::NoGradGuard no_grad;
  model->eval();
  auto generator = torch::make_generator<torch::CPUGeneratorImpl>(5);
  auto ids = torch::tensor({{0, 1}});
  while (ids.size(1) < 6) {
    auto chances = model(ids).select(1, -1).div(0.8).softmax(-1);
    auto next = torch::multinomial(chances, 1, false, generator);
    ids = torch::cat({ids, next}, 1);
  }
  out << ids << "\n";
}
