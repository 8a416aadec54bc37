// Attention and transformers against PyTorch: values, gradients of first and
// second order, training; printing, errors, threads, memory.
#include <cmath>
#include <sstream>

#include "../error_of.h"
#include "golden_cases.h"
#include "taper/autograd/grad_mode.h"
#include "taper/nn/nn.h"
#include "taper/optim/optim.h"
#include "taper/tensor/memory/allocator.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/random/generator.h"

namespace taper {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

const GoldenCases& golden() {
  static const GoldenCases cases("attention.txt");
  return cases;
}

struct Sdpa {
  Tensor mask = {};
  bool causal = false;
  std::optional<double> scale = std::nullopt;
  bool gqa = false;
};

void expect_sdpa(const std::string& name, IntArrayRef q, IntArrayRef k,
                 IntArrayRef v, const Sdpa& s = {}) {
  golden().expect(
      name,
      [&](const Tensor& a, const Tensor& b, const Tensor& c) {
        std::optional<Tensor> mask;
        if (s.mask.defined()) mask = s.mask;
        return scaled_dot_product_attention(a, b, c, mask, 0, s.causal, s.scale,
                                            s.gqa);
      },
      golden_ramp(q), golden_ramp(k, 5), golden_ramp(v, 9));
}

TEST(Attention, HasTheNumbersOfPyTorch) {
  Tensor some = golden_ramp({3, 4}) > 0;
  some[1].fill_(false);
  expect_sdpa("plain", {2, 3, 4}, {2, 5, 4}, {2, 5, 4});
  expect_sdpa("unbatched", {3, 2}, {4, 2}, {4, 2});
  expect_sdpa("wide_values", {3, 2}, {4, 2}, {4, 5});
  expect_sdpa("broadcast", {2, 1, 3, 2}, {3, 4, 2}, {1, 4, 2});
  expect_sdpa("causal", {2, 3, 2}, {2, 3, 2}, {2, 3, 2}, {.causal = true});
  expect_sdpa("causal_long", {5, 2}, {3, 2}, {3, 2}, {.causal = true});
  expect_sdpa("causal_wide", {3, 2}, {5, 2}, {5, 2},
              {.causal = true, .scale = -0.5});
  expect_sdpa("scale", {3, 2}, {4, 2}, {4, 2}, {.scale = 2.0});
  expect_sdpa("bool_mask", {2, 3, 2}, {2, 4, 2}, {2, 4, 2}, {.mask = some});
  expect_sdpa("mask", {2, 3, 2}, {2, 4, 2}, {2, 4, 2},
              {.mask = golden_ramp({2, 3, 4})});
  expect_sdpa("key_mask", {2, 2, 3, 2}, {2, 2, 4, 2}, {2, 2, 4, 2},
              {.mask = golden_ramp({2, 1, 1, 4}) > 0});
  expect_sdpa("query_mask", {3, 2}, {4, 2}, {4, 2},
              {.mask = golden_ramp({3, 1})});
  expect_sdpa("shared_heads", {1, 4, 3, 2}, {1, 2, 4, 2}, {1, 2, 4, 2},
              {.gqa = true});
  expect_sdpa("no_keys", {2, 3, 2}, {2, 0, 2}, {2, 0, 2});
  manual_seed(3);
  golden().expect_value("dropout.y",
                        scaled_dot_product_attention(
                            golden_ramp({2, 3, 4}), golden_ramp({2, 5, 4}),
                            golden_ramp({2, 5, 4}), {}, 0.4));
}

// Large enough for several blocks of queries and keys, and uneven.
struct Operands {
  explicit Operands(ScalarType dtype, int64_t l = 300, int64_t s = 210)
      : q(randn({2, 3, l, 20}, dtype).requires_grad_()),
        k(randn({2, 3, s, 20}, dtype).requires_grad_()),
        v(randn({2, 3, s, 7}, dtype).requires_grad_()),
        g(randn({2, 3, l, 7}, dtype)) {}

  std::vector<Tensor> run(const std::optional<Tensor>& mask = {}, double p = 0,
                          bool causal = false) const {
    manual_seed(9);
    const Tensor y = scaled_dot_product_attention(q, k, v, mask, p, causal);
    std::vector<Tensor> all = autograd::grad({y}, {q, k, v}, {g});
    all.push_back(y);
    return all;
  }

  Tensor q, k, v, g;
};

void expect_close(const std::vector<Tensor>& a, const std::vector<Tensor>& b,
                  double tolerance) {
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_LT((a[i] - b[i]).abs().max().item<double>(), tolerance) << i;
  }
}

