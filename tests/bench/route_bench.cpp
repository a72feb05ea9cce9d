// What routing costs: an entry whose program is the router against one whose program only starts an instance
// and waits, and against a plain oneshot. Shuffled, with pauses, on a real user manager: back to back starts
// flatter everybody.
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "orchestrator/routing/router/manager.hpp"
#include "tests/system/routed_app.hpp"

namespace wx::test {
namespace {

constexpr int pause_ms = 300;

struct Subject {
  std::string name;
  std::string unit;
  std::vector<double> milliseconds;
};

// Milliseconds from StartUnit to the end of its job; negative when it failed.
double timed_start(Manager& manager, const std::string& unit) {
  const auto begin = std::chrono::steady_clock::now();
  const auto job = manager.start(unit);
  if (!job) return -1;
  while (manager.process() && !manager.job_result(*job)) {
    pollfd wanted{manager.fd(), manager.events(), 0};
    ::poll(&wanted, 1, manager.timeout_ms());
  }
  if (manager.job_result(*job) != "done") return -1;
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// VmHWM in kB, while the process waits.
long peak_memory(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtol(line.c_str() + 6, nullptr, 10);
  return -1;
}

int bench(int rounds) {
  auto manager = Manager::connect("user");
  if (!manager) return std::fprintf(stderr, "%s\n", manager.error().message.c_str()), 4;

  RoutedApp routed;
  routed.blue = "exit 0";
  routed.write_generation();
  routed.write_units();
  RoutedApp waiting;
  waiting.blue = "sleep 1";
  waiting.write_generation();
  waiting.write_units();
  RoutedApp minimal;
  minimal.entry_program = std::string(WX_MINIMAL_ROUTER) + " " + minimal.instance("blue");
  minimal.instance_program = "/bin/sh -c \"exit 0\"";
  minimal.write_units();

  std::vector<Subject> subjects{{"plain oneshot", minimal.instance("blue"), {}},
                                {"minimal router", minimal.entry(), {}},
                                {"wxctl-router", routed.entry(), {}}};
  for (const auto& subject : subjects) manager->keep(subject.unit);
  manager->keep(minimal.instance("blue"));
  manager->keep(routed.instance("blue"));

  std::mt19937 random(20260101);
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(subjects.begin(), subjects.end(), random);
    for (auto& subject : subjects) {
      sleep_ms(pause_ms);
      const auto taken = timed_start(*manager, subject.unit);
      if (taken < 0) return std::fprintf(stderr, "%s failed\n", subject.name.c_str()), 1;
      subject.milliseconds.push_back(taken);
    }
  }
  std::sort(subjects.begin(), subjects.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  double base = 0;
  double ours = 0;
  for (const auto& subject : subjects) {
    const auto value = median(subject.milliseconds);
    std::printf("%-16s median %6.2f ms of %d\n", subject.name.c_str(), value, rounds);
    if (subject.name == "minimal router") base = value;
    if (subject.name == "wxctl-router") ours = value;
  }
  std::printf("wxctl-router / minimal router: %.2f\n", ours / base);

  waiting.start_later(waiting.entry());
  sleep_ms(500);
  std::printf("VmHWM: router %ld kB, exec %ld kB\n",
              peak_memory(waiting.property(waiting.entry(), "MainPID")),
              peak_memory(waiting.property(waiting.instance("blue"), "MainPID")));
  return 0;
}

}  // namespace
}  // namespace wx::test

int main(int argc, char** argv) {
  return wx::test::bench(argc > 1 ? std::max(1, std::atoi(argv[1])) : 40);
}
