// Whole files by POSIX calls: write beside, sync, rename.
#include "taper/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "taper/tensor/error.h"

namespace taper::serialize {
namespace {

[[noreturn]] void fail_errno(const char* what, const std::string& path) {
  const int code = errno;
  fail("{} {}: {}", what, path, std::strerror(code));
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }
  int get() const { return descriptor_; }
  bool close() {
    const int descriptor = std::exchange(descriptor_, -1);
    return descriptor < 0 || ::close(descriptor) == 0;
  }

 private:
  int descriptor_;
};

// Removes a temporary file unless it was renamed.
struct Temporary {
  std::string path;
  ~Temporary() {
    if (!path.empty()) ::unlink(path.c_str());
  }
};

void write_all(int descriptor, const std::string& bytes,
               const std::string& path) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno("[save] cannot write", path);
    done += static_cast<size_t>(n);
  }
}

// A link is followed, so that the file it names is replaced and not the link.
std::string real_path(const std::string& path) {
  std::error_code missing;
  const auto resolved = std::filesystem::canonical(path, missing);
  return missing ? path : resolved.string();
}

void sync_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  File file(::open(folder.empty() ? "." : folder.c_str(),
                   O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() >= 0) ::fsync(file.get());
}

void write_directly(const std::string& path, const std::string& bytes) {
  File file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) fail_errno("[save] cannot open", path);
  write_all(file.get(), bytes, path);
  if (!file.close()) fail_errno("[save] cannot write", path);
}

}  // namespace

void write_file(const std::string& path, const std::string& bytes) {
  static std::atomic<unsigned> counter{0};
  const std::string target = real_path(path);
  struct stat old {};
  const bool exists = ::stat(target.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) return write_directly(target, bytes);

  Temporary temporary;
  const std::string name = target + ".tmp" + std::to_string(::getpid()) + "-" +
                           std::to_string(counter++);
  File file(
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) fail_errno("[save] cannot create", name);
  temporary.path = name;
  if (exists) {
    // Best effort: a file system without permissions is no reason to fail.
    [[maybe_unused]] int ignored = ::fchmod(file.get(), old.st_mode & 07777);
  }
  write_all(file.get(), bytes, name);
  if (::fsync(file.get()) != 0) fail_errno("[save] cannot sync", name);
  if (!file.close()) fail_errno("[save] cannot write", name);
  if (::rename(name.c_str(), target.c_str()) != 0) {
    fail_errno("[save] cannot replace", target);
  }
  temporary.path.clear();
  sync_folder(target);
}

std::string read_file(const std::string& path) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail_errno("[load] cannot open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail_errno("[load] cannot read", path);
  constexpr size_t kPiece = size_t{1} << 20;
  std::string bytes;
  if (S_ISREG(info.st_mode)) {
    bytes.reserve(static_cast<size_t>(info.st_size) + kPiece);
  }
  while (true) {
    const size_t done = bytes.size();
    bytes.resize(done + kPiece);
    const ssize_t n = ::read(file.get(), bytes.data() + done, kPiece);
    bytes.resize(done + static_cast<size_t>(n > 0 ? n : 0));
    if (n < 0 && errno != EINTR) fail_errno("[load] cannot read", path);
    if (n == 0) return bytes;
  }
}

}  // namespace taper::serialize
