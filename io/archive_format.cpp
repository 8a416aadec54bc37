// Archives to bytes and back, with every byte of a file distrusted.
#include "taper/io/archive_format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/shape.h"

namespace taper::serialize {
namespace {

constexpr char kMagic[9] = "\x89TAPER\r\n";
constexpr size_t kHeaderBytes = 24;
constexpr uint32_t kVersion = 1;
constexpr int kMaxDepth = 1000;
constexpr uint8_t kTreeKind = 6;
constexpr uint8_t kRequiresGrad = 1;
constexpr uint8_t kIsBuffer = 2;

// Eight tables, so that the checksum takes eight bytes at a time.
using CrcTables = std::array<std::array<uint32_t, 256>, 8>;
constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (auto& table : tables) {
      for (int bit = 0; bit < 8; ++bit) {
        crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
      }
      table[i] = crc;
    }
  }
  return tables;
}
constexpr CrcTables kCrc = make_crc_tables();

template <class T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}
template <class T>
T take(const char* data) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(data[i])) << (8 * i);
  }
  return static_cast<T>(value);
}

uint32_t crc32(const char* data, size_t size) {
  const auto* p = reinterpret_cast<const uint8_t*>(data);
  uint32_t crc = ~0u;
  for (; size >= 8; size -= 8, p += 8) {
    crc ^= take<uint32_t>(reinterpret_cast<const char*>(p));
    crc = kCrc[7][crc & 255] ^ kCrc[6][crc >> 8 & 255] ^
          kCrc[5][crc >> 16 & 255] ^ kCrc[4][crc >> 24] ^ kCrc[3][p[4]] ^
          kCrc[2][p[5]] ^ kCrc[1][p[6]] ^ kCrc[0][p[7]];
  }
  for (; size > 0; --size, ++p) crc = (crc >> 8) ^ kCrc[0][(crc ^ *p) & 255];
  return ~crc;
}

// Elements between this machine's order and little-endian, either way.
void swap_elements(char* data, size_t bytes, size_t element_bytes) {
  if (std::endian::native == std::endian::little) return;
  for (char* p = data; p < data + bytes; p += element_bytes) {
    for (size_t i = 0; i < element_bytes / 2; ++i) {
      std::swap(p[i], p[element_bytes - 1 - i]);
    }
  }
}

// Dtypes in files: the first four have numbers of their own, those that came
// later are kLaterDtypes + their number in PyTorch.
constexpr ScalarType kFirstDtypes[] = {kFloat, kDouble, kLong, kBool};
constexpr uint8_t kLaterDtypes = 16;

uint8_t code_of(ScalarType dtype) {
  for (size_t code = 0; code < std::size(kFirstDtypes); ++code) {
    if (kFirstDtypes[code] == dtype) return static_cast<uint8_t>(code);
  }
  return static_cast<uint8_t>(kLaterDtypes + static_cast<int>(dtype));
}

ScalarType dtype_of(uint8_t code) {
  if (code < std::size(kFirstDtypes)) return kFirstDtypes[code];
  const int number = code - kLaterDtypes;
  const bool is_known = number >= 0 && number < static_cast<int>(kUndefined) &&
                        element_size(static_cast<ScalarType>(number)) > 0;
  check(is_known, "[load] unknown dtype {}", int{code});
  return static_cast<ScalarType>(number);
}

void put_tensor(std::string& out, const Tensor& tensor, bool is_buffer) {
  const Tensor elements = kernels::contiguous(tensor);
  const bool requires_grad = tensor.is_leaf() && tensor.requires_grad();
  put<uint8_t>(out, code_of(tensor.scalar_type()));
  put<uint8_t>(out, static_cast<uint8_t>((requires_grad ? kRequiresGrad : 0) |
                                         (is_buffer ? kIsBuffer : 0)));
  put<uint8_t>(out, static_cast<uint8_t>(tensor.dim()));
  for (int64_t size : tensor.sizes()) put<int64_t>(out, size);
  const size_t begin = out.size();
  out.append(static_cast<const char*>(elements.data_ptr()), elements.nbytes());
  swap_elements(out.data() + begin, elements.nbytes(),
                static_cast<size_t>(tensor.element_size()));
}

