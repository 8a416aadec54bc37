// Resampling, sampling at given places, shuffled channels, and normalisation
// over neighbouring channels.
#include "gradient_rows.h"

namespace taper::testing {
namespace {

// The batch comes last in the shapes of rows: it may have any size.
Tensor batch_first(const Tensor& x) { return x.transpose(0, -1); }

void add_upsampling(std::vector<Row>& rows) {
  auto add = [&](const char* name, const char* variant, Shape shape, auto f) {
    rows.push_back(Row(name, {std::move(shape)}, [f](const Inputs& x) {
                     const Tensor input = batch_first(x[0]);
                     return f(input);
                   }).as(variant));
  };
  const Shape line = {3, 1, 2}, image = {2, 2, 3, 1}, volume = {2, 1, 2, 3, 1};
  add("upsample_nearest1d", "", line,
      [](auto& x) { return upsample_nearest1d(x, {5}); });
  add("upsample_nearest2d", "", image, [](auto& x) {
    return upsample_nearest2d(x, {5, 1});
  });
  add("upsample_nearest3d", "", volume, [](auto& x) {
    return upsample_nearest3d(x, {3, 2, 4});
  });
  add("_upsample_nearest_exact1d", "", line,
      [](auto& x) { return _upsample_nearest_exact1d(x, {5}); });
  add("_upsample_nearest_exact2d", "", image, [](auto& x) {
    return _upsample_nearest_exact2d(x, {5, 1});
  });
  add("_upsample_nearest_exact3d", "", volume, [](auto& x) {
    return _upsample_nearest_exact3d(x, {3, 2, 4});
  });
  add("upsample_linear1d", "", line,
      [](auto& x) { return upsample_linear1d(x, {5}, false); });
  add("upsample_linear1d", "shorter", line,
      [](auto& x) { return upsample_linear1d(x, {2}, true); });
  add("upsample_bilinear2d", "", image, [](auto& x) {
    return upsample_bilinear2d(x, {5, 1}, false);
  });
  add("upsample_bilinear2d", "empty", {2, 2, 3, 0}, [](auto& x) {
    return upsample_bilinear2d(x, {5, 1}, false);
  });
  add("upsample_trilinear3d", "", volume, [](auto& x) {
    return upsample_trilinear3d(x, {3, 2, 4}, true);
  });
  add("upsample_trilinear3d", "less_deep", volume, [](auto& x) {
    return upsample_trilinear3d(x, {1, 2, 4}, false);
  });
  add("upsample_bicubic2d", "", image, [](auto& x) {
    return upsample_bicubic2d(x, {2, 4}, false, 0.7);
  });
  add("_upsample_bilinear2d_aa", "", image, [](auto& x) {
    return _upsample_bilinear2d_aa(x, {2, 4}, false);
  });
  add("_upsample_bicubic2d_aa", "", image, [](auto& x) {
    return _upsample_bicubic2d_aa(x, {2, 4}, true);
  });
  add("upsample_area", "", image, [](auto& x) {
    return upsample_area(x, {2, 3});
  });
}

// In every mode, within and beyond the edges.
void add_grids(std::vector<Row>& rows) {
  const Shape image = {2, 2, 3, 2}, places = {2, 2, 3, 2};
  const Shape volume = {2, 2, 2, 3, 1}, spots = {3, 1, 2, 3, 1};
  for (const int64_t mode : {0, 1, 2}) {
    for (const int64_t padding : {0, 1, 2}) {
      for (const bool align : {false, true}) {
        auto sample = [=](const Inputs& x) {
          return grid_sampler(batch_first(x[0]),
                              batch_first(x[1]) * 1.37 + 0.013, mode, padding,
                              align);
        };
        const std::string variant = std::to_string(mode) +
                                    std::to_string(padding) +
                                    (align ? "corners" : "");
        rows.push_back(
            Row("grid_sampler", {image, places}, sample).as(variant));
        if (mode == 2) continue;
        rows.push_back(
            Row("grid_sampler", {volume, spots}, sample).as(variant + "3d"));
      }
    }
  }
  rows.push_back(Row("grid_sampler_2d", {image, places}, [](auto& x) {
    return grid_sampler_2d(batch_first(x[0]), batch_first(x[1]), 0, 0, false);
  }));
  rows.push_back(Row("grid_sampler_3d", {volume, spots}, [](auto& x) {
    return grid_sampler_3d(batch_first(x[0]), batch_first(x[1]), 0, 0, false);
  }));
  rows.push_back(Row("affine_grid_generator", {{2, 2, 3, 1}}, [](auto& x) {
    return affine_grid_generator(x[0].sum(-1), {2, 1, 2, 3}, false);
  }));
  rows.push_back(
      Row("affine_grid_generator", {{1, 3, 4, 1}}, [](auto& x) {
        return affine_grid_generator(x[0].sum(-1), {1, 1, 2, 1, 3}, true);
      }).as("3d"));
}

void add_channels(std::vector<Row>& rows) {
  auto add = [&](const char* name, Shape shape, auto f) {
    rows.push_back(Row(name, {std::move(shape)}, [f](const Inputs& x) {
      const Tensor input = batch_first(x[0]);
      return f(input);
    }));
  };
  add("pixel_shuffle", {2, 8, 1, 1},
      [](auto& x) { return pixel_shuffle(x, 2); });
  add("pixel_unshuffle", {4, 2, 2},
      [](auto& x) { return pixel_unshuffle(x, 2); });
  add("channel_shuffle", {2, 6, 1},
      [](auto& x) { return channel_shuffle(x, 3); });
  add("native_channel_shuffle", {2, 6, 1},
      [](auto& x) { return native_channel_shuffle(x, 2); });
  add("local_response_norm", {2, 5, 1},
      [](auto& x) { return local_response_norm(x, 3, 0.5, 0.6, 1.5); });
  add("cross_map_lrn2d", {2, 5, 1, 1},
      [](auto& x) { return cross_map_lrn2d(x, 3, 0.5, 0.6, 1.5); });
}

}  // namespace

std::vector<Row> resample_rows() {
  std::vector<Row> rows;
  add_upsampling(rows);
  add_grids(rows);
  add_channels(rows);
  return rows;
}

}  // namespace taper::testing
