// Times the workloads of one library.
//   workloads [NAME...]          prints a table of all workloads, or of these
//   workloads --serve NAME SEED  for every byte on stdin, writes the
//   microseconds
//                                per iteration of one repetition, a double; the
//                                seed is that of use_heap
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "goals.h"
#include "network_workloads.h"
#include "op_workloads.h"
#include "step_workloads.h"
#include "workload.h"

namespace bench {
namespace {

constexpr int kRepetitions = 11;

struct Factory {
  const char* name;
  Workload (*make)();
};

constexpr Factory kFactories[] = {
    {"add_1", add_1},
    {"chain_1000", chain_1000},
    {"l1_step", l1_step},
    {"l2_step", l2_step},
    {"batch_norm", batch_norm},
    {"layer_norm", layer_norm},
    {"group_norm", group_norm},
    {"dropout_f", dropout_f},
    {"dropout_fb", dropout_fb},
    {"digits_step", digits_step},
    {"mlp_b32", mlp<32>},
    {"mlp_b256", mlp<256>},
    {"tanh_4m", tanh_4m},
    {"add_4m", add_4m},
    {"add_ab_4m", add_ab_4m},
    {"sum_4m", sum_4m},
    {"sum_dim0", sum_dim0},
    {"softmax", softmax},
    {"exp_4m", exp_4m},
    {"transpose", transpose},
    {"randn_4m", randn_4m},
    {"matmul_64", matmul<64>},
    {"matmul_256", matmul<256>},
    {"matmul_1024", matmul<1024>},
    {"adam_100", adam_100},
    {"lenet", lenet},
    {"resnet", resnet},
    {"small_cnn", small_cnn},
    {"depthwise", depthwise},
    {"conv1d", conv1d},
    {"lstm", lstm},
    {"gru", gru},
    {"lstm_small", lstm_small},
    {"transformer", transformer},
    {"attention", attention},
    {"max_pool", max_pool},
    {"upsample", upsample},
    {"embedding", embedding},
};

Workload make(const std::string& name) {
  for (const Factory& factory : kFactories) {
    if (name == factory.name) {
      torch::manual_seed(0);
      return factory.make();
    }
  }
  throw std::invalid_argument("no workload " + name);
}

void print_row(const Goal& goal) {
  Timer timer(make(goal.name));
  double best = timer.repetition();
  for (int i = 1; i < kRepetitions; ++i) {
    best = std::min(best, timer.repetition());
  }
  std::printf("%-36s %12.3f", goal.title, best);
  if (goal.limit_us > 0) std::printf("   (at most %g)", goal.limit_us);
  std::printf("\n");
  std::fflush(stdout);
}

void print_table(int count, char** names) {
  std::printf("%-36s %12s   %d thread(s), best of %d\n", "workload", "us",
              torch::get_num_threads(), kRepetitions);
  for (const Goal& goal : kGoals) {
    const bool wanted = std::any_of(names, names + count, [&](char* name) {
      return std::strcmp(name, goal.name) == 0;
    });
    if (wanted || count == 0) print_row(goal);
  }
}

// Leaves the heap as a program does that has other things to do: with small
// blocks here and there, free ones between them. Where they lie decides whether
// glibc gives memory back after each of LibTorch's steps, only to fault it in
// again in the next one: an MLP step takes 1.9 ms on one heap and 5 on another.
void use_heap(unsigned seed) {
  static std::vector<std::unique_ptr<char[]>> kept;
  std::mt19937 random(seed);
  const unsigned blocks = random() % 200;
  for (unsigned i = 0; i < blocks; ++i) {
    const unsigned most = i % 10 == 0 ? 200'000 : 4'000;
    auto block = std::make_unique<char[]>(16 + random() % most);
    if (random() % 2 == 0) kept.push_back(std::move(block));
  }
}

void serve(const char* name, unsigned seed) {
  use_heap(seed);
  Timer timer(make(name));
  for (char request; read(STDIN_FILENO, &request, 1) == 1;) {
    const double time = timer.repetition();
    if (write(STDOUT_FILENO, &time, sizeof(time)) != sizeof(time)) return;
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::strcmp(argv[1], "--serve") == 0) {
      bench::serve(argv[2], static_cast<unsigned>(std::atoi(argv[3])));
    } else {
      bench::print_table(argc - 1, argv + 1);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "workloads: %s\n", error.what());
    return 1;
  }
}