void put_value(std::string& out, const IValue& value, bool is_buffer) {
  put<uint8_t>(out, static_cast<uint8_t>(value.kind()));
  switch (value.kind()) {
    case IValue::Kind::None:
      break;
    case IValue::Kind::Int:
      put<int64_t>(out, value.toInt());
      break;
    case IValue::Kind::Double:
      put<uint64_t>(out, std::bit_cast<uint64_t>(value.toDouble()));
      break;
    case IValue::Kind::Bool:
      put<uint8_t>(out, value.toBool());
      break;
    case IValue::Kind::String:
      put<uint64_t>(out, value.toStringRef().size());
      out += value.toStringRef();
      break;
    case IValue::Kind::Tensor:
      put_tensor(out, value.toTensor(), is_buffer);
      break;
    case IValue::Kind::Ints:
    case IValue::Kind::Tensors:
      break;  // OutputArchive::write takes none
  }
}

void put_tree(std::string& out, const ArchiveTree& tree, int depth) {
  check(depth < kMaxDepth, "[save] archives are nested more than {} deep",
        kMaxDepth);
  put<uint64_t>(out, tree.entries.size());
  for (const auto& item : tree.entries) {
    check(item.key().size() <= UINT32_MAX, "[save] a key is too long");
    put<uint32_t>(out, static_cast<uint32_t>(item.key().size()));
    out += item.key();
    if (item->tree) {
      put<uint8_t>(out, kTreeKind);
      put_tree(out, *item->tree, depth + 1);
    } else {
      put_value(out, item->value, item->is_buffer);
    }
  }
}

/// Takes values off the front of the body and never beyond its end.
class Reader {
 public:
  Reader(const char* data, size_t size) : data_(data), left_(size) {}

  template <class T>
  T number() {
    return take<T>(bytes(sizeof(T)));
  }
  std::string text(uint64_t size) {
    const char* begin = bytes(size);
    return std::string(begin, size);
  }
  const char* bytes(uint64_t size) {
    check(size <= left_,
          "[load] the archive is malformed: an entry of {} bytes where {} are "
          "left",
          size, left_);
    left_ -= size;
    return std::exchange(data_, data_ + size);
  }
  bool at_end() const { return left_ == 0; }

 private:
  const char* data_;
  size_t left_;
};

SmallShape read_shape(Reader& reader) {
  const auto ndim = reader.number<uint8_t>();
  check(ndim <= kMaxDims,
        "[load] a tensor has {} dims, at most {} are supported", int{ndim},
        kMaxDims);
  SmallShape shape;
  for (int i = 0; i < ndim; ++i) shape.push_back(reader.number<int64_t>());
  return shape;
}

void check_bools(const char* data, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    check(data[i] == 0 || data[i] == 1,
          "[load] a bool tensor holds a byte that is neither 0 nor 1");
  }
}

Tensor read_tensor(Reader& reader, bool& is_buffer) {
  const ScalarType dtype = dtype_of(reader.number<uint8_t>());
  const auto flags = reader.number<uint8_t>();
  is_buffer = flags & kIsBuffer;
  const SmallShape shape = read_shape(reader);
  const int64_t numel = numel_of(shape);
  const auto width = static_cast<uint64_t>(element_size(dtype));
  // The bytes are looked up before memory for them is asked for.
  const char* elements = reader.bytes(static_cast<uint64_t>(numel) * width);
  if (dtype == kBool) check_bools(elements, numel);
  Tensor tensor = kernels::empty(shape, dtype);
  if (numel > 0) std::memcpy(tensor.data_ptr(), elements, tensor.nbytes());
  swap_elements(static_cast<char*>(tensor.data_ptr()), tensor.nbytes(), width);
  if (flags & kRequiresGrad) tensor.set_requires_grad(true);
  return tensor;
}

IValue read_value(Reader& reader, uint8_t kind, bool& is_buffer) {
  switch (static_cast<IValue::Kind>(kind)) {
    case IValue::Kind::None:
      return {};
    case IValue::Kind::Int:
      return reader.number<int64_t>();
    case IValue::Kind::Double:
      return std::bit_cast<double>(reader.number<uint64_t>());
    case IValue::Kind::Bool:
      return reader.number<uint8_t>() != 0;
    case IValue::Kind::String:
      return reader.text(reader.number<uint64_t>());
    case IValue::Kind::Tensor:
      return read_tensor(reader, is_buffer);
    case IValue::Kind::Ints:
    case IValue::Kind::Tensors:
      break;
  }
  fail("[load] unknown kind of entry: {}", int{kind});
}

std::shared_ptr<ArchiveTree> read_tree(Reader& reader, int depth) {
  check(depth < kMaxDepth, "[load] archives are nested more than {} deep",
        kMaxDepth);
  auto tree = std::make_shared<ArchiveTree>();
  const auto count = reader.number<uint64_t>();
  for (uint64_t i = 0; i < count; ++i) {
    std::string key = reader.text(reader.number<uint32_t>());
    ArchiveEntry entry;
    const auto kind = reader.number<uint8_t>();
    if (kind == kTreeKind) {
      entry.tree = read_tree(reader, depth + 1);
    } else {
      entry.value = read_value(reader, kind, entry.is_buffer);
    }
    tree->entries.insert(std::move(key), std::move(entry));
  }
  return tree;
}

