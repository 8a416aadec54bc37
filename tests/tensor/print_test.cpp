// Printing, against texts that PyTorch 2.13 made: tests/golden/make_print.py
// describes them. The comparison is exact.
#include "taper/tensor/text/print.h"

#include <fstream>
#include <iomanip>
#include <iterator>
#include <sstream>

#include "taper/autograd/ops.h"
#include "taper/autograd/repr.h"
#include "taper/tensor/macros.h"

#ifndef TAPER_TEST_DATA
#define TAPER_TEST_DATA "tests"
#endif

namespace taper {
namespace {

struct Case {
  std::string name;
  std::string dtype;
  std::string sizes;
  std::vector<std::string> values;
  std::string options;
  std::string op;
  std::optional<std::string> cpp;
  std::string repr;
};

std::string read_block(std::istream& file, int lines) {
  std::string text;
  for (std::string line; lines > 0 && std::getline(file, line); --lines) {
    text += line.substr(1) + (lines > 1 ? "\n" : "");
  }
  return text;
}

std::vector<Case> read_cases() {
  std::ifstream file(TAPER_TEST_DATA "/golden/print.txt");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    int lines = 0;
    if (kind == "case") {
      Case& next = cases.emplace_back();
      words >> next.name >> next.dtype >> next.sizes;
    } else if (kind == "values") {
      using Words = std::istream_iterator<std::string>;
      cases.back().values.assign(Words(words), Words());
    } else if (kind == "options") {
      std::getline(words, cases.back().options);
    } else if (kind == "op") {
      words >> cases.back().op;
    } else if (kind == "cpp" && words >> lines) {
      cases.back().cpp = read_block(file, lines);
    } else if (kind == "repr" && words >> lines) {
      cases.back().repr = read_block(file, lines);
    }
  }
  return cases;
}

ScalarType dtype_of(const std::string& name) {
  int i = 0;
  while (name != name_of(static_cast<ScalarType>(i))) ++i;
  return static_cast<ScalarType>(i);
}

std::vector<int64_t> sizes_of(const std::string& text) {
  std::vector<int64_t> sizes;
  std::istringstream parts(text == "-" ? "" : text);
  for (std::string part; std::getline(parts, part, ',');) {
    sizes.push_back(std::stoll(part));
  }
  return sizes;
}

Tensor make(const Case& c) {
  Tensor x = empty(sizes_of(c.sizes), dtype_of(c.dtype));
  visit_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < x.numel(); ++i) {
      const std::string& word =
          c.values[static_cast<size_t>(i) % c.values.size()];
      x.data_ptr<T>()[i] =
          is_floating(x.dtype())
              ? static_cast<T>(std::strtod(word.c_str(), nullptr))
              : static_cast<T>(std::strtoll(word.c_str(), nullptr, 10));
    }
  });
  return x;
}

Tensor apply(const std::string& op, const Tensor& x) {
  if (op == "add") return x + ones({}, x.dtype());  // as Python does
  if (op == "mul") return x * x;
  if (op == "exp") return x.exp();
  if (op == "sum") return x.sum();
  if (op == "mean") return x.mean();
  if (op == "view") return x.view(-1);
  if (op == "t") return x.t();
  if (op == "select") return x[0];
  if (op == "mm") return x.mm(x.t());
  if (op == "relu") return x.relu();
  if (op == "neg") return -x;
  if (op == "detach") return x.exp().detach();
  return x;
}

PrintOptions options_of(const std::string& text) {
  PrintOptions options;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::string key = word.substr(0, word.find('='));
    int value = std::stoi(word.substr(key.size() + 1));
    if (key == "precision") options.precision = value;
    if (key == "threshold") options.threshold = value;
    if (key == "edgeitems") options.edgeitems = value;
    if (key == "linewidth") options.linewidth = value;
    if (key == "sci_mode") options.sci_mode = value != 0;
  }
  return options;
}

