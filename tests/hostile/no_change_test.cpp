// What fails leaves no trace: backward, optimisers and their options,
// schedulers, modules, generators and files.
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>

#include "tests/temp_path.h"
#include "world.h"

namespace taper {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// Runs `call`, which must throw an error whose text has `part`.
template <class F>
void expect_error(F call, const std::string& part) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown; expected: " << part;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
        << error.what();
  }
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string scratch_file(const char* name) { return temp_path(name); }

TEST(NoChange, BackwardTwice) {
  World w;
  const Tensor loss = w.square.sum();
  loss.backward();
  const WorldState before(w);
  expect_error([&] { loss.backward(); }, "second time");
  EXPECT_TRUE(WorldState(w) == before);
}

TEST(NoChange, BackwardAfterAnEditOfASavedTensor) {
  World w;
  const Tensor middle = w.leaf * 2;
  const Tensor first = (middle * middle).sum();
  // Its gradient is computed before the edit is noticed.
  const Tensor loss = first + (w.other * 3).sum();
  middle.detach().add_(1);
  const WorldState before(w);
  expect_error([&] { loss.backward(); }, "modified");
  EXPECT_TRUE(WorldState(w) == before);
}

TEST(NoChange, BackwardThroughAHookThatThrows) {
  World w;
  const Tensor middle = w.leaf * 2;
  middle.register_hook(
      [](const Tensor&) -> Tensor { throw ValueError("[hook] no"); });
  const Tensor loss = (middle * 3).sum();
  const WorldState before(w);
  expect_error([&] { loss.backward(); }, "[hook] no");
  EXPECT_TRUE(WorldState(w) == before);
}

TEST(NoChange, BackwardThroughAHookOfTheWrongShape) {
  World w;
  const Tensor middle = w.leaf * 2;
  middle.register_hook([](const Tensor&) { return zeros({7}); });
  const Tensor loss = (middle * 3).sum();
  const WorldState before(w);
  expect_error([&] { loss.backward(); }, "(7,)");
  EXPECT_TRUE(WorldState(w) == before);
}

TEST(NoChange, GradModeReturnsAfterAThrow) {
  World w;
  try {
    NoGradGuard guard;
    (void)(w.f + w.g);
  } catch (const Error&) {
  }
  EXPECT_TRUE(GradMode::is_enabled());
}

// Optimisers ------------------------------------------------------------------

using Params = std::vector<Tensor>;

TEST(NoChange, OptimisersRefuseSettingsWithoutSense) {
  using namespace optim;
  using Betas = std::tuple<double, double>;
  World w;
  const WorldState before(w);
  const Params p = {w.leaf};
  for (const double bad : {-1.0, kNan, -kInf}) {
    expect_error([&] { SGD(p, SGDOptions(bad)); }, "[SGD] lr");
    expect_error([&] { Adam(p, AdamOptions(bad)); }, "[Adam] lr");
    expect_error([&] { AdamW(p, AdamWOptions(bad)); }, "[AdamW] lr");
    expect_error([&] { RMSprop(p, RMSpropOptions(bad)); }, "[RMSprop] lr");
    expect_error([&] { Adagrad(p, AdagradOptions(bad)); }, "[Adagrad] lr");
    expect_error([&] { SGD(p, SGDOptions(1).momentum(bad)); }, "momentum");
    expect_error([&] { SGD(p, SGDOptions(1).weight_decay(bad)); }, "weight");
    expect_error([&] { Adam(p, AdamOptions().eps(bad)); }, "eps");
    expect_error([&] { AdamW(p, AdamWOptions().weight_decay(bad)); }, "weight");
    expect_error([&] { Adam(p, AdamOptions().betas(Betas(bad, 0.9))); },
                 "beta");
    expect_error([&] { Adam(p, AdamOptions().betas(Betas(0.9, bad))); },
                 "beta");
  }
  expect_error([&] { Adam(p, AdamOptions().betas(Betas(1, 0.9))); }, "1");
  expect_error([&] { SGD(p, SGDOptions(1).nesterov(true)); }, "nesterov");
  EXPECT_TRUE(WorldState(w) == before);
}

