// Views, joining and splitting, indexing.
#include "gradient_rows.h"
#include "taper/autograd/node.h"

namespace taper::testing {
namespace {

using indexing::Ellipsis;
using indexing::None;
using indexing::Slice;

// A row of one input; squared, so that the second order is not all zeros.
template <class F>
Row one(const char* name, const Shape& shape, F f) {
  return Row(name, {shape}, [f](const Inputs& x) { return f(x[0].square()); });
}

Inputs list(std::vector<Tensor> tensors) { return tensors; }

Tensor longs(std::initializer_list<int64_t> values) {
  return tensor(std::vector<int64_t>(values));
}

}  // namespace

std::vector<Row> shape_rows() {
  using T = const Tensor&;
  std::vector<Row> rows = {
      one("sum_to", {2, 3, 4},
          [](T x) {
            return sum_to(x, {3, 1});
          }),
      one("sum_to", {2, 3}, [](T x) { return sum_to(x, {}); }).as("0d"),
      one("reshape", {2, 6},
          [](T x) {
            return reshape(x, {3, -1});
          }),
      one("reshape", {2, 6},
          [](T x) {
            return reshape(x.t(), {4, 3});
          })
          .as("copies"),
      one("reshape", {0, 6},
          [](T x) {
            return reshape(x, {3, 0});
          })
          .as("empty"),
      one("view", {2, 6},
          [](T x) {
            return x.contiguous().view({3, 4});
          }),
      one("flatten", {2, 3, 2}, [](T x) { return flatten(x, 1); }),
      one("flatten", {}, [](T x) { return flatten(x); }).as("0d"),
      one("unflatten", {2, 6},
          [](T x) {
            return unflatten(x, 1, {2, -1});
          }),
      one("ravel", {2, 3}, [](T x) { return ravel(x); }),
      one("squeeze", {2, 1, 3}, [](T x) { return squeeze(x); }),
      one("squeeze", {2, 1, 3}, [](T x) { return squeeze(x, 1); }).as("dim"),
      one("squeeze", {2, 3}, [](T x) { return squeeze(x, 1); }).as("keeps"),
      one("unsqueeze", {2, 3}, [](T x) { return unsqueeze(x, -1); }),
      one("transpose", {2, 3, 4}, [](T x) { return transpose(x, 0, 2); }),
      one("t", {2, 3}, [](T x) { return taper::t(x); }),
      one("permute", {2, 3, 4},
          [](T x) {
            return permute(x, {2, 0, 1});
          }),
      one("movedim", {2, 3, 4}, [](T x) { return movedim(x, 0, -1); }),
      one("broadcast_to", {3, 1},
          [](T x) {
            return broadcast_to(x, {2, 3, 4});
          }),
      one("expand", {3, 1},
          [](T x) {
            return x.expand({-1, 2});
          }),
      one("as_strided", {12},
          [](T x) {
            return as_strided(x, {2, 3}, {5, 2}, 1);
          }),
      one("as_strided", {6},
          [](T x) {
            return as_strided(x, {3, 3}, {1, 1}, 1);
          })
          .as("overlapping"),
      one("as_strided", {3, 4},
          [](T x) {
            return as_strided(x.t(), {2, 3}, {4, 1}, 2);
          })
          .as("of_a_view"),
      Row("as_strided_scatter", {{3, 4}, {2, 2}},
          [](const Inputs& x) {
            return as_strided_scatter(x[0].square(), x[1].square(), {2, 2},
                                      {4, 1}, 3);
          }),
      one("select", {2, 3}, [](T x) { return select(x, 1, -1); }),
      one("select", {2, 3}, [](T x) { return x[1]; }).as("brackets"),
      one("slice", {5, 2}, [](T x) { return slice(x, 0, 1, 5, 2); }),
      one("slice", {5, 2}, [](T x) { return slice(x, 0, 3, 2); }).as("empty"),
      one("narrow", {5, 2}, [](T x) { return narrow(x, 0, 1, 3); }),
      one("diagonal", {3, 4}, [](T x) { return diagonal(x, 1); }),
      one("diagonal", {2, 3, 4}, [](T x) { return diagonal(x, -1, 2, 0); })
          .as("batch"),
      one("chunk", {5, 2}, [](T x) { return chunk(x, 2); }),
      one("split", {5, 2}, [](T x) { return split(x, 2); }),
      one("split", {5, 2},
          [](T x) {
            return split(x, IntArrayRef({4, 1}));
          })
          .as("sizes"),
      one("split_with_sizes", {2, 5},
          [](T x) {
            return split_with_sizes(x, {2, 3}, 1);
          }),
      one("unbind", {2, 3}, [](T x) { return unbind(x, 1); }),
      Row("meshgrid", {{2}, {3}},
          [](const Inputs& x) {
            return meshgrid(list({x[0].square(), x[1].square()}), "xy");
          }),
      one("repeat", {2, 3},
          [](T x) {
            return repeat(x, {2, 1, 2});
          }),
      one("tile", {2, 3}, [](T x) { return tile(x, {2}); }),
      one("repeat_interleave", {2, 3},
          [](T x) { return repeat_interleave(x, 2, 1); }),
      one("repeat_interleave", {2, 3},
          [](T x) {
            return repeat_interleave(x, longs({2, 0}), 0);
          })
          .as("counts"),
      one("flip", {2, 3},
          [](T x) {
            return flip(x, {0, 1});
          }),
      one("roll", {2, 3},
          [](T x) {
            return roll(x, {1, -1}, {0, 1});
          }),
      one("roll", {2, 3}, [](T x) { return roll(x, 2); }).as("flat"),
      one("tril", {3, 4}, [](T x) { return tril(x, 1); }),
      one("triu", {2, 3, 3}, [](T x) { return triu(x); }),
      one("diag", {3}, [](T x) { return diag(x, -1); }),
      one("diag", {3, 4}, [](T x) { return diag(x, 1); }).as("matrix"),
      one("clone", {2, 3}, [](T x) { return taper::clone(x); }),
      one("contiguous", {2, 3}, [](T x) { return x.t().contiguous(); }),
  };
  for (const char* name : {"cat", "concat"}) {
    rows.push_back(Row(name, {{2, 3}, {1, 3}}, [](const Inputs& x) {
      return cat(list({x[0].square(), x[1], x[0]}), 0);
    }));
  }
  rows.push_back(Row("cat", {{2, 3}, {0}}, [](const Inputs& x) {
                   return cat(list({x[0].square(), x[1]}), 1);
                 }).as("empty"));
  rows.push_back(Row("stack", {{2, 3}, {2, 3}}, [](const Inputs& x) {
    return stack(list({x[0].square(), x[1]}), -1);
  }));
  rows.push_back(Row("hstack", {{2}, {3}}, [](const Inputs& x) {
    return hstack(list({x[0].square(), x[1]}));
  }));
  rows.push_back(Row("vstack", {{3}, {2, 3}}, [](const Inputs& x) {
    return vstack(list({x[0].square(), x[1]}));
  }));
  return rows;
}

std::vector<Row> index_rows() {
  using T = const Tensor&;
  const Tensor at = tensor({{0, 2, 1}, {2, 2, 0}});
  std::vector<Row> rows = {
      one("index", {3, 4},
          [](T x) {
            return x.index({Slice(1, None), None, 2});
          }),
      one("index", {3, 4},
          [](T x) {
            return x.index({Ellipsis, longs({3, 0, 3})});
          })
          .as("positions"),
      one("index", {3, 2, 2},
          [](T x) {
            return x.index({longs({2, 0}), Slice(), longs({0, 1})});
          })
          .as("apart"),
      one("index", {3, 2},
          [](T x) {
            return x.index({tensor({true, false, true})});
          })
          .as("mask"),
      one("gather", {3, 3}, [=](T x) { return gather(x, 0, at); }),
      one("gather", {2, 3}, [=](T x) { return gather(x, 1, at); }).as("last"),
      one("take_along_dim", {1, 3},
          [=](T x) { return take_along_dim(x, at, 1); }),
      one("index_select", {3, 2},
          [](T x) {
            return index_select(x, 0, longs({2, 0, 2}));
          }),
      one("index_fill", {3, 2},
          [](T x) {
            return index_fill(x, 1, longs({1, 1}), 2);
          }),
      Row("index_copy", {{3, 2}, {2, 2}},
          [](const Inputs& x) {
            return index_copy(x[0].square(), 0, longs({2, 0}), x[1].square());
          }),
      Row("index_put", {{3, 2}, {3, 2}},
          [](const Inputs& x) {
            const indexing::TensorIndex places(longs({2, 0, 2}));
            return index_put(x[0].square(), places, x[1].square(), true);
          }),
      Row("index_add", {{3, 2}, {3, 2}},
          [](const Inputs& x) {
            return index_add(x[0].square(), 0, longs({2, 0, 2}), x[1].square(),
                             0.5);
          })
          .as("alpha"),
      Row("index_add", {{3, 2}, {3, 2}},
          [](const Inputs& x) {
            return index_add(x[0].square(), 0, longs({2, 0, 2}), x[1].square());
          }),
      Row("scatter", {{3, 3}, {2, 3}},
          [](const Inputs& x) {
            return scatter(x[0].square(), 0, tensor({{0, 2, 1}, {2, 1, 0}}),
                           x[1].square());
          }),
      one("scatter", {3, 3}, [=](T x) { return scatter(x, 0, at, 2.0); })
          .as("scalar"),
      Row("scatter_add", {{3, 3}, {2, 3}},
          [=](const Inputs& x) {
            return scatter_add(x[0].square(), 0, at, x[1].square());
          }),
      one("masked_select", {2, 3},
          [](T x) {
            return masked_select(x, tensor({true, false, true}));
          }),
      one("embedding", {4, 2}, [=](T x) { return embedding(x, at); }),
      one("embedding", {4, 2},
          [=](T x) {
            return embedding(x, longs({1, 3, 1}), 0);
          })
          .as("padding"),
  };
  return rows;
}

}  // namespace taper::testing