template <class T>
std::string text_of(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(Print, EqualsLibTorch) {
  int count = 0;
  for (const Case& c : read_cases()) {
    if (!c.cpp) continue;
    EXPECT_EQ(text_of(make(c)), *c.cpp) << c.name;
    ++count;
  }
  EXPECT_GE(count, 70);
}

TEST(Repr, EqualsPython) {
  int count = 0;
  for (const Case& c : read_cases()) {
    Tensor x = make(c);
    if (!c.op.empty()) x = apply(c.op, x.requires_grad_());
    set_printoptions(options_of(c.options));
    EXPECT_EQ(repr(x), c.repr) << c.name;
    ++count;
  }
  set_printoptions({});
  EXPECT_GE(count, 110);
}

TEST(Repr, ShowsDefaultDtype) {
  set_default_dtype(kDouble);
  std::string doubles = repr(ones(2));
  std::string floats = repr(ones(2, kFloat));
  set_default_dtype(kFloat);
  EXPECT_EQ(doubles, "tensor([1., 1.])");
  EXPECT_EQ(floats, "tensor([1., 1.], dtype=torch.float32)");
}

TEST(Repr, ReadsStridedTensors) {
  Tensor x = arange(6).view({2, 3});
  EXPECT_EQ(repr(x.t()), "tensor([[0, 3],\n        [1, 4],\n        [2, 5]])");
  EXPECT_EQ(text_of(x.t()), " 0  3\n 1  4\n 2  5\n[ CPULongType{3,2} ]");
  EXPECT_EQ(repr(zeros(1).expand({2, 2})),
            "tensor([[0., 0.],\n        [0., 0.]])");
}

TEST(Repr, RejectsBadOptions) {
  EXPECT_THROW(set_printoptions({.precision = -1}), ValueError);
  EXPECT_THROW(set_printoptions({.edgeitems = -1}), ValueError);
  EXPECT_EQ(get_printoptions().precision, 4);
}

TEST(Print, UndefinedTensor) {
  EXPECT_EQ(text_of(Tensor()), "[ Tensor (undefined) ]");
}

TEST(Print, LeavesTheStreamAsItWas) {
  std::ostringstream out;
  out << std::hex << std::setprecision(3) << std::setw(9);
  out << tensor({255.5}) << '\n' << 255 << ' ' << 3.14159;
  EXPECT_EQ(out.str(), " 255.5000\n[ CPUFloatType{1} ]\nff 3.14");
}

TEST(Print, LineSize) {
  std::ostringstream out;
  print(out, ones({1, 4}), 6);
  EXPECT_EQ(out.str(),
            "Columns 1 to 2 1  1\n\nColumns 3 to 4 1  1\n"
            "[ CPUFloatType{1,4} ]");
}

TEST(Print, Names) {
  EXPECT_EQ(text_of(ones({2, 3}).sizes()), "[2, 3]");
  EXPECT_EQ(text_of(ones({}).sizes()), "[]");
  EXPECT_EQ(text_of(kFloat), "Float");
  EXPECT_EQ(text_of(kBool), "Bool");
  EXPECT_EQ(text_of(ones(1).dtype()), "float");
  EXPECT_EQ(text_of(ones(1, kDouble).dtype()), "double");
  EXPECT_EQ(text_of(ones(1, kLong).options().dtype()), "long int");
  EXPECT_EQ(text_of(ones(1, kBool).dtype()), "bool");
  EXPECT_EQ(text_of(ones(1).scalar_type()), "Float");
  EXPECT_EQ(text_of(get_default_dtype()), "float");
  EXPECT_EQ(text_of(Device(kCPU)), "cpu");
  EXPECT_EQ(text_of(kCPU), "cpu");
  EXPECT_EQ(text_of(Scalar(3.5)), "3.5");
  EXPECT_EQ(text_of(Scalar(true)), "true");
  EXPECT_EQ(text_of(Scalar(-3)), "-3");
  EXPECT_EQ(ones(2, kDouble).toString(), "CPUDoubleType");
}

TEST(Print, Options) {
  std::string rest =
      ", pinned_memory=false (default), memory_format=(nullopt))";
  EXPECT_EQ(text_of(TensorOptions()),
            "TensorOptions(dtype=float (default), device=cpu (default), "
            "layout=Strided (default), requires_grad=false (default)" +
                rest);
  EXPECT_EQ(text_of(dtype(kDouble).requires_grad(true)),
            "TensorOptions(dtype=double, device=cpu (default), "
            "layout=Strided (default), requires_grad=true" +
                rest);
}

TEST(Print, OptionsOfATensor) {
  EXPECT_EQ(text_of(ones(2, kLong).options().requires_grad(false)),
            "TensorOptions(dtype=long int, device=cpu, layout=Strided, "
            "requires_grad=false, pinned_memory=false (default), "
            "memory_format=(nullopt))");
}

TEST(TypeMeta, StandsForAScalarType) {
  const Tensor x = ones(2, kDouble);
  const TypeMeta type = x.dtype();
  EXPECT_TRUE(type == kDouble && kDouble == type && type != kFloat);
  EXPECT_EQ(type, x.clone().dtype());
  EXPECT_EQ(type, TypeMeta::Make<double>());
  EXPECT_EQ(type.name(), "double");
  EXPECT_EQ(type.itemsize(), 8);
  const ScalarType scalar_type = type;
  EXPECT_EQ(scalar_type, kDouble);
  EXPECT_EQ(zeros(2, x.dtype()).scalar_type(), kDouble);
  EXPECT_EQ(zeros(2, dtype(x.dtype())).scalar_type(), kDouble);
  EXPECT_EQ(zeros(2, dtype<int64_t>()).scalar_type(), kLong);
  EXPECT_EQ(zeros(2).to(x.dtype()).scalar_type(), kDouble);
  EXPECT_EQ(typeMetaToScalarType(scalarTypeToTypeMeta(kLong)), kLong);
}

// The texts are those of LibTorch.
TEST(Macros, ChecksStreamTheirArguments) {
  const Tensor x = ones({2, 3});
  std::string text;
  try {
    TORCH_CHECK(x.dim() == 3, "got ", x.sizes(), ' ', x.dtype(), " ", 1.5f);
  } catch (const Error& error) {
    text = error.what();
  }
  EXPECT_EQ(text, "got [2, 3] float 1.5");
  EXPECT_NO_THROW(TORCH_CHECK(true));
  EXPECT_THROW(TORCH_CHECK(false), Error);
  EXPECT_THROW(TORCH_CHECK_INDEX(false, "at ", 3), IndexError);
  EXPECT_THROW(TORCH_CHECK_TYPE(false), TypeError);
  EXPECT_THROW(TORCH_CHECK_VALUE(false), ValueError);
  EXPECT_THROW(TORCH_CHECK_NOT_IMPLEMENTED(false), NotImplementedError);
  EXPECT_THROW(TORCH_INTERNAL_ASSERT(false, "never"), Error);
  EXPECT_THROW(AT_ASSERT(1 > 2), Error);
  EXPECT_THROW(AT_ERROR("at ", x.scalar_type()), Error);
  EXPECT_EQ(str("x=", 3, " ", x.sizes()), "x=3 [2, 3]");
  int64_t sum = 0;
  for (const int64_t i : irange(x.size(1))) sum += i;
  for (const int64_t i : irange(1, x.size(1))) sum += 10 * i;
  for (const int i : irange(-2)) sum += 100 * i;
  EXPECT_EQ(sum, 33);
}

TEST(Macros, DispatchNamesTheType) {
  const auto size_of = [](const Tensor& x) {
    return AT_DISPATCH_ALL_TYPES(x.scalar_type(), "size_of",
                                 [&] { return sizeof(scalar_t); });
  };
  EXPECT_EQ(size_of(ones(1)), 4U);
  EXPECT_EQ(size_of(ones(1, kLong)), 8U);
  EXPECT_THROW(size_of(ones(1, kBool)), NotImplementedError);
  double first = 0;
  const Tensor y = full(2, 2.5, kDouble);
  AT_DISPATCH_FLOATING_TYPES(y.scalar_type(), "first",
                             ([&] { first = y.data_ptr<scalar_t>()[0]; }));
  EXPECT_EQ(first, 2.5);
}

TEST(Print, MethodWritesTypeAndShapeToTheErrorStream) {
  testing::internal::CaptureStderr();
  ones({2, 3}).print();
  Tensor().print();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "[CPUFloatType [2, 3]]\n[UndefinedTensor]\n");
}

