#include "gradient_rows.h"

namespace taper::testing {
namespace {

// Every row runs twice: on a clone, and on a row of a clone (a view, whose base
// has to follow). A method on a matrix is run on a matrix of matrices there.
template <class F>
void add(std::vector<Row>& rows, const std::string& name, const char* variant,
         std::vector<Shape> shapes, F f, double low = 0.3, double high = 0.8) {
  auto on_clone = [f](const Inputs& x) {
    Tensor y = x[0].clone();
    f(y, x);
    return y;
  };
  auto on_view = [f](const Inputs& x) {
    Tensor base = taper::stack(std::vector<Tensor>{x[0], x[0] * 2});
    Tensor y = base[0];
    f(y, x);
    return std::vector<Tensor>{base, y};
  };
  rows.push_back(Row(name, shapes, on_clone).in(low, high).as(variant));
  rows.push_back(Row(name, shapes, on_view)
                     .in(low, high)
                     .as(std::string(variant) + "_view"));
}

using Method = Tensor& (Tensor::*)() const;

void add_unary(std::vector<Row>& rows) {
  const std::pair<std::string, Method> methods[] = {
#define TAPER_UNARY(f) {#f "_", &Tensor::f##_},
#include "taper/tensor/pointwise.inc"
      {"zero_", &Tensor::zero_}};
  for (const auto& [name, method] : methods) {
    // round jumps at 0.5; acosh begins at 1.
    const double low = name == "acosh_" ? 1.2 : name == "round_" ? 0.6 : 0.3;
    add(
        rows, name, "", {{2, 3}},
        [m = method](Tensor& y, const Inputs&) { (y.*m)(); }, low,
        low == 0.3 ? 0.8 : low * 1.5);
  }
  // Twice: the second one must not be confused by the first.
  add(rows, "sin_", "twice", {{2, 3}},
      [](Tensor& y, auto&) { y.sin_().sin_(); });
  add(rows, "exp_", "twice", {{}}, [](Tensor& y, auto&) { y.exp_().exp_(); });
}

// With a tensor operand: the same shape, broadcast, 0-d; and with a number.
template <class F, class G>
void add_binary(std::vector<Row>& rows, const char* name, F f, G with_number) {
  auto run = [f](Tensor& y, const Inputs& x) { f(y, x[1]); };
  add(rows, name, "", {{2, 3}, {2, 3}}, run);
  add(rows, name, "broadcast", {{2, 3}, {3}}, run);
  add(rows, name, "0d", {{2, 3}, {}}, run);
  add(rows, name, "number", {{2, 3}},
      [with_number](Tensor& y, const Inputs&) { with_number(y); });
}

void add_arithmetic(std::vector<Row>& rows) {
  using T = const Tensor&;
  add_binary(
      rows, "add_", [](Tensor& y, T b) { y.add_(b, 2); },
      [](Tensor& y) { y.add_(2.5, 2); });
  add_binary(
      rows, "sub_", [](Tensor& y, T b) { y.sub_(b, 2); },
      [](Tensor& y) { y.sub_(2.5, 2); });
  add_binary(
      rows, "mul_", [](Tensor& y, T b) { y.mul_(b); },
      [](Tensor& y) { y.mul_(2.5); });
  add_binary(
      rows, "div_", [](Tensor& y, T b) { y.div_(b); },
      [](Tensor& y) { y.div_(2.5); });
  add_binary(
      rows, "pow_", [](Tensor& y, T b) { y.pow_(b); },
      [](Tensor& y) { y.pow_(2.5); });
  add_binary(
      rows, "fmod_", [](Tensor& y, T b) { y.fmod_(b + 1); },
      [](Tensor& y) { y.fmod_(0.9); });
  add_binary(
      rows, "remainder_", [](Tensor& y, T b) { y.remainder_(b + 1); },
      [](Tensor& y) { y.remainder_(0.9); });
  add_binary(
      rows, "atan2_", [](Tensor& y, T b) { y.atan2_(b); },
      [](Tensor& y) { y.atan2_(y * 2 + 1); });
  add_binary(
      rows, "hypot_", [](Tensor& y, T b) { y.hypot_(b); },
      [](Tensor& y) { y.hypot_(y * 2 + 1); });
  add_binary(
      rows, "copy_", [](Tensor& y, T b) { y.copy_(b); },
      [](Tensor& y) { y.copy_(y * 2); });
  add_binary(
      rows, "fill_", [](Tensor& y, T b) { y.fill_(b.sum()); },
      [](Tensor& y) { y.fill_(2.5); });
  add(rows, "addcmul_", "", {{2, 3}, {3}, {2, 1}},
      [](Tensor& y, auto& x) { y.addcmul_(x[1], x[2], 2); });
  add(rows, "addcdiv_", "", {{2, 3}, {3}, {2, 1}},
      [](Tensor& y, auto& x) { y.addcdiv_(x[1], x[2], 2); });
  add(rows, "lerp_", "", {{2, 3}, {2, 3}},
      [](Tensor& y, auto& x) { y.lerp_(x[1], 0.3); });
  add(rows, "lerp_", "tensor", {{2, 3}, {2, 3}, {3}},
      [](Tensor& y, auto& x) { y.lerp_(x[1], x[2]); });
}

void add_choices(std::vector<Row>& rows) {
  add(rows, "clamp_", "", {{2, 3}},
      [](Tensor& y, auto&) { y.clamp_(0.4, 0.6); });
  add(rows, "clamp_min_", "", {{2, 3}},
      [](Tensor& y, auto&) { y.clamp_min_(0.5); });
  add(rows, "clamp_max_", "", {{2, 3}},
      [](Tensor& y, auto&) { y.clamp_max_(0.5); });
  add(rows, "masked_fill_", "", {{2, 3}},
      [](Tensor& y, auto&) { y.masked_fill_(y > 0.5, 2); });
  add(rows, "masked_fill_", "tensor", {{2, 3}, {}},
      [](Tensor& y, auto& x) { y.masked_fill_(y > 0.5, x[1]); });
  add(rows, "fill_diagonal_", "", {{3, 3}},
      [](Tensor& y, auto&) { y.fill_diagonal_(2); });
}

void add_indexing(std::vector<Row>& rows) {
  using indexing::Slice;
  const Tensor at = tensor({{0, 2, 1}, {2, 0, 0}});
  add(rows, "index_put_", "", {{3, 2}, {2}}, [](Tensor& y, auto& x) {
    y.index_put_({tensor({2, 0})}, x[1]);
  });
  add(rows, "index_fill_", "", {{3, 2}}, [](Tensor& y, auto&) {
    y.index_fill_(0, tensor({2, 0}), 2.0);
  });
  add(rows, "index_copy_", "", {{3, 2}, {3, 1}},
      [](Tensor& y, auto& x) { y.index_copy_(-1, tensor({1}), x[1]); });
  add(rows, "index_put_", "accumulate", {{3, 2}, {3, 2}}, [](auto& y, auto& x) {
    y.index_put_({tensor({2, 0, 2})}, x[1], true);
  });
  add(rows, "index_put_", "slice", {{3, 2}, {2}},
      [](Tensor& y, auto& x) { y.index_put_({Slice(1, 3)}, x[1]); });
  add(rows, "index_put_", "mask", {{3, 2}},
      [](Tensor& y, auto&) { y.index_put_({y > 0.5}, 2.0); });
  add(rows, "index_add_", "", {{3, 2}, {3, 2}}, [](Tensor& y, auto& x) {
    y.index_add_(0, tensor({2, 0, 2}), x[1]);
  });
  add(rows, "scatter_", "", {{3, 3}, {2, 3}}, [=](Tensor& y, auto& x) {
    y.scatter_(0, tensor({{0, 2, 1}, {2, 0, 0}}), x[1]);
  });
  add(rows, "scatter_", "number", {{3, 3}},
      [=](Tensor& y, auto&) { y.scatter_(0, at, 2.0); });
  add(rows, "scatter_add_", "", {{3, 3}, {2, 3}},
      [=](Tensor& y, auto& x) { y.scatter_add_(0, at, x[1]); });
}

// These change the shape; on a view the base keeps its own.
void add_shapes(std::vector<Row>& rows) {
  add(rows, "squeeze_", "", {{2, 1}}, [](Tensor& y, auto&) { y.squeeze_(); });
  add(rows, "unsqueeze_", "", {{2, 3}},
      [](Tensor& y, auto&) { y.unsqueeze_(1); });
  add(rows, "transpose_", "", {{2, 3}},
      [](Tensor& y, auto&) { y.transpose_(0, 1); });
  add(rows, "t_", "", {{2, 3}}, [](Tensor& y, auto&) { y.t_(); });
}

}  // namespace

std::vector<Row> in_place_rows() {
  std::vector<Row> rows;
  add_unary(rows);
  add_arithmetic(rows);
  add_choices(rows);
  add_indexing(rows);
  add_shapes(rows);
  return rows;
}

}  // namespace taper::testing
