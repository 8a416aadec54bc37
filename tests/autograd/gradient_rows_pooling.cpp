// Pooling, padding by what is there, and patches of images.
#include "gradient_rows.h"

namespace taper::testing {
namespace {

using Rows = std::vector<Row>;

template <class F>
void add(Rows& rows, const char* name, const char* variant, Shape shape, F f) {
  rows.push_back(Row(name, {std::move(shape)}, [f](const Inputs& x) {
                   return f(x[0]);
                 }).as(variant));
}

/// Of a function that returns indices too.
template <class F>
void add_maxima(Rows& rows, const char* name, const char* variant, Shape shape,
                F f) {
  add(rows, name, variant, std::move(shape),
      [f](const Tensor& x) { return std::get<0>(f(x)).square(); });
}

void add_max_pools(Rows& rows) {
  add(rows, "max_pool1d", "", {2, 3, 7},
      [](auto& x) { return max_pool1d(x, 3, 2, 1, 1, true).square(); });
  add(rows, "max_pool2d", "", {1, 2, 4, 6},
      [](auto& x) { return max_pool2d(x, 2).square(); });
  add(rows, "max_pool2d", "unbatched", {2, 5, 5}, [](auto& x) {
    return max_pool2d(x, {2, 3}, 1, {1, 0}, {1, 2}).square();
  });
  add(rows, "max_pool2d", "empty", {0, 2, 4, 6},
      [](auto& x) { return max_pool2d(x, 2).square(); });
  add(rows, "max_pool3d", "", {1, 2, 3, 4, 4},
      [](auto& x) { return max_pool3d(x, 2, 1).square(); });
  add_maxima(rows, "max_pool1d_with_indices", "", {3, 7},
             [](auto& x) { return max_pool1d_with_indices(x, 2); });
  add_maxima(rows, "max_pool2d_with_indices", "", {1, 2, 5, 5},
             [](auto& x) { return max_pool2d_with_indices(x, 3, 2, 1); });
  add_maxima(rows, "max_pool3d_with_indices", "", {2, 3, 4, 4},
             [](auto& x) { return max_pool3d_with_indices(x, 2, 2, 1); });
  add_maxima(rows, "adaptive_max_pool1d", "", {2, 7},
             [](auto& x) { return adaptive_max_pool1d(x, 3); });
  add_maxima(rows, "adaptive_max_pool2d", "", {1, 2, 5, 6}, [](auto& x) {
    return adaptive_max_pool2d(x, {3, 2});
  });
  add_maxima(rows, "adaptive_max_pool3d", "", {1, 3, 4, 5}, [](auto& x) {
    return adaptive_max_pool3d(x, {2, 4, 3});
  });
  add_maxima(rows, "fractional_max_pool2d", "", {1, 2, 6, 7}, [](auto& x) {
    const Tensor samples = full({1, 2, 2}, 0.6, x.dtype());
    return fractional_max_pool2d(x, 2, {3, 4}, samples);
  });
  add_maxima(rows, "fractional_max_pool3d", "", {2, 4, 5, 5}, [](auto& x) {
    const Tensor samples = full({1, 2, 3}, 0.3, x.dtype());
    return fractional_max_pool3d(x, 2, {2, 3, 1}, samples);
  });
  add(rows, "max_unpool2d", "", {1, 2, 2, 3}, [](auto& x) {
    const Tensor places = arange(0, 24, 2).view({1, 2, 2, 3}).remainder(13);
    return max_unpool2d(x, places, {3, 5}).square();
  });
  add(rows, "max_unpool3d", "", {1, 2, 1, 3}, [](auto& x) {
    const Tensor places = arange(0, 18, 3).view({1, 2, 1, 3});
    return max_unpool3d(x, places, {2, 3, 3}, 1, 0).square();
  });
}

void add_averages(Rows& rows) {
  add(rows, "avg_pool1d", "", {2, 3, 7},
      [](auto& x) { return avg_pool1d(x, 3, 2, 1, true).square(); });
  add(rows, "avg_pool2d", "", {1, 2, 4, 6},
      [](auto& x) { return avg_pool2d(x, 2).square(); });
  add(rows, "avg_pool2d", "bare", {2, 5, 5},
      [](auto& x) { return avg_pool2d(x, 3, 1, 1, false, false).square(); });
  add(rows, "avg_pool2d", "empty", {0, 2, 4, 6},
      [](auto& x) { return avg_pool2d(x, 2).square(); });
  add(rows, "avg_pool3d", "", {1, 3, 4, 4},
      [](auto& x) { return avg_pool3d(x, 2, 2, 1, true, true, 5).square(); });
  add(rows, "adaptive_avg_pool1d", "", {2, 7},
      [](auto& x) { return adaptive_avg_pool1d(x, 3).square(); });
  add(rows, "adaptive_avg_pool2d", "", {1, 2, 5, 6}, [](auto& x) {
    return adaptive_avg_pool2d(x, {3, 2}).square();
  });
  add(rows, "adaptive_avg_pool2d", "one", {1, 2, 5, 6},
      [](auto& x) { return adaptive_avg_pool2d(x, 1).square(); });
  add(rows, "adaptive_avg_pool3d", "", {1, 3, 4, 5}, [](auto& x) {
    return adaptive_avg_pool3d(x, {2, 5, 3}).square();
  });
  const auto add_lp = [&](const char* name, Shape shape, auto f) {
    add(rows, name, "", std::move(shape), f);
    rows.back().in(0.2, 2);
  };
  add_lp("lp_pool1d", {2, 7}, [](auto& x) { return lp_pool1d(x, 3, 2); });
  add_lp("lp_pool2d", {1, 2, 4, 5},
         [](auto& x) { return lp_pool2d(x, 1.5, 2, 2, true); });
  add_lp("lp_pool3d", {1, 2, 3, 4},
         [](auto& x) { return lp_pool3d(x, 2, 2, 1); });
}

void add_pads_and_patches(Rows& rows) {
  add(rows, "reflection_pad1d", "", {2, 4}, [](auto& x) {
    return reflection_pad1d(x.square(), {2, 3});
  });
  add(rows, "reflection_pad2d", "", {1, 3, 4}, [](auto& x) {
    return reflection_pad2d(x.square(), {2, 3, 1, -1});
  });
  add(rows, "reflection_pad3d", "", {1, 2, 3, 2}, [](auto& x) {
    return reflection_pad3d(x.square(), {1, 1, 2, 1, 0, 1});
  });
  add(rows, "replication_pad1d", "", {2, 4}, [](auto& x) {
    return replication_pad1d(x.square(), {2, 5});
  });
  add(rows, "replication_pad2d", "", {1, 3, 4}, [](auto& x) {
    return replication_pad2d(x.square(), {2, 3, 1, -1});
  });
  add(rows, "replication_pad3d", "", {1, 2, 3, 2}, [](auto& x) {
    return replication_pad3d(x.square(), {1, 1, 2, 1, 0, 1});
  });
  add(rows, "im2col", "", {1, 2, 4, 5},
      [](auto& x) { return im2col(x.square(), 2, 1, 0, 1); });
  add(rows, "im2col", "all", {2, 4, 5}, [](auto& x) {
    return im2col(x.square(), {2, 3}, {2, 1}, {1, 2}, {1, 2});
  });
  add(rows, "col2im", "", {1, 8, 6}, [](auto& x) {
    return col2im(x.square(), {3, 4}, 2, 1, 0, 1);
  });
  add(rows, "col2im", "all", {6, 16}, [](auto& x) {
    return col2im(x.square(), {4, 5}, {2, 3}, {2, 1}, {1, 2}, {1, 2});
  });
}

}  // namespace

Rows pooling_rows() {
  Rows rows;
  add_max_pools(rows);
  add_averages(rows);
  add_pads_and_patches(rows);
  return rows;
}

}  // namespace taper::testing
