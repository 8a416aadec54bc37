// The random operations: bit for bit against PyTorch 2.13 (hashes made by
// tests/golden/make_random_ops.py), their checks and their gradients.
#include "taper/autograd/ops/random/random.h"

#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

uint32_t fnv(const Tensor& x, uint32_t value = 2166136261u) {
  Tensor flat = x.contiguous();
  const auto* bytes = static_cast<const unsigned char*>(flat.data_ptr());
  for (size_t i = 0; i < flat.nbytes(); ++i) {
    value = (value ^ bytes[i]) * 16777619u;
  }
  return value;
}

Tensor ramp(IntArrayRef sizes, ScalarType dtype = kFloat) {
  int64_t count = empty(sizes).numel();
  return (arange(count).to(dtype) * 0.375 - 2).reshape(sizes);
}

Tensor chances(IntArrayRef sizes, ScalarType dtype = kFloat) {
  int64_t count = empty(sizes).numel();
  return ((arange(count) % 9).to(dtype) * 0.125).reshape(sizes);
}

Tensor weights(int64_t rows, int64_t count, ScalarType dtype = kFloat) {
  return (arange(rows * count) % 7 + 1).to(dtype).reshape({rows, count});
}

Tensor dropped(Tensor x, double p) { return dropout_(x, p, true); }

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

const std::optional<int64_t> kNoEnd;

struct Operation {
  const char* name;
  Tensor (*run)();
};

// The names are those of the golden file.
const Operation kInPlace[] = {
    {"uniform_transposed",
     [] {
       return empty({5, 4}).t().uniform_(-2, 3);
     }},
    {"uniform_columns",
     [] {
       return zeros({6, 4}).slice(1, 0, 4, 2).uniform_();
     }},
    {"uniform_permuted",
     [] {
       return empty({3, 4, 5}, kDouble).permute({1, 2, 0}).uniform_();
     }},
    {"normal_transposed",
     [] {
       return empty({4, 5}).t().normal_(1, 2);
     }},
    {"normal_columns",
     [] {
       return zeros({40, 2}).select(1, 0).normal_();
     }},
    {"normal_permuted",
     [] {
       return zeros({4, 3, 4}).slice(1, 1).permute({2, 0, 1}).normal_();
     }},
    {"normal_ones_dims",
     [] {
       return empty({1, 20, 1}).normal_(3, 0.5);
     }},
    {"bernoulli_transposed",
     [] {
       return empty({5, 4}).t().bernoulli_(0.3);
     }},
    {"bernoulli_columns",
     [] {
       return zeros({6, 4}, kLong).slice(1, 1, 4, 2).bernoulli_(0.7);
     }},
    {"bernoulli_bool", [] { return empty(33, kBool).bernoulli_(); }},
    {"bernoulli_row_of_p",
     [] {
       return empty({5, 9}).t().bernoulli_(chances(5));
     }},
    {"bernoulli_double_p",
     [] {
       return empty({3, 4}).bernoulli_(chances({3, 4}, kDouble));
     }},
    {"random_float", [] { return empty(9).random_(); }},
    {"random_double", [] { return empty(9, kDouble).random_(); }},
    {"random_long", [] { return empty(9, kLong).random_(); }},
    {"random_bool", [] { return empty(9, kBool).random_(); }},
    {"random_to",
     [] {
       return empty({3, 4}).t().random_(10);
     }},
    {"random_from_to",
     [] { return empty(9, kDouble).random_(-5, int64_t{1} << 40); }},
    {"random_from", [] { return empty(9, kLong).random_(-5, kNoEnd); }},
    {"random_from_least",
     [] { return empty(9, kLong).random_(kLeast, kNoEnd); }},
    {"random_from_float", [] { return empty(9).random_(100, kNoEnd); }},
    {"random_coarse_float",
     [] { return empty(9).random_((1 << 24) - 3, (1 << 25) + 5); }},
    {"random_coarse_negative",
     [] { return empty(9).random_(-(1 << 27) - 9, -(1 << 27) + 77); }},
    {"exponential_transposed",
     [] {
       return empty({5, 4}).t().exponential_(2);
     }},
    {"geometric", [] { return empty(9, kLong).geometric_(0.25); }},
    {"geometric_float",
     [] {
       return empty({3, 3}).t().geometric_(0.25);
     }},
};

