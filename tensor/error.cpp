#include "taper/tensor/error.h"

#include <charconv>

namespace taper {

// The destructors are here so that each exception type has one key function
// and can be caught across shared libraries.
Error::~Error() = default;
IndexError::~IndexError() = default;
TypeError::~TypeError() = default;
ValueError::~ValueError() = default;
NotImplementedError::~NotImplementedError() = default;

namespace detail {
namespace {

template <class T>
void append_number(std::string& text, T value) {
  char buffer[64];
  auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  text.append(buffer, result.ptr);
}

}  // namespace

void append(std::string& text, const char* part) {
  text += part;
}
void append(std::string& text, const std::string& part) {
  text += part;
}
void append(std::string& text, bool part) {
  text += part ? "true" : "false";
}
void append(std::string& text, int part) {
  append_number(text, part);
}
void append(std::string& text, unsigned part) {
  append_number(text, part);
}
void append(std::string& text, long part) {
  append_number(text, part);
}
void append(std::string& text, unsigned long part) {
  append_number(text, part);
}
void append(std::string& text, long long part) {
  append_number(text, part);
}
void append(std::string& text, unsigned long long part) {
  append_number(text, part);
}
void append(std::string& text, double part) {
  append_number(text, part);
}
void append(std::string& text, ScalarType part) {
  text += name_of(part);
}

void append(std::string& text, IntArrayRef part) {
  text += '(';
  for (size_t i = 0; i < part.size(); ++i) {
    if (i > 0) text += ", ";
    append_number(text, part[i]);
  }
  text += part.size() == 1 ? ",)" : ")";
}

}  // namespace detail
}  // namespace taper