/// What a file with other contents looks like.
const char* kind_of(const std::string& head) {
  if (head.empty()) return "it is empty";
  static constexpr struct {
    char begin[8];
    char text[60];
  } kKinds[] = {
      {"PK\3\4", "it looks like a file of PyTorch (or another zip archive)"},
      {"\x80\2", "it looks like a Python pickle, an old file of PyTorch"},
      {"\x80", "it looks like a Python pickle"},
      {"\x93NUMPY", "it looks like an array of NumPy"},
      {"\x89HDF", "it looks like HDF5"},
      {"\x89PNG", "it looks like a PNG image"},
      {"\xff\xd8\xff", "it looks like a JPEG image"},
      {"GIF8", "it looks like a GIF image"},
      {"\x1f\x8b", "it looks like a gzip archive"}};
  for (const auto& kind : kKinds) {
    if (head.rfind(kind.begin, 0) == 0) return kind.text;
  }
  // A length in 8 bytes, and JSON.
  if (head.size() > 8 && head[7] == 0 && head[8] == '{') {
    return "it looks like a file of safetensors";
  }
  const bool is_text = std::all_of(head.begin(), head.end(), [](char c) {
    const bool is_control = (c >= 0 && c < ' ') || c == 0x7f;
    return !is_control || c == '\t' || c == '\n' || c == '\r';
  });
  return is_text ? "it looks like text" : "its kind is unknown";
}

/// Returns the length of the body. `head` is shorter than a header where the
/// archive ends before.
uint64_t check_header(const std::string& head) {
  const bool is_ours =
      !head.empty() && std::string(kMagic, 8).rfind(head.substr(0, 8), 0) == 0;
  check(is_ours, "[load] this is not a taper archive: {}", kind_of(head));
  check(head.size() == kHeaderBytes,
        "[load] the archive is cut short: {} bytes of a header of {}",
        head.size(), kHeaderBytes);
  const auto version = take<uint32_t>(head.data() + 8);
  check(version == kVersion,
        "[load] the archive has version {}, this taper reads version {}",
        version, kVersion);
  return take<uint64_t>(head.data() + 16);
}

std::shared_ptr<ArchiveTree> decode_body(const char* header, const char* body,
                                         uint64_t size) {
  check(crc32(body, size) == take<uint32_t>(header + 12),
        "[load] the archive is damaged: its checksum does not fit");
  Reader reader(body, size);
  auto tree = read_tree(reader, 0);
  check(reader.at_end(), "[load] the archive is malformed: bytes are left");
  return tree;
}

}  // namespace

std::string encode(const ArchiveTree& tree) {
  std::string out(kHeaderBytes, '\0');
  put_tree(out, tree, 0);
  const size_t size = out.size() - kHeaderBytes;
  std::string header(kMagic, 8);
  put<uint32_t>(header, kVersion);
  put<uint32_t>(header, crc32(out.data() + kHeaderBytes, size));
  put<uint64_t>(header, size);
  out.replace(0, kHeaderBytes, header);
  return out;
}

std::shared_ptr<ArchiveTree> decode(
    const taper::detail::Closure<size_t(char*, size_t)>& read) {
  std::string header(kHeaderBytes, '\0');
  header.resize(read(header.data(), kHeaderBytes));
  const uint64_t size = check_header(header);
  // In pieces, because a damaged length must not ask for all memory at once.
  constexpr uint64_t kPiece = uint64_t{1} << 24;
  std::string body;
  while (body.size() < size) {
    const size_t begin = body.size();
    const size_t piece = std::min(kPiece, size - begin);
    body.resize(begin + piece);
    const size_t got = read(body.data() + begin, piece);
    check(got == piece, "[load] the archive is cut short: {} bytes of {}",
          begin + got, size);
  }
  return decode_body(header.data(), body.data(), size);
}

std::shared_ptr<ArchiveTree> decode(const char* data, size_t size) {
  const uint64_t body =
      check_header(std::string(data, std::min(size, kHeaderBytes)));
  const size_t left = size - kHeaderBytes;
  check(left >= body, "[load] the archive is cut short: {} bytes of {}", left,
        body);
  check(left == body, "[load] {} bytes follow the archive", left - body);
  return decode_body(data, data + kHeaderBytes, body);
}

}  // namespace taper::serialize
