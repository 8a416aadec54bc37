#include "taper/nn/module/module.h"

#include <sstream>

#include "taper/io/serialize.h"
#include "taper/nn/layers/linear.h"
#include "tests/nn/small_net.h"

namespace taper {
namespace {

using Names = std::vector<std::string>;

TEST(Module, ListsParametersInOrderOfRegistration) {
  PairNet net;
  EXPECT_EQ(net->named_parameters().keys(),
            (Names{"shift", "first.weight", "first.bias", "second.weight"}));
  EXPECT_EQ(net->named_parameters(false).keys(), Names{"shift"});
  EXPECT_EQ(net->parameters().size(), 4u);
  EXPECT_TRUE(net->parameters()[0].is_same(net->shift));
  EXPECT_TRUE(net->parameters()[0].requires_grad());
}

TEST(Module, ListsBuffersWithoutGradient) {
  PairNet net;
  EXPECT_EQ(net->named_buffers().keys(),
            (Names{"first.calls", "second.calls"}));
  EXPECT_EQ(net->buffers().size(), 2u);
  EXPECT_TRUE(net->buffers(false).empty());
  EXPECT_FALSE(net->buffers()[0].requires_grad());
}

TEST(Module, ListsASharedParameterOnce) {
  PairNet net;
  net->register_module("again", net->first);
  EXPECT_EQ(net->parameters().size(), 4u);
  EXPECT_EQ(net->named_parameters().size(), 6u);
}

TEST(Module, ListsModulesWithPaths) {
  PairNet net;
  EXPECT_EQ(net->named_modules().keys(), (Names{"", "first", "second"}));
  EXPECT_EQ(net->named_modules("net", false).keys(),
            (Names{"net.first", "net.second"}));
  EXPECT_EQ(net->modules().size(), 3u);
  EXPECT_EQ(net->modules(false).size(), 2u);
  EXPECT_EQ(net->named_children().keys(), (Names{"first", "second"}));
  EXPECT_EQ(net->children()[1], net->second.ptr());
}

TEST(Module, ModulesNeedsASharedOwnerToListItself) {
  PairNetImpl net;
  EXPECT_THROW(net.modules(), Error);
  EXPECT_EQ(net.modules(false).size(), 2u);
}

TEST(Module, RejectsBadNames) {
  PairNet net;
  EXPECT_THROW(net->register_parameter("", ones({1})), Error);
  EXPECT_THROW(net->register_parameter("a.b", ones({1})), Error);
  EXPECT_THROW(net->register_parameter("shift", ones({1})), Error);
  EXPECT_THROW(net->register_buffer("first", ones({1})), Error);
  EXPECT_THROW(net->register_module("shift", Scale()), Error);
  EXPECT_THROW(net->register_module("x", std::shared_ptr<ScaleImpl>()), Error);
  EXPECT_EQ(net->named_parameters().size(), 4u);
}

TEST(Module, NamesTheClashInTheError) {
  PairNet net;
  try {
    net->register_buffer("shift", ones({1}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.msg(),
              "[register_buffer] 'shift' is already a parameter of "
              "taper::PairNetImpl");
  }
}

TEST(Module, RegisterParameterSetsRequiresGrad) {
  PairNet net;
  Tensor frozen = net->register_parameter("frozen", ones({1}), false);
  EXPECT_FALSE(frozen.requires_grad());
  EXPECT_EQ(net->parameters().size(), 5u);
}

TEST(Module, ReplacesAndUnregistersModules) {
  PairNet net;
  Scale other(7.0);
  net->first = net->replace_module("first", other);
  EXPECT_EQ(net->named_children()["first"], other.ptr());
  net->unregister_module("second");
  EXPECT_EQ(net->children().size(), 1u);
  EXPECT_THROW(net->unregister_module("second"), Error);
  EXPECT_THROW(net->replace_module("second", other), Error);
}

TEST(Module, TrainAndEvalReachSubmodules) {
  PairNet net;
  EXPECT_TRUE(net->is_training());
  net->eval();
  EXPECT_FALSE(net->is_training());
  EXPECT_FALSE(net->second->is_training());
  net->train();
  EXPECT_TRUE(net->second->is_training());
}

TEST(Module, ZeroGradDropsOrClears) {
  PairNet net;
  net->forward(ones({2})).sum().backward();
  net->zero_grad(false);
  EXPECT_TRUE(net->first->weight.grad().equal(zeros({2})));
  net->zero_grad();
  EXPECT_FALSE(net->first->weight.grad().defined());
}

TEST(Module, ToConvertsFloatsAndGradientsInPlace) {
  PairNet net;
  Tensor weight = net->first->weight;
  net->forward(ones({2})).sum().backward();
  net->to(kDouble);
  EXPECT_EQ(weight.dtype(), kDouble);
  EXPECT_EQ(weight.grad().dtype(), kDouble);
  EXPECT_TRUE(weight.requires_grad());
  EXPECT_EQ(net->first->calls.dtype(), kLong);
  EXPECT_THROW(net->to(kLong), TypeError);
  EXPECT_THROW(net->to(Device(kCUDA)), Error);
  EXPECT_EQ(weight.dtype(), kDouble);
  net->zero_grad();
  net->forward(ones({2}, kDouble)).sum().backward();
  EXPECT_EQ(weight.grad().dtype(), kDouble);
}

TEST(Module, AppliesFunctionsOfEveryForm) {
  PairNet net;
  Names paths;
  net->apply(
      [&](const std::string& path, nn::Module&) { paths.push_back(path); });
  EXPECT_EQ(paths, (Names{"", "first", "second"}));
  paths.clear();
  net->apply([&](const std::string& path,
                 const std::shared_ptr<nn::Module>&) { paths.push_back(path); },
             "net");
  EXPECT_EQ(paths, (Names{"net", "net.first", "net.second"}));
  int count = 0;
  net->apply([&](nn::Module& module) {
    if (auto* scale = module.as<Scale>()) {
      NoGradGuard no_grad;
      scale->weight.fill_(5);
      ++count;
    }
  });
  net->apply([&](const std::shared_ptr<nn::Module>&) { ++count; });
  const PairNetImpl& constant = *net;
  constant.apply([&](const nn::Module&) { ++count; });
  EXPECT_EQ(count, 8);
  EXPECT_TRUE(net->second->weight.equal(full({2}, 5.0)));
}

TEST(Module, AsTellsTheType) {
  PairNet net;
  nn::Module& module = *net;
  EXPECT_EQ(module.as<PairNetImpl>(), net.get());
  EXPECT_EQ(module.as<PairNet>(), net.get());
  EXPECT_EQ(module.as<Scale>(), nullptr);
}

TEST(Module, CloneSharesNothing) {
  PairNet net;
  net->second->weight.set_requires_grad(false);
  net->eval();
  net->forward(ones({2}));
  auto copy = std::dynamic_pointer_cast<PairNetImpl>(net->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_TRUE(copy->first->calls.equal(net->first->calls));
  EXPECT_FALSE(copy->second->weight.requires_grad());
  EXPECT_TRUE(copy->first->weight.requires_grad());
  EXPECT_FALSE(copy->second->is_training());
  {
    NoGradGuard no_grad;
    copy->first->weight.fill_(9);
  }
  EXPECT_TRUE(copy->named_parameters()["first.weight"].equal(full({2}, 9.0)));
  EXPECT_TRUE(net->first->weight.equal(full({2}, 2.0)));
}

TEST(Module, CloneNeedsReset) {
  struct Bare : nn::Module {};
  EXPECT_THROW(std::make_shared<Bare>()->clone(), NotImplementedError);
  struct Late : nn::Cloneable<Late> {
    Late() { register_parameter("w", ones({1})); }
    void reset() override {}
  };
  EXPECT_THROW(std::make_shared<Late>()->clone(), Error);
}

TEST(Module, PrintsAsLibTorchDoes) {
  PairNet net;
  EXPECT_EQ(text_of(net),
            "taper::PairNetImpl(\n"
            "  (first): taper::nn::Scale(2)\n"
            "  (second): taper::nn::Scale(3)\n"
            ")");
  nn::set_module_namespace("torch");
  EXPECT_EQ(text_of(*net->first), "torch::nn::Scale(2)");
  EXPECT_EQ(nn::module_namespace(), "torch");
  nn::set_module_namespace("taper");
}

TEST(Module, HasTheNameGivenOrThatOfTheClass) {
  struct Named : nn::Module {
    Named() : Module("Encoder") {}
  };
  EXPECT_EQ(Named().name(), "Encoder");
  EXPECT_EQ(text_of(Named()), "Encoder");
  EXPECT_EQ(PairNet()->name(), "taper::PairNetImpl");
}

TEST(ModuleHolder, SharesTheModule) {
  Scale a(4.0);
  Scale b = a;
  EXPECT_EQ(a.get(), b.get());
  EXPECT_EQ(a.ptr().use_count(), 2);
  EXPECT_TRUE(a(ones({2})).equal(full({2}, 4.0)));
}

TEST(ModuleHolder, EmptyHolderThrowsOnUse) {
  Scale empty = nullptr;
  EXPECT_TRUE(empty.is_empty());
  EXPECT_FALSE(empty);
  EXPECT_THROW(empty->forward(ones({2})), Error);
  EXPECT_THROW(empty(ones({2})), Error);
  EXPECT_THROW(empty.ptr(), Error);
  std::ostringstream stream;
  EXPECT_THROW(stream << empty, Error);
  EXPECT_THROW(save(empty, stream), Error);
  nn::Linear linear{nullptr};
  try {
    PairNet()->register_module("linear", linear);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.msg().find("holder of taper::nn::LinearImpl is empty"),
              std::string::npos)
        << error.msg();
  }
  empty = Scale();
  EXPECT_TRUE(empty);
}

}  // namespace
}  // namespace taper
