// footprint N COMMAND...: runs the command N times without its output and
// prints the shortest time in milliseconds, the largest memory in MB, and the
// least processor time in user mode in milliseconds.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

using Clock = std::chrono::steady_clock;

struct Cost {
  double milliseconds;
  double megabytes;
  double user_milliseconds;
};

[[noreturn]] void become(char** command) {
  const int null = open("/dev/null", O_WRONLY);
  dup2(null, STDOUT_FILENO);
  execvp(command[0], command);
  std::perror(command[0]);
  _exit(127);
}

Cost run_once(char** command) {
  const auto start = Clock::now();
  // vfork, so that the memory of this process is not counted as the child's.
  const pid_t child = vfork();
  if (child == 0) become(command);
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
    std::fprintf(stderr, "footprint: %s failed\n", command[0]);
    std::exit(1);
  }
  const std::chrono::duration<double, std::milli> time = Clock::now() - start;
  return {time.count(), static_cast<double>(usage.ru_maxrss) / 1024,
          static_cast<double>(usage.ru_utime.tv_sec) * 1e3 +
              static_cast<double>(usage.ru_utime.tv_usec) / 1e3};
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 2 ? std::atoi(argv[1]) : 0;
  if (runs < 1) {
    std::fprintf(stderr, "usage: footprint N COMMAND...\n");
    return 2;
  }
  Cost best = run_once(argv + 2);
  for (int i = 1; i < runs; ++i) {
    const Cost cost = run_once(argv + 2);
    best.milliseconds = std::min(best.milliseconds, cost.milliseconds);
    best.megabytes = std::max(best.megabytes, cost.megabytes);
    best.user_milliseconds =
        std::min(best.user_milliseconds, cost.user_milliseconds);
  }
  std::printf("%.1f %.1f %.1f\n", best.milliseconds, best.megabytes,
              best.user_milliseconds);
}