void expect_blocks_as_whole(const Operands& x, const Tensor& mask,
                            double tolerance) {
  for (const bool causal : {false, true}) {
    for (const double p : {0.0, 0.3}) {
      // A mask that wants a gradient takes the composed formula.
      const Tensor wanted = mask.clone().requires_grad_();
      expect_close(x.run(mask, p, causal), x.run(wanted, p, causal), tolerance);
    }
  }
}

TEST(Attention, BlocksGiveWhatTheWholeMatrixOfWeightsGives) {
  manual_seed(1);
  for (const ScalarType dtype : {kDouble, kFloat}) {
    for (const auto& [l, s] : {std::pair(300, 210), {130, 400}}) {
      const Operands x(dtype, l, s);
      const double tolerance = dtype == kDouble ? 1e-12 : 2e-5;
      expect_blocks_as_whole(x, zeros({l, s}, dtype), tolerance);
      Tensor mask =
          zeros({l, s}, dtype).masked_fill(rand({l, s}) > 0.5, -kInfinity);
      mask[7].fill_(-kInfinity);
      mask.slice(1, 0, 195)[8].fill_(-kInfinity);
      expect_blocks_as_whole(x, mask, tolerance);
    }
  }
}

TEST(Attention, HasTheSameBitsOnAnyNumberOfThreads) {
  manual_seed(1);
  const int before = get_num_threads();
  for (const ScalarType dtype : {kDouble, kFloat}) {
    for (const bool causal : {false, true}) {
      const Operands x(dtype, 700, 500);
      set_num_threads(1);
      const auto expected = x.run({}, 0.2, causal);
      for (const int threads : {2, 3, 7}) {
        set_num_threads(threads);
        const auto got = x.run({}, 0.2, causal);
        for (size_t i = 0; i < got.size(); ++i) {
          EXPECT_TRUE(equal(got[i], expected[i])) << threads << " " << i;
        }
      }
    }
  }
  set_num_threads(before);
}

TEST(Attention, DoesNotDependOnTheLayout) {
  manual_seed(1);
  const Operands x(kFloat);
  const auto expected = x.run();
  for (const auto& [a, b] : {std::pair(1, 2), {2, 3}, {0, 3}}) {
    Operands other = x;
    for (Tensor* t : {&other.q, &other.k, &other.v}) {
      *t = t->detach().transpose(a, b).contiguous().transpose(a, b);
      t->requires_grad_();
    }
    other.g = x.g.transpose(a, b).contiguous().transpose(a, b);
    const auto got = other.run();
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_TRUE(equal(got[i], expected[i])) << i;
    }
  }
}

TEST(Attention, KeepsInfinityAndNanWhereTheyAre) {
  Tensor k = zeros({3, 2});
  k[2].fill_(kInfinity);
  const Tensor q = ones({1, 2}), v = golden_ramp({3, 2}).to(kFloat);
  const Tensor y = scaled_dot_product_attention(
      q, k, v, tensor({true, true, false}).view({1, 3}));
  EXPECT_TRUE(y.isnan().all().item<bool>());  // inf - inf, as in PyTorch
  k[2].fill_(1e30);
  const Tensor seen = scaled_dot_product_attention(
      q, k, v, tensor({true, true, false}).view({1, 3}));
  EXPECT_TRUE(allclose(seen[0], v.slice(0, 0, 2).mean(0)));
  const Tensor none =
      scaled_dot_product_attention(q, k, v, zeros({1, 3}, kBool), 0.5);
  EXPECT_TRUE(equal(none, zeros({1, 2})));
}

TEST(Attention, ComputesNarrowTypesInFloat) {
  for (const ScalarType dtype : {kHalf, kBFloat16}) {
    const Tensor x = golden_ramp({2, 3, 4}).to(dtype).requires_grad_();
    const Tensor y = scaled_dot_product_attention(x, x, x);
    const Tensor wide = x.to(kFloat);
    EXPECT_EQ(y.dtype(), dtype);
    EXPECT_TRUE(
        equal(y, scaled_dot_product_attention(wide, wide, wide).to(dtype)));
    y.sum().backward();
    EXPECT_EQ(x.grad().dtype(), dtype);
  }
}

TEST(Attention, DropsEverythingOrNothingWithoutDraws) {
  const Tensor x = golden_ramp({2, 3, 4});
  manual_seed(4);
  const Tensor first = rand(1);
  manual_seed(4);
  EXPECT_TRUE(equal(scaled_dot_product_attention(x, x, x, {}, 1),
                    zeros({2, 3, 4}, kDouble)));
  scaled_dot_product_attention(x, x, x, {}, 0);
  EXPECT_TRUE(equal(rand(1), first));
}