const Operation kNew[] = {
    {"bernoulli",
     [] {
       return bernoulli(chances({4, 5}));
     }},
    {"bernoulli_of_transposed",
     [] {
       return chances({4, 5}).t().bernoulli();
     }},
    {"bernoulli_number",
     [] {
       return bernoulli(ramp({4, 5}).t(), 0.25);
     }},
    {"rand",
     [] {
       return rand({3, 4});
     }},
    {"randn",
     [] {
       return randn({3, 7}, kDouble);
     }},
    {"randint",
     [] {
       return randint(-3, 10, {3, 4});
     }},
    {"randint_float",
     [] {
       return randint(10, {3, 4}, kFloat);
     }},
    {"randperm", [] { return randperm(20); }},
    {"randperm_float", [] { return randperm(20, kFloat); }},
    {"normal_sizes",
     [] {
       return normal(2, 3, {4, 5});
     }},
    {"normal_mean",
     [] {
       return normal(ramp({4, 5}).t(), 0.5);
     }},
    {"normal_std",
     [] {
       return normal(1, chances({4, 5}));
     }},
    {"normal_mean_std",
     [] {
       return normal(ramp({4, 5}), chances(5));
     }},
    {"rand_like_transposed",
     [] {
       return rand_like(ramp({4, 5}).t());
     }},
    {"rand_like_columns",
     [] {
       return rand_like(zeros({5, 4, 6}).slice(2, 0, 6, 2).permute({1, 2, 0}));
     }},
    {"rand_like_expanded",
     [] {
       return rand_like(zeros({4, 1}).expand({4, 3}));
     }},
    {"randn_like_transposed",
     [] {
       return randn_like(ramp({4, 5}).t());
     }},
    {"randn_like_double",
     [] {
       return randn_like(ramp({4, 5}), kDouble);
     }},
    {"randint_like",
     [] {
       return randint_like(ramp({4, 5}).t(), 3, 90);
     }},
    {"multinomial_one", [] { return multinomial(weights(3, 8), 1); }},
    {"multinomial_few", [] { return weights(1, 20)[0].multinomial(5); }},
    {"multinomial_transposed",
     [] { return multinomial(weights(8, 3).t(), 4); }},
    {"multinomial_double",
     [] { return multinomial(weights(3, 8, kDouble), 3); }},
    {"multinomial_again", [] { return multinomial(weights(3, 8), 6, true); }},
    {"multinomial_again_transposed",
     [] { return multinomial(weights(8, 3).t(), 6, true); }},
};

const Operation kDropout[] = {
    {"dropout",
     [] {
       return dropout(ramp({5, 7}), 0.3, true);
     }},
    {"dropout_double",
     [] {
       return dropout(ramp({5, 7}, kDouble), 0.6, true);
     }},
    {"dropout_transposed",
     [] {
       return dropout(ramp({5, 7}).t(), 0.3, true);
     }},
    {"dropout_columns",
     [] {
       return dropout(ramp({5, 8}).slice(1, 0, 8, 2), 0.3, true);
     }},
    {"dropout_expanded",
     [] {
       return dropout(ramp({5, 1}).expand({5, 3}), 0.3, true);
     }},
    {"dropout_all",
     [] {
       return dropout(ramp({5, 7}), 1, true);
     }},
    {"dropout_none",
     [] {
       return dropout(ramp({5, 7}), 0, true);
     }},
    {"dropout_eval",
     [] {
       return dropout(ramp({5, 7}), 0.5, false);
     }},
    {"dropout_inplace",
     [] {
       return dropped(ramp({5, 7}).t(), 0.3);
     }},
    {"dropout_inplace_columns",
     [] {
       return dropped(ramp({5, 8}).slice(1, 0, 8, 2), 0.3);
     }},
    {"feature_dropout",
     [] {
       return feature_dropout(ramp({3, 4, 5}), 0.4, true);
     }},
    {"feature_dropout_2d",
     [] {
       return feature_dropout(ramp({3, 4, 2, 2}), 0.4, true);
     }},
    {"alpha_dropout",
     [] {
       return alpha_dropout(ramp({5, 7}), 0.3, true);
     }},
    {"alpha_dropout_transposed",
     [] {
       return alpha_dropout(ramp({5, 7}).t(), 0.3, true);
     }},
    {"feature_alpha_dropout",
     [] {
       return feature_alpha_dropout(ramp({3, 4, 5}), 0.3, true);
     }},
};

// Checks the lines of the golden file that belong to `operations`.
void expect_hashes(ArrayRef<Operation> operations) {
  std::ifstream file(TAPER_TEST_DATA "/golden/random_ops.txt");
  size_t checked = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    uint64_t seed = 0;
    uint32_t hash = 0;
    words >> name >> seed >> std::hex >> hash;
    for (const Operation& operation : operations) {
      if (operation.name != name) continue;
      manual_seed(seed);
      uint32_t own = fnv(operation.run());
      EXPECT_EQ(fnv(rand(2), own), hash) << name << " with seed " << seed;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 3 * operations.size());
}

TEST(RandomOps, InPlaceEqualPyTorch) { expect_hashes(kInPlace); }