TEST(PrintIndices, AsInLibTorch) {
  using namespace indexing;
  std::ostringstream out;
  out << std::vector<TensorIndex>{1, "...", None, Slice(0, 2), true, false}
      << Slice(-3, -1) << Slice(1, None, 2) << std::vector<TensorIndex>{}
      << TensorIndex(Ellipsis) << TensorIndex(tensor({1, 2}));
  EXPECT_EQ(out.str(),
            "(1, ..., None, 0:2:1, true, false)-3:-1:11:4611686018427387903:2()"
            "... 1\n 2\n[ CPULongType{2} ]");
}

TEST(PrintIndices, AndWhatTheyAre) {
  using namespace indexing;
  EXPECT_TRUE(TensorIndex(None).is_none());
  EXPECT_TRUE(TensorIndex("...").is_ellipsis());
  EXPECT_TRUE(TensorIndex(3).is_integer());
  EXPECT_EQ(TensorIndex(3).integer(), 3);
  EXPECT_TRUE(TensorIndex(true).is_boolean());
  EXPECT_TRUE(TensorIndex(true).boolean());
  EXPECT_FALSE(TensorIndex(false).boolean());
  EXPECT_TRUE(TensorIndex(Slice(1, 2)).is_slice());
  EXPECT_EQ(TensorIndex(Slice(1, 2)).slice().stop(), 2);
  EXPECT_TRUE(TensorIndex(ones({2})).is_tensor());
  EXPECT_EQ(TensorIndex(ones({2})).tensor().numel(), 2);
  EXPECT_FALSE(TensorIndex(3).is_tensor() || TensorIndex(3).is_boolean());
  EXPECT_THROW(TensorIndex(".."), ValueError);
  EXPECT_THROW(Slice(None, None, 0), ValueError);
  EXPECT_THROW(ones({2}).index({Slice(None, None, -1)}), ValueError);
}

TEST(DeviceNames, AreParsed) {
  EXPECT_EQ(Device("cpu"), Device(kCPU));
  EXPECT_EQ(Device(std::string("cpu:0")).index(), 0);
  EXPECT_EQ(Device("cuda:1").type(), kCUDA);
  EXPECT_EQ(Device("cuda:1").str(), "cuda:1");
  EXPECT_EQ(Device("cpu").str(), "cpu");
  EXPECT_TRUE(Device("cpu:0").has_index());
  EXPECT_FALSE(Device(kCPU).has_index());
  EXPECT_THROW(ones({1}).to(Device("cuda")), Error);
  for (const char* name : {"", "cpu:", "CPU", "gpu", "cpu:-1", "cpu:01", " cpu",
                           "cpu:0x", "cuda:x", "meta", "mps", "cpu:99999"}) {
    EXPECT_THROW(Device{name}, Error) << name;
  }
}

}  // namespace
}  // namespace taper
