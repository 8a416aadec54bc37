#include <map>
#include <unordered_map>

#include "taper/nn/module/module_list.h"
#include "taper/nn/module/parameter_list.h"
#include "tests/nn/small_net.h"

namespace taper {
namespace {

using namespace nn;
using Names = std::vector<std::string>;

TEST(ModuleList, RegistersAndIndexes) {
  ModuleList list(Scale(2.0), PairNet());
  list->push_back(std::make_shared<ScaleImpl>(3.0));
  EXPECT_EQ(list->size(), 3u);
  EXPECT_EQ(list->named_children().keys(), (Names{"0", "1", "2"}));
  EXPECT_EQ(list->at<ScaleImpl>(2).initial, 3);
  EXPECT_THROW(list->at<ScaleImpl>(1), TypeError);
  EXPECT_THROW(list[3], IndexError);
}

TEST(ModuleList, InsertMovesTheRest) {
  ModuleList list(Scale(0.0), Scale(2.0));
  list->insert(1, Scale(1.0));
  const auto children = list->named_children();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(list->at<ScaleImpl>(i).initial, i);
    EXPECT_EQ(children[std::to_string(i)], list[i]);
  }
  EXPECT_THROW(list->insert(4, Scale()), IndexError);
}

TEST(ModuleDict, KeepsModulesByName) {
  ModuleDict dict;
  dict->insert("b", Scale(1.0).ptr());
  dict->update({{"a", Scale(2.0).ptr()}, {"b", Scale(3.0).ptr()}});
  EXPECT_EQ(dict->keys(), (Names{"b", "a"}));
  EXPECT_EQ(dict->at<ScaleImpl>("b").initial, 3);
  EXPECT_EQ(dict->named_children()["b"], dict["b"]);
  EXPECT_EQ(dict->pop("b")->as<Scale>()->initial, 3);
  EXPECT_FALSE(dict->contains("b"));
  EXPECT_EQ(dict->parameters().size(), 2u);
  EXPECT_THROW(dict["b"], IndexError);
  dict->clear();
  EXPECT_TRUE(dict->empty());
}

TEST(Containers, CloneDeeply) {
  ModuleList list(Scale(2.0));
  auto copy = std::dynamic_pointer_cast<ModuleListImpl>(list->clone());
  EXPECT_NE((*copy)[0], list[0]);
  ModuleDict dict;
  dict->insert("a", Scale(2.0).ptr());
  auto other = std::dynamic_pointer_cast<ModuleDictImpl>(dict->clone());
  EXPECT_EQ(other->keys(), Names{"a"});
  EXPECT_NE(other->ptr("a"), dict["a"]);
}

TEST(ParameterList, HoldsParameters) {
  ParameterList list(ones({2, 3}).requires_grad_(), zeros({1}, kDouble));
  EXPECT_EQ(list->size(), 2u);
  EXPECT_TRUE(list[0].requires_grad());
  EXPECT_FALSE(list[1].requires_grad());
  EXPECT_EQ(text_of(list),
            "taper::nn::ParameterList(\n"
            "(0): Parameter containing: [Float of size [2, 3]]\n"
            "(1): Parameter containing: [Double of size [1]]\n"
            ")");
  auto copy = std::dynamic_pointer_cast<ParameterListImpl>(list->clone());
  EXPECT_TRUE(copy->at(0).equal(list[0]));
  EXPECT_FALSE(copy->at(0).is_same(list[0]));
  EXPECT_THROW(list[2], IndexError);
}

TEST(ParameterDict, HoldsParametersByName) {
  ParameterDict dict;
  dict->insert("w", ones({2}).requires_grad_());
  EXPECT_THROW(dict->insert("w", ones({2})), Error);
  EXPECT_TRUE(dict["w"].requires_grad());
  EXPECT_EQ(dict->keys(), Names{"w"});
  EXPECT_TRUE(dict->pop("w").equal(ones({2})));
  EXPECT_TRUE(dict->empty());
  EXPECT_THROW(dict["w"], IndexError);
}

TEST(ParameterList, Grows) {
  ParameterList list(ones({1}));
  const ParameterList other(ones({2}).requires_grad_(), ones({3}));
  *list += *other;
  *list += std::vector<Tensor>{ones({4})};
  EXPECT_EQ(list->named_parameters().keys(), (Names{"0", "1", "2", "3"}));
  EXPECT_TRUE(list[1].is_same(other->at(0)) && list[1].requires_grad());
  EXPECT_EQ(ParameterList(*list->begin())->size(), 1u);
  *list += *list;
  EXPECT_TRUE(list->size() == 8 && list[7].is_same(list[3]));
  ModuleList modules(Scale(2.0), Scale(3.0));
  modules->extend(*modules);
  EXPECT_EQ(modules[3], modules[1]);
}

TEST(ParameterDict, UpdatesFromOtherDicts) {
  ParameterDict dict;
  dict->insert("a", ones({1}));
  ParameterDict other;
  other->insert("b", ones({2}).requires_grad_());
  other->insert("a", ones({3}));
  dict->update(*other);
  EXPECT_EQ(dict->keys(), (Names{"a", "b"}));
  EXPECT_TRUE(dict["a"].is_same(other["a"]) && dict["b"].requires_grad());
  OrderedDict<std::string, Tensor> ordered;
  ordered.insert("c", ones({4}));
  dict->update(ordered);
  dict->update(std::unordered_map<std::string, Tensor>{{"d", ones({5})}});
  EXPECT_EQ(dict->keys(), (Names{"a", "b", "c", "d"}));
  const std::map<std::string, Tensor> bad{{"a", ones({9})}, {"x.y", ones({})}};
  EXPECT_THROW(dict->update(bad), Error);
  EXPECT_TRUE(dict["a"].is_same(other["a"]));
  EXPECT_EQ(dict->size(), 4u);
}

TEST(ParameterList, CloneSharesNothing) {
  nn::ParameterList list(ones({2}));
  list->register_buffer("count", zeros({1}));
  const auto copy = list->clone();
  EXPECT_EQ(copy->parameters().size(), 1U);
  EXPECT_FALSE(copy->parameters()[0].is_alias_of(list->parameters()[0]));
  EXPECT_TRUE(copy->buffers().empty());
}

}  // namespace
}  // namespace taper
