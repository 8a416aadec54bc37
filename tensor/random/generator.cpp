// Seeds, states and the default generator.
#include "taper/tensor/random/generator.h"

#include <random>

#include "taper/tensor/error.h"

namespace taper {
namespace {

constexpr uint64_t kDefaultSeed = 67280421310721;

// 53 bits, so that a seed survives a trip through a double.
uint64_t system_seed() {
  std::random_device device;
  const uint64_t high = device();
  return (high << 32 | device()) & ((1ull << 53) - 1);
}

}  // namespace

Generator::Generator() : Generator(kDefaultSeed) {}

Generator::Generator(uint64_t seed) : impl_(std::make_shared<Impl>(seed)) {}

void Generator::set_current_seed(uint64_t seed) const {
  impl_->engine.reseed(seed);
  impl_->normal.reset();
  impl_->float_normal.reset();
}

uint64_t Generator::current_seed() const { return impl_->engine.seed(); }

uint64_t Generator::seed() const {
  const uint64_t chosen = system_seed();
  set_current_seed(chosen);
  return chosen;
}

Generator Generator::clone() const {
  Generator copy(0);
  copy.impl_->engine = impl_->engine;
  copy.impl_->normal = impl_->normal;
  copy.impl_->float_normal = impl_->float_normal;
  return copy;
}

GeneratorState Generator::get_state() const {
  const Mt19937& engine = impl_->engine;
  GeneratorState state = {};
  state.seed = engine.seed();
  state.left = engine.used() == 0 ? 1 : Mt19937::kWords + 1 - engine.used();
  state.seeded = 1;
  state.next = static_cast<uint64_t>(engine.used());
  for (int i = 0; i < Mt19937::kWords; ++i) state.words[i] = engine.state()[i];
  state.has_normal = impl_->normal.has_value();
  state.normal = impl_->normal.value_or(0);
  state.has_float_normal = impl_->float_normal.has_value();
  state.float_normal = impl_->float_normal.value_or(0);
  return state;
}

void Generator::set_state(const GeneratorState& state) const {
  const int64_t end = Mt19937::kWords + 1;
  const bool fresh = state.next == 0 && state.left == 1;
  const bool inside = state.left >= 1 && state.left < end &&
                      state.next == static_cast<uint64_t>(end - state.left);
  check<ValueError>(state.seeded == 1 && (fresh || inside),
                    "[set_state] not a state of a generator: next {}, left {}",
                    state.next, state.left);
  uint32_t words[Mt19937::kWords];
  for (int i = 0; i < Mt19937::kWords; ++i) {
    words[i] = static_cast<uint32_t>(state.words[i]);
  }
  impl_->engine.restore(state.seed, words, static_cast<int>(state.next));
  impl_->normal.reset();
  if (state.has_normal != 0) impl_->normal = state.normal;
  impl_->float_normal.reset();
  if (state.has_float_normal != 0) impl_->float_normal = state.float_normal;
}

Generator make_generator(uint64_t seed) { return Generator(seed); }

Generator& default_generator() {
  static Generator generator(system_seed());
  return generator;
}

void manual_seed(uint64_t seed) {
  Generator& generator = default_generator();
  std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

}  // namespace taper
