// What a closure of record() keeps for the backward.
#pragma once

#include <cstdint>

#include "taper/autograd/node.h"

namespace taper {
namespace detail {

extern constinit thread_local bool grad_enabled;
/// What has been saved since somebody cleared these: any tensor, and one that
/// has a history (or is an output, which gets one).
extern constinit thread_local bool saved_any, saved_history;
/// The node whose backward is running on this thread.
extern constinit thread_local Node* current_node;

}  // namespace detail

/// A tensor kept for the backward. operator() gives it back and throws when it
/// was edited in place since. What save() returns only borrows its tensor: the
/// copy that goes into the node takes a reference, so that the closure of an
/// input that wants no gradient costs nothing and keeps nothing alive.
class Saved {
 public:
  Saved() = default;
  explicit Saved(const Tensor& tensor) : impl_(tensor.impl()) {}
  Saved(const Tensor& output, uint32_t nr)
      : impl_(output.impl()),
        output_nr_(static_cast<uint16_t>(nr)),
        is_output_(true) {}
  // There is no move: a copy of what only borrows has to keep it.
  Saved(const Saved& other)
      : impl_(other.impl_),
        version_(other.version_),
        output_nr_(other.output_nr_),
        is_output_(other.is_output_) {
    if (impl_) keep(other.is_kept_);
  }
  Saved& operator=(const Saved&) = delete;
  ~Saved() {
    if (is_kept_) detail::release(impl_);
  }

  Tensor operator()() const {
    if (impl_ && impl_->storage->version.load(std::memory_order_relaxed) !=
                     version_) [[unlikely]] {
      modified();
    }
    if (is_output_ && detail::grad_enabled) [[unlikely]]
      return with_history();
    return Tensor::share(impl_);
  }
  bool defined() const { return impl_ != nullptr; }

 private:
  void keep(bool was_kept) {
    detail::saved_any = true;
    detail::saved_history |= is_output_ || impl_->requires_grad;
    if (!was_kept) {
      if (impl_->storage->is_inference) [[unlikely]]
        refuse_inference();
      version_ = impl_->storage->version.load(std::memory_order_relaxed);
      if (is_output_) impl_ = alias_of(impl_);
    }
    if (was_kept || !is_output_) detail::retain(impl_);
    is_kept_ = true;
  }
  static TensorImpl* alias_of(TensorImpl* output);
  [[noreturn]] void modified() const;
  [[noreturn]] void refuse_inference() const;
  Tensor with_history() const;

  TensorImpl* impl_ = nullptr;
  uint32_t version_ = 0;
  uint16_t output_nr_ = 0;
  bool is_output_ = false;
  bool is_kept_ = false;
};

/// Keeps an input (or any tensor that is not an output of this node).
inline Saved save(const Tensor& input) { return Saved(input); }
/// A tensor that nobody else holds is kept at once.
inline Saved save(Tensor&& input) {
  const Saved borrowed(input);
  return Saved(borrowed);
}
/// Keeps output `nr` of the node; as an alias, since holding the output itself
/// would close a cycle output -> node -> output.
inline Saved save_output(const Tensor& output, uint32_t nr = 0) {
  return Saved(output, nr);
}

}  // namespace taper