TEST(NoChange, OptimisersRefuseParametersWithoutSense) {
  using namespace optim;
  World w;
  const WorldState before(w);
  const SGDOptions o(0.1);
  expect_error([&] { SGD(Params{}, o); }, "[SGD]");
  expect_error([&] { SGD(Params{w.leaf, w.leaf}, o); }, "[SGD]");
  expect_error([&] { SGD(Params{w.square}, o); }, "[SGD]");
  expect_error([&] { SGD(Params{w.i}, o); }, "int64");
  SGD sgd(Params{w.leaf}, o);
  expect_error(
      [&] { sgd.add_param_group(OptimizerParamGroup(Params{w.leaf})); },
      "[SGD]");
  expect_error([&] { sgd.add_parameters(Params{w.other, w.leaf}); }, "[SGD]");
  EXPECT_EQ(sgd.param_groups().size(), 1u);
  EXPECT_EQ(sgd.size(), 1u);
  EXPECT_TRUE(WorldState(w) == before);
}

TEST(NoChange, StepsWithBrokenOptionsUpdateNothing) {
  World w;
  w.other.mutable_grad() = ones({3});
  optim::Adam adam(Params{w.leaf, w.other}, optim::AdamOptions(0.1));
  static_cast<optim::AdamOptions&>(adam.param_groups()[0].options()).eps(kNan);
  const WorldState before(w);
  expect_error([&] { adam.step(); }, "eps");
  EXPECT_TRUE(WorldState(w) == before);
  EXPECT_TRUE(adam.state().empty());
}

TEST(NoChange, StepsWithBrokenGradientsUpdateNothing) {
  World w;
  for (const Tensor& grad : {ones({4}), ones({3}, kDouble), ones({3}, kLong)}) {
    optim::SGD sgd(Params{w.leaf, w.other}, optim::SGDOptions(0.1));
    w.other.mutable_grad() = grad;
    const WorldState before(w);
    expect_error([&] { sgd.step(); }, "[SGD]");
    EXPECT_TRUE(WorldState(w) == before);
  }
}

TEST(NoChange, ClosuresThatThrow) {
  World w;
  optim::SGD sgd(Params{w.leaf}, optim::SGDOptions(0.1));
  const WorldState before(w);
  expect_error([&] { sgd.step([&]() -> Tensor { return w.f + w.g; }); },
               "[add]");
  EXPECT_TRUE(WorldState(w) == before);
}

TEST(NoChange, SchedulersRefuseSettingsWithoutSense) {
  World w;
  optim::SGD sgd(Params{w.leaf}, optim::SGDOptions(0.1));
  const auto rate = [&] { return sgd.param_groups()[0].options().get_lr(); };
  expect_error([&] { optim::StepLR(sgd, 0); }, "[StepLR]");
  expect_error([&] { optim::CosineAnnealingLR(sgd, 0); },
               "[CosineAnnealingLR]");
  expect_error([&] { sgd.param_groups()[0].options().set_lr(kNan); }, "nan");
  expect_error([&] { sgd.param_groups()[0].options().set_lr(-1); }, "-1");
  EXPECT_EQ(rate(), 0.1);
}

TEST(NoChange, ClippingGradientsThatAreNotFinite) {
  World w;
  w.other.mutable_grad() = tensor({1.0f, float(kInf), 1.0f});
  const WorldState before(w);
  expect_error(
      [&] {
        nn::utils::clip_grad_norm_({w.leaf, w.other}, 1, 2, true);
      },
      "[clip_grad_norm_]");
  EXPECT_TRUE(WorldState(w) == before);
}

// Modules and generators ------------------------------------------------------

struct Net : nn::Module {
  explicit Net(int64_t size) {
    linear = register_module("linear", nn::Linear(size, 2));
    norm = register_module("norm", nn::BatchNorm1d(2));
  }
  nn::Linear linear{nullptr};
  nn::BatchNorm1d norm{nullptr};
};

TEST(NoChange, NamesThatCannotBeRegistered) {
  Net net(3);
  const auto names = net.named_parameters().keys();
  expect_error([&] { net.register_module("linear", nn::ReLU()); }, "linear");
  expect_error([&] { net.register_parameter("", ones({1})); }, "[");
  expect_error([&] { net.register_parameter("a.b", ones({1})); }, "a.b");
  expect_error([&] { net.register_buffer("norm", ones({1})); }, "norm");
  expect_error([&] { net.unregister_module("none"); }, "none");
  expect_error([&] { net.to(kLong); }, "int64");
  EXPECT_EQ(net.named_parameters().keys(), names);
  EXPECT_EQ(net.children().size(), 2u);
}

