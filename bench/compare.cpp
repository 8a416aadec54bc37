// compare TAPER TORCH [NAME...]: runs two builds of bench/workloads.cpp in
// turns, one repetition each, and prints their best times as a Markdown table
// of all workloads, or of these.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "goals.h"

namespace {

using bench::Goal;

// The whole table is measured several times, because the state of a machine
// (what else it does, which cores the two threads got) lasts for seconds; each
// time in fresh processes, whose heaps differ (see use_heap in workloads.cpp).
constexpr int kRounds = 5;
constexpr int kPatience = 7;
constexpr int kMostTurns = 50;

// A process that times repetitions of a workload on request. It is ready when
// the constructor returns: threads that are born while another process computes
// may share a processor for good, which stalls both libraries for milliseconds.
class Server {
 public:
  Server(const char* program, const char* workload, int threads, int seed) {
    int request[2];
    int reply[2];
    // No process may inherit another one's ends, or it would never see the end.
    if (pipe2(request, O_CLOEXEC) || pipe2(reply, O_CLOEXEC)) {
      throw std::runtime_error("no pipe");
    }
    process_ = fork();
    if (process_ == 0) {
      dup2(request[0], STDIN_FILENO);
      dup2(reply[1], STDOUT_FILENO);
      setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
      const std::string heap = std::to_string(seed);
      execl(program, program, "--serve", workload, heap.c_str(), nullptr);
      std::perror(program);
      _exit(127);
    }
    close(request[0]);
    close(reply[1]);
    to_ = request[1];
    from_ = reply[0];
    repetition();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    close(to_);
    close(from_);
    waitpid(process_, nullptr, 0);
  }

  // The pause lets the threads of other processes, which spin for a while when
  // they have nothing to do, fall asleep.
  double repetition() {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    double time = 0;
    if (write(to_, "\n", 1) != 1 || read(from_, &time, sizeof(time)) <= 0) {
      throw std::runtime_error("a process has ended early");
    }
    return time;
  }

 private:
  pid_t process_;
  int to_;
  int from_;
};

struct Times {
  double taper = 1e30;
  double torch = 1e30;
};

// Whether the time of one repetition is better by a hundredth.
bool improve(double& least, Server& server) {
  const double time = server.repetition();
  const bool better = time < 0.99 * least;
  least = std::min(least, time);
  return better;
}

// One round. Goes on as long as one of the times falls every kPatience turns.
void race(const char* taper_program, const char* torch_program,
          const char* workload, int threads, int round, Times& best) {
  Server taper(taper_program, workload, threads, round);
  Server torch(torch_program, workload, threads, round);
  int last = 0;
  for (int i = 0; i < last + kPatience && i < kMostTurns; ++i) {
    if (improve(best.taper, taper)) last = i;
    if (improve(best.torch, torch)) last = i;
  }
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

// Three digits, more would be noise.
std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof(text),
                value < 1    ? "%.3f"
                : value < 10 ? "%.2f"
                             : "%.0f",
                value);
  if (value >= 10 && value < 100)
    std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

void print_heading() {
  const std::time_t now = std::time(nullptr);
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%d", std::localtime(&now));
  std::printf(
      "%s, %s, %u processors; microseconds, best of %d rounds of at least "
      "%d repetitions in turns; ratio = LibTorch / taper.\n\n",
      date, processor().c_str(), std::thread::hardware_concurrency(), kRounds,
      kPatience);
  std::printf(
      "| workload | taper | LibTorch | ratio | goal | stretch | floor "
      "| taper, 2 threads | LibTorch | ratio | gain of 2 |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
}

void print_row(const Goal& goal, const Times& one, const Times& two) {
  const double ratio = one.torch / one.taper;
  const char* mark = ratio >= goal.goal ? "**" : "";
  std::printf(
      "| %s | %s | %s | %s%s%s | %g | %g | %s | %s | %s | %s | %.2f |\n",
      goal.title, digits(one.taper).c_str(), digits(one.torch).c_str(), mark,
      digits(ratio).c_str(), mark, goal.goal, goal.stretch,
      goal.floor_us > 0 ? digits(goal.floor_us).c_str() : "",
      digits(two.taper).c_str(), digits(two.torch).c_str(),
      digits(two.torch / two.taper).c_str(), one.taper / two.taper);
}

void compare(const char* taper, const char* torch,
             const std::vector<std::string>& names) {
  std::vector<Goal> goals;
  for (const Goal& goal : bench::kGoals) {
    if (names.empty() || std::count(names.begin(), names.end(), goal.name)) {
      goals.push_back(goal);
    }
  }
  std::vector<std::array<Times, 2>> best(goals.size());
  for (int round = 1; round <= kRounds; ++round) {
    for (size_t i = 0; i < goals.size(); ++i) {
      for (int threads : {1, 2}) {
        race(taper, torch, goals[i].name, threads, round, best[i][threads - 1]);
      }
    }
  }
  print_heading();
  for (size_t i = 0; i < goals.size(); ++i) {
    print_row(goals[i], best[i][0], best[i][1]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: compare TAPER TORCH [NAME...]\n");
    return 2;
  }
  try {
    compare(argv[1], argv[2], {argv + 3, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "compare: %s\n", error.what());
    return 1;
  }
}
