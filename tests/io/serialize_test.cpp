#include "taper/io/serialize.h"

#include <filesystem>
#include <fstream>

#include "taper/nn/module/sequential.h"
#include "taper/tensor/random/generator.h"
#include "tests/nn/small_net.h"
#include "tests/temp_path.h"

namespace taper {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test, removed at the end.
class SerializeFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = temp_path(info->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) { return folder_ / name; }
  size_t files() {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_),
                                             fs::directory_iterator()));
  }
  static std::string contents(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const std::string& name, const std::string& bytes) {
    std::ofstream(name, std::ios::binary) << bytes;
  }

  fs::path folder_;
};

std::string saved(const auto& value) {
  std::ostringstream stream;
  save(value, stream);
  return stream.str();
}
void load_bytes(auto& value, const std::string& bytes) {
  std::istringstream stream(bytes);
  load(value, stream);
}

TEST_F(SerializeFile, TensorsOfEveryDtypeComeBack) {
  for (const Tensor& x : {tensor({1.5f, -2.0f}), tensor({1e300, -0.0}, kDouble),
                          arange(6).view({2, 3}).t(), tensor({true, false}),
                          zeros({0, 3}), full({}, 7.0)}) {
    save(x, path("x.pt"));
    Tensor y;
    load(y, path("x.pt"));
    EXPECT_EQ(y.dtype(), x.dtype());
    EXPECT_TRUE(y.equal(x));
    EXPECT_TRUE(y.is_contiguous());
  }
  EXPECT_EQ(files(), 1u);
}

TEST(Serialize, KeepsRequiresGradOfLeaves) {
  Tensor leaf = ones({2}).requires_grad_();
  Tensor y;
  load_bytes(y, saved(leaf));
  EXPECT_TRUE(y.requires_grad());
  load_bytes(y, saved(leaf * 2));
  EXPECT_FALSE(y.requires_grad());
}

TEST(Serialize, ListOfTensorsIsAppended) {
  const std::vector<Tensor> list{ones({2}), arange(3)};
  std::vector<Tensor> loaded{zeros({1})};
  load_bytes(loaded, saved(list));
  ASSERT_EQ(loaded.size(), 3u);
  EXPECT_TRUE(loaded[2].equal(list[1]));
}

TEST(Serialize, SeveralArchivesShareAStream) {
  std::stringstream stream;
  save(ones({2}), stream);
  save(arange(3), stream);
  Tensor a, b;
  load(a, stream);
  load(b, stream);
  EXPECT_TRUE(a.equal(ones({2})));
  EXPECT_TRUE(b.equal(arange(3)));
}

TEST(Serialize, ModulesComeBackInPlace) {
  PairNet net, other;
  {
    NoGradGuard no_grad;
    net->first->weight.fill_(5);
    net->first->calls.fill_(3);
  }
  Tensor weight = other->first->weight;
  load_bytes(other, saved(net));
  EXPECT_TRUE(weight.equal(full({2}, 5.0)));
  EXPECT_TRUE(weight.requires_grad());
  EXPECT_EQ(other->first->calls.item<int64_t>(), 3);
  auto pointer = std::make_shared<PairNetImpl>();
  load_bytes(pointer, saved(net.ptr()));
  EXPECT_TRUE(pointer->first->weight.equal(weight));
}

TEST(Serialize, SequentialComesBack) {
  nn::Sequential net(Scale(2.0), Scale(3.0));
  nn::Sequential other(Scale(1.0), Scale(1.0));
  load_bytes(other, saved(net));
  EXPECT_TRUE(other->forward(ones({2})).equal(full({2}, 6.0)));
}

/// Loading must throw and leave the module as it was.
template <class Holder>
void expect_rejected(Holder& module, const std::string& bytes) {
  const std::string before = saved(module);
  EXPECT_THROW(load_bytes(module, bytes), Error);
  EXPECT_EQ(saved(module), before);
}

TEST(Serialize, RejectsOtherShapesNamesAndDtypes) {
  PairNet net;
  const std::string bytes = saved(PairNet());
  net->second->weight.set_data(ones({3}));
  expect_rejected(net, bytes);
  PairNet doubled;
  doubled->second->to(kDouble);
  expect_rejected(doubled, bytes);
  PairNet missing;
  missing->register_parameter("missing", ones({1}));
  expect_rejected(missing, bytes);
  PairNet fewer;
  fewer->unregister_module("second");
  expect_rejected(fewer, bytes);
  Scale scale;
  expect_rejected(scale, bytes);
}

TEST(Serialize, NamesWhatDoesNotFit) {
  PairNet net;
  const std::string bytes = saved(net);
  net->second->weight.set_data(ones({3}));
  try {
    load_bytes(net, bytes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.msg(),
              "[load] the archive does not fit taper::PairNetImpl: "
              "'second.weight' has shape (2,) in the archive and (3,) in the "
              "program");
  }
}

TEST(Serialize, RejectsEveryTruncation) {
  PairNet net;
  const std::string bytes = saved(net);
  for (size_t size = 0; size < bytes.size(); ++size) {
    expect_rejected(net, bytes.substr(0, size));
  }
}

