// The dtypes that kernels convert give what PyTorch gives, op by op: the
// results and their dtypes come from tests/golden/make_dtypes.py.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "taper/taper.h"

namespace taper {
namespace {

namespace F = nn::functional;

using Op = std::function<Tensor(Tensor, Tensor)>;
using Ops = std::map<std::string, Op>;

Tensor index() { return tensor({{1, 0, 3, 2}, {0, 0, 2, 1}}); }
Tensor mask() {
  return tensor({{true, false, true, true}, {false, true, false, true}});
}

Op in_place(std::function<void(Tensor&, const Tensor&)> f) {
  return [f](const Tensor& x, const Tensor& y) {
    Tensor z = x.clone();
    f(z, y);
    return z;
  };
}

// The gradient of f(x, y) * y, summed, with respect to x.
Op leaf(std::function<Tensor(const Tensor&, const Tensor&)> f) {
  return [f](const Tensor& x, const Tensor& y) {
    Tensor z = x.clone();
    z.set_requires_grad(true);
    (f(z, y) * y).sum().backward();
    return z.grad();
  };
}

#define UNARY(name)                                               \
  {                                                               \
#name, [](const Tensor& x, const Tensor&) { return name(x); } \
  }
#define BINARY(name)                                                   \
  {                                                                    \
#name, [](const Tensor& x, const Tensor& y) { return name(x, y); } \
  }
// An expression of x and y.
#define OP(name, ...)                                                          \
  {                                                                            \
    name,                                                                      \
        [](const Tensor& x [[maybe_unused]],                                   \
           const Tensor& y [[maybe_unused]]) -> Tensor { return __VA_ARGS__; } \
  }
#define IN_PLACE(name, ...)                                          \
  {                                                                  \
    name, in_place([](Tensor& x, const Tensor& y [[maybe_unused]]) { \
      __VA_ARGS__;                                                   \
    })                                                               \
  }
#define LEAF(name, ...)                                                \
  {                                                                    \
    name, leaf([](const Tensor& x, const Tensor& y [[maybe_unused]]) { \
      return __VA_ARGS__;                                              \
    })                                                                 \
  }

Ops unary_ops() {
  return {UNARY(abs),
          UNARY(neg),
          UNARY(sign),
          UNARY(square),
          UNARY(reciprocal),
          UNARY(sqrt),
          UNARY(rsqrt),
          UNARY(exp),
          UNARY(exp2),
          UNARY(expm1),
          UNARY(log),
          UNARY(log2),
          UNARY(log10),
          UNARY(log1p),
          UNARY(sin),
          UNARY(cos),
          UNARY(tan),
          UNARY(asin),
          UNARY(acos),
          UNARY(atan),
          UNARY(sinh),
          UNARY(cosh),
          UNARY(tanh),
          UNARY(sigmoid),
          UNARY(erf),
          UNARY(erfc),
          UNARY(floor),
          UNARY(ceil),
          UNARY(round),
          UNARY(trunc),
          UNARY(frac),
          UNARY(relu),
          UNARY(logical_not),
          UNARY(isnan),
          UNARY(isinf),
          UNARY(isfinite),
          UNARY(bitwise_not),
          UNARY(sum),
          UNARY(mean),
          UNARY(prod),
          UNARY(max),
          UNARY(min),
          UNARY(argmax),
          UNARY(argmin),
          UNARY(any),
          UNARY(all),
          UNARY(var),
          UNARY(std),
          UNARY(t),
          UNARY(flatten),
          UNARY(nonzero),
          OP("amax", x.amax({0, 1})),
          OP("amin", x.amin({0, 1})),
          OP("count_nonzero", x.count_nonzero())};
}

Ops binary_ops() {
  return {BINARY(add),         BINARY(sub),         BINARY(mul),
          BINARY(div),         BINARY(maximum),     BINARY(minimum),
          BINARY(fmod),        BINARY(remainder),   BINARY(floor_divide),
          BINARY(atan2),       BINARY(eq),          BINARY(ne),
          BINARY(lt),          BINARY(le),          BINARY(gt),
          BINARY(ge),          BINARY(logical_and), BINARY(logical_or),
          BINARY(logical_xor), BINARY(bitwise_and), BINARY(bitwise_or),
          BINARY(bitwise_xor)};
}

Ops cast_ops() {
  return {OP("to_int32", x.to(kInt)),      OP("to_int16", x.to(kShort)),
          OP("to_int8", x.to(kChar)),      OP("to_uint8", x.to(kByte)),
          OP("to_float16", x.to(kHalf)),   OP("to_bfloat16", x.to(kBFloat16)),
          OP("to_int64", x.to(kLong)),     OP("to_float32", x.to(kFloat)),
          OP("to_float64", x.to(kDouble)), OP("to_bool", x.to(kBool))};
}

Ops scalar_ops() {
  return {OP("pow", pow(x, y.abs())),
          OP("add_alpha", add(x, y, 3)),
          OP("add_one", x + 1),
          OP("add_half", x + 0.5),
          OP("sub_300", x - 300),
          OP("rsub", 10 - x),
          OP("mul_3", x * 3),
          OP("mul_tenth", x * 0.1),
          OP("div_255", x / 255),
          OP("div_floor", div(x, y, "floor")),
          OP("div_trunc", div(x, y, "trunc")),
          OP("pow_2", pow(x, 2)),
          OP("pow_3", pow(x, 3)),
          OP("pow_half", pow(x, 0.5)),
          OP("fmod_4", fmod(x, 4)),
          OP("remainder_4", x % 4),
          OP("floor_divide_4", floor_divide(x, 4)),
          OP("eq_7", x == 7),
          OP("lt_half", x < 0.5),
          OP("clamp", x.clamp(1, 50)),
          OP("clamp_half", x.clamp(0.5)),
          OP("clamp_tensor", clamp(x, y, y + 10)),
          OP("where", where(mask(), x, y)),
          OP("where_number", where(mask(), x, 2)),
          OP("masked_fill", x.masked_fill(mask(), 9)),
          OP("lerp", x.lerp(y, 0.25)),
          OP("addcmul", x.addcmul(x, y, 2)),
          OP("addcdiv", x.addcdiv(x, y)),
          OP("mixed_float", x + y.to(kFloat)),
          OP("mixed_long", x * y.to(kLong)),
          OP("mixed_bool", x + mask()),
          OP("mixed_zero_dim", x + tensor(2.5))};
}

Ops reductions() {
  return {OP("sum_1", x.sum(1)),
          OP("sum_0", x.sum(0)),
          OP("sum_keep", x.sum(1, true)),
          OP("sum_float", x.sum(kFloat)),
          OP("sum_int8", x.sum(kChar)),
          OP("sum_t", x.t().sum(0)),
          OP("mean_1", x.mean(1)),
          OP("prod_1", x.prod(1)),
          OP("max_1", std::get<0>(x.max(1))),
          OP("argmax_1", std::get<1>(x.max(1))),
          OP("min_1", std::get<0>(x.min(1))),
          OP("amax_0", x.amax(0)),
          OP("var_0", x.var(0)),
          OP("norm", x.norm()),
          OP("norm_1", x.norm(1)),
          OP("logsumexp", x.logsumexp(1)),
          OP("cumsum", x.cumsum(1)),
          OP("cumprod", x.cumprod(1)),
          OP("sort", std::get<0>(x.sort(1))),
          OP("argsort", std::get<1>(x.sort(1))),
          OP("topk", std::get<0>(x.topk(2))),
          OP("softmax", x.softmax(1)),
          OP("log_softmax", x.log_softmax(1)),
          OP("matmul", matmul(x, y.t())),
          OP("mv", matmul(x, y[0])),
          OP("dot", matmul(x[0], y[0])),
          OP("bmm", matmul(x.view({2, 2, 2}), y.view({2, 2, 2}))),
          OP("addmm", addmm(y.slice(1, 0, 2), x, y.t())),
          OP("linear", F::linear(x, y, y[0].slice(0, 0, 2)))};
}

Ops shape_ops() {
  return {OP("cat", cat({x, y}, 1)),
          OP("cat_mixed", cat({x, y.to(kLong)}, 1)),
          OP("stack", stack({x, y})),
          OP("transposed", x.t() + y.t()),
          OP("strided", x.slice(1, 0, 4, 2) * y.slice(1, 1, 4, 2)),
          OP("contiguous", x.t().contiguous()),
          OP("flip", x.flip(1)),
          OP("tril", x.tril()),
          OP("gather", x.gather(1, index())),
          OP("scatter", x.scatter(1, index(), y)),
          OP("scatter_add", x.scatter_add(1, index(), y)),
          OP("index", x.index({indexing::Slice(), index()[1]})),
          OP("index_select", x.index_select(1, index()[0])),
          OP("index_add", x.index_add(1, index()[1], y)),
          OP("masked_select", x.masked_select(mask())),
          OP("repeat", x.repeat({2, 1}))};
}

Ops in_place_ops() {
  return {IN_PLACE("add_", x.add_(y)),
          IN_PLACE("add_long_", x.add_(y.to(kLong))),
          IN_PLACE("mul_", x.mul_(y)),
          IN_PLACE("div_", x.div_(y)),
          IN_PLACE("fill_", x.fill_(3)),
          IN_PLACE("fill_300_", x.fill_(300)),
          IN_PLACE("zero_", x.zero_()),
          IN_PLACE("copy_", x.copy_(y.to(kDouble) * 1.5)),
          IN_PLACE("column_", x.select(1, 1).add_(y.select(1, 0))),
          IN_PLACE("index_put_", x.index_put_({index()[0].slice(0, 0, 2)}, y)),
          IN_PLACE("exp_", x.exp_()),
          OP("full", full({2}, 100, x.dtype())),
          OP("full_70000", full({2}, 70000, x.dtype())),
          OP("full_minus_1", full({2}, -1, x.dtype())),
          OP("arange", arange(1, 20, 3, x.dtype())),
          OP("arange_fraction", arange(0, 2, 0.3, x.dtype())),
          OP("linspace", linspace(0, 10, 5, x.dtype())),
          OP("eye", eye(2, x.dtype()))};
}

Ops network_ops() {
  return {OP("gelu", F::gelu(x)),
          OP("silu", F::silu(x)),
          OP("softplus", F::softplus(x)),
          OP("leaky_relu", F::leaky_relu(x)),
          OP("elu", F::elu(x)),
          OP("mse_loss", F::mse_loss(x, y)),
          OP("l1_loss", F::l1_loss(x, y)),
          OP("smooth_l1_loss", F::smooth_l1_loss(x, y)),
          OP("cross_entropy", F::cross_entropy(x, tensor({1, 3}))),
          OP("layer_norm",
             F::layer_norm(
                 x, F::LayerNormFuncOptions({4}).weight(y[0]).bias(y[1]))),
          OP("group_norm",
             F::group_norm(x.view({1, 2, 4}), F::GroupNormFuncOptions(2))),
          LEAF("grad_mul", x * y),
          LEAF("grad_exp", (x / 10).exp()),
          LEAF("grad_tanh", x.tanh()),
          LEAF("grad_sum", x.sum(1, true)),
          LEAF("grad_softmax", x.softmax(1)),
          LEAF("grad_matmul", matmul(matmul(x, y.t()), y)),
          LEAF("grad_to_float", x.to(kFloat).square()),
          LEAF("grad_twice", x * x + x)};
}

// Each with a fresh generator, on a copy of x.
Ops random_ops() {
  Ops ops = {
      OP("rand", rand({20}, x.dtype())),
      OP("randn", randn({5}, x.dtype())),
      OP("randn_blocks", randn({20}, x.dtype())),
      OP("randint", randint(3, 100, {8}, x.dtype())),
      OP("randint_300", randint(300, {8}, x.dtype())),
      OP("randperm", randperm(8, x.dtype())),
      OP("random_", x.random_()),
      OP("random_to_", x.random_(50)),
      OP("random_from_", x.random_(5, std::optional<int64_t>())),
      OP("uniform_", x.uniform_(-2, 3)),
      OP("normal_", x.normal_(1, 2)),
      OP("bernoulli_", x.bernoulli_(0.3)),
      OP("exponential_", x.exponential_(2)),
      OP("log_normal_", x.log_normal_(0, 1)),
      OP("cauchy_", x.cauchy_()),
      OP("geometric_", x.geometric_(0.3)),
      OP("dropout", dropout(x + 1, 0.4, true)),
      OP("rand_like", rand_like(x)),
      OP("uniform_t_", x.t().uniform_(-2, 3)),
  };
  for (auto& entry : ops) {
    entry.second = [op = entry.second](const Tensor& x, const Tensor& y) {
      manual_seed(5);
      return op(x.clone(), y);
    };
  }
  return ops;
}

Ops all_ops() {
  Ops all;
  for (const Ops& part :
       {unary_ops(), binary_ops(), cast_ops(), scalar_ops(), reductions(),
        shape_ops(), in_place_ops(), network_ops(), random_ops()}) {
    all.insert(part.begin(), part.end());
  }
  return all;
}

ScalarType dtype_named(const std::string& name) {
  for (int i = 0; i < kDtypeCount; ++i) {
    if (name == name_of(static_cast<ScalarType>(i))) {
      return static_cast<ScalarType>(i);
    }
  }
  return kUndefined;
}

std::vector<double> numbers_of(const Tensor& x) {
  const Tensor wide = x.detach().to(kDouble).contiguous();
  const auto* data = wide.data_ptr<double>();
  return std::vector<double>(data, data + wide.numel());
}

// What PyTorch rounds more than once.
bool is_rougher(const std::string& op) {
  return op == "pow_3" || op == "prod_1" || op == "rsqrt" ||
         op == "grad_softmax";
}

// Half types are rounded once from float, which hides the last place of
// functions; integers are exact.
bool is_close(double got, double expected, ScalarType dtype, bool rougher) {
  if (std::isnan(expected)) return std::isnan(got);
  double units = dtype == kFloat || dtype == kDouble ? 1e-6 : 0;
  if (rougher && dtype == kHalf) units = 0x1p-10;
  if (rougher && dtype == kBFloat16) units = 0x1p-7;
  return got == expected || std::fabs(got - expected) <=
                                units * std::fabs(expected) + units * 1e-4;
}

TEST(Dtypes, EveryOpGivesWhatPyTorchGives) {
  const auto path =
      std::filesystem::path(__FILE__).parent_path() / "../golden/dtypes.txt";
  std::ifstream file(path);
  const Ops ops = all_ops();
  std::string line;
  int lines = 0;
  while (std::getline(file, line)) {
    ++lines;
    std::istringstream words(line);
    std::string name, dtype, expected;
    words >> name >> dtype >> expected;
    const ScalarType type = dtype_named(dtype);
    const Tensor x =
        is_floating(type)
            ? tensor({0.5, -1.25, 3., 0., 100., 1e-3, -7.75, 2.}, kDouble)
            : tensor({7, 0, 1, -3, 100, 25, -128, 127});
    const Tensor y =
        is_floating(type)
            ? tensor({2., -0.75, 1.5, 3., -4., 0.5, 1., -2.}, kDouble)
            : tensor({3, 2, -1, 4, 7, -5, 1, 2});
    SCOPED_TRACE(name + " of " + dtype);
    Tensor result;
    std::string got = "error";
    try {
      result = ops.at(name)(x.to(type).view({2, 4}), y.to(type).view({2, 4}));
      got = name_of(result.dtype());
    } catch (const Error& error) {
      if (expected != "error") ADD_FAILURE() << error.what();
    }
    EXPECT_EQ(got, expected);
    if (got != expected || got == "error") continue;
    std::vector<double> numbers;
    for (std::string word; words >> word;) {
      numbers.push_back(std::strtod(word.c_str(), nullptr));
    }
    const std::vector<double> values = numbers_of(result);
    ASSERT_EQ(values.size(), numbers.size());
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_TRUE(
          is_close(values[i], numbers[i], result.dtype(), is_rougher(name)))
          << "element " << i << ": " << values[i] << ", expected "
          << numbers[i];
    }
  }
  EXPECT_GT(lines, 1000) << path << " was not read";
}

}  // namespace
}  // namespace taper
