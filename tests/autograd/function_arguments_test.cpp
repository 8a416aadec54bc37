// The tensors in arguments of a custom Function.
#include <any>
#include <functional>
#include <map>
#include <unordered_map>
#include <variant>

#include "autograd_support.h"

namespace taper::testing {
namespace {

using autograd::AutogradContext;
using autograd::Function;
using autograd::variable_list;

// The sum of all tensors in an argument of any kind.
struct Total : Function<Total> {
  static void add(Tensor& sum, const Tensor& x) { sum = sum + x; }
  static void add(Tensor&, const std::string&) {}
  static void add(Tensor& sum, const std::optional<Tensor>& x) {
    if (x) add(sum, *x);
  }
  static void add(Tensor&, double) {}
  template <class A, class B>
  static void add(Tensor& sum, const std::pair<A, B>& both) {
    add(sum, both.first);
    add(sum, both.second);
  }
  template <class A, class B>
  static void add(Tensor& sum, const std::tuple<A, B>& both) {
    add(sum, std::get<0>(both));
    add(sum, std::get<1>(both));
  }
  template <class... T>
  static void add(Tensor& sum, const std::variant<T...>& one) {
    std::visit([&](const auto& held) { add(sum, held); }, one);
  }
  template <class List>
  static auto add(Tensor& sum, const List& list)
      -> decltype(void(std::begin(list))) {
    for (const auto& x : list) add(sum, x);
  }
  template <class Argument>
  static Tensor forward(AutogradContext* ctx, const Argument& argument) {
    Tensor sum = zeros({1}, kDouble);
    add(sum, argument);
    int64_t count = 0;
    while (true) {
      try {
        ctx->needs_input_grad(static_cast<size_t>(count));
      } catch (const IndexError&) {
        break;
      }
      ++count;
    }
    ctx->saved_data["count"] = count;
    return sum;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const int64_t count = ctx->saved_data["count"].toInt();
    return variable_list(static_cast<size_t>(count), grads[0]);
  }
};

TEST(Function, FindsTheTensorsInEveryKindOfArgument) {
  const Tensor a = leaf({1});
  const Tensor b = leaf({2});
  const std::vector<Tensor> both = {a, b};
  const auto check_total = [&](const auto& argument, double expected,
                               bool has_b) {
    a.mutable_grad().reset();
    b.mutable_grad().reset();
    const Tensor y = Total::apply(argument);
    ASSERT_TRUE(y.requires_grad());
    EXPECT_EQ(y.item<double>(), expected);
    y.backward();
    EXPECT_EQ(numbers(a.grad()), (Numbers{1}));
    EXPECT_EQ(b.grad().defined(), has_b);
  };
  check_total(a, 1, false);
  check_total(both, 3, true);
  check_total(TensorList(both), 3, true);
  check_total(std::array<Tensor, 2>{a, b}, 3, true);
  check_total(std::optional<Tensor>(a), 1, false);
  check_total(std::vector<std::optional<Tensor>>{a, std::nullopt, b}, 3, true);
  check_total(std::pair<Tensor, Tensor>(a, b), 3, true);
  check_total(std::vector<std::vector<Tensor>>{{a}, {b}}, 3, true);
  check_total(std::map<std::string, Tensor>{{"a", a}, {"b", b}}, 3, true);
  check_total(std::unordered_map<std::string, std::vector<Tensor>>{{"", both}},
              3, true);
  check_total(std::variant<double, Tensor>(a), 1, false);
  check_total(std::variant<double, TensorList>(both), 3, true);
  check_total(std::tuple<std::pair<Tensor, std::string>, Tensor>({a, ""}, b), 3,
              true);
}

// What hides tensors where apply() cannot reach them does not compile.
struct Opaque {
  std::vector<Tensor> hidden;
};
struct Numbers3 {
  double numbers[3];
};
struct Viewing {
  int64_t count = 0;
  Numbers3 more;
  TensorList tensors;
};
struct Branching {
  std::string name;
  std::map<std::string, std::vector<Viewing>> views;
};
struct Referring {
  Tensor& tensor;
};
struct Derived : Viewing {
  int more_numbers = 0;
};
struct Outer {
  int64_t count;
  Viewing inner;
};
struct Settings {
  int64_t count;
  std::string name;
  std::vector<double> numbers;
  std::optional<Scalar> scale;
  TensorOptions options;
  Numbers3 more;
  std::map<std::string, int> table;
};
template <class... T>
constexpr bool hide_tensors = !(autograd::holds_no_tensors<T> || ...);
template <class... T>
constexpr bool hold_none = (autograd::holds_no_tensors<T> && ...);

static_assert(
    hide_tensors<Opaque, Viewing, Branching, Referring, Derived, Outer, Tensor*,
                 const Tensor*, std::vector<Tensor>*, Opaque*>);
static_assert(
    hide_tensors<std::shared_ptr<Tensor>, std::shared_ptr<std::vector<Tensor>>,
                 std::shared_ptr<Opaque>, std::unique_ptr<Viewing>,
                 std::reference_wrapper<Tensor>,
                 std::reference_wrapper<const Opaque>>);
static_assert(hide_tensors<std::function<Tensor()>, std::any>);
static_assert(hide_tensors<std::vector<Viewing>, std::optional<Opaque>,
                           std::pair<int, Viewing>, std::tuple<Opaque*>,
                           std::variant<double, TensorList>>);
static_assert(hold_none<ScalarType, Scalar, TensorOptions, Device, Generator,
                        double, std::nullptr_t, std::string, const char*>);
static_assert(hold_none<Settings, const Settings*, std::shared_ptr<Settings>,
                        std::vector<Settings>, std::map<std::string, Settings>,
                        std::variant<double, Settings>, IntArrayRef, void*,
                        std::pair<int, double>, void (*)(Tensor)>);

// One undefined gradient for each argument without tensors, as in LibTorch.
TEST(Function, CountsAnArgumentWithoutTensorsOnce) {
  const Tensor a = leaf({1});
  Settings settings{};
  const auto count = [](const auto& argument) {
    std::vector<const Tensor*> inputs;
    autograd::detail::collect(inputs, argument);
    return inputs.size();
  };
  EXPECT_EQ(count(settings), 1U);
  EXPECT_EQ(count(std::pair<int, double>()), 1U);
  EXPECT_EQ(count(std::map<std::string, int>{{"a", 1}, {"b", 2}}), 1U);
  EXPECT_EQ(count(std::variant<double, Settings>()), 1U);
  EXPECT_EQ(count(std::make_pair(a, 2.0)), 2U);
}

}  // namespace
}  // namespace taper::testing