TEST(Serialize, RejectsEveryDamagedByte) {
  Scale net;
  const std::string bytes = saved(net);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    expect_rejected(net, damaged);
  }
}

TEST_F(SerializeFile, RejectsTrailingBytesAndForeignFiles) {
  Tensor x;
  write(path("long"), saved(ones({2})) + "x");
  EXPECT_THROW(load(x, path("long")), Error);
  write(path("text"), std::string(100, 'a'));
  EXPECT_THROW(load(x, path("text")), Error);
  EXPECT_THROW(load(x, path("absent")), Error);
  EXPECT_THROW(load(x, folder_.string()), Error);
  EXPECT_FALSE(x.defined());
}

TEST_F(SerializeFile, FailedSaveLeavesTheOldFile) {
  save(ones({2}), path("x.pt"));
  const std::string before = contents(path("x.pt"));
  EXPECT_THROW(save(std::vector<Tensor>{ones({3}), Tensor()}, path("x.pt")),
               Error);
  EXPECT_EQ(contents(path("x.pt")), before);
  EXPECT_EQ(files(), 1u);
  EXPECT_THROW(save(ones({2}), path("no/such/folder")), Error);
  EXPECT_THROW(save(ones({2}), folder_.string()), Error);
  EXPECT_EQ(files(), 1u);
}

TEST_F(SerializeFile, SaveFollowsLinksAndKeepsPermissions) {
  write(path("real"), "old");
  fs::permissions(path("real"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("real", path("link"));
  save(ones({2}), path("link"));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  Tensor x;
  load(x, path("real"));
  EXPECT_TRUE(x.equal(ones({2})));
  EXPECT_EQ(fs::status(path("real")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(Serialize, FailedStreamThrows) {
  std::ostringstream stream;
  stream.setstate(std::ios::badbit);
  EXPECT_THROW(save(ones({2}), stream), Error);
}

TEST(Serialize, GeneratorGoesOnWhereItWas) {
  Generator generator(7), other(8);
  randn({5}, generator);
  load_bytes(other, saved(generator));
  EXPECT_TRUE(randn({20}, other).equal(randn({20}, generator)));
  const std::string before = saved(other);
  EXPECT_THROW(load_bytes(other, saved(ones({2}))), Error);
  EXPECT_EQ(saved(other), before);
}

TEST(Archive, ReadsWhatWasWritten) {
  serialize::OutputArchive out, nested;
  nested.write("text", IValue("hello"));
  out.write("epoch", IValue(3));
  out.write("rate", IValue(0.5));
  out.write("on", IValue(true));
  out.write("none", IValue());
  out.write("x", ones({2}));
  out.write("nested", nested);
  std::stringstream stream;
  out.save_to(stream);
  serialize::InputArchive in, inner;
  in.load_from(stream);
  IValue value;
  in.read("epoch", value);
  EXPECT_EQ(value.toInt(), 3);
  EXPECT_THROW(value.toDouble(), TypeError);
  in.read("rate", value);
  EXPECT_EQ(value.toDouble(), 0.5);
  in.read("on", value);
  EXPECT_TRUE(value.toBool());
  in.read("none", value);
  EXPECT_TRUE(value.isNone());
  in.read("nested", inner);
  inner.read("text", value);
  EXPECT_EQ(value.toStringRef(), "hello");
  EXPECT_EQ(in.keys().size(), 6u);
}

TEST(Archive, RejectsWhatIsNotThere) {
  serialize::OutputArchive out;
  out.write("x", ones({2}));
  EXPECT_THROW(out.write("x", ones({2})), Error);
  EXPECT_THROW(out.write("y", Tensor()), Error);
  std::stringstream stream;
  out.save_to(stream);
  serialize::InputArchive in, nested;
  in.load_from(stream);
  Tensor x;
  EXPECT_FALSE(in.try_read("y", x));
  EXPECT_THROW(in.read("y", x), Error);
  EXPECT_THROW(in.read("x", nested), Error);
  EXPECT_THROW(in.check_all_read(), Error);
  in.read("x", x);
  in.check_all_read();
  EXPECT_TRUE(x.equal(ones({2})));
}

TEST(Archive, OverriddenSaveAndLoadAreUsed) {
  struct Versioned : ScaleImpl {
    void save(serialize::OutputArchive& archive) const override {
      ScaleImpl::save(archive);
      archive.write("version", IValue(version));
    }
    void load(serialize::InputArchive& archive) override {
      ScaleImpl::load(archive);
      IValue value;
      archive.read("version", value);
      version = value.toInt();
    }
    int64_t version = 1;
  };
  auto a = std::make_shared<Versioned>(), b = std::make_shared<Versioned>();
  a->version = 5;
  load_bytes(b, saved(a));
  EXPECT_EQ(b->version, 5);
  Scale plain(9.0);
  EXPECT_THROW(load_bytes(b, saved(plain)), Error);
  EXPECT_TRUE(b->weight.equal(ones({2})));
}

}  // namespace
}  // namespace taper