TEST(RandomOps, NewTensorsEqualPyTorch) { expect_hashes(kNew); }

TEST(RandomOps, DropoutEqualsPyTorch) { expect_hashes(kDropout); }

TEST(RandomOps, GeneratorArgumentIsUsed) {
  Generator a = detail::createCPUGenerator(3);
  Tensor x = randn({4, 5}, a);
  manual_seed(3);
  EXPECT_TRUE(x.equal(randn({4, 5})));
  EXPECT_FALSE(x.equal(randn({4, 5}, a)));
  std::optional<Generator> maybe = make_generator(3);
  EXPECT_TRUE(x.equal(zeros({4, 5}).normal_(0, 1, maybe)));
}

TEST(RandomOps, OptionsAreHonoured) {
  Tensor x = rand({2, 3}, dtype(kDouble).requires_grad(true));
  EXPECT_EQ(x.dtype(), kDouble);
  EXPECT_TRUE(x.requires_grad());
  EXPECT_TRUE(x.is_leaf());
  EXPECT_EQ(randint(5, {2}).dtype(), kLong);
  EXPECT_EQ(randperm(5).dtype(), kLong);
  EXPECT_EQ(rand_like(x).requires_grad(), false);
  EXPECT_EQ(randn({0, 3}).numel(), 0);
  EXPECT_EQ(randperm(0).numel(), 0);
}

// Runs f, which must throw, and checks that nothing was drawn.
template <class F>
void expect_throws_without_draws(const char* what, const F& f) {
  manual_seed(11);
  GeneratorState before = default_generator().get_state();
  EXPECT_THROW(f(), Error) << what;
  GeneratorState after = default_generator().get_state();
  EXPECT_EQ(std::memcmp(&before, &after, sizeof(before)), 0) << what;
}

TEST(RandomOps, BadArgumentsDrawNothing) {
  const double nan = std::nan("");
  Tensor x = zeros({4, 5});
  Tensor n = zeros(4, kLong);
  Tensor b = zeros(4, kBool);
  auto bad = [](const char* what, const auto& f) {
    expect_throws_without_draws(what, f);
  };
  bad("uniform order", [&] { x.uniform_(1, 0); });
  bad("uniform nan", [&] { x.uniform_(nan, 1); });
  bad("uniform range", [&] { x.uniform_(-3e38, 3e38); });
  bad("uniform bound", [&] { x.uniform_(0, 1e39); });
  bad("uniform int", [&] { n.uniform_(); });
  bad("normal std", [&] { x.normal_(0, -1); });
  bad("normal nan", [&] { x.normal_(0, nan); });
  bad("normal int", [&] { n.normal_(); });
  bad("bernoulli p", [&] { x.bernoulli_(1.5); });
  bad("bernoulli nan", [&] { x.bernoulli_(nan); });
  bad("bernoulli tensor", [&] { x.bernoulli_(full({5}, 1.5)); });
  bad("bernoulli shape", [&] { x.bernoulli_(full({2, 4, 5}, 0.5)); });
  bad("bernoulli dtype", [&] { bernoulli(n); });
  bad("random order", [&] { x.random_(3, 3); });
  bad("random bool", [&] { b.random_(0, 3); });
  bad("exponential", [&] { x.exponential_(0); });
  bad("geometric 0", [&] { x.geometric_(0); });
  bad("geometric 1", [&] { x.geometric_(1); });
  bad("randint", [&] { randint(0, {3}); });
  bad("randint size", [&] { randint(5, {-3}); });
  bad("randint grad",
      [&] { randint(5, {3}, dtype(kLong).requires_grad(true)); });
  bad("randperm", [&] { randperm(-1); });
  bad("rand int", [&] { rand({3}, kLong); });
  bad("rand size", [&] { rand({3, -1}); });
  bad("normal tensor std", [&] { normal(0, full({3}, -1.)); });
  bad("normal shapes", [&] { normal(zeros(3), ones(4)); });
  bad("dropout", [&] { dropout(x, 1.5, true); });
  bad("dropout nan", [&] { dropout(x, nan, false); });
  bad("dropout int", [&] { dropout(n, 0.5, true); });
  bad("feature dropout", [&] { feature_dropout(ones(3), 0.5, true); });
  EXPECT_TRUE(x.equal(zeros({4, 5})));
}

