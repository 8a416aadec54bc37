// What a function gives does not depend on where its inputs lie in memory:
// every row of the gradient table over inputs that are transposed, behind an
// offset, with gaps or expanded gives what it gives over contiguous ones.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "gradient_rows.h"

namespace taper::testing {
namespace {

enum class Layout { kContiguous, kTransposed, kOffset, kGaps, kExpanded };
constexpr Layout kLayouts[] = {Layout::kTransposed, Layout::kOffset,
                               Layout::kGaps, Layout::kExpanded};

// x in another place; with the first entry of dim 0 everywhere if expanded.
Tensor laid_out(const Tensor& x, Layout layout) {
  switch (layout) {
    case Layout::kTransposed:
      return x.dim() < 2 ? x.clone()
                         : x.transpose(0, -1).contiguous().transpose(0, -1);
    case Layout::kOffset: {
      const Tensor room = full({x.numel() + 3}, 7, x.dtype());
      return room.narrow(0, 3, x.numel()).view(x.sizes()).copy_(x);
    }
    case Layout::kGaps: {
      const Tensor room = full_like(stack({x, x}, -1), 7);
      return room.select(-1, 1).copy_(x);
    }
    case Layout::kExpanded:
      return x.dim() == 0 || x.size(0) == 0
                 ? x
                 : x.narrow(0, 0, 1).expand(x.sizes());
    default:
      return x.contiguous().clone();
  }
}

// Results and gradients, or nothing when the function threw.
struct Outcome {
  bool threw = false;
  std::vector<Tensor> values;
};

Outcome run(const Row& row, const Inputs& data, Layout layout) {
  Outcome outcome;
  Inputs inputs;
  for (const Tensor& x : data) {
    inputs.push_back(laid_out(x, layout).detach().requires_grad_());
  }
  try {
    const Inputs results = row.run(inputs);
    for (const Tensor& y : results) {
      outcome.values.push_back(y.detach());
      if (y.requires_grad()) y.sum().backward({}, true);
    }
    for (const Tensor& x : inputs) {
      outcome.values.push_back(x.grad().defined() ? x.grad() : zeros({0}));
    }
  } catch (const Error&) {
    outcome.threw = true;
  }
  return outcome;
}

// The largest difference in ulp of the largest number of the tensor, or of
// `term` where that is larger; infinite where only one is finite.
double distance(const Tensor& a, const Tensor& b, double term) {
  if (a.dtype() != b.dtype() || a.sizes() != b.sizes()) return HUGE_VAL;
  const Tensor x = a.to(kDouble).contiguous(), y = b.to(kDouble).contiguous();
  const bool narrow = a.dtype() == kFloat;
  const Tensor finite = where(x.isfinite(), x.abs(), 0);
  if (x.numel() > 0) term = std::max(term, finite.max().item<double>());
  const double ulp = std::max(term * (narrow ? 0x1p-23 : 0x1p-52),
                              narrow ? 0x1p-149 : 0x1p-1074);
  double worst = 0;
  for (int64_t i = 0; i < x.numel(); ++i) {
    const double p = x.data_ptr<double>()[i], q = y.data_ptr<double>()[i];
    if (std::isnan(p) && std::isnan(q)) continue;
    if (p == q && std::signbit(p) == std::signbit(q)) continue;
    if (!std::isfinite(p) || !std::isfinite(q)) return HUGE_VAL;
    // Zeros of two signs are 1 apart.
    worst = std::max(worst, p == q ? 1 : std::abs(p - q) / ulp);
  }
  return worst;
}

double distance(const Outcome& a, const Outcome& b, double term) {
  if (a.threw != b.threw || a.values.size() != b.values.size()) {
    return HUGE_VAL;
  }
  double worst = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    worst = std::max(worst, distance(a.values[i], b.values[i], term));
  }
  return worst;
}

// Draws go to the elements in the order of memory, and as_strided takes memory
// for what it is.
bool follows_memory(const std::string& name) {
  return name.find("dropout") != std::string::npos ||
         name == "gumbel_softmax" || name.find("as_strided") == 0;
}

// Whether results, or the gradients of operands that are broadcast, are sums
// whose terms are added in the order of memory.
bool is_sum(const Row& row) {
  const std::set<std::string> names = {"binary_cross_entropy",
                                       "binary_cross_entropy_with_logits",
                                       "cosine_embedding_loss",
                                       "cosine_similarity",
                                       "fill_",
                                       "gaussian_nll_loss",
                                       "hinge_embedding_loss",
                                       "huber_loss",
                                       "kl_div",
                                       "l1_loss",
                                       "matmul",
                                       "mean",
                                       "mse_loss",
                                       "mv",
                                       "norm",
                                       "normalize",
                                       "pairwise_distance",
                                       "poisson_nll_loss",
                                       "prod",
                                       "smooth_l1_loss",
                                       "std",
                                       "std_mean",
                                       "sum",
                                       "sum_to",
                                       "triplet_margin_loss",
                                       "var",
                                       "var_mean"};
  const auto differs = [&](const Shape& s) { return s != row.shapes[0]; };
  return names.count(row.name) > 0 ||
         std::any_of(row.shapes.begin(), row.shapes.end(), differs);
}

// Compares all layouts; says whether contiguous inputs threw. With a `size`
// the numbers are positive and about as large. Powers, roots and many terms
// make more of a last digit, where instruction sets differ as well.
bool check_row(const Row& row, ScalarType dtype, double size = 0) {
  Inputs data;
  int64_t most_numbers = 0;
  for (size_t i = 0; i < row.shapes.size(); ++i) {
    const Tensor x = make_input(row, i).detach();
    data.push_back((size == 0 ? x : x.abs() * size).to(dtype));
    most_numbers = std::max(most_numbers, x.numel());
  }
  // Sums of numbers around 0 are about as large as the root of their count.
  const bool few = size == 0 && most_numbers < 100;
  const double term =
      size != 0 ? 0 : std::sqrt(few ? 1 : static_cast<double>(most_numbers));
  const double most = !is_sum(row) ? 0 : few ? 2 : 10;
  const Outcome plain = run(row, data, Layout::kContiguous);
  for (const Layout layout : kLayouts) {
    Inputs first = data;
    for (Tensor& x : first) x = laid_out(x, Layout::kExpanded);
    const Outcome expected = layout == Layout::kExpanded
                                 ? run(row, first, Layout::kContiguous)
                                 : plain;
    EXPECT_LE(distance(expected, run(row, data, layout), term), most)
        << row.name << " " << row.variant << " of "
        << (dtype == kFloat ? "float" : "double") << " in layout "
        << static_cast<int>(layout) << ", numbers of size " << size << ", "
        << data[0].numel() << " elements";
  }
  return plain.threw;
}

Row resized(Row row, int64_t factor) {
  for (Shape& shape : row.shapes) {
    if (!shape.empty()) shape.back() *= factor;
  }
  return row;
}

class Metamorphic : public ::testing::TestWithParam<int64_t> {};

TEST_P(Metamorphic, LayoutDoesNotChangeResults) {
  int threw = 0, count = 0;
  for (const Row& row : all_rows()) {
    if (follows_memory(row.name)) continue;
    for (const ScalarType dtype : {kFloat, kDouble}) {
      threw += check_row(resized(row, GetParam()), dtype) ? 1 : 0;
      ++count;
    }
  }
  // Not every function takes every shape, or float32 beside float64.
  EXPECT_LT(threw, GetParam() == 1 ? count / 100 : count / 5);
}

TEST_P(Metamorphic, LayoutDoesNotChangeReductionsOfExtremes) {
  for (const Row& row : reduce_rows()) {
    for (const double size : {1e38, 1e30, 1e19, 1e-19, 1e-30, 1e-40}) {
      check_row(resized(row, GetParam()), kFloat, size);
    }
    for (const double size : {1e308, 1e250, 1e154, 1e-154, 1e-250, 1e-310}) {
      check_row(resized(row, GetParam()), kDouble, size);
    }
  }
}

// Whatever the size: short rows, rows and columns in blocks, pieces that are
// brought into order.
TEST(MetamorphicTest, ReductionsOverSomeDimsHaveTheBitsOfContiguousInputs) {
  using Reduce = std::function<Tensor(const Tensor&, IntArrayRef)>;
  const std::pair<const char*, Reduce> reductions[] = {
      {"sum", [](auto& x, auto dims) { return x.sum(dims); }},
      {"mean", [](auto& x, auto dims) { return x.mean(dims); }},
      {"var", [](auto& x, auto dims) { return x.var(dims); }},
      {"norm 2", [](auto& x, auto dims) { return x.norm(2, dims); }},
      {"norm 1", [](auto& x, auto dims) { return x.norm(1, dims); }},
      {"norm 3", [](auto& x, auto dims) { return x.norm(3, dims); }},
      {"logsumexp", [](auto& x, auto dims) { return x.logsumexp(dims); }},
      {"prod",
       [](auto& x, auto dims) { return (x * 0.01 + 1).prod(dims.back()); }},
      {"prod of layout", [](auto& x, auto dims) { return x.prod(dims[0]); }},
  };
  const std::vector<int64_t> some[] = {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}};
  manual_seed(3);
  for (const ScalarType dtype : {kFloat, kDouble}) {
    for (const Shape& shape : {Shape{3, 2, 4},
                               {7, 5, 9},
                               {33, 2, 40},
                               {300, 3, 100},
                               {5, 300, 70}}) {
      const Tensor x = randn(shape, TensorOptions(dtype));
      for (const Layout layout : kLayouts) {
        const Tensor y = laid_out(x, layout);
        const Tensor plain = y.contiguous();
        const Tensor z = y.transpose(1, 2).contiguous().transpose(1, 2);
        for (const auto& dims : some) {
          for (const auto& [name, reduce] : reductions) {
            const Tensor right = reduce(plain, dims);
            EXPECT_TRUE(equal(reduce(y, dims), right))
                << name << " of " << x.numel();
            EXPECT_TRUE(equal(reduce(z, dims), right))
                << name << " of " << x.numel();
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Metamorphic, ::testing::Values(0, 1, 37));

}  // namespace
}  // namespace taper::testing
