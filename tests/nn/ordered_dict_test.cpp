#include "taper/tensor/ordered_dict.h"

#include <gtest/gtest.h>

namespace taper {
namespace {

using Dict = OrderedDict<std::string, int>;

TEST(OrderedDict, KeepsTheOrderOfInsertion) {
  Dict dict{{"b", 1}, {"a", 2}};
  dict.insert("c", 3);
  EXPECT_EQ(dict.keys(), (std::vector<std::string>{"b", "a", "c"}));
  EXPECT_EQ(dict.values(), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(dict.front().key(), "b");
  EXPECT_EQ(*dict.back(), 3);
  EXPECT_EQ(dict[1].value(), 2);
}

TEST(OrderedDict, FindsKeys) {
  Dict dict{{"b", 1}, {"a", 2}};
  EXPECT_EQ(dict["a"], 2);
  EXPECT_EQ(*dict.find("b"), 1);
  EXPECT_EQ(dict.find("z"), nullptr);
  EXPECT_FALSE(dict.contains("z"));
  EXPECT_THROW(dict["z"], IndexError);
  EXPECT_THROW(dict[2], IndexError);
  EXPECT_THROW(Dict().front(), IndexError);
}

TEST(OrderedDict, RejectsKeysThatAreThere) {
  Dict dict("Colour");
  dict.insert("red", 1);
  try {
    dict.insert("red", 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.msg(), "[OrderedDict] Colour 'red' already defined");
  }
  EXPECT_THROW(dict.update(Dict{{"blue", 1}, {"red", 1}}), Error);
  EXPECT_EQ(dict.size(), 1u);
  EXPECT_EQ(dict["red"], 1);
}

TEST(OrderedDict, ErasesAndFindsTheRest) {
  Dict dict{{"a", 1}, {"b", 2}, {"c", 3}};
  dict.erase("b");
  EXPECT_EQ(dict.size(), 2u);
  EXPECT_EQ(dict["c"], 3);
  EXPECT_FALSE(dict.contains("b"));
  EXPECT_THROW(dict.erase("b"), IndexError);
  dict.clear();
  EXPECT_TRUE(dict.is_empty());
  EXPECT_FALSE(dict.contains("a"));
}

TEST(OrderedDict, HoldsManyKeys) {
  Dict dict;
  for (int i = 0; i < 5000; ++i) dict.insert(std::to_string(i), i);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(dict[std::to_string(i)], i);
  EXPECT_FALSE(dict.contains("5000"));
}

TEST(OrderedDict, ComparesKeysValuesAndOrder) {
  EXPECT_TRUE((Dict{{"a", 1}, {"b", 2}} == Dict{{"a", 1}, {"b", 2}}));
  EXPECT_FALSE((Dict{{"a", 1}, {"b", 2}} == Dict{{"b", 2}, {"a", 1}}));
  EXPECT_FALSE((Dict{{"a", 1}} == Dict{{"a", 2}}));
}

}  // namespace
}  // namespace taper
