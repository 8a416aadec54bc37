// The functional API: layers and losses as functions with options.
#include "tests/programs/programs.h"

namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

void losses(std::ostream& out) {
  auto scores = torch::tensor({{1.5, -0.5, 0.25}, {0.0, 2.0, -1.0}});
  auto labels = torch::tensor({2, 1});
  out << F::cross_entropy(scores, labels) << "\n";
  out << F::cross_entropy(
             scores, labels,
             F::CrossEntropyFuncOptions().label_smoothing(0.1).reduction(
                 torch::kNone))
      << "\n";
  out << F::nll_loss(F::log_softmax(scores, 1), labels) << "\n";
  auto target = F::one_hot(labels, 3).to(torch::kFloat);
  out << F::mse_loss(scores, target,
                     F::MSELossFuncOptions().reduction(torch::kSum))
      << "\n";
  out << F::l1_loss(scores, target) << F::smooth_l1_loss(scores, target)
      << F::huber_loss(scores, target, F::HuberLossFuncOptions().delta(0.5))
      << "\n";
  out << F::binary_cross_entropy_with_logits(scores, target)
      << F::binary_cross_entropy(torch::sigmoid(scores), target) << "\n";
  out << F::kl_div(F::log_softmax(scores, 1), F::softmax(target, 1),
                   F::KLDivFuncOptions().reduction(torch::kBatchMean))
      << "\n";
  out << F::cosine_similarity(scores, target,
                              F::CosineSimilarityFuncOptions().dim(1))
      << "\n";
}

void layers(std::ostream& out) {
  torch::manual_seed(33);
  auto x = torch::randn({4, 6});
  auto weight = torch::randn({5, 6}), bias = torch::randn({5});
  auto h = F::relu(F::linear(x, weight, bias));
  h = F::dropout(h, F::DropoutFuncOptions().p(0.3).training(true));
  h = F::layer_norm(h, F::LayerNormFuncOptions({5}).eps(1e-6));
  out << h << "\n";
  auto mean = torch::zeros(5), var = torch::ones(5);
  out << F::batch_norm(h, mean, var,
                       F::BatchNormFuncOptions().training(true).momentum(0.2))
      << "\n"
      << mean << "\n"
      << var << "\n";
  out << F::elu(x[0], F::ELUFuncOptions().alpha(0.5))
      << F::leaky_relu(x[0], F::LeakyReLUFuncOptions().negative_slope(0.2))
      << F::gelu(x[0], F::GELUFuncOptions().approximate("tanh"))
      << F::silu(x[0]) << F::softplus(x[0]) << F::hardtanh(x[0]) << "\n";
  out << F::normalize(x, F::NormalizeFuncOptions().p(2).dim(1))[0] << "\n";
  out << F::embedding(torch::tensor({3, 0}), weight) << "\n";
  out << F::group_norm(x.view({2, 4, 3}), F::GroupNormFuncOptions(2))[1]
      << "\n";
  out << F::softmax(x[1], F::SoftmaxFuncOptions(0)) << "\n"
      << torch::softmax(x[1], -1, torch::kFloat64).sum().item<double>() << "\n";
}

}  // namespace

void functional(std::ostream& out) {
  losses(out);
  layers(out);
}
