// An app laid out by hand in a directory of its own, with its units in the manager of the sandbox: what a
// router needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/routing/ledger.hpp"
#include "orchestrator/routing/route.hpp"
#include "orchestrator/routing/ticket.hpp"
#include "tests/system/child.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx::test {

class RoutedApp {
 public:
  RoutedApp();
  ~RoutedApp();
  RoutedApp(const RoutedApp&) = delete;
  RoutedApp& operator=(const RoutedApp&) = delete;

  // Change these before apply(): the route of the next generation and what its slots run (by /bin/sh).
  Route route;
  std::string blue = "exit 0";
  std::string green;  // empty: no release in that slot
  double timeout_s = 20;
  std::vector<std::string> secrets;
  std::string router;            // the program under test
  std::string entry_program;     // instead of the router
  std::string instance_program;  // instead of its exec
  std::string entry_extra;       // further [Service] lines of the entry
  std::string instance_extra;    // and of the instances

  // Write the next generation; without `switched` the link stays.
  void write_generation(bool switched = true);
  void write_units();
  void write_timer(const std::string& timer_section);
  // Further settings of one slot's instance.
  void write_drop_in(Slot slot, const std::string& text);

  [[nodiscard]] const std::string& entry() const { return route.entry; }
  [[nodiscard]] std::string instance(const std::string& slot) const {
    return instance_name(route.entry, slot);
  }
  [[nodiscard]] std::string data() const { return directory_ / "data"; }
  [[nodiscard]] std::string state() const { return directory_ / "state"; }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::string generation_directory() const;

  // systemctl start UNIT; waits for its end.
  void start(const std::string& unit) const;
  void start_later(const std::string& unit) const;
  void stop(const std::string& unit) const;
  [[nodiscard]] std::string property(const std::string& unit, const std::string& name) const;
  [[nodiscard]] std::string ledger_text() const;
  // With runs in progress while their instance is.
  [[nodiscard]] Ledger ledger() const;

 private:
  testkit::TempDirectory directory_;
  std::string units_;
  std::vector<std::string> written_units_;
};

bool file_exists(const std::string& path);
std::string file_content(const std::string& path);
void write(const std::string& path, const std::string& content);
// False when it does not become true within five seconds.
template <class Condition>
bool eventually(Condition condition);
void sleep_ms(int milliseconds);

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    sleep_ms(10);
  }
  return false;
}

}  // namespace wx::test
