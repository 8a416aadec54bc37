// What load says of files that are not what the program wants, and archives
// that go through functions of the program.
#include <filesystem>
#include <fstream>
#include <functional>

#include "taper/autograd/ops.h"
#include "taper/io/serialize.h"
#include "taper/nn/layers/linear.h"
#include "taper/nn/module/sequential.h"
#include "taper/optim/optim.h"
#include "taper/tensor/random/generator.h"
#include "tests/error_of.h"
#include "tests/temp_path.h"

namespace taper {
namespace {

using nn::Linear;
using nn::Sequential;

/// What load says of a file with these bytes; the module stays as it is.
std::string error_of_file(const std::string& bytes, nn::Module& module) {
  const std::string path = temp_path("model.pt");
  std::ofstream(path, std::ios::binary) << bytes;
  std::vector<Tensor> before;
  for (const Tensor& each : module.parameters()) before.push_back(each.clone());
  auto pointer = module.shared_from_this();
  std::string text = error_of([&] { load(pointer, path); });
  const auto after = module.parameters();
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(after[i].equal(before[i]));
  }
  std::filesystem::remove(path);
  const size_t at = text.find(path);
  EXPECT_NE(at, std::string::npos) << text;
  return text.replace(at, path.size(), "FILE");
}

std::string bytes_of(const auto& value) {
  std::ostringstream stream;
  save(value, stream);
  return stream.str();
}

TEST(LoadErrors, SayWhatAForeignFileLooksLike) {
  Linear module(2, 3);
  const auto look = [&](const std::string& bytes) {
    const std::string text = error_of_file(bytes, *module);
    const std::string begin = "[load] this is not a taper archive: ";
    EXPECT_EQ(text.find(begin), 0u) << text;
    return text.substr(begin.size(), text.find(" (in FILE)") - begin.size());
  };
  EXPECT_EQ(look("PK\3\4 and more of it"),
            "it looks like a file of PyTorch (or another zip archive)");
  EXPECT_EQ(look("\x80\2\x8a\n"),
            "it looks like a Python pickle, an old file of PyTorch");
  EXPECT_EQ(look("\x80\4\x95"), "it looks like a Python pickle");
  EXPECT_EQ(look("\x89PNG\r\n\x1a\n and the image"),
            "it looks like a PNG image");
  EXPECT_EQ(look("\x93NUMPY\1"), "it looks like an array of NumPy");
  EXPECT_EQ(look(std::string("H\0\0\0\0\0\0\0{\"w\":{}}", 16)),
            "it looks like a file of safetensors");
  EXPECT_EQ(look("epoch,loss\n1,0.5\n"), "it looks like text");
  EXPECT_EQ(look(""), "it is empty");
  EXPECT_EQ(look(std::string(30, '\1')), "its kind is unknown");
}

TEST(LoadErrors, SayThatAFileIsCutShort) {
  Linear module(2, 3);
  const std::string bytes = bytes_of(module);
  EXPECT_EQ(error_of_file(bytes.substr(0, 5), *module),
            "[load] the archive is cut short: 5 bytes of a header of 24 (in "
            "FILE)");
  const std::string text =
      error_of_file(bytes.substr(0, bytes.size() - 1), *module);
  EXPECT_EQ(text.find("[load] the archive is cut short: "), 0u) << text;
}

TEST(LoadErrors, NameTheKeysThatDiffer) {
  Sequential wanted(Linear(2, 3), Linear(3, 4));
  const Sequential named({{"a", Linear(2, 3)}, {"b", Linear(3, 4)}});
  EXPECT_EQ(error_of_file(bytes_of(named), *wanted),
            "[load] FILE does not fit taper::nn::SequentialImpl: missing: "
            "'0.weight', '0.bias', '1.weight' and 1 more; unexpected: "
            "'a.weight', 'a.bias', 'b.weight' and 1 more");
  const Sequential other(Linear(2, 3), Linear(3, 5), Linear(5, 1));
  EXPECT_EQ(error_of_file(bytes_of(other), *wanted),
            "[load] FILE does not fit taper::nn::SequentialImpl: '1.weight' "
            "has shape (5, 3) in the archive and (4, 3) in the program; "
            "unexpected: '2.weight', '2.bias'");
  Sequential larger(Linear(2, 3), Linear(3, 4), Linear(4, 1));
  EXPECT_EQ(error_of_file(bytes_of(larger), *wanted),
            "[load] FILE has '2', for which the program has no place");
  const Sequential doubled(Linear(2, 3), Linear(3, 4));
  doubled.ptr()->to(kDouble);
  EXPECT_EQ(error_of_file(bytes_of(doubled), *wanted),
            "[load] FILE does not fit taper::nn::SequentialImpl: '0.weight' is "
            "float64 in the archive and float32 in the program");
  EXPECT_EQ(error_of_file(bytes_of(ones({2})), *wanted),
            "[load] FILE does not fit taper::nn::SequentialImpl: missing: "
            "'0.weight', '0.bias', '1.weight' and 1 more; unexpected: "
            "'tensor'");
}

TEST(LoadErrors, NameTheFileOfAnOptimizer) {
  const std::string path = temp_path("optimizer.pt");
  const auto param = [](IntArrayRef sizes) {
    const Tensor x = ones(sizes, kFloat).requires_grad_();
    x.sum().backward();
    return x;
  };
  optim::Adam saved({param({2})}, 0.1);
  saved.step();
  save(saved, path);
  optim::SGD sgd({param({2})}, 0.1);
  optim::Adam larger({param({2}), param({2})}, 0.1);
  optim::Adam wider({param({3})}, 0.1);
  optim::StepLR scheduler(sgd, 1);
  Generator generator;
  const auto is_named = [&](auto& value, const char* text) {
    const std::string error = error_of([&] { load(value, path); });
    EXPECT_NE(error.find(path), std::string::npos) << error;
    EXPECT_EQ(error.find(path), error.rfind(path)) << error;
    EXPECT_NE(error.find(text), std::string::npos) << error;
    serialize::InputArchive archive;
    archive.load_from(path);
    if constexpr (requires { value.load(archive); }) {
      EXPECT_EQ(error_of([&] { value.load(archive); }), error);
    }
  };
  is_named(sgd, "[SGD] the archive holds the state of Adam (in ");
  is_named(larger, "group 0 has 1 parameters in the archive, 2 in the program");
  is_named(wider, "has shape (2,) and the parameter (3,)");
  is_named(scheduler, "has no 'step_count'");
  is_named(generator, "has no 'generator'");
  std::filesystem::remove(path);
  // A stream has no name.
  std::istringstream stream(bytes_of(saved));
  EXPECT_EQ(error_of([&] { load(sgd, stream); }),
            "[SGD] the archive holds the state of Adam");
}

TEST(LoadErrors, NameTheFileOfTheLastLoad) {
  const std::string path = temp_path("named.pt");
  save(ones({2}), path);
  serialize::InputArchive archive;
  archive.load_from(path);
  Tensor x;
  const auto missing = [&] { archive.read("missing", x); };
  EXPECT_EQ(error_of(missing), "[load] " + path + " has no 'missing'");
  const std::string bytes = bytes_of(ones({2}));
  archive.load_from(bytes.data(), bytes.size());
  EXPECT_EQ(error_of(missing), "[load] the archive has no 'missing'");
  std::filesystem::remove(path);
}

using Write = std::function<size_t(const void*, size_t)>;
using Read = std::function<size_t(uint64_t, void*, size_t)>;

TEST(ArchiveFunctions, WriteAndReadAnArchive) {
  Linear module(2, 3), other(2, 3);
  std::string bytes;
  save(module, [&](const void* data, size_t size) -> size_t {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  EXPECT_EQ(bytes, bytes_of(module));
  const Read read = [&](uint64_t at, void* to, size_t size) {
    return bytes.copy(static_cast<char*>(to), size, at);
  };
  load(other, read, [&] { return bytes.size(); });
  EXPECT_TRUE(other->weight.equal(module->weight));
  serialize::InputArchive archive;
  archive.load_from(
      read, [&] { return bytes.size(); }, kCPU);
  EXPECT_EQ(archive.keys(), (std::vector<std::string>{"weight", "bias"}));
  archive.load_from(bytes.data(), bytes.size());
  EXPECT_EQ(archive.keys().size(), 2u);
}

TEST(ArchiveFunctions, FailuresLeaveTheModule) {
  Linear module(2, 3);
  const Tensor before = module->weight.clone();
  const std::string bytes = bytes_of(Linear(2, 3));
  const std::string size = std::to_string(bytes.size());
  const auto at_most = [&](size_t limit) {
    return Read([&bytes, limit](uint64_t at, void* to, size_t count) {
      return bytes.copy(static_cast<char*>(to), std::min(count, limit), at);
    });
  };
  const auto load_by = [&](const Read& read, size_t claimed) {
    return error_of([&] { load(module, read, [&] { return claimed; }); });
  };
  EXPECT_EQ(load_by(at_most(7), bytes.size()),
            "[load] the function read 7 of 24 bytes at 0");
  EXPECT_NE(load_by(at_most(bytes.size()), bytes.size() - 1).find("cut short"),
            std::string::npos);
  EXPECT_EQ(load_by(at_most(bytes.size()), bytes.size() + 2),
            "[load] 2 bytes follow the archive");
  const Read broken = [&](uint64_t at, void*, size_t) -> size_t {
    throw std::runtime_error("broken at " + std::to_string(at));
  };
  EXPECT_THROW(load(module, broken, [&] { return bytes.size(); }),
               std::runtime_error);
  EXPECT_TRUE(module->weight.equal(before));
  const Write full = [](const void*, size_t) -> size_t { return 3; };
  EXPECT_EQ(error_of([&] { save(module, full); }),
            "[save] the function took 3 of " + size + " bytes");
}

}  // namespace
}  // namespace taper
