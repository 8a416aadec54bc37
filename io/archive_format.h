// The bytes of an archive. All numbers are little-endian.
//
//   file     8 bytes  89 'T' 'A' 'P' 'E' 'R' 0D 0A
//            u32      version, 1
//            u32      CRC-32 (as in zlib) of the body
//            u64      length of the body
//            body     tree
//   tree     u64      number of entries, then for each of them
//            u32      length of the key, then its bytes
//            u8       kind: 0 none, 1 int (i64), 2 double (its 64 bits),
//                     3 bool (u8), 4 text (u64 length, bytes), 5 tensor,
//                     6 tree
//   tensor   u8       dtype: 0 float32, 1 float64, 2 int64, 3 bool, others 16 +
//                     their number in PyTorch's ScalarType
//            u8       flags: 1 requires_grad, 2 buffer
//            u8       number of dims, then i64 for the size of each
//            elements in row-major order
#pragma once

#include <memory>
#include <string>

#include "taper/io/archive.h"
#include "taper/tensor/ordered_dict.h"

namespace taper::serialize {

/// One entry: a nested tree, or a value when that is null.
struct ArchiveEntry {
  IValue value;
  std::shared_ptr<ArchiveTree> tree;
  bool is_buffer = false;
  bool was_read = false;
};

struct ArchiveTree {
  OrderedDict<std::string, ArchiveEntry> entries;
};

/// The whole file as bytes. Throws when trees are nested more than 1000 deep.
std::string encode(const ArchiveTree& tree);

/// Both throw an Error that says what is wrong with the bytes. read(to, count)
/// returns how many bytes it had left; the memory has to end with the archive.
std::shared_ptr<ArchiveTree> decode(
    const taper::detail::Closure<size_t(char*, size_t)>& read);
std::shared_ptr<ArchiveTree> decode(const char* data, size_t size);

}  // namespace taper::serialize
