// The exceptions and the putting together of their messages.
#include "taper/tensor/error.h"

#include <charconv>

namespace taper {

// The destructors are here so that each exception type has one key function
// and can be caught across shared libraries.
Error::~Error() = default;
PlainError::~PlainError() = default;
MemoryError::~MemoryError() = default;
IndexError::~IndexError() = default;
TypeError::~TypeError() = default;
ValueError::~ValueError() = default;
NotImplementedError::~NotImplementedError() = default;

namespace {

// What operator new throws inside the library when the program has not said
// what it should do, a MemoryError too; the text needs no memory.
[[noreturn]] void refuse_new() { throw MemoryError("out of memory"); }

struct NewHandler {
  NewHandler() {
    if (std::get_new_handler() == nullptr) std::set_new_handler(refuse_new);
  }
  ~NewHandler() {
    if (std::get_new_handler() == refuse_new) std::set_new_handler(nullptr);
  }
} new_handler;

}  // namespace

namespace detail {
namespace {

template <class T>
void append_number(std::string& text, T value) {
  char buffer[64];
  auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  text.append(buffer, result.ptr);
}

}  // namespace

void MessagePart::append_to(std::string& text) const {
  switch (kind_) {
    case Kind::kText:
      text += text_;
      return;
    case Kind::kSigned:
      return append_number(text, integer_);
    case Kind::kUnsigned:
      return append_number(text, static_cast<uint64_t>(integer_));
    case Kind::kFloating:
      return append_number(text, floating_);
    case Kind::kShape:
      text += '(';
      for (size_t i = 0; i < shape_.size(); ++i) {
        if (i > 0) text += ", ";
        append_number(text, shape_[i]);
      }
      text += shape_.size() == 1 ? ",)" : ")";
  }
}

std::string join(const char* text, std::initializer_list<MessagePart> parts) {
  std::string joined;
  const MessagePart* part = parts.begin();
  for (const char* at = text; *at != '\0'; ++at) {
    if (at[0] == '{' && at[1] == '}') {
      part++->append_to(joined);
      ++at;
    } else {
      joined += *at;
    }
  }
  return joined;
}

}  // namespace detail
}  // namespace taper
