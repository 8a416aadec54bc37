// The tags that LibTorch uses as named values: kMean, kSum and kNone for the
// reduction of a loss, kReLU and others for the initialisers.
#pragma once

#include <cstdint>
#include <variant>

#include "taper/autograd/ops/network/network.h"

namespace taper {
namespace enumtype {

struct kLinear {};
struct kConv1D {};
struct kConv2D {};
struct kConv3D {};
struct kConvTranspose1D {};
struct kConvTranspose2D {};
struct kConvTranspose3D {};
struct kSigmoid {};
struct kTanh {};
struct kReLU {};
struct kGELU {};
struct kSiLU {};
struct kMish {};
struct kLeakyReLU {};
struct kFanIn {};
struct kFanOut {};
struct kNone {};
struct kMean {};
struct kSum {};
struct kBatchMean {};
struct kConstant {};
struct kReflect {};
struct kReplicate {};
struct kCircular {};

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

inline constexpr enumtype::kLinear kLinear;
inline constexpr enumtype::kConv1D kConv1D;
inline constexpr enumtype::kConv2D kConv2D;
inline constexpr enumtype::kConv3D kConv3D;
inline constexpr enumtype::kConvTranspose1D kConvTranspose1D;
inline constexpr enumtype::kConvTranspose2D kConvTranspose2D;
inline constexpr enumtype::kConvTranspose3D kConvTranspose3D;
inline constexpr enumtype::kSigmoid kSigmoid;
inline constexpr enumtype::kTanh kTanh;
inline constexpr enumtype::kReLU kReLU;
inline constexpr enumtype::kGELU kGELU;
inline constexpr enumtype::kSiLU kSiLU;
inline constexpr enumtype::kMish kMish;
inline constexpr enumtype::kLeakyReLU kLeakyReLU;
inline constexpr enumtype::kFanIn kFanIn;
inline constexpr enumtype::kFanOut kFanOut;
inline constexpr enumtype::kNone kNone;
inline constexpr enumtype::kMean kMean;
inline constexpr enumtype::kSum kSum;
inline constexpr enumtype::kBatchMean kBatchMean;
inline constexpr enumtype::kConstant kConstant;
inline constexpr enumtype::kReflect kReflect;
inline constexpr enumtype::kReplicate kReplicate;
inline constexpr enumtype::kCircular kCircular;

}  // namespace taper
