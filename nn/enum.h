// The tags that LibTorch uses as named values: kMean, kSum and kNone for the
// reduction of a loss, kReLU and others for the initialisers.
#pragma once

#include <cstdint>
#include <variant>

#include "taper/autograd/ops/network/network.h"

namespace taper {

/// enumtype::name, a type of its own, and its only value.
#define TAPER_TAG(name) \
  namespace enumtype {  \
  struct name {};       \
  }                     \
  inline constexpr enumtype::name name

TAPER_TAG(kLinear);
TAPER_TAG(kConv1D);
TAPER_TAG(kConv2D);
TAPER_TAG(kConv3D);
TAPER_TAG(kConvTranspose1D);
TAPER_TAG(kConvTranspose2D);
TAPER_TAG(kConvTranspose3D);
TAPER_TAG(kSigmoid);
TAPER_TAG(kTanh);
TAPER_TAG(kReLU);
TAPER_TAG(kGELU);
TAPER_TAG(kSiLU);
TAPER_TAG(kMish);
TAPER_TAG(kLeakyReLU);
TAPER_TAG(kLSTM);
TAPER_TAG(kGRU);
TAPER_TAG(kRNN_TANH);
TAPER_TAG(kRNN_RELU);
TAPER_TAG(kFanIn);
TAPER_TAG(kFanOut);
TAPER_TAG(kNone);
TAPER_TAG(kMean);
TAPER_TAG(kSum);
TAPER_TAG(kBatchMean);
TAPER_TAG(kConstant);
TAPER_TAG(kReflect);
TAPER_TAG(kReplicate);
TAPER_TAG(kCircular);

#undef TAPER_TAG

namespace enumtype {

/// The reductions of most losses.
using LossReduction = std::variant<kNone, kMean, kSum>;

/// The number that the loss functions on tensors take; kBatchMean is a sum that
/// is divided later.
template <class Variant>
int64_t reduction_get_enum(const Variant& reduction) {
  if (std::holds_alternative<kNone>(reduction)) return Reduction::None;
  return std::holds_alternative<kMean>(reduction) ? Reduction::Mean
                                                  : Reduction::Sum;
}

}  // namespace enumtype

}  // namespace taper
