// OutputArchive and InputArchive: trees of named values and tensors, written to
// and read from files, streams and memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/tensor/closure.h"
#include "taper/tensor/ivalue.h"

namespace taper {

namespace serialize {

struct ArchiveTree;
struct LoadJournal;

/// Collects named values, then writes them all at once. Keys may hold any
/// bytes; a key that is there already throws.
class TAPER_API OutputArchive {
 public:
  OutputArchive();
  OutputArchive(OutputArchive&&) noexcept = default;
  OutputArchive& operator=(OutputArchive&&) noexcept = default;
  OutputArchive(const OutputArchive&) = delete;
  OutputArchive& operator=(const OutputArchive&) = delete;
  ~OutputArchive();

  /// Throws TypeError for a list: its elements are written one by one.
  void write(const std::string& key, const IValue& value);
  /// The elements are read when the archive is saved, not now.
  void write(const std::string& key, const Tensor& tensor,
             bool is_buffer = false);
  void write(const std::string& key, OutputArchive& nested);
  template <typename... Args>
  void operator()(Args&&... args) {
    write(std::forward<Args>(args)...);
  }

  /// Writes a temporary file beside `filename` and renames it, so that a
  /// failure (which throws) leaves an existing file whole.
  void save_to(const std::string& filename) const;
  void save_to(std::ostream& stream) const;
  /// Calls write(bytes, count) once; it returns how many bytes it took, and
  /// fewer than all of them is an error.
  void save_to(
      const taper::detail::Closure<size_t(const void*, size_t)>& write) const;

 private:
  friend class InputArchive;
  std::shared_ptr<ArchiveTree> tree_;
};

/// Reads what an OutputArchive wrote. The whole archive is checked before the
/// first value can be read: a file that was cut short or damaged throws.
class TAPER_API InputArchive {
 public:
  InputArchive();
  InputArchive(InputArchive&&) noexcept = default;
  InputArchive& operator=(InputArchive&&) noexcept = default;
  InputArchive(const InputArchive&) = delete;
  InputArchive& operator=(const InputArchive&) = delete;
  ~InputArchive();

  void load_from(const std::string& filename,
                 std::optional<Device> device = std::nullopt);
  /// Reads one archive and leaves the stream behind it.
  void load_from(std::istream& stream,
                 std::optional<Device> device = std::nullopt);
  void load_from(const char* data, size_t size,
                 std::optional<Device> device = std::nullopt);

  /// Calls read(position, buffer, count), which returns how many bytes it put
  /// there; fewer than asked for is an error. size() is the size of it all.
  void load_from(
      const taper::detail::Closure<size_t(uint64_t, void*, size_t)>& read,
      const taper::detail::Closure<size_t()>& size,
      std::optional<Device> device = std::nullopt);

  /// False when the key is missing; throws when it holds something of another
  /// kind. Into a defined tensor the elements are copied, and shape and dtype
  /// have to agree; an undefined one becomes a new tensor.
  bool try_read(const std::string& key, IValue& value);
  bool try_read(const std::string& key, Tensor& tensor, bool is_buffer = false);
  bool try_read(const std::string& key, InputArchive& nested);
  /// The same, but throws when the key is missing.
  template <typename Value, typename... IsBuffer>
  void read(const std::string& key, Value& value, IsBuffer... is_buffer) {
    require(try_read(key, value, is_buffer...), key);
  }
  template <typename... Args>
  void operator()(Args&&... args) {
    read(std::forward<Args>(args)...);
  }

  /// Calls `read`. An error of it that does not name the file does so here.
  void read_naming(const taper::detail::Closure<void()>& read) const;

  std::vector<std::string> keys() const;
  /// Throws, naming them, when there are values that nobody has read.
  void check_all_read() const;
  /// Throws a text that names the first keys that `program` has and the archive
  /// lacks, those that only the archive has, and different shapes or dtypes.
  /// Returns when there are none, and from an archive inside another.
  void fail_if_different(const std::string& loaded,
                         const OutputArchive& program) const;

 private:
  friend class LoadScope;
  void take(std::shared_ptr<ArchiveTree> tree);
  void require(bool found, const std::string& key) const;

  std::shared_ptr<ArchiveTree> tree_;
  std::shared_ptr<LoadJournal> journal_;
  std::string path_;  // of this archive inside the one loaded, for messages
};

/// What read() finds under a key.
TAPER_API IValue read_value(InputArchive& archive, const std::string& key);
TAPER_API InputArchive read_archive(InputArchive& archive,
                                    const std::string& key);

/// Undoes, at its end, every read into a defined tensor that was made through
/// the archive since its beginning, unless keep() was called.
class TAPER_API LoadScope {
 public:
  explicit LoadScope(InputArchive& archive);
  LoadScope(const LoadScope&) = delete;
  LoadScope& operator=(const LoadScope&) = delete;
  ~LoadScope();
  void keep() { kept_ = true; }

 private:
  std::shared_ptr<LoadJournal> journal_;
  size_t begin_;
  bool kept_ = false;
};

/// A value with save() and load() of its own, as optimisers and schedulers.
template <typename Value>
auto operator<<(OutputArchive& archive, const Value& value)
    -> decltype(value.save(archive), archive) {
  value.save(archive);
  return archive;
}
template <typename Value>
auto operator>>(InputArchive& archive, Value& value)
    -> decltype(value.load(archive), archive) {
  value.load(archive);
  return archive;
}

}  // namespace serialize
}  // namespace taper
