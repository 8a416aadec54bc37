// compare TAPER TORCH: runs two builds of bench/workloads.cpp in turns, one
// repetition each, and prints their best times as a Markdown table.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "goals.h"

namespace {

using bench::Goal;

constexpr int kMostTurns = 100;

// A process that times repetitions on request.
class Server {
 public:
  Server(const char* program, int threads) {
    int request[2];
    int reply[2];
    if (pipe(request) || pipe(reply)) throw std::runtime_error("no pipe");
    if (fork() == 0) {
      dup2(request[0], STDIN_FILENO);
      dup2(reply[1], STDOUT_FILENO);
      for (int end : {request[0], request[1], reply[0], reply[1]}) close(end);
      setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
      execl(program, program, "--serve", nullptr);
      std::perror(program);
      _exit(127);
    }
    close(request[0]);
    close(reply[1]);
    to_ = fdopen(request[1], "w");
    from_ = fdopen(reply[0], "r");
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    std::fclose(to_);
    std::fclose(from_);
  }

  double repetition(const char* name) {
    std::fprintf(to_, "%s\n", name);
    std::fflush(to_);
    double time = 0;
    if (std::fscanf(from_, "%lf", &time) != 1) {
      throw std::runtime_error(std::string("no time of ") + name);
    }
    return time;
  }

 private:
  std::FILE* to_;
  std::FILE* from_;
};

struct Times {
  double taper = 1e30;
  double torch = 1e30;
};

// A pause before each repetition lets the other process's threads, which spin
// for a while when they have nothing to do, fall asleep. Goes on as long as one
// of the times still falls by more than a hundredth every `patience` turns.
Times race(Server& taper, Server& torch, const char* name, int patience) {
  const auto pause = std::chrono::milliseconds(3);
  const auto improve = [](double& best, double time) {
    const bool better = time < 0.99 * best;
    best = std::min(best, time);
    return better;
  };
  Times best;
  int last = 0;
  for (int i = 0; i < last + patience && i < kMostTurns; ++i) {
    std::this_thread::sleep_for(pause);
    if (improve(best.taper, taper.repetition(name))) last = i;
    std::this_thread::sleep_for(pause);
    if (improve(best.torch, torch.repetition(name))) last = i;
  }
  return best;
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
  std::snprintf(text,
                sizeof(text),
                value < 1    ? "%.3f"
                : value < 10 ? "%.2f"
                             : "%.0f",
                value);
  if (value >= 10 && value < 100)
    std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

void print_heading(int patience) {
  const std::time_t now = std::time(nullptr);
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%d", std::localtime(&now));
  std::printf(
      "%s, %s, %u processors; microseconds, best of at least %d repetitions in "
      "turns; "
      "ratio = LibTorch / taper.\n\n",
      date,
      processor().c_str(),
      std::thread::hardware_concurrency(),
      patience);
  std::printf(
      "| workload | taper | LibTorch | ratio | goal | stretch | floor "
      "| taper, 2 threads | LibTorch | ratio | gain of 2 |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
}

void print_row(const Goal& goal, const Times (&times)[2]) {
  const double ratio = times[0].torch / times[0].taper;
  const char* mark = ratio >= goal.goal ? "**" : "";
  std::printf(
      "| %s | %s | %s | %s%s%s | %g | %g | %s | %s | %s | %s | %.2f |\n",
      goal.title,
      digits(times[0].taper).c_str(),
      digits(times[0].torch).c_str(),
      mark,
      digits(ratio).c_str(),
      mark,
      goal.goal,
      goal.stretch,
      goal.floor_us > 0 ? digits(goal.floor_us).c_str() : "",
      digits(times[1].taper).c_str(),
      digits(times[1].torch).c_str(),
      digits(times[1].torch / times[1].taper).c_str(),
      times[0].taper / times[1].taper);
  std::fflush(stdout);
}

void compare(const char* taper, const char* torch, int patience) {
  print_heading(patience);
  Server taper_1(taper, 1), torch_1(torch, 1);
  Server taper_2(taper, 2), torch_2(torch, 2);
  for (const Goal& goal : bench::kGoals) {
    print_row(goal,
              {race(taper_1, torch_1, goal.name, patience),
               race(taper_2, torch_2, goal.name, patience)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: compare TAPER TORCH [REPETITIONS]\n");
    return 2;
  }
  try {
    const int wanted = argc > 3 ? std::atoi(argv[3]) : 11;
    compare(argv[1], argv[2], std::max(wanted, 7));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "compare: %s\n", error.what());
    return 1;
  }
}