TEST(Attention, TakesEmptyOperands) {
  const auto shape_of = [](IntArrayRef q, IntArrayRef k) {
    const Tensor query = zeros(q).requires_grad_();
    const Tensor key = zeros(k).requires_grad_();
    const Tensor y = scaled_dot_product_attention(query, key, key);
    y.sum().backward();
    EXPECT_TRUE(query.grad().defined());
    return y.sizes().vec();
  };
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(shape_of({2, 0, 3}, {2, 4, 3}), (Shape{2, 0, 3}));
  EXPECT_EQ(shape_of({0, 5, 3}, {0, 4, 3}), (Shape{0, 5, 3}));
  EXPECT_EQ(shape_of({2, 5, 0}, {2, 4, 0}), (Shape{2, 5, 0}));
}

// The weights alone would be 64 MB.
TEST(Attention, NeedsMemoryThatIsLinearInTheSequence) {
  const Tensor x = randn({1, 4096, 8}).requires_grad_();
  for (const double p : {0.0, 0.2}) {
    reset_peak_memory();
    const int64_t before = memory_stats().peak_bytes;
    scaled_dot_product_attention(x, x, x, {}, p).sum().backward();
    EXPECT_LT(memory_stats().peak_bytes, before + (8 << 20)) << p;
  }
}

// So many weights that it is not stored which of them stay.
TEST(Attention, DropsManyWeightsAsDropoutDoes) {
  manual_seed(1);
  const Tensor q = randn({2, 1, 2100, 2}).requires_grad_();
  const Tensor k = randn({2, 1, 2000, 2}).requires_grad_();
  manual_seed(5);
  const Tensor y = scaled_dot_product_attention(q, k, k, {}, 0.3);
  const Tensor next = rand(1);
  manual_seed(5);
  const Tensor weights = softmax(matmul(q / std::sqrt(2), k.mT()), -1);
  const Tensor expected = matmul(dropout(weights, 0.3, true), k);
  EXPECT_TRUE(equal(rand(1), next));
  const Tensor g = golden_ramp(y.sizes()).to(kFloat);
  auto got = autograd::grad({y}, {q, k}, {g});
  auto wanted = autograd::grad({expected}, {q, k}, {g});
  got.push_back(y);
  wanted.push_back(expected);
  expect_close(got, wanted, 1e-4);
}

TEST(Attention, RejectsWhatDoesNotFit) {
  const Tensor x = zeros({2, 3, 4});
  const auto sdpa = [&](auto... rest) {
    return [=] { scaled_dot_product_attention(rest...); };
  };
  const auto error = [](const auto& f) { return error_of(f); };
  EXPECT_EQ(error(sdpa(x, zeros({2, 3, 5}), x)),
            "[scaled_dot_product_attention] expected query (..., L, E), key "
            "(..., S, E) and value (..., S, V), got (2, 3, 4), (2, 3, 5) and "
            "(2, 3, 4)");
  EXPECT_NE(error(sdpa(x, x, zeros({2, 4, 4}))).find("value"),
            std::string::npos);
  EXPECT_NE(error(sdpa(zeros(4), x, x)).find("at least 2 dims"),
            std::string::npos);
  EXPECT_NE(error(sdpa(x, zeros({3, 3, 4}), x)).find("[scaled_dot"),
            std::string::npos);
  EXPECT_EQ(error(sdpa(x, x, x, zeros({3, 4}))),
            "[scaled_dot_product_attention] attn_mask of shape (3, 4) does not "
            "broadcast to (2, 3, 3)");
  EXPECT_NE(error(sdpa(x, x, x, zeros({5, 2, 3, 3}))).find("attn_mask"),
            std::string::npos);
  EXPECT_NE(
      error(sdpa(zeros({1, 3, 2, 4}), zeros({1, 2, 2, 4}), zeros({1, 2, 2, 4}),
                 std::nullopt, 0.0, false, std::nullopt, true))
          .find("heads"),
      std::string::npos);
  EXPECT_NE(error_of<TypeError>(sdpa(x, x, x, zeros({3, 3}, kLong)))
                .find("bool or floating"),
            std::string::npos);
  EXPECT_NE(error_of<TypeError>(sdpa(x, x.to(kDouble), x)).find("one dtype"),
            std::string::npos);
  EXPECT_NE(error_of<TypeError>(sdpa(x.to(kLong), x, x)).find("[scaled_dot"),
            std::string::npos);
  for (const double p : {-0.1, 1.5, std::nan("")}) {
    EXPECT_NE(error_of<ValueError>(sdpa(x, x, x, std::nullopt, p))
                  .find("dropout_p must lie in [0, 1]"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace taper