TEST(RandomOps, BadWeightsDrawNothing) {
  auto bad = [](const Tensor& w, int64_t samples, bool replacement) {
    expect_throws_without_draws("multinomial",
                                [&] { multinomial(w, samples, replacement); });
  };
  bad(ones(3), 4, false);
  bad(ones(3), 0, true);
  bad(ones({2, 2, 2}), 1, true);
  bad(ones(3, kLong), 1, true);
  bad(tensor({1., -1.}), 1, true);
  bad(tensor({1., HUGE_VAL}), 2, true);
  bad(zeros(3), 1, false);
  bad(tensor({0., 10., 3., 0.}), 4, false);
  bad(tensor({0., 10., 3., 0.}), 3, false);
  bad(tensor({1., 2., 3., 0., 1., 0.}).view({2, 3}), 2, false);
  bad(zeros({2, 0}), 1, true);
}

TEST(RandomOps, WeightsOfZeroAreNeverDrawn) {
  const Tensor few = tensor({0., 10., 3., 0.});
  EXPECT_EQ(multinomial(few, 2, false).sum().item<int64_t>(), 3);
  const Tensor tiny = tensor({0.0f, 1e-45f}).expand({50, 2});
  EXPECT_TRUE(multinomial(tiny, 1).all().item<bool>());
}

TEST(RandomOps, LeafThatRequiresGradIsProtected) {
  Tensor x = ones({2, 3}).requires_grad_();
  expect_throws_without_draws("leaf", [&] { x.normal_(); });
  expect_throws_without_draws("leaf", [&] { dropout_(x, 0.5, true); });
  expect_throws_without_draws("leaf", [&] { alpha_dropout_(x, 0.5, true); });
  expect_throws_without_draws("overlap", [&] {
    ones({1, 3}).expand({2, 3}).uniform_();
  });
  NoGradGuard no_grad;
  EXPECT_NE(x.normal_()[0][0].item<float>(), 1);
}

TEST(RandomOps, OverwritingStopsTheGradient) {
  Tensor x = ones({2, 3}).requires_grad_();
  Tensor y = x * 2;
  y.uniform_();
  (y * y).sum().backward();
  EXPECT_TRUE(x.grad().equal(zeros({2, 3})));
  Tensor z = x * 2;
  z[0].normal_();
  z.sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({{0., 0., 0.}, {2., 2., 2.}})));
}

TEST(RandomOps, StridedDrawsAreRecordedInMemoryOrder) {
  manual_seed(2);
  Tensor plain = zeros({20, 2}).select(1, 0).normal_().clone();
  manual_seed(2);
  Tensor x = ones({20, 2}).requires_grad_();
  Tensor y = x * 1;
  y.select(1, 0).normal_();
  EXPECT_TRUE(y.select(1, 0).equal(plain));
}

TEST(Dropout, BackwardUsesTheSameMask) {
  for (bool transposed : {false, true}) {
    Tensor x = ones({30, 20}).requires_grad_();
    Tensor y = dropout(transposed ? x.t() : x, 0.25, true);
    y.sum().backward();
    Tensor expected = transposed ? y.t() : y;
    EXPECT_TRUE(x.grad().equal(expected.detach()));
    EXPECT_GT(x.grad().eq(0).sum().item<int64_t>(), 90);
  }
}

TEST(Dropout, InPlaceBackward) {
  Tensor x = ones({30, 20}).requires_grad_();
  Tensor y = x * 3;
  dropout_(y, 0.5, true);
  y.sum().backward();
  EXPECT_TRUE((x.grad()).equal(y.detach()));
}

TEST(Dropout, FeatureMapsGoTogether) {
  Tensor x = ones({4, 8, 3, 3}).requires_grad_();
  Tensor y = feature_dropout(x, 0.5, true);
  Tensor first = y.slice(2, 0, 1).slice(3, 0, 1);
  EXPECT_TRUE(y.equal(first.expand({4, 8, 3, 3})));
  y.sum().backward();
  EXPECT_TRUE(x.grad().equal(y.detach()));
}

TEST(Dropout, ReturnsTheInputWhenThereIsNothingToDo) {
  Tensor x = ones({2, 3});
  EXPECT_TRUE(dropout(x, 0.5, false).is_same(x));
  EXPECT_TRUE(dropout(x, 0, true).is_same(x));
  Tensor none = ones({0, 3});
  EXPECT_TRUE(alpha_dropout(none, 0.5, true).is_same(none));
}

TEST(Dropout, DroppingEverythingKeepsNan) {
  Tensor y = dropout(tensor({1., std::nan(""), -1.}), 1, true);
  EXPECT_TRUE(y.isnan().equal(tensor({false, true, false})));
  EXPECT_EQ(y[0].item<float>(), 0);
}

TEST(RandomOps, StateIsSavedAndRestored) {
  manual_seed(4);
  randn(3);
  GeneratorState state = default_generator().get_state();
  Tensor first = randn({3, 3});
  default_generator().set_state(state);
  EXPECT_TRUE(first.equal(randn({3, 3})));
}

}  // namespace
}  // namespace taper
