// The gradient-check table: every differentiable function, first and second
// order, in float64. A function of autograd/ops/*.h, or an in-place method of
// Tensor, that has neither a row nor a reason to be exempt fails a test here.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "gradient_rows.h"
#include "taper/autograd/node.h"

namespace taper::testing {

Tensor make_input(const Row& row, size_t salt, bool stretch) {
  Shape shape = row.shapes[salt];
  if (stretch) shape.back() *= 2;
  Tensor x = empty(shape, kDouble);
  const int64_t n = x.numel();
  // A step that shares no factor with n visits every place once.
  int64_t step = n / 2 + 1 + static_cast<int64_t>(salt);
  while (n > 0 && std::gcd(step, n) != 1) ++step;
  auto* data = x.data_ptr<double>();
  for (int64_t i = 0; i < n; ++i) {
    const double place = static_cast<double>(i * step % n);
    const double unit = (place + 0.3 + 0.13 * static_cast<double>(salt)) /
                        static_cast<double>(n);
    const double value = row.low + (row.high - row.low) * unit;
    if (row.values == Values::kOffZero) {
      data[i] = value < 0 ? value * 0.8 - 0.2 : value * 0.8 + 0.2;
    } else if (row.values == Values::kFractions) {
      data[i] = std::floor(unit * 5) - 2 + 0.2 + 0.2 * unit;
    } else {
      data[i] = value;
    }
  }
  return x.requires_grad_();
}

std::vector<Row> all_rows() {
  std::vector<Row> rows;
  for (auto& part :
       {pointwise_rows(), shape_rows(), reduce_rows(), index_rows(),
        network_rows(), attention_rows(), conv_rows(), likelihood_rows(),
        pooling_rows(), recurrent_rows(), resample_rows(), in_place_rows()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

namespace {

struct Case {
  Row row;
  bool is_strided;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.row.name << " " << c.row.variant
       << (c.is_strided ? " strided" : "");
}

bool can_be_strided(const Row& row) {
  return std::any_of(
      row.shapes.begin(), row.shapes.end(), [](const Shape& shape) {
        return !shape.empty() &&
               std::find(shape.begin(), shape.end(), 0) == shape.end();
      });
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const Row& row : all_rows()) {
    cases.push_back({row, false});
    if (can_be_strided(row)) cases.push_back({row, true});
  }
  return cases;
}

std::string name_of_case(const ::testing::TestParamInfo<Case>& info) {
  const Case& c = info.param;
  std::string text = c.row.name;
  if (!c.row.variant.empty()) text += "_" + c.row.variant;
  return text + (c.is_strided ? "_strided" : "");
}

// Leaves, and the function from them. Strided inputs are every other element
// of a leaf along the last dim and, from two dims on, its transpose.
Inputs leaves_of(const Case& c) {
  Inputs leaves;
  for (size_t i = 0; i < c.row.shapes.size(); ++i) {
    Row row = c.row;
    Shape& shape = row.shapes[i];
    const bool views = c.is_strided && !shape.empty();
    if (views && shape.size() > 1) std::swap(shape[0], shape.back());
    leaves.push_back(make_input(row, i, views));
  }
  return leaves;
}

Inputs run_case(const Case& c, const Inputs& leaves) {
  if (!c.is_strided) return c.row.run(leaves);
  Inputs views;
  for (const Tensor& leaf : leaves) {
    if (leaf.dim() == 0) {
      views.push_back(leaf);
      continue;
    }
    Tensor view = leaf.slice(-1, 0, leaf.size(-1), 2);
    views.push_back(view.transpose(0, -1));
  }
  return c.row.run(views);
}

class Gradients : public ::testing::TestWithParam<Case> {};

TEST_P(Gradients, FirstOrder) {
  const Case& c = GetParam();
  gradcheck([&](const Inputs& x) { return run_case(c, x); }, leaves_of(c));
}

TEST_P(Gradients, SecondOrder) {
  const Case& c = GetParam();
  gradgradcheck([&](const Inputs& x) { return run_case(c, x); }, leaves_of(c));
}

// A result on hidden memory would hand the hooks of a tensor edited in place
// wrong gradients.
TEST_P(Gradients, OnlyViewsAreViews) {
  const std::set<std::string> views = {
      "as_strided",      "broadcast_to", "chunk",     "contiguous", "diagonal",
      "expand",          "flatten",      "index",     "meshgrid",   "movedim",
      "narrow",          "permute",      "ravel",     "reshape",    "select",
      "slice",           "split",        "squeeze",   "sum_to",     "t",
      "transpose",       "unbind",       "unflatten", "unsqueeze",  "view",
      "split_with_sizes"};
  const Row& row = GetParam().row;
  if (views.count(row.name) || row.name.back() == '_') return;
  for (const Tensor& result : run_case(GetParam(), leaves_of(GetParam()))) {
    EXPECT_FALSE(result.is_view()) << row.name;
  }
}

// A gradient reaches each input when it alone requires grad.
TEST_P(Gradients, ReachEachInputAlone) {
  const Inputs leaves = leaves_of(GetParam());
  for (const Tensor& leaf : leaves) leaf.requires_grad_(false);
  for (const Tensor& leaf : leaves) {
    leaf.requires_grad_();
    Tensor total = zeros({}, kDouble);
    for (const Tensor& result : run_case(GetParam(), leaves)) {
      if (result.is_floating_point()) total = total + result.sum();
    }
    ASSERT_TRUE(total.requires_grad());
    total.backward();
    EXPECT_TRUE(leaf.grad().defined());
    leaf.requires_grad_(false);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Gradients, ::testing::ValuesIn(all_cases()),
                         name_of_case);

// The sources, wherever the tests are run from, without comments.
std::string read_source(const std::string& path) {
  const auto root = std::filesystem::path(__FILE__).parent_path() / "../..";
  std::ifstream file(root / path);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    text += line.substr(0, line.find("//")) + " ";
  }
  EXPECT_FALSE(text.empty()) << path << " cannot be read";
  return text;
}

// The headers that a header of includes names.
std::string read_included(const std::string& path) {
  const std::string text = read_source(path);
  const std::string word = "#include \"taper/";
  std::string all;
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1)) {
    const size_t begin = at + word.size();
    all += read_source(text.substr(begin, text.find('"', begin) - begin));
  }
  return all;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// The words before the first parenthesis after `start`, where what lies between
// contains `type`, or is nothing when `type` is empty.
std::set<std::string> functions_after(const std::string& text,
                                      const std::string& start,
                                      const std::string& type) {
  std::set<std::string> names;
  for (size_t at = text.find(start); at != std::string::npos;
       at = text.find(start, at + 1)) {
    const size_t end = text.find_first_of("(;{", at);
    if (end == std::string::npos || text[end] != '(') continue;
    size_t begin = end;
    while (is_word(text[begin - 1])) --begin;
    const size_t from = at + start.size();
    const bool fits =
        type.empty() ? begin == from : text.find(type, from) < begin;
    if (!fits) continue;
    names.insert(text.substr(begin, end - begin));
  }
  return names;
}

// The names in rows of a list of functions or methods that start like this.
std::set<std::string> rows_of(const std::string& list,
                              const std::string& start) {
  const std::string text = read_source("tensor/" + list + ".inc");
  std::set<std::string> names;
  for (size_t at = text.find(start); at != std::string::npos;
       at = text.find(start, at + 1)) {
    const size_t begin = at + start.size();
    size_t end = begin;
    while (is_word(text[end])) ++end;
    names.insert(text.substr(begin, end - begin));
  }
  return names;
}

// The elementwise functions of the list, without other names of them.
std::set<std::string> listed_functions() {
  std::set<std::string> names;
  for (const char* kind :
       {"UNARY", "UNARY_MATH", "BINARY", "BINARY_DIRECT", "BINARY_TENSORS"}) {
    names.merge(rows_of("pointwise", " TAPER_" + std::string(kind) + "("));
  }
  names.erase("f");  // of a definition
  EXPECT_GT(names.size(), 50U) << "the list was not understood";
  return names;
}

// The functions in rows of nn/layers.inc: TAPER_LOSS(MSELoss, mse_loss, ...).
std::set<std::string> functions_of_layers() {
  const std::string text = read_source("nn/layers.inc");
  std::set<std::string> names;
  for (const char* kind :
       {"ACTIVATION", "ACTIVATION_LAYER", "PLAIN_ACTIVATION", "DROPOUT", "LOSS",
        "WEIGHTED_LOSS", "LOSS_OF_THREE"}) {
    const std::string start = " TAPER_" + std::string(kind) + "(";
    for (size_t at = text.find(start); at != std::string::npos;
         at = text.find(start, at + 1)) {
      const size_t begin = text.find_first_not_of(' ', text.find(',', at) + 1);
      names.insert(text.substr(begin, text.find_first_of(",)", begin) - begin));
    }
  }
  names.erase("f");  // of a definition
  EXPECT_GT(names.size(), 35U) << "the list was not understood";
  return names;
}

std::set<std::string> names_in_table() {
  std::set<std::string> names;
  for (const Row& row : all_rows()) names.insert(row.name);
  return names;
}

using Reasons = std::map<std::string, const char*>;

Reasons exempt_functions() {
  Reasons reasons;
  auto add = [&](const char* why, std::initializer_list<const char*> names) {
    for (const char* name : names) reasons[name] = why;
  };
  add("makes a tensor of numbers",
      {"arange",     "empty",      "empty_like",    "eye",
       "full",       "full_like",  "linspace",      "logspace",
       "make_blob",  "ones",       "ones_like",     "rand",
       "rand_like",  "randint",    "randint_like",  "randn",
       "randn_like", "randperm",   "scalar_tensor", "tensor",
       "zeros",      "zeros_like", "normal",        "bernoulli",
       "multinomial"});
  add("gives bool", {"eq", "ge", "gt", "le", "lt", "ne", "logical_and",
                     "logical_or", "logical_xor", "logical_not", "isnan",
                     "isinf", "isfinite", "isclose", "all", "any"});
  add("gives positions or counts",
      {"argmax", "argmin", "argsort", "count_nonzero", "nonzero", "one_hot"});
  add("edits a table outside the graph", {"embedding_renorm_"});
  add("works on integers and bools",
      {"bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor"});
  add("is piecewise constant and, as in PyTorch, not recorded",
      {"floor_divide"});
  return reasons;
}

TEST(GradientTable, HasARowForEveryFunction) {
  std::string text;
  for (const char* file : {"copies/copies", "create/create", "index/index",
                           "linalg/linalg", "pointwise/pointwise",
                           "random/random", "reduce/reduce", "views/views"}) {
    text += read_source("autograd/ops/" + std::string(file) + ".h");
  }
  text += read_included("autograd/ops/network/network.h");
  text += read_source("autograd/needed_ops.h");
  std::set<std::string> names = functions_after(text, "TAPER_API", "Tensor");
  EXPECT_GT(names.size(), 100U) << "the headers were not understood";
  names.erase("f");  // what a row of the list becomes
  names.merge(listed_functions());
  EXPECT_GT(names.size(), 150U);
  const std::set<std::string> rows = names_in_table();
  const Reasons exempt = exempt_functions();
  for (const std::string& name : names) {
    EXPECT_TRUE(rows.count(name) || exempt.count(name))
        << name << " has no row in the gradient-check table";
    EXPECT_FALSE(rows.count(name) && exempt.count(name)) << name;
  }
}

// What nn::functional offers under LibTorch's names is computed by a function
// of the table of the same name, or of the one named here.
TEST(GradientTable, HasARowForEveryFunctionOfNn) {
  const std::map<std::string, std::string> homes = {
      {"logsigmoid", "log_sigmoid"},
      {"cross_entropy", "cross_entropy_loss"},
      {"dropout2d", "feature_dropout"},
      {"dropout3d", "feature_dropout"},
      {"fold", "col2im"},
      {"unfold", "im2col"},
      {"max_unpool1d", "max_unpool2d"},
      {"interpolate", "upsample_bilinear2d"},
      {"grid_sample", "grid_sampler"},
      {"affine_grid", "affine_grid_generator"}};
  const std::string text = read_included("nn/functional.h");
  std::set<std::string> names = functions_after(text, "TAPER_API Tensor ", "");
  names.erase("f");  // what a row of the list becomes
  names.merge(functions_of_layers());
  const std::string word = "using taper::";
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1)) {
    const size_t begin = at + word.size();
    names.insert(text.substr(begin, text.find(';', begin) - begin));
  }
  EXPECT_GT(names.size(), 50U) << "the header was not understood";
  const std::set<std::string> rows = names_in_table();
  for (const std::string& name : names) {
    const auto home = homes.find(name);
    EXPECT_TRUE(rows.count(home == homes.end() ? name : home->second) ||
                exempt_functions().count(name))
        << name << " has no home in autograd/ops with a row in the table";
  }
}

// A family of headers that nobody looks at would hide its functions.
TEST(GradientTable, KnowsEveryHeaderThatOpsIncludes) {
  const std::string text = read_source("autograd/ops.h");
  std::set<std::string> families;
  for (size_t at = text.find("ops/"); at != std::string::npos;
       at = text.find("ops/", at + 1)) {
    families.insert(text.substr(at + 4, text.find(".h", at) - at - 4));
  }
  EXPECT_EQ(families,
            (std::set<std::string>{
                "copies/copies", "create/create", "index/index",
                "linalg/linalg", "network/network", "pointwise/pointwise",
                "random/random", "reduce/reduce", "views/views"}));
}

TEST(GradientTable, HasARowForEveryInPlaceMethod) {
  const Reasons exempt = {{"bernoulli_", "random"},
                          {"cauchy_", "random"},
                          {"exponential_", "random"},
                          {"geometric_", "random"},
                          {"log_normal_", "random"},
                          {"normal_", "random"},
                          {"random_", "random"},
                          {"uniform_", "random"},
                          {"detach_", "cuts the graph"},
                          {"requires_grad_", "no computation"},
                          {"logical_not_", "no gradient"},
                          {"bitwise_and_", "no gradient"},
                          {"bitwise_or_", "no gradient"},
                          {"bitwise_xor_", "no gradient"},
                          {"eq_", "no gradient"},
                          {"ne_", "no gradient"},
                          {"lt_", "no gradient"},
                          {"le_", "no gradient"},
                          {"gt_", "no gradient"},
                          {"ge_", "no gradient"},
                          {"logical_and_", "no gradient"},
                          {"logical_or_", "no gradient"},
                          {"logical_xor_", "no gradient"},
                          {"clip_", "another name of clamp_"},
                          {"floor_divide_", "no gradient"},
                          {"resize_", "throws for gradients"},
                          {"resize_as_", "throws for gradients"}};
  const std::set<std::string> rows = names_in_table();
  const std::string text = read_source("tensor/tensor.h");
  std::set<std::string> names = functions_after(text, "Tensor& ", "");
  names.erase("_");  // what a row of the lists becomes
  EXPECT_GT(names.size(), 30U) << "the header was not understood";
  std::set<std::string> listed = rows_of("methods", "TAPER_METHODS(");
  EXPECT_GT(listed.size(), 5U) << "the list was not understood";
  listed.merge(listed_functions());
  for (const std::string& name : listed) names.insert(name + "_");
  size_t count = 0;
  for (const std::string& name : names) {
    if (name.back() != '_') continue;
    ++count;
    EXPECT_TRUE(rows.count(name) || exempt.count(name))
        << name << " has no row in the table of in-place methods";
  }
  EXPECT_GT(count, 60U);
}

// A check of nothing passes: every row must have a gradient somewhere.
TEST(GradientTable, EveryRowIsRecorded) {
  for (const Case& c : all_cases()) {
    const Inputs outputs = run_case(c, leaves_of(c));
    EXPECT_TRUE(std::any_of(outputs.begin(), outputs.end(),
                            [](const Tensor& y) { return y.requires_grad(); }))
        << c.row.name << " " << c.row.variant;
  }
}

}  // namespace
}  // namespace taper::testing
