// What routing costs: an entry whose program is the router against one whose program only starts an instance
// and waits, and against a plain oneshot. Shuffled, with pauses, on a real user manager: back to back starts
// flatter everybody.
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
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

// The value that a share of all values is below.
double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values.empty() ? 0 : values[std::min(at, values.size() - 1)];
}

double median(const Subject& subject) {
  return quantile(subject.milliseconds, 0.5);
}

// VmHWM in kB, while the process waits.
long peak_memory(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtol(line.c_str() + 6, nullptr, 10);
  return -1;
}

void prepare(RoutedApp& app, const std::string& router, const std::string& script) {
  app.router = router;
  app.blue = script;
  app.write_generation();
  app.write_units();
}

bool measure(std::vector<Subject>& subjects, int rounds, Manager& manager) {
  std::mt19937 random(20260101);
  std::vector<std::size_t> order(subjects.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const auto at : order) {
      auto& subject = subjects[at];
      sleep_ms(pause_ms);
      const auto taken = timed_start(manager, subject.unit);
      if (taken < 0) return std::fprintf(stderr, "%s failed\n", subject.name.c_str()), false;
      subject.milliseconds.push_back(taken);
    }
  }
  return true;
}

void report(const std::vector<Subject>& subjects) {
  const auto plain = median(subjects[0]);
  const auto least = median(subjects[1]);
  for (const auto& subject : subjects) {
    const auto value = median(subject);
    std::printf("%-40s median %6.2f ms, quartiles %6.2f %6.2f; / minimal %.3f, added / minimal's %.3f\n",
                subject.name.c_str(), value, quantile(subject.milliseconds, 0.25),
                quantile(subject.milliseconds, 0.75), value / least, (value - plain) / (least - plain));
  }
}

void report_memory(const std::string& router) {
  RoutedApp waiting;
  prepare(waiting, router, "sleep 1");
  waiting.start_later(waiting.entry());
  sleep_ms(500);
  std::printf("%-40s VmHWM: router %ld kB, exec %ld kB\n", router.c_str(),
              peak_memory(waiting.property(waiting.entry(), "MainPID")),
              peak_memory(waiting.property(waiting.instance("blue"), "MainPID")));
}

int bench(int rounds, const std::vector<std::string>& routers) {
  auto manager = Manager::connect("user");
  if (!manager) return std::fprintf(stderr, "%s\n", manager.error().message.c_str()), 4;

  RoutedApp minimal;
  minimal.entry_program = std::string(WX_MINIMAL_ROUTER) + " " + minimal.instance("blue");
  minimal.instance_program = "/bin/sh -c \"exit 0\"";
  minimal.write_units();
  std::vector<RoutedApp> routed(routers.size());
  std::vector<RoutedApp> split(routers.size());
  std::vector<Subject> subjects{{"plain oneshot", minimal.instance("blue"), {}},
                                {"minimal router", minimal.entry(), {}}};
  for (std::size_t i = 0; i < routers.size(); ++i) {
    prepare(routed[i], routers[i], "exit 0");
    subjects.push_back({routers[i], routed[i].entry(), {}});
    manager->keep(routed[i].instance("blue"));
    split[i].route.mode = RouteMode::split;
    split[i].route.candidate = Slot::green;
    split[i].route.percent = 50;
    split[i].green = "exit 0";
    prepare(split[i], routers[i], "exit 0");
    subjects.push_back({routers[i] + ", split", split[i].entry(), {}});
    for (const auto* slot : {"blue", "green"}) manager->keep(split[i].instance(slot));
  }
  for (const auto& subject : subjects) manager->keep(subject.unit);

  if (!measure(subjects, rounds, *manager)) return 1;
  std::printf("%d rounds\n", rounds);
  report(subjects);
  for (const auto& router : routers) report_memory(router);
  return 0;
}

}  // namespace
}  // namespace wx::test

// wx_route_bench [ROUNDS [ROUTER…]]: several routers are measured in the same shuffled run.
int main(int argc, char** argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  const int rounds = given.empty() ? 40 : std::max(1, std::atoi(given[0].c_str()));
  const auto routers = given.size() < 2 ? std::vector<std::string>{WX_ROUTER}
                                        : std::vector<std::string>(given.begin() + 1, given.end());
  return wx::test::bench(rounds, routers);
}
