// What the tests of the autograd engine share.
#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <string>
#include <vector>

#include "taper/autograd/function.h"
#include "taper/autograd/gradcheck.h"
#include "taper/autograd/node.h"
#include "taper/autograd/ops.h"
#include "taper/tensor/memory/allocator.h"
#include "tests/error_of.h"

namespace taper::testing {

using Numbers = std::vector<double>;

/// A float64 leaf that requires grad.
inline Tensor leaf(const Numbers& values) {
  return tensor(values, TensorOptions(kDouble).requires_grad(true));
}
inline Tensor constant(const Numbers& values) {
  return tensor(values, kDouble);
}

/// The elements in row-major order.
inline Numbers numbers(const Tensor& x) {
  const Tensor flat = x.detach().to(kDouble).contiguous();
  const auto* data = flat.data_ptr<double>();
  return Numbers(data, data + flat.numel());
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Runs f on a thread with a stack of 256 KiB.
template <class F>
void on_small_stack(F f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  auto run = [](void* argument) -> void* {
    (*static_cast<F*>(argument))();
    return nullptr;
  };
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &f), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

/// Checks at its end that as many bytes are in use as at its start.
class ExpectNoLeak {
 public:
  ExpectNoLeak() : before_(memory_stats().live_bytes) {}
  ExpectNoLeak(const ExpectNoLeak&) = delete;
  ExpectNoLeak& operator=(const ExpectNoLeak&) = delete;
  ~ExpectNoLeak() { EXPECT_EQ(memory_stats().live_bytes, before_); }

 private:
  int64_t before_;
};

/// x^3, saving its input.
struct Cube : autograd::Function<Cube> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x) {
    ctx->save_for_backward({x});
    return x * x * x;
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx,
                                          autograd::variable_list grads) {
    const Tensor x = ctx->get_saved_variables()[0];
    return {grads[0] * x * x * 3};
  }
};

}  // namespace taper::testing
