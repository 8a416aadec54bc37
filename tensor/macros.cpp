// The stream behind str(), and warnings.
#include "taper/tensor/macros.h"

#include <cstdio>
#include <sstream>

namespace taper::detail {

struct TextStream::Impl {
  std::ostringstream stream;
};

TextStream::TextStream() : impl_(std::make_unique<Impl>()) {}
TextStream::~TextStream() = default;

std::ostream& TextStream::out() { return impl_->stream; }
std::string TextStream::text() const { return impl_->stream.str(); }

void warn(const std::string& text) {
  std::fprintf(stderr, "Warning: %s\n", text.c_str());
}

}  // namespace taper::detail
