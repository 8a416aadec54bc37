#include "taper/nn/utils.h"

#include "taper/autograd/ops.h"
#include "taper/nn/layers/linear.h"

namespace taper {
namespace nn {
namespace {

TEST(ConvertParameters, GoThereAndBack) {
  Linear layer(3, 2);
  const Tensor vector = utils::parameters_to_vector(layer->parameters());
  EXPECT_TRUE(vector.requires_grad());
  const Tensor wanted = arange(8, kFloat);
  utils::vector_to_parameters(wanted, layer->parameters());
  EXPECT_TRUE(layer->weight.equal(arange(6, kFloat).view({2, 3})));
  EXPECT_TRUE(layer->bias.equal(tensor({6., 7.})));
  EXPECT_TRUE(layer->weight.requires_grad());
}

TEST(ConvertParameters, MisfitsChangeNothing) {
  Linear layer(3, 2);
  const Tensor before = layer->weight.detach().clone();
  const std::vector<Tensor> params = layer->parameters();
  EXPECT_THROW(utils::vector_to_parameters(zeros(7), params), Error);
  EXPECT_THROW(utils::vector_to_parameters(zeros({8, 1}), params), Error);
  EXPECT_THROW(utils::vector_to_parameters(zeros(8, kDouble), params), Error);
  EXPECT_TRUE(layer->weight.equal(before));
}

}  // namespace
}  // namespace nn
}  // namespace taper
