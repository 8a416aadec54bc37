// Trees of named values in memory; what a failed load has to undo.
#include "taper/io/archive.h"

#include <algorithm>
#include <istream>
#include <ostream>

#include "taper/autograd/grad_mode.h"
#include "taper/io/archive_format.h"
#include "taper/io/atomic_file.h"

namespace taper {
namespace serialize {

constexpr char kUnnamed[] = "the archive";

/// What a LoadScope needs to undo: tensors with the elements they had.
struct LoadJournal {
  struct Change {
    Tensor tensor;
    Tensor old;
  };
  std::string source = kUnnamed;  // for messages
  int scopes = 0;
  std::vector<Change> changes;
};

namespace {

void check_device(const std::optional<Device>& device) {
  check(!device || device->is_cpu(), "[load] taper computes on the CPU only");
}

void naming(const std::string& source, const auto& read) {
  try {
    read();
  } catch (PlainError& error) {
    if (source != kUnnamed && error.msg().find(source) == std::string::npos) {
      error.add_context(" (in " + source + ")");
    }
    throw;
  }
}

/// 'a', 'b', 'c' and 2 more
class Names {
 public:
  void add(const std::string& name) {
    if (++count_ <= kShown) text_ += (count_ == 1 ? "'" : ", '") + name + "'";
  }
  bool empty() const { return count_ == 0; }
  std::string text() const {
    if (count_ <= kShown) return text_;
    return taper::detail::format("{} and {} more", text_, count_ - kShown);
  }

