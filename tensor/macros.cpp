// The stream behind str().
#include "taper/tensor/macros.h"

#include <sstream>

namespace taper::detail {

std::string text_of(const Closure<void(std::ostream&)>& write) {
  std::ostringstream stream;
  write(stream);
  return stream.str();
}

}  // namespace taper::detail
