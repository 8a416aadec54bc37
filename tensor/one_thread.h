// Small operations keep to their thread. Internal.
#pragma once

namespace taper {

/// While it lives, and if it is wanted, the parallel loops of its thread stay
/// there.
class OneThread {
 public:
  explicit OneThread(bool is_wanted);
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  bool before_;
};

}  // namespace taper
