// Generator: a shared handle to one stream of random numbers, with PyTorch's
// streams bit for bit.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "taper/tensor/export.h"
#include "taper/tensor/random/mt19937.h"

namespace taper {

/// Everything a Generator remembers, laid out like the 5056 bytes of PyTorch's
/// torch.Generator.get_state() on x86-64, so that states can be exchanged.
struct GeneratorState {
  uint64_t seed;
  int32_t left;  ///< words left in the block, plus one
  int32_t seeded;
  uint64_t next;  ///< index of the next word in the block
  uint64_t words[Mt19937::kWords];
  double unused_x;
  double normal;  ///< second half of the last pair of normals
  double unused_rho;
  int32_t has_normal;
  int32_t padding;
  float float_normal;
  uint8_t has_float_normal;
  uint8_t padding_end[3];
};
static_assert(sizeof(GeneratorState) == 5056);

/// A stream of random numbers. It is a handle, so copies share the stream and
/// a const Generator can be drawn from; clone() forks the stream.
/// Functions that fill tensors lock mutex() themselves; whoever calls the
/// members below while other threads draw has to hold it.
class TAPER_API Generator {
 public:
  /// A new stream with PyTorch's default seed, 67280421310721.
  Generator();
  /// A new stream with this seed.
  explicit Generator(uint64_t seed);
  // Copies only: a moved-from handle would have no stream.
  Generator(const Generator&) = default;
  Generator& operator=(const Generator&) = default;

  /// Restarts the stream from `seed` (negative numbers wrap) and forgets the
  /// cached normals.
  void set_current_seed(uint64_t seed) const;
  uint64_t current_seed() const;
  /// Restarts the stream from a seed the system chooses, and returns it.
  uint64_t seed() const;

  /// An independent copy at the same place of the stream.
  Generator clone() const;
  GeneratorState get_state() const;
  /// Throws ValueError, with nothing changed, unless get_state() can return
  /// such a state.
  void set_state(const GeneratorState& state) const;

  std::mutex& mutex() const { return impl_->mutex; }

  /// Raw words of the stream: one, or two with the first as the high half.
  uint32_t u32() const { return impl_->engine.u32(); }
  uint64_t u64() const { return impl_->engine.u64(); }
  Mt19937& engine() const { return impl_->engine; }

  /// The second half of the last Box-Muller pair; take_normal() empties it.
  bool has_normal() const { return impl_->normal.has_value(); }
  double take_normal() const {
    return std::exchange(impl_->normal, std::nullopt).value();
  }
  void cache_normal(double value) const { impl_->normal = value; }

  bool defined() const { return true; }
  /// Whether both handles share one stream.
  bool operator==(const Generator& other) const = default;

 private:
  struct Impl {
    explicit Impl(uint64_t seed) : engine(seed) {}
    std::mutex mutex;
    Mt19937 engine;
    std::optional<double> normal;
    std::optional<float> float_normal;  // only carried from and to states
  };

  std::shared_ptr<Impl> impl_;
};

/// A new stream with this seed.
TAPER_API Generator make_generator(uint64_t seed);
/// make_generator<CPUGeneratorImpl>(seed), as in LibTorch.
struct CPUGeneratorImpl;
template <class Impl, class... Seed>
Generator make_generator(Seed... seed) {
  return Generator(static_cast<uint64_t>(seed)...);
}

/// The stream used when no Generator is named. It starts from a seed the
/// system chooses until manual_seed() is called.
TAPER_API Generator& default_generator();

namespace detail {

/// LibTorch's names: at::detail::createCPUGenerator(seed).
inline Generator createCPUGenerator(uint64_t seed = 67280421310721) {
  return Generator(seed);
}
inline const Generator& getDefaultCPUGenerator() { return default_generator(); }

}  // namespace detail

/// Restarts default_generator() from `seed`; negative numbers wrap.
TAPER_API void manual_seed(uint64_t seed);

}  // namespace taper
