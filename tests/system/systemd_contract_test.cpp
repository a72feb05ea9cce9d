// The real user manager, in a sandbox of its own: never the one of whoever runs the tests.
#include "tests/testkit/systemd_contract.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/adapters/sd_journal.hpp"
#include "common/adapters/sdbus_systemd.hpp"

namespace wx::testkit {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr Micros call_timeout{10'000'000};

bool in_sandbox() {
  return std::getenv("WXCTL_SANDBOX") != nullptr || std::getenv("WX_SANDBOX") != nullptr;
}

class RealWorld final : public SystemdWorld {
 public:
  RealWorld() {
    auto connected = connect_systemd(Scope::user, call_timeout);
    EXPECT_TRUE(connected) << connected.error().message;
    if (connected) systemd_ = std::move(connected).value();
  }
  Systemd& systemd() override { return *systemd_; }
  void write_unit(const std::string& name, const std::string& text) override {
    std::filesystem::create_directories(path_of(name).parent_path());
    std::ofstream(path_of(name)) << text;
  }
  void remove_unit(const std::string& name) override { std::filesystem::remove(path_of(name)); }
  void pass(Micros time) override { std::this_thread::sleep_for(time); }

 private:
  static std::filesystem::path path_of(const std::string& name) {
    return std::filesystem::path(std::getenv("HOME")) / ".config/systemd/user" / name;
  }

  std::unique_ptr<Systemd> systemd_;
};

std::unique_ptr<SystemdWorld> real_world() {
  return std::make_unique<RealWorld>();
}

class Sandbox : public testing::Environment {
 public:
  void SetUp() override {
    if (!in_sandbox()) GTEST_SKIP() << "WXCTL_SANDBOX is not set: run me as `wxctl sandbox -- PROGRAM`";
  }
};

const auto* const sandbox = testing::AddGlobalTestEnvironment(new Sandbox);

INSTANTIATE_TEST_SUITE_P(Real, SystemdContract, testing::Values(&real_world));

// What only the real one can show.
class RealManager : public SystemdContract {};
INSTANTIATE_TEST_SUITE_P(Real, RealManager, testing::Values(&real_world));

TEST_P(RealManager, ArgumentsOfATransientServiceAreTakenLiterally) {
  TransientService service;
  service.name = "wxtest-literal.service";
  service.argv = {"/bin/test", "$HOME %n ${HOME}", "=",
                  "$HOME"
                  " %n "
                  "${HOME}"};
  service.environment = {{"WX_WORD", "two words"}};
  succeeds(systemd().start_transient(service));
  service.argv = {"/usr/bin/env", "sh", "-c",
                  "test \"$WX_WORD\" = 'two words' && echo literal: '$HOME %n' && sleep 0.2"};
  EXPECT_TRUE(becomes([&] { return static_cast<bool>(systemd().start_transient(service)); }));
  EXPECT_TRUE(becomes([&] {
    auto entries = make_sd_journal(Scope::user)->entries({{service.name}, {}, 7, 100});
    return entries && std::any_of(entries->begin(), entries->end(), [](const JournalEntry& entry) {
             return entry.message == "literal: $HOME %n";
           });
  }));
}

TEST_P(RealManager, AProgramThatCannotBeExecutedFailsTheTransientStart) {
  TransientService service;
  service.name = "wxtest-missing.service";
  service.argv = {"/nowhere/program"};
  const Status status = systemd().start_transient(service);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::failed);
}

TEST_P(RealManager, ATimeOutOfTheServiceIsItsResult) {
  const std::string name = service("/bin/sleep 30", "TimeoutStartSec=100ms\n");
  EXPECT_EQ(start(name), JobResult::failed);
  EXPECT_EQ(state(name).result, "timeout");
}

TEST_P(RealManager, ADependencyThatFailsIsNamedAsTheReason) {
  const std::string needed = service("/bin/false");
  const std::string needing = unit("service", "[Unit]\nRequires=" + needed + "\nAfter=" + needed +
                                                  "\n[Service]\nType=oneshot\nExecStart=/bin/true\n");
  EXPECT_EQ(start(needing), JobResult::dependency);
}

TEST_P(RealManager, ABusThatDiesInMidJobLosesTheJobAndTheNextCallConnectsAnew) {
  const std::string name = unit("service",
                                "[Service]\nType=oneshot\nExecStart=/bin/sleep 0.2\n"
                                "ExecStart=-/bin/systemctl --user kill --signal=KILL dbus.service\n"
                                "ExecStart=/bin/sleep 0.5\n");
  EXPECT_EQ(start(name), JobResult::lost);
  EXPECT_TRUE(becomes([&] { return static_cast<bool>(systemd().version()); }));
  EXPECT_EQ(start(service("/bin/true")), JobResult::done);
}

TEST_P(RealManager, TheJournalTellsWhatAUnitWroteAndWhatTheManagerSaidAboutIt) {
  // The service outlives its lines: journald looks up the unit of a line by its process.
  const std::string name = service("/bin/sh -c 'echo \"<3>bad\"; echo fine; sleep 0.3'");
  start(name);
  auto journal = make_sd_journal(Scope::user);
  JournalQuery query;
  query.units = {name};
  auto entries = journal->entries(query);
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_THAT(*entries, Contains(Field(&JournalEntry::message, "fine")));
  EXPECT_THAT(*entries, Contains(Field(&JournalEntry::message, HasSubstr("Starting " + name))));
  EXPECT_THAT(*entries, testing::Each(Field(&JournalEntry::invocation, state(name).invocation)));
  EXPECT_TRUE(std::is_sorted(entries->begin(), entries->end(),
                             [](const auto& left, const auto& right) { return left.at < right.at; }));

  query.max_priority = 3;
  entries = journal->entries(query);
  ASSERT_TRUE(entries);
  EXPECT_THAT(*entries, ElementsAre(Field(&JournalEntry::message, "bad")));

  query.max_priority = 7;
  query.limit = 1;
  const JournalEntry newest = journal->entries(query)->back();
  EXPECT_THAT(newest.message, testing::Not(HasSubstr("Starting")));
  query.since = newest.at + Micros{1};
  EXPECT_THAT(*journal->entries(query), testing::IsEmpty());
}

TEST_P(RealManager, ALongMessageIsCutToFourKibibytes) {
  const std::string name = service("/bin/sh -c 'printf \"%%09000d\\n\" 0; sleep 0.3'");
  EXPECT_EQ(start(name), JobResult::done);
  auto entries = make_sd_journal(Scope::user)->entries({{name}, {}, 7, 100});
  ASSERT_TRUE(entries) << entries.error().message;
  std::size_t longest = 0;
  for (const JournalEntry& entry : *entries) longest = std::max(longest, entry.message.size());
  EXPECT_EQ(longest, 4096u);
}

TEST(WithoutAManager, ConnectingIsUnavailableWithARemedy) {
  const std::string bus =
      std::getenv("DBUS_SESSION_BUS_ADDRESS") == nullptr ? "" : std::getenv("DBUS_SESSION_BUS_ADDRESS");
  for (const char* address : {"unix:path=/nowhere/bus", "nonsense"}) {
    ::setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
    auto connected = connect_systemd(Scope::user, call_timeout);
    ASSERT_FALSE(connected) << address;
    EXPECT_EQ(connected.error().code, Code::unavailable) << connected.error().message;
    EXPECT_THAT(connected.error().remedy, HasSubstr("enable-linger"));
  }
  ::setenv("DBUS_SESSION_BUS_ADDRESS", bus.c_str(), 1);
}

}  // namespace
}  // namespace wx::testkit
