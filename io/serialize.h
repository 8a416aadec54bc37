// save and load: tensors, lists of tensors, generators and whatever has save()
// and load() of its own, to and from files and streams.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "taper/io/archive.h"

namespace taper {

class Generator;

namespace serialize {

TAPER_API OutputArchive& operator<<(OutputArchive& archive,
                                    const Tensor& tensor);
TAPER_API InputArchive& operator>>(InputArchive& archive, Tensor& tensor);
TAPER_API OutputArchive& operator<<(OutputArchive& archive,
                                    const std::vector<Tensor>& tensors);
/// Appends; nothing is appended when it throws.
TAPER_API InputArchive& operator>>(InputArchive& archive,
                                   std::vector<Tensor>& tensors);
/// The state of the stream, so that it goes on where it was.
TAPER_API OutputArchive& operator<<(OutputArchive& archive,
                                    const Generator& generator);
TAPER_API InputArchive& operator>>(InputArchive& archive,
                                   const Generator& generator);

}  // namespace serialize

/// save(value, filename) or save(value, ostream). When it throws, a file that
/// was there before is as it was.
template <typename Value, typename... To>
void save(const Value& value, To&&... to) {
  serialize::OutputArchive archive;
  archive << value;
  archive.save_to(std::forward<To>(to)...);
}
template <typename... To>
void save(const std::vector<Tensor>& tensors, To&&... to) {
  serialize::OutputArchive archive;
  archive << tensors;
  archive.save_to(std::forward<To>(to)...);
}

/// load(value, filename) or load(value, istream). Throws when the archive is
/// damaged, or when its names, shapes or dtypes are not exactly those of
/// `value`; then nothing has changed. A Tensor is replaced, not written to; a
/// list of tensors is appended to.
template <typename Value, typename... From>
void load(Value& value, From&&... from) {
  serialize::InputArchive archive;
  archive.load_from(std::forward<From>(from)...);
  serialize::LoadScope scope(archive);
  archive.read_naming([&] {
    archive >> value;
    archive.check_all_read();
  });
  scope.keep();
}

}  // namespace taper