TEST(NoChange, GeneratorsRefuseBrokenStates) {
  const Generator generator(5);
  GeneratorState state = generator.get_state();
  const GeneratorState before = state;
  state.left = -7;
  expect_error([&] { generator.set_state(state); }, "[");
  const GeneratorState now = generator.get_state();
  EXPECT_EQ(std::memcmp(&now, &before, sizeof(now)), 0);
}

TEST(NoChange, RandomFunctionsThatThrowDrawNothing) {
  manual_seed(1);
  Tensor x = zeros({4});
  const Tensor first = rand({3});
  manual_seed(1);
  expect_error([&] { x.normal_(0, -1); }, "-1");
  expect_error([&] { (void)randint(3, 3, {100}); }, "3");
  expect_error([&] { (void)rand({3}, TensorOptions(kLong)); }, "int64");
  EXPECT_TRUE(equal(rand({3}), first));
}

// Files -----------------------------------------------------------------------

std::vector<std::string> state_of_net(const Net& net) {
  std::vector<std::string> all;
  for (const Tensor& p : net.parameters()) all.push_back(bytes_of(p));
  for (const Tensor& b : net.buffers()) all.push_back(bytes_of(b));
  return all;
}

TEST(NoChange, LoadsOfWhatDoesNotFit) {
  const std::string path = scratch_file("net.tp");
  auto small = std::make_shared<Net>(3), large = std::make_shared<Net>(4);
  save(std::static_pointer_cast<nn::Module>(small), path);
  const auto before = state_of_net(*large);
  std::shared_ptr<nn::Module> module = large;
  expect_error([&] { load(module, path); }, "weight");
  EXPECT_EQ(state_of_net(*large), before);
  expect_error([&] { load(module, path + ".none"); }, ".none");
  EXPECT_EQ(state_of_net(*large), before);
  std::remove(path.c_str());
}

TEST(NoChange, LoadsOfDamagedFiles) {
  const std::string path = scratch_file("damaged.tp");
  auto net = std::make_shared<Net>(3);
  std::shared_ptr<nn::Module> module = net;
  save(module, path);
  const std::string whole = contents(path);
  const auto before = state_of_net(*net);
  const size_t step = whole.size() / 37 + 1;
  for (size_t length = 0; length < whole.size(); length += step) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, length);
    expect_error([&] { load(module, path); }, "[");
    std::string flipped = whole;
    flipped[length] = static_cast<char>(flipped[length] ^ 0x55);
    std::ofstream(path, std::ios::binary) << flipped;
    expect_error([&] { load(module, path); }, "[");
    ASSERT_EQ(state_of_net(*net), before) << length;
  }
  std::remove(path.c_str());
}

TEST(NoChange, LoadsOfOtherOptimisers) {
  World w;
  const std::string path = scratch_file("optimiser.tp");
  optim::Adam adam(Params{w.leaf}, optim::AdamOptions(0.1));
  adam.step();
  save(adam, path);
  optim::SGD sgd(Params{w.leaf}, optim::SGDOptions(0.5));
  optim::Adam two(Params{w.leaf, w.other}, optim::AdamOptions(0.5));
  const WorldState before(w);
  expect_error([&] { load(sgd, path); }, "[");
  expect_error([&] { load(two, path); }, "[");
  EXPECT_EQ(sgd.param_groups()[0].options().get_lr(), 0.5);
  EXPECT_EQ(two.param_groups()[0].options().get_lr(), 0.5);
  EXPECT_TRUE(two.state().empty());
  EXPECT_TRUE(WorldState(w) == before);
  std::remove(path.c_str());
}

TEST(NoChange, SavesThatFailKeepTheOldFile) {
  const std::string path = scratch_file("old.tp");
  save(ones({3}), path);
  const std::string before = contents(path);
  struct Broken : nn::Module {
    void save(serialize::OutputArchive& archive) const override {
      nn::Module::save(archive);
      throw ValueError("[Broken] no");
    }
  };
  const std::shared_ptr<nn::Module> broken = std::make_shared<Broken>();
  expect_error([&] { save(broken, path); }, "[Broken]");
  EXPECT_EQ(contents(path), before);
  expect_error([&] { save(ones({3}), "/nonexistent/folder/file"); },
               "/nonexistent/folder/file");
  std::remove(path.c_str());
}

}  // namespace
}  // namespace taper
