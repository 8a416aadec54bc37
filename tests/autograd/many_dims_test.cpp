// Tensors of 9 to 64 dims: what a function makes of them is what it makes of
// the same elements in fewer.
#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "taper/taper.h"

namespace taper {
namespace {

namespace F = nn::functional;
using indexing::Ellipsis;
using indexing::None;
using indexing::Slice;

const std::vector<int64_t> kShape = {2, 1, 3, 2, 1, 2, 2, 1, 3, 2, 1, 4};
const std::vector<int64_t> kReversed = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};

Tensor twelve() { return arange(1, 1153, kDouble).view(kShape) * 0.01; }
// No two neighbouring dims lie in memory as one.
Tensor reversed() { return twelve().permute(kReversed); }

// The elements one by one, by sizes and strides.
std::vector<double> elements(const Tensor& x) {
  std::vector<double> values;
  const Tensor y = x.to(kDouble);
  for (int64_t i = 0; i < y.numel(); ++i) {
    int64_t rest = i;
    int64_t at = 0;
    for (int64_t d = y.dim() - 1; d >= 0; --d) {
      at += rest % y.size(d) * y.stride(d);
      rest /= y.size(d);
    }
    values.push_back(y.data_ptr<double>()[at]);
  }
  return values;
}

void expect_same(const Tensor& many, const Tensor& few, const std::string& of) {
  EXPECT_EQ(elements(many), elements(few)) << of;
}

TEST(ManyDims, FlatteningAndViewsFindTheElements) {
  const Tensor x = reversed();
  EXPECT_EQ(x.dim(), 12);
  EXPECT_EQ(x.size(0), 4);
  EXPECT_EQ(x.stride(11), 576);
  expect_same(x.flatten(), x, "flatten");
  expect_same(x.contiguous(), x, "contiguous");
  expect_same(x.permute(kReversed), twelve(), "permute");
  expect_same(x.transpose(0, 11).transpose(0, 11), x, "transpose");
  expect_same(x.movedim(0, 11).movedim(11, 0), x, "movedim");
  expect_same(x.unsqueeze(5).squeeze(5), x, "unsqueeze");
  expect_same(x.squeeze(), x, "squeeze");
  expect_same(x[3], x.flatten(1)[3], "select");
  expect_same(x.slice(0, 1, 4, 2), x.flatten(1).slice(0, 1, 4, 2), "slice");
  expect_same(x.expand({3, 4, 1, 2, 3, 1, 2, 2, 1, 2, 3, 1, 2}),
              x.flatten().expand({3, 1152}), "expand");
  expect_same(cat(x.split(1, 0), 0), x, "split");
  expect_same(stack(x.unbind(3), 3), x, "unbind");
  expect_same(x.diagonal(0, 2, 11),
              x.permute({0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 2, 11})
                  .reshape({-1, 2, 2})
                  .diagonal(0, 1, 2),
              "diagonal");
  expect_same(x.unflatten(0, {2, 2}), x, "unflatten");
  expect_same(x.flip({10, 2}).flip(2).flip(10), x, "flip");
}

struct Row {
  const char* name;
  std::function<Tensor(const Tensor&)> run;
};

TEST(ManyDims, ElementwiseFunctionsMatchTheFlatOnes) {
  const std::vector<Row> rows = {
      {"exp", [](const Tensor& x) { return x.exp(); }},
      {"add", [](const Tensor& x) { return x + x; }},
      {"number", [](const Tensor& x) { return 2 / x; }},
      {"pow", [](const Tensor& x) { return x.pow(x); }},
      {"addcmul", [](const Tensor& x) { return x.addcmul(x, x, 2); }},
      {"where", [](const Tensor& x) { return where(x > 2, x, x.neg()); }},
      {"masked_fill", [](const Tensor& x) { return x.masked_fill(x > 2, 7); }},
      {"clamp", [](const Tensor& x) { return x.clamp(1, 3); }},
      {"float", [](const Tensor& x) { return x.to(kFloat).exp(); }},
      {"half", [](const Tensor& x) { return x.to(kHalf) * 2; }},
      {"clone", [](const Tensor& x) { return x.clone(); }},
      {"gelu", [](const Tensor& x) { return gelu(x); }},
      {"add_", [](const Tensor& x) { return x.clone().add_(x).mul_(3); }},
      {"copy_", [](const Tensor& x) { return zeros_like(x).copy_(x); }},
      {"masked_select", [](const Tensor& x) { return x.masked_select(x > 2); }},
      {"index mask", [](const Tensor& x) { return x.index({x > 2}); }},
      {"sum", [](const Tensor& x) { return x.sum().round(); }},
      {"max", [](const Tensor& x) { return x.max(); }},
      {"argmax", [](const Tensor& x) { return x.argmax(); }},
      {"take", [](const Tensor& x) { return std::get<0>(x.flatten().sort()); }},
      {"mse",
       [](const Tensor& x) { return F::mse_loss(x, x * 2).mul(8).round(); }},
      {"equal", [](const Tensor& x) { return tensor(x.equal(x.clone())); }},
  };
  const Tensor x = reversed();
  for (const Row& row : rows) {
    expect_same(row.run(x), row.run(x.flatten()), row.name);
    expect_same(row.run(twelve()), row.run(twelve().flatten()), row.name);
  }
  expect_same(x * x.select(0, 1), x.reshape({4, 288}) * x[1].flatten(),
              "broadcast");
  EXPECT_EQ(nonzero(x).sizes(), (std::vector<int64_t>{1152, 12}));
}

// Functions along a dim, which is moved in front of all others first.
TEST(ManyDims, FunctionsAlongADimMatchThoseOfMatrices) {
  const Tensor index = tensor({1, 0});
  const std::vector<std::function<Tensor(const Tensor&, int64_t)>> rows = {
      [](auto& x, auto d) { return x.sum(d); },
      [](auto& x, auto d) { return x.mean(d, true); },
      [](auto& x, auto d) { return x.prod(d); },
      [](auto& x, auto d) { return std::get<0>(x.max(d)); },
      [](auto& x, auto d) { return x.argmin(d); },
      [](auto& x, auto d) { return x.var(d); },
      [](auto& x, auto d) { return x.norm(2, d); },
      [](auto& x, auto d) { return x.logsumexp(d); },
      [](auto& x, auto d) { return x.any(d); },
      [](auto& x, auto d) { return x.cumsum(d).movedim(d, 0); },
      [](auto& x, auto d) { return x.softmax(d).movedim(d, 0); },
      [](auto& x, auto d) {
        return std::get<0>(x.sort(d, true)).movedim(d, 0);
      },
      [](auto& x, auto d) { return std::get<0>(x.topk(1, d)).movedim(d, 0); },
      [](auto& x, auto d) { return x.flip(d).movedim(d, 0); },
      [](auto& x, auto d) { return x.roll(1, d).movedim(d, 0); },
      [](auto& x, auto d) {
        return cat({x, x * 2}, d).movedim(d, 0);
      },
      [](auto& x, auto d) { return x.repeat_interleave(2, d).movedim(d, 0); },
      [&](auto& x, auto d) { return x.index_select(d, index).movedim(d, 0); },
      [&](auto& x, auto d) { return x.index_fill(d, index, 7).movedim(d, 0); },
      [](auto& x, auto d) {
        return x.gather(d, zeros_like(x, kLong)).movedim(d, 0);
      },
      [](auto& x, auto d) {
        return x.scatter_add(d, zeros_like(x, kLong), x).movedim(d, 0);
      },
  };
  for (int64_t d : {0, 2, 5, 9, 11}) {
    for (const Tensor& x : {reversed(), twelve().transpose(0, 11)}) {
      const Tensor matrix = x.movedim(d, 0).reshape({x.size(d), -1});
      for (size_t i = 0; i < rows.size(); ++i) {
        EXPECT_TRUE(allclose(rows[i](x, d).to(kDouble).flatten(),
                             rows[i](matrix, 0).to(kDouble).flatten(), 1e-12))
            << "row " << i << ", dim " << d;
      }
    }
  }
}

TEST(ManyDims, ReductionsOverSeveralDims) {
  const Tensor x = reversed();
  const std::vector<int64_t> dims = {0, 3, 6, 11};
  const Tensor front = x.permute({0, 3, 6, 11, 1, 2, 4, 5, 7, 8, 9, 10});
  const Tensor matrix = front.reshape({4 * 3 * 2 * 2, -1});
  EXPECT_TRUE(allclose(x.sum(dims).flatten(), matrix.sum(0)));
  EXPECT_TRUE(allclose(x.amax(dims).flatten(), matrix.amax(0)));
  EXPECT_TRUE(allclose(x.std(dims).flatten(), matrix.std(0)));
  EXPECT_EQ(x.sum(dims, true).dim(), 12);
}

TEST(ManyDims, IndicesAndWrites) {
  const Tensor x = reversed();
  const Tensor rows = tensor({2, 0});
  expect_same(x.index({rows, Ellipsis, 1}),
              x.reshape({4, 144, 2}).index({rows, Slice(), 1}), "index");
  expect_same(x.index({Ellipsis, None, Slice(0, 1)}),
              x.reshape({576, 2}).index({Slice(), None, Slice(0, 1)}), "None");
  Tensor y = x.contiguous();
  Tensor z = y.clone().view({4, -1, 2});
  y.index_put_({rows, Ellipsis, 1}, 7);
  z.index_put_({rows, Slice(), 1}, 7);
  expect_same(y, z, "index_put_");
  y.select(11, 0).zero_();
  z.select(2, 0).zero_();
  expect_same(y, z, "zero_");
}

TEST(ManyDims, ProductsOfBatches) {
  const Tensor x = reversed();
  const Tensor w = arange(6, kDouble).view({2, 3});
  EXPECT_TRUE(
      allclose(x.matmul(w).flatten(), x.reshape({-1, 2}).matmul(w).flatten()));
  const Tensor square = x.matmul(x.mT());
  const Tensor batch = x.reshape({-1, 1, 2});
  EXPECT_TRUE(allclose(square.flatten(), batch.bmm(batch.mT()).flatten()));
  EXPECT_EQ(F::linear(x, w.t()).dim(), 12);
  EXPECT_TRUE(
      allclose(F::layer_norm(x, F::LayerNormFuncOptions({1, 2})).flatten(),
               F::layer_norm(x.reshape({-1, 2}), F::LayerNormFuncOptions({2}))
                   .flatten()));
}

TEST(ManyDims, GradientsFlow) {
  Tensor x = reversed().requires_grad_();
  Tensor y = reversed().flatten().requires_grad_();
  const auto f = [](const Tensor& t, const Tensor& part) {
    return (t.exp() * t.sin()).sum() + (part * part).sum();
  };
  f(x, x.select(0, 1).permute({10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0})).backward();
  f(y, y.view({4, 288})[1]).backward();
  EXPECT_TRUE(allclose(x.grad().flatten(), y.grad()));
  EXPECT_TRUE(autograd::gradcheck(
      [](const std::vector<Tensor>& in) {
        Tensor t = in[0].mul(1);
        t.select(4, 0).mul_(2);  // through a view
        return t.sum({0, 3, 8}).cumsum(5).expand(
            {2, -1, -1, -1, -1, -1, -1, -1, -1, -1});
      },
      {rand({2, 1, 1, 2, 2, 1, 1, 1, 2, 1, 1, 2}, kDouble).requires_grad_()}));
}

TEST(ManyDims, PrintingSavingAndShapesInPlace) {
  const Tensor x = reversed();
  std::stringstream text;
  text << ones({1, 1, 1, 1, 1, 1, 1, 1, 1, 2}) << repr(x);
  EXPECT_NE(text.str().find("{1,1,1,1,1,1,1,1,1,2}"), std::string::npos);
  std::stringstream file;
  save(x, file);
  Tensor loaded;
  load(loaded, file);
  EXPECT_EQ(loaded.sizes(), x.sizes());
  expect_same(loaded, x, "load");
  Tensor y = ones({2, 3});
  for (int i = 0; i < 10; ++i) y.unsqueeze_(i % 2);
  EXPECT_EQ(y.dim(), 12);
  y.squeeze_();
  EXPECT_EQ(y.sizes(), (std::vector<int64_t>{2, 3}));
  y.set_data(x);
  EXPECT_EQ(y.sizes(), x.sizes());
}

TEST(ManyDims, SixtyFourDimsAndNotOneMore) {
  std::vector<int64_t> shape(64, 1);
  shape[0] = 2;
  shape[63] = 3;
  const Tensor x = arange(6, kDouble).view(shape);
  expect_same(x + x.transpose(1, 2), x.flatten() * 2, "add");
  expect_same(x.sum(63), x.view({2, 3}).sum(1), "sum");
  EXPECT_EQ(x.sum().item<double>(), 15);
  shape.push_back(1);
  EXPECT_THROW(zeros(shape), Error);
  EXPECT_THROW(x.unsqueeze(0), Error);
  EXPECT_THROW(x.view(shape), Error);
  EXPECT_THROW(x.expand(shape), Error);
  EXPECT_THROW(stack({x, x}), Error);
  EXPECT_THROW(x.index({None}), Error);
}

}  // namespace
}  // namespace taper
