// The same bits for 1, 2, 3 and 7 threads: one operation at a time, large
// enough for its parallel path, and whole training programs.
#include <cstring>
#include <functional>
#include <ostream>

#include "taper/taper.h"

namespace taper {
namespace {

using Make = std::vector<Tensor> (*)(ScalarType);

struct Job {
  const char* name;
  Make run;
};

void PrintTo(const Job& job, std::ostream* stream) { *stream << job.name; }

std::string bits_of(const std::vector<Tensor>& tensors) {
  std::string bits;
  for (const Tensor& x : tensors) {
    const Tensor y = x.detach().contiguous();
    bits.append(static_cast<const char*>(y.data_ptr()), y.nbytes());
  }
  return bits;
}

void expect_same_bits(const std::function<std::vector<Tensor>()>& run) {
  const int before = get_num_threads();
  set_num_threads(1);
  const std::string expected = bits_of(run());
  for (const int threads : {2, 3, 7}) {
    set_num_threads(threads);
    EXPECT_TRUE(bits_of(run()) == expected) << threads << " threads";
  }
  set_num_threads(before);
}

Tensor normal_like(IntArrayRef sizes, ScalarType dtype) {
  return randn(sizes, TensorOptions(dtype));
}
Tensor leaf(IntArrayRef sizes, ScalarType dtype) {
  return normal_like(sizes, dtype).requires_grad_();
}
// y, and the gradients of sum(y * weights) in the leaves.
std::vector<Tensor> with_grads(const Tensor& y, std::vector<Tensor> leaves) {
  y.backward(normal_like(y.sizes(), y.dtype()));
  std::vector<Tensor> all = {y};
  for (const Tensor& x : leaves) all.push_back(x.grad());
  return all;
}
Tensor indices(int64_t high, IntArrayRef sizes) { return randint(high, sizes); }

#define UNARY(op)             \
  Job {                       \
#op, [](ScalarType dtype) { \
      Tensor x = leaf({301, 1003}, dtype); \
      return with_grads(x.abs().add(0.1).op, {x}); \
    } \
  }
#define BINARY(name, expression)                                         \
  Job {                                                                  \
    name, [](ScalarType dtype) {                                         \
      Tensor a = leaf({301, 1003}, dtype), b = leaf({301, 1003}, dtype); \
      Tensor row = leaf({1003}, dtype), column = leaf({301, 1}, dtype);  \
      return with_grads(expression, {a});                                \
    }                                                                    \
  }

class SameBits : public testing::TestWithParam<Job> {};

TEST_P(SameBits, InFloat) {
  expect_same_bits([] {
    manual_seed(11);
    return GetParam().run(kFloat);
  });
}

TEST_P(SameBits, InDouble) {
  expect_same_bits([] {
    manual_seed(12);
    return GetParam().run(kDouble);
  });
}

INSTANTIATE_TEST_SUITE_P(
    Elementwise, SameBits,
    testing::Values(UNARY(exp()), UNARY(log()), UNARY(tanh()), UNARY(sqrt()),
                    UNARY(erf()), UNARY(sin()), UNARY(pow(2.5)),
                    UNARY(clamp(0.2, 0.7)), UNARY(t().square()),
                    BINARY("Add", a + b), BINARY("Row", a* row),
                    BINARY("Column", a / (column * 4)),
                    BINARY("Maximum", maximum(a, b)),
                    BINARY("Where", where(a > b, a, row))));

INSTANTIATE_TEST_SUITE_P(
    Reductions, SameBits,
    testing::Values(
        UNARY(sum()), UNARY(sum(0)), UNARY(sum(1)), UNARY(mean(0)),
        UNARY(var()), UNARY(std(0)), UNARY(var(1, false)), UNARY(prod(1)),
        UNARY(norm()), UNARY(norm(1, {0})), UNARY(amax({0})),
        UNARY(logsumexp({0})), UNARY(logsumexp({1})), UNARY(cumsum(0)),
        UNARY(cumsum(1)), UNARY(softmax(0)), UNARY(softmax(1)),
        UNARY(log_softmax(1)),
        Job{"MillionsInOneRow",
            [](ScalarType dtype) -> std::vector<Tensor> {
              const Tensor x = normal_like({2'000'003}, dtype);
              return {x.sum(),    x.mean(),     x.var(),
                      x.norm(),   x.cumsum(0),  x.max(),
                      x.argmax(), x.softmax(0), x.logsumexp(0)};
            }},
        Job{"MillionsInTwoColumns",
            [](ScalarType dtype) -> std::vector<Tensor> {
              const Tensor x = normal_like({700'001, 2}, dtype);
              return {x.sum(0),    x.mean(0),    x.var(0),    x.cumsum(0),
                      x.argmin(0), x.softmax(0), x.t().sum(1)};
            }},
        Job{"Sort", [](ScalarType dtype) -> std::vector<Tensor> {
              const Tensor x = normal_like({301, 1003}, dtype).round();
              auto [values, places] = x.sort(0);
              auto [best, best_places] = x.topk(9, 1);
              return {values, places, best, best_places};
            }}));

INSTANTIATE_TEST_SUITE_P(
    IndexingAndProducts, SameBits,
    testing::Values(
        Job{"IndexAdd",
            [](ScalarType dtype) {
              Tensor x = leaf({50, 257}, dtype), y = leaf({9001, 257}, dtype);
              const Tensor index = indices(50, {9001});
              return with_grads(x.index_add(0, index, y), {x, y});
            }},
        Job{"ScatterAdd",
            [](ScalarType dtype) {
              Tensor x = leaf({300, 50}, dtype), y = leaf({300, 3001}, dtype);
              const Tensor index = indices(50, {300, 3001});
              return with_grads(x.scatter_add(1, index, y), {x, y});
            }},
        Job{"GatherAndIndex",
            [](ScalarType dtype) {
              Tensor x = leaf({999, 130}, dtype);
              const Tensor rows = indices(999, {4000});
              return with_grads(x.index_select(0, rows) +
                                    x.index({rows.flip(0)}) +
                                    x[0].gather(0, indices(130, {130})),
                                {x});
            }},
        Job{"Embedding",
            [](ScalarType dtype) {
              Tensor x = leaf({100, 257}, dtype);
              return with_grads(embedding(x, indices(100, {64, 200})), {x});
            }},
        Job{"Matmul",
            [](ScalarType dtype) {
              Tensor a = leaf({512, 300}, dtype), b = leaf({300, 700}, dtype);
              return with_grads(a.matmul(b), {a, b});
            }},
        Job{"BatchedMatmul",
            [](ScalarType dtype) {
              Tensor a = leaf({40, 64, 33}, dtype), b = leaf({33, 70}, dtype);
              return with_grads(a.matmul(b), {a, b});
            }},
        Job{"MatrixByVector",
            [](ScalarType dtype) {
              Tensor a = leaf({3000, 501}, dtype), b = leaf({501}, dtype);
              return with_grads(a.mv(b), {a, b});
            }},
        Job{"Dot",
            [](ScalarType dtype) {
              Tensor a = leaf({1'000'003}, dtype), b = leaf({1'000'003}, dtype);
              return with_grads(a.dot(b), {a, b});
            }},
        Job{"Linear", [](ScalarType dtype) {
              Tensor x = leaf({513, 784}, dtype), w = leaf({10, 784}, dtype),
                     b = leaf({10}, dtype);
              return with_grads(linear(x, w, b), {x, w, b});
            }}));

INSTANTIATE_TEST_SUITE_P(
    Networks, SameBits,
    testing::Values(
        Job{"BatchNormOfColumns",
            [](ScalarType dtype) {
              Tensor x = leaf({2000, 130}, dtype), w = leaf({130}, dtype),
                     b = leaf({130}, dtype);
              Tensor mean = zeros({130}, dtype), var = ones({130}, dtype);
              Tensor y = batch_norm(x, w, b, mean, var, true, 0.1, 1e-5);
              auto all = with_grads(y, {x, w, b});
              all.push_back(mean);
              all.push_back(var);
              return all;
            }},
        Job{"BatchNormOfImages",
            [](ScalarType dtype) {
              Tensor x = leaf({30, 7, 33, 35}, dtype), w = leaf({7}, dtype),
                     b = leaf({7}, dtype);
              Tensor y = batch_norm(x, w, b, {}, {}, true, 0.1, 1e-5);
              return with_grads(y, {x, w, b});
            }},
        Job{"LayerNorm",
            [](ScalarType dtype) {
              Tensor x = leaf({3000, 130}, dtype), w = leaf({130}, dtype),
                     b = leaf({130}, dtype);
              return with_grads(layer_norm(x, 130, w, b), {x, w, b});
            }},
        Job{"GroupNorm",
            [](ScalarType dtype) {
              Tensor x = leaf({40, 12, 700}, dtype), w = leaf({12}, dtype),
                     b = leaf({12}, dtype);
              return with_grads(group_norm(x, 3, w, b), {x, w, b});
            }},
        Job{"Losses",
            [](ScalarType dtype) {
              Tensor x = leaf({4000, 100}, dtype), y = leaf({4000, 100}, dtype);
              Tensor loss = cross_entropy_loss(x, indices(100, {4000}), {},
                                               Reduction::Mean, 3, 0.1) +
                            mse_loss(x, y) + l1_loss(x, y) + huber_loss(x, y) +
                            smooth_l1_loss(x, y) +
                            binary_cross_entropy_with_logits(x, y.sigmoid());
              return with_grads(loss, {x, y});
            }},
        Job{"RandomNumbers", [](ScalarType dtype) -> std::vector<Tensor> {
              Tensor x = zeros({700, 701}, dtype);
              return {rand({700, 701}, dtype), dropout(x + 1, 0.3, true),
                      x.bernoulli_(0.4), normal_like({700, 701}, dtype)};
            }}));

// Linear, BatchNorm, ReLU, LayerNorm, Dropout and cross-entropy with Adam.
std::vector<Tensor> train(ScalarType dtype) {
  manual_seed(21);
  nn::Sequential net(nn::Linear(512, 1024), nn::BatchNorm1d(1024), nn::ReLU(),
                     nn::LayerNorm(nn::LayerNormOptions({1024})),
                     nn::Dropout(0.4), nn::Linear(1024, 10));
  net->to(dtype);
  optim::Adam adam(net->parameters(), optim::AdamOptions(1e-3));
  const Tensor x = normal_like({200, 512}, dtype);
  const Tensor target = indices(10, {200});
  std::vector<Tensor> all;
  for (int step = 0; step < 3; ++step) {
    adam.zero_grad();
    Tensor loss = nn::functional::cross_entropy(net->forward(x), target);
    loss.backward();
    nn::utils::clip_grad_norm_(net->parameters(), 1.0);
    adam.step();
    all.push_back(loss);
  }
  for (const Tensor& p : net->parameters()) all.push_back(p);
  for (const Tensor& b : net->buffers()) all.push_back(b);
  return all;
}

TEST(SameBitsOfTraining, InFloat) {
  expect_same_bits([] { return train(kFloat); });
}

TEST(SameBitsOfTraining, InDouble) {
  expect_same_bits([] { return train(kDouble); });
}

TEST(SameBitsOfTraining, WithEveryOptimiser) {
  for (int kind = 0; kind < 3; ++kind) {
    expect_same_bits([kind]() -> std::vector<Tensor> {
      manual_seed(5);
      Tensor w = leaf({700, 701}, kFloat);
      std::unique_ptr<optim::Optimizer> optimizer;
      if (kind == 0) {
        optimizer = std::make_unique<optim::SGD>(
            std::vector<Tensor>{w}, optim::SGDOptions(0.1).momentum(0.9));
      } else if (kind == 1) {
        optimizer = std::make_unique<optim::AdamW>(std::vector<Tensor>{w});
      } else {
        optimizer = std::make_unique<optim::RMSprop>(std::vector<Tensor>{w});
      }
      for (int step = 0; step < 3; ++step) {
        optimizer->zero_grad();
        (w * w).mean().backward();
        optimizer->step();
      }
      return {w};
    });
  }
}

}  // namespace
}  // namespace taper
