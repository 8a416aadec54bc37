// A timeline of what ran and for how long, as a Chrome trace: operations with
// the shapes of their inputs, inside the layers, the nodes of a backward and
// the scopes of the program that called them.
//
//   {
//     taper::profiler::Session session("trace.json");
//     train_a_few_steps();
//   }  // open trace.json in ui.perfetto.dev or chrome://tracing
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "taper/tensor/export.h"
#include "taper/tensor/tensor_fwd.h"

namespace taper {
namespace detail {

// The session that records at present; 0 when none does.
TAPER_API extern constinit std::atomic<uint32_t> profiler_session;

}  // namespace detail

namespace profiler {

/// What a scope measures; the category ("cat") in the trace.
enum class Kind : uint8_t { kUser, kOp, kBackward, kModule, kOptimizer };

/// Records all threads from construction to stop() or destruction.
class TAPER_API Session {
 public:
  /// Throws when another session is recording or the file cannot be written.
  explicit Session(std::string path);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  /// As stop(), but a file that cannot be written is left as it is.
  ~Session();
  /// Ends the recording and writes the file. Throws when that fails. Scopes
  /// that are open end here.
  void stop();

 private:
  std::string path_;
  uint32_t id_;
};

/// One bar of the timeline, from construction to destruction. Without a
/// session it costs one load and one branch.
class TAPER_API Scope {
 public:
  /// A scope of the program: an epoch, the evaluation.
  explicit Scope(const char* name) : Scope(Kind::kUser, name) {}
  /// `name` is a text, or a function that makes it if it is needed; the shapes
  /// of `inputs` (Tensors, undefined ones are left out) are recorded.
  template <class Name, class... Tensors>
  Scope(Kind kind, const Name& name, const Tensors&... inputs) {
    if (detail::profiler_session.load(std::memory_order_relaxed) != 0)
        [[unlikely]] {
      const Tensor* pointers[] = {&inputs..., nullptr};
      if constexpr (std::is_invocable_v<const Name&>) {
        begin(kind, name(), pointers, sizeof...(inputs));
      } else {
        begin(kind, name, pointers, sizeof...(inputs));
      }
    }
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    if (session_ != 0) [[unlikely]]
      end();
  }

 private:
  void begin(Kind kind, std::string_view name, const Tensor* const* inputs,
             size_t count) noexcept;
  void end() noexcept;

  uint32_t session_ = 0;
  uint32_t index_ = 0;
};

/// A scope around the kernel of an operation.
class OpScope : public Scope {
 public:
  template <class... Tensors>
  explicit OpScope(const char* op, const Tensors&... inputs)
      : Scope(Kind::kOp, op, inputs...) {}
};

}  // namespace profiler
}  // namespace taper
