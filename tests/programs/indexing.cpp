// Indexing, views, memory of one's own, loops over elements, reductions.
#include <array>
#include <vector>

#include "tests/programs/programs.h"

namespace {

using namespace torch::indexing;
using torch::Tensor;

void indices(std::ostream& out) {
  Tensor x = torch::arange(24, torch::kFloat).reshape({2, 3, 4});
  out << x.index({0, Slice(), Slice(None, None, 2)}) << "\n";
  out << x.index({"...", -1}) << "\n";
  out << x.index({Ellipsis, Slice(1, 3)}).sizes() << "\n";
  out << x.index({Slice(), None, 1}).sizes() << "\n";
  out << x.index({x > 20}) << "\n";
  out << x.index({torch::tensor({1, 0}), torch::tensor({2, 0})}) << "\n";
  x.index_put_({0, 0}, -1);
  x.index_put_({1, Slice(0, 2), 3}, torch::tensor({7.5, 8.5}));
  x[0][1][2] = 100;
  x[1] *= 2;
  out << x << "\n";
  auto mask = torch::tensor({{true, false}, {false, true}});
  auto y = torch::ones({2, 2}).masked_fill(mask, 3);
  y.masked_fill_(~mask, 0.5);
  out << y << "\n" << torch::where(mask, y, -y) << "\n";
  out << torch::nonzero(mask) << "\n" << y.masked_select(mask) << "\n";
}

void memory(std::ostream& out) {
  std::vector<float> values = {1, 2, 3, 4, 5, 6};
  auto options = torch::TensorOptions().dtype(torch::kFloat32);
  Tensor view = torch::from_blob(values.data(), {2, 3}, options);
  Tensor copy = view.clone();
  values[0] = 50;
  out << view[0][0].item<float>() << " " << copy[0][0].item<float>() << "\n";
  auto a = copy.accessor<float, 2>();
  double trace = 0;
  for (int64_t i = 0; i < a.size(0); ++i) {
    for (int64_t j = 0; j < a.size(1); ++j) {
      if (i == j) trace += a[i][j];
      a[i][j] *= 2;
    }
  }
  out << trace << "\n" << copy.t() << "\n";
  out << copy.t().is_contiguous() << " " << copy.t().strides() << " "
      << copy.t().contiguous().strides() << "\n";
  std::array<int64_t, 3> numbers = {4, 5, 6};
  out << torch::tensor(torch::ArrayRef<int64_t>(numbers.data(), 3)) << "\n";
}

void reductions(std::ostream& out) {
  auto x = torch::tensor({{3., -1., 2.}, {0.5, 9., -4.}});
  auto [values, positions] = x.max(/*dim=*/1);
  out << values << "\n" << positions << "\n";
  auto top = x.topk(2, 1);
  out << std::get<0>(top) << "\n" << std::get<1>(torch::sort(x, 1)) << "\n";
  out << x.mean(0) << "\n" << x.std(1, /*unbiased=*/false) << "\n";
  out << x.argmin() << "\n" << x.cumsum(1) << "\n" << x.norm() << "\n";
  out << torch::cat({x, x.flip({1})}, 1) << "\n";
  out << torch::stack({x[0], x[1]}, -1).sizes() << "\n";
  for (const auto& part : x.split(2, 1)) out << part.sizes() << " ";
  for (const auto& part : torch::chunk(x, 2)) out << part.sizes() << " ";
  out << "\n" << (x.clamp(-1, 3) - x.clamp_min(0)).abs().sum() << "\n";
  out << x.ge(2).any().item<bool>() << " " << x.lt(-9).all().item<bool>() << " "
      << torch::allclose(x, x + 1e-9) << " " << x.equal(x * 1) << "\n";
  out << torch::outer(x[0], x[1]) << "\n" << x.to(torch::kInt64) << "\n";
}

}  // namespace

void indexing(std::ostream& out) {
  indices(out);
  memory(out);
  reductions(out);
}
