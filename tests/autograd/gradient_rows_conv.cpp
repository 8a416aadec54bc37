// Convolutions of 1, 2 and 3 dims and their transposes.
#include "gradient_rows.h"

namespace taper::testing {

std::vector<Row> conv_rows() {
  std::vector<Row> rows;
  auto add = [&](const char* name, const char* variant,
                 std::vector<Shape> shapes, auto f) {
    rows.push_back(Row(name, std::move(shapes), f).as(variant));
  };
  const auto conv1 = [](auto& x) { return conv1d(x[0], x[1], x[2], 2, 1); };
  add("conv1d", "", {{2, 2, 6}, {3, 2, 3}, {3}}, conv1);
  add("conv1d", "empty", {{0, 2, 6}, {3, 2, 3}, {3}}, conv1);
  add("conv1d", "same", {{2, 5}, {2, 2, 4}},
      [](auto& x) { return conv1d(x[0], x[1], {}, 1, "same"); });
  add("conv2d", "", {{1, 2, 4, 5}, {2, 2, 3, 2}, {2}}, [](auto& x) {
    return conv2d(x[0], x[1], x[2], {1, 2}, 1, {1, 2});
  });
  add("conv2d", "1x1", {{2, 3, 2, 2}, {2, 3, 1, 1}},
      [](auto& x) { return conv2d(x[0], x[1]); });
  add("conv2d", "depthwise", {{1, 2, 4, 4}, {4, 1, 3, 3}, {4}},
      [](auto& x) { return conv2d(x[0], x[1], x[2], 1, 1, 1, 2); });
  add("conv3d", "", {{1, 2, 3, 2, 3}, {2, 2, 2, 1, 2}, {2}}, [](auto& x) {
    return conv3d(x[0], x[1], x[2], 1, {1, 0, 0});
  });
  add("conv_transpose1d", "", {{2, 2, 3}, {2, 2, 3}, {2}},
      [](auto& x) { return conv_transpose1d(x[0], x[1], x[2], 2, 1, 1); });
  add("conv_transpose2d", "", {{1, 2, 2, 3}, {2, 1, 2, 2}, {2}}, [](auto& x) {
    return conv_transpose2d(x[0], x[1], x[2], {3, 1}, 0, 0, 2);
  });
  add("conv_transpose3d", "", {{1, 1, 2, 2, 2}, {1, 2, 2, 1, 2}}, [](auto& x) {
    return conv_transpose3d(x[0], x[1], {}, {1, 2, 1});
  });
  add("convolution", "", {{1, 2, 4}, {2, 2, 2}, {2}}, [](auto& x) {
    return convolution(x[0], x[1], x[2], 1, 0, 2, false, 0, 1);
  });
  return rows;
}

}  // namespace taper::testing
