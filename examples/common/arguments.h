// Command line of the examples: "--name value" options, "--name" flags and, in
// every program, "--seed N".
#pragma once

#include <taper/taper.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace examples {

/// Reads the arguments and seeds the default generator when --seed is there.
/// A wrong command line ends the program: message on stderr, exit code 2.
class Arguments {
 public:
  /// `known` lists what is taken beside the seed: "--epochs N, --resume".
  Arguments(int argc, char** argv, const std::string& known = "")
      : program_(argv[0]), known_{"--seed N"} {
    program_ = program_.substr(program_.rfind('/') + 1);
    for (size_t begin = 0; begin < known.size();) {
      const size_t end = std::min(known.find(", ", begin), known.size());
      known_.push_back(known.substr(begin, end - begin));
      begin = end + 2;
    }
    for (int i = 1; i < argc; ++i) read(argc, argv, i);
    if (has("--seed")) taper::manual_seed(seed());
  }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::string text(std::string_view name, std::string otherwise) const {
    const std::string* value = find(name);
    return value != nullptr ? *value : std::move(otherwise);
  }
  /// The program needs this option now.
  std::string text(std::string_view name) const {
    const std::string* value = find(name);
    if (value == nullptr) fail("needs ", name);
    return *value;
  }
  /// A whole number of at least 1.
  int64_t count(std::string_view name, int64_t otherwise) const {
    const std::string* value = find(name);
    if (value == nullptr) return otherwise;
    const auto number = parse<int64_t>(*value);
    if (!number || *number < 1)
      fail(name, " needs a number from 1, not ", *value);
    return *number;
  }

  /// Ends the program with this message, the usage and exit code 2.
  template <typename... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    std::string message = program_ + ": ";
    ((message += parts), ...);
    message += "\nusage: " + program_;
    for (const std::string& option : known_) message += " [" + option + "]";
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(2);
  }

 private:
  // "--name value", "--name=value" or a flag.
  void read(int argc, char** argv, int& i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto option =
        std::find_if(known_.begin(), known_.end(),
                     [&](auto& o) { return o.substr(0, o.find(' ')) == name; });
    if (option == known_.end()) fail("unknown argument ", argument);
    if (*option == name) {
      if (equals != std::string::npos) fail(name, " takes no value");
      values_.emplace_back(name, "");
      return;
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (++i < argc) {
      value = argv[i];
    }
    if (value.empty()) fail(name, " needs a value");
    values_.emplace_back(name, std::move(value));
  }
  // As torch.manual_seed takes it: 64 bits, with or without a sign.
  uint64_t seed() const {
    const std::string value = text("--seed");
    if (const auto number = parse<uint64_t>(value)) return *number;
    const auto number = parse<int64_t>(value);
    if (!number) fail("--seed needs a whole number of 64 bits, not ", value);
    return static_cast<uint64_t>(*number);
  }
  template <typename T>
  static std::optional<T> parse(const std::string& text) {
    T number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
  }
  // The last one counts when an option is repeated.
  const std::string* find(std::string_view name) const {
    const auto value = std::find_if(values_.rbegin(), values_.rend(),
                                    [&](auto& v) { return v.first == name; });
    return value != values_.rend() ? &value->second : nullptr;
  }

  std::string program_;
  std::vector<std::string> known_;
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Prints what went wrong and returns the exit code for it.
inline int report(const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}

}  // namespace examples