 private:
  static constexpr size_t kShown = 3;
  std::string text_;
  size_t count_ = 0;
};

void collect_unread(const ArchiveTree& tree, const std::string& path,
                    Names& names) {
  for (const auto& item : tree.entries) {
    const std::string name = path + item.key();
    if (!item->was_read) {
      names.add(name);
    } else if (item->tree) {
      collect_unread(*item->tree, name + ".", names);
    }
  }
}

std::string differing(const Tensor& found, const Tensor& wanted) {
  if (found.sizes() != wanted.sizes()) {
    return taper::detail::format(
        "' has shape {} in the archive and {} in the program", found.sizes(),
        wanted.sizes());
  }
  if (found.dtype() == wanted.dtype()) return "";
  return taper::detail::format("' is {} in the archive and {} in the program",
                               found.dtype(), wanted.dtype());
}

/// The values in one tree that the other lacks and, in a text, the first tensor
/// that differs in it.
void compare(const ArchiveTree& tree, const ArchiveTree* other,
             const std::string& path, Names& lacking, std::string& text) {
  for (const auto& item : tree.entries) {
    const std::string name = path + item.key();
    const ArchiveEntry* match =
        other ? other->entries.find(item.key()) : nullptr;
    if (item->tree) {
      compare(*item->tree, match ? match->tree.get() : nullptr, name + ".",
              lacking, text);
    } else if (match == nullptr || match->tree) {
      lacking.add(name);
    } else if (text.empty() && match->value.isTensor() &&
               item->value.isTensor()) {
      text = differing(match->value.toTensor(), item->value.toTensor());
      if (!text.empty()) text.insert(0, name).insert(0, 1, '\'');
    }
  }
}

}  // namespace

OutputArchive::OutputArchive() : tree_(std::make_shared<ArchiveTree>()) {}
OutputArchive::~OutputArchive() = default;

void OutputArchive::write(const std::string& key, const IValue& value) {
  if (value.isTensor()) return write(key, value.toTensor());
  check<TypeError>(!value.isIntList() && !value.isTensorList(),
                   "[OutputArchive] '{}' is a list: write its elements", key);
  tree_->entries.insert(key, ArchiveEntry{value, nullptr});
}

void OutputArchive::write(const std::string& key, const Tensor& tensor,
                          bool is_buffer) {
  check(tensor.defined(), "[OutputArchive] '{}' is an undefined tensor", key);
  tree_->entries.insert(key, ArchiveEntry{tensor, nullptr, is_buffer});
}

void OutputArchive::write(const std::string& key, OutputArchive& nested) {
  tree_->entries.insert(key, ArchiveEntry{{}, nested.tree_});
}

void OutputArchive::save_to(const std::string& filename) const {
  write_file(filename, encode(*tree_));
}

void OutputArchive::save_to(std::ostream& stream) const {
  const std::string bytes = encode(*tree_);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.flush();
  check(stream.good(),
        "[save] the stream does not take the archive of {} bytes",
        bytes.size());
}

void OutputArchive::save_to(
    const taper::detail::Closure<size_t(const void*, size_t)>& write) const {
  const std::string bytes = encode(*tree_);
  const size_t taken = write(bytes.data(), bytes.size());
  check(taken == bytes.size(), "[save] the function took {} of {} bytes", taken,
        bytes.size());
}

InputArchive::InputArchive()
    : tree_(std::make_shared<ArchiveTree>()),
      journal_(std::make_shared<LoadJournal>()) {}
InputArchive::~InputArchive() = default;

void InputArchive::load_from(const std::string& filename,
                             std::optional<Device> device) {
  const std::string bytes = read_file(filename);
  naming(filename, [&] { load_from(bytes.data(), bytes.size(), device); });
  journal_->source = filename;
}

void InputArchive::read_naming(
    const taper::detail::Closure<void()>& read) const {
  naming(journal_->source, read);
}

void InputArchive::load_from(std::istream& stream,
                             std::optional<Device> device) {
  check_device(device);
  take(decode([&](char* to, size_t size) {
    stream.read(to, static_cast<std::streamsize>(size));
    return static_cast<size_t>(stream.gcount());
  }));
}

void InputArchive::load_from(
    const taper::detail::Closure<size_t(uint64_t, void*, size_t)>& read,
    const taper::detail::Closure<size_t()>& size,
    std::optional<Device> device) {
  check_device(device);
  const uint64_t total = size();
  uint64_t at = 0;
  auto tree = decode([&](char* to, size_t wanted) -> size_t {
    wanted = static_cast<size_t>(std::min<uint64_t>(wanted, total - at));
    if (wanted == 0) return 0;
    const size_t got = read(at, to, wanted);
    check(got == wanted, "[load] the function read {} of {} bytes at {}", got,
          wanted, at);
    at += got;
    return got;
  });
  check(at == total, "[load] {} bytes follow the archive", total - at);
  take(std::move(tree));
}

void InputArchive::load_from(const char* data, size_t size,
                             std::optional<Device> device) {
  check_device(device);
  take(decode(data, size));
}

void InputArchive::take(std::shared_ptr<ArchiveTree> tree) {
  tree_ = std::move(tree);
  path_.clear();
  journal_->source = kUnnamed;
}

bool InputArchive::try_read(const std::string& key, IValue& value) {
  ArchiveEntry* entry = tree_->entries.find(key);
  if (entry == nullptr) return false;
  check(entry->tree == nullptr,
        "[load] '{}{}' is an archive where a value is expected", path_, key);
  if (entry->value.isTensor()) {
    Tensor tensor;
    try_read(key, tensor);
    value = IValue(std::move(tensor));
  } else {
    value = entry->value;
  }
  entry->was_read = true;
  return true;
}

bool InputArchive::try_read(const std::string& key, Tensor& tensor,
                            bool is_buffer) {
  ArchiveEntry* entry = tree_->entries.find(key);
  if (entry == nullptr) return false;
  check(entry->tree == nullptr && entry->value.isTensor(),
        "[load] '{}{}' holds something else than a tensor", path_, key);
  check(!is_buffer || entry->is_buffer,
        "[load] '{}{}' is a parameter where a buffer is expected", path_, key);
  const Tensor& source = entry->value.toTensor();
  NoGradGuard no_grad;
  if (!tensor.defined()) {
    Tensor copy = source.clone();
    copy.set_requires_grad(source.requires_grad());
    tensor = std::move(copy);
  } else {
    check(tensor.dtype() == source.dtype(),
          "[load] '{}{}' is {} in the archive and {} in the program", path_,
          key, source.dtype(), tensor.dtype());
    check(tensor.sizes() == source.sizes(),
          "[load] '{}{}' has shape {} in the archive and {} in the program",
          path_, key, source.sizes(), tensor.sizes());
    if (journal_->scopes > 0) {
      journal_->changes.push_back({tensor, tensor.detach().clone()});
    }
    tensor.copy_(source);
  }
  entry->was_read = true;
  return true;
}

bool InputArchive::try_read(const std::string& key, InputArchive& nested) {
  ArchiveEntry* entry = tree_->entries.find(key);
  if (entry == nullptr) return false;
  check(entry->tree != nullptr,
        "[load] '{}{}' is a value where an archive is expected", path_, key);
  nested.tree_ = entry->tree;
  nested.journal_ = journal_;
  nested.path_ = path_ + key + ".";
  entry->was_read = true;
  return true;
}

void InputArchive::require(bool found, const std::string& key) const {
  check(found, "[load] {} has no '{}{}'", journal_->source, path_, key);
}

IValue read_value(InputArchive& archive, const std::string& key) {
  IValue value;
  archive.read(key, value);
  return value;
}
InputArchive read_archive(InputArchive& archive, const std::string& key) {
  InputArchive nested;
  archive.read(key, nested);
  return nested;
}

std::vector<std::string> InputArchive::keys() const {
  return tree_->entries.keys();
}

void InputArchive::check_all_read() const {
  Names names;
  collect_unread(*tree_, path_, names);
  check(names.empty(), "[load] {} has {}, for which the program has no place",
        journal_->source, names.text());
}

void InputArchive::fail_if_different(const std::string& loaded,
                                     const OutputArchive& program) const {
  if (!path_.empty()) return;
  Names missing, unexpected;
  std::string text;
  compare(*program.tree_, tree_.get(), "", missing, text);
  compare(*tree_, program.tree_.get(), "", unexpected, text);
  if (!missing.empty()) text += "; missing: " + missing.text();
  if (!unexpected.empty()) text += "; unexpected: " + unexpected.text();
  if (text.empty()) return;
  fail("[load] {} does not fit {}: {}", journal_->source, loaded,
       text[0] == ';' ? text.substr(2) : text);
}

LoadScope::LoadScope(InputArchive& archive)
    : journal_(archive.journal_), begin_(journal_->changes.size()) {
  ++journal_->scopes;
}

LoadScope::~LoadScope() {
  auto& changes = journal_->changes;
  if (!kept_) {
    NoGradGuard no_grad;
    while (changes.size() > begin_) {
      changes.back().tensor.copy_(changes.back().old);
      changes.pop_back();
    }
  }
  if (--journal_->scopes == 0) changes.clear();
}

}  // namespace serialize
}  // namespace taper
