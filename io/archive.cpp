// Trees of named values in memory; what a failed load has to undo.
#include "taper/io/archive.h"

#include <ostream>

#include "taper/autograd/grad_mode.h"
#include "taper/io/archive_format.h"
#include "taper/io/atomic_file.h"

namespace taper {
namespace serialize {

/// What a LoadScope needs to undo: tensors with the elements they had.
struct LoadJournal {
  struct Change {
    Tensor tensor;
    Tensor old;
  };
  int scopes = 0;
  std::vector<Change> changes;
};

namespace {

void check_device(const std::optional<Device>& device) {
  check(!device || device->is_cpu(), "[load] taper computes on the CPU only");
}

void collect_unread(const ArchiveTree& tree, const std::string& path,
                    std::string& names) {
  for (const auto& item : tree.entries) {
    if (!item->was_read) {
      names += (names.empty() ? "'" : ", '") + path + item.key() + "'";
    } else if (item->tree) {
      collect_unread(*item->tree, path + item.key() + ".", names);
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

InputArchive::InputArchive()
    : tree_(std::make_shared<ArchiveTree>()),
      journal_(std::make_shared<LoadJournal>()) {}
InputArchive::~InputArchive() = default;

void InputArchive::load_from(const std::string& filename,
                             std::optional<Device> device) {
  const std::string bytes = read_file(filename);
  load_from(bytes.data(), bytes.size(), device);
}

void InputArchive::load_from(std::istream& stream,
                             std::optional<Device> device) {
  check_device(device);
  tree_ = decode(stream);
}

void InputArchive::load_from(const char* data, size_t size,
                             std::optional<Device> device) {
  check_device(device);
  tree_ = decode(data, size);
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
  check(found, "[load] the archive has no '{}{}'", path_, key);
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
  std::string names;
  collect_unread(*tree_, path_, names);
  check(names.empty(), "[load] the program has no place for {}", names);
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
