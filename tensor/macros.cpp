// The stream behind str(), and warnings.
#include "taper/tensor/macros.h"

#include <cstdio>
#include <sstream>

namespace taper::detail {

std::string text_of(const Closure<void(std::ostream&)>& write) {
  std::ostringstream stream;
  write(stream);
  return stream.str();
}

void warn(const std::string& text) {
  std::fprintf(stderr, "Warning: %s\n", text.c_str());
}

}  // namespace taper::detail
