// Calls that must not compile. run.sh looks for each "says" in the compiler's
// output.
#include <taper/taper.h>

namespace torch = taper;
using namespace torch::nn;

torch::Tensor twice(torch::Tensor x) { return x * 2; }

int main() {
  // says: wrap a function in nn::Functional
  Sequential of_lambda([](torch::Tensor x) { return x; });
  Sequential of_function(Linear(1, 2), twice);
  AnyModule of_pointer(&twice);
  // says: taper has no torch::jit: write the model in C++
  torch::jit::script::Module module = torch::jit::load("model.pt");
  // says: taper reads no Python pickles
  torch::IValue weights = torch::pickle_load(std::vector<char>());
  // says: taper has no sparse tensors
  torch::sparse_coo_tensor(torch::ones({1, 1}), torch::ones({1}), {2});
  // says: taper has no complex numbers
  torch::complex(torch::ones({1}), torch::ones({1}));
}
