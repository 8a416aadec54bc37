// Losses of embeddings, which compare distances, and of rankings.
#include "taper/autograd/ops/network/distance.h"
#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {

Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target,
                            double margin, int64_t reduction) {
  const Tensor unlike = hinge(margin - x);
  const Tensor loss = where(target == 1, 0, unlike) + where(target == -1, 0, x);
  return reduce_loss("hinge_embedding_loss", loss, reduction);
}

Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2,
                             const Tensor& target, double margin,
                             int64_t reduction) {
  // PyTorch adds this to the squares of the norms.
  constexpr double kEps = 1e-12;
  const Tensor squares =
      (x1.square().sum(-1) + kEps) * (x2.square().sum(-1) + kEps);
  const Tensor cosine = (x1 * x2).sum(-1) / squares.sqrt();
  const Tensor loss = (1 - cosine).masked_fill(target != 1, 0) +
                      hinge(cosine - margin).masked_fill(target != -1, 0);
  return reduce_loss("cosine_embedding_loss", loss, reduction);
}

Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2,
                           const Tensor& target, double margin,
                           int64_t reduction) {
  const Tensor loss = hinge(-target * (x1 - x2) + margin);
  return reduce_loss("margin_ranking_loss", loss, reduction);
}

Tensor triplet_margin_with_distance_loss(const Tensor& anchor,
                                         const Tensor& positive,
                                         const Tensor& negative,
                                         const DistanceFunction& distance,
                                         double margin, bool swap,
                                         int64_t reduction) {
  const Tensor near = distance(anchor, positive);
  Tensor far = distance(anchor, negative);
  if (swap) far = minimum(far, distance(positive, negative));
  return reduce_loss("triplet_margin_loss", hinge(near - far + margin),
                     reduction);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive,
                           const Tensor& negative, double margin, double p,
                           double eps, bool swap, int64_t reduction) {
  const auto distance = [p, eps](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, p, eps);
  };
  return triplet_margin_with_distance_loss(anchor, positive, negative, distance,
                                           margin, swap, reduction);
}

}  // namespace taper
