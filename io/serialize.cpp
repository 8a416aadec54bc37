// What an archive holds for a tensor, a list of tensors and a generator.
#include "taper/io/serialize.h"

#include <cstring>

#include "taper/tensor/random/generator.h"

namespace taper::serialize {

OutputArchive& operator<<(OutputArchive& archive, const Tensor& tensor) {
  archive.write("tensor", tensor);
  return archive;
}

InputArchive& operator>>(InputArchive& archive, Tensor& tensor) {
  Tensor loaded;
  archive.read("tensor", loaded);
  archive.check_all_read();
  tensor = std::move(loaded);
  return archive;
}

OutputArchive& operator<<(OutputArchive& archive,
                          const std::vector<Tensor>& tensors) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    archive.write(std::to_string(i), tensors[i]);
  }
  return archive;
}

InputArchive& operator>>(InputArchive& archive, std::vector<Tensor>& tensors) {
  std::vector<Tensor> loaded;
  Tensor tensor;
  while (archive.try_read(std::to_string(loaded.size()), tensor)) {
    loaded.push_back(std::move(tensor));
  }
  archive.check_all_read();
  tensors.reserve(tensors.size() + loaded.size());
  for (Tensor& entry : loaded) tensors.push_back(std::move(entry));
  return archive;
}

OutputArchive& operator<<(OutputArchive& archive, const Generator& generator) {
  // In memory order: a state goes between machines of equal byte order only.
  const GeneratorState state = generator.get_state();
  archive.write("generator", std::string(reinterpret_cast<const char*>(&state),
                                         sizeof state));
  return archive;
}

InputArchive& operator>>(InputArchive& archive, const Generator& generator) {
  const IValue value = read_value(archive, "generator");
  archive.check_all_read();
  const std::string& bytes = value.toStringRef();
  GeneratorState state;
  check(bytes.size() == sizeof state,
        "[load] the state of a generator has {} bytes, got {}", sizeof state,
        bytes.size());
  std::memcpy(&state, bytes.data(), sizeof state);
  generator.set_state(state);
  return archive;
}

}  // namespace taper::serialize
