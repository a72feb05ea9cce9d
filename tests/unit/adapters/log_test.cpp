#include "common/adapters/log.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>

#include "tests/testkit/child.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What `body` writes to a stderr that is a file.
std::string stderr_of(const std::function<void()>& body) {
  const testkit::TempDirectory root;
  std::fflush(stderr);
  const int saved = ::dup(STDERR_FILENO);
  const int file = ::open((root / "stderr").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(file, STDERR_FILENO);
  body();
  std::fflush(stderr);
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::close(file);
  std::ostringstream text;
  text << std::ifstream(root / "stderr").rdbuf();
  return text.str();
}

void name_stderr_as_journal() {
  struct stat status {};
  ::fstat(STDERR_FILENO, &status);
  ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(),
           1);
}

class LineLog : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("JOURNAL_STREAM"); }
  void TearDown() override { ::unsetenv("JOURNAL_STREAM"); }
};

TEST_F(LineLog, ShowsTheMessageAloneAndSaysWhatIsBad) {
  const auto text = stderr_of([] {
    const auto log = make_log("wxctl", LogLevel::info);
    log->write(LogLevel::info, "backup made", {{"WX_BACKUP", "b-1"}});
    log->write(LogLevel::warning, "the disk is nearly full");
    log->write(LogLevel::error, "no manager");
  });
  EXPECT_EQ(text, "backup made\nwarning: the disk is nearly full\nerror: no manager\n");
}

TEST_F(LineLog, LeavesOutWhatIsLessImportantThanAsked) {
  const auto text = stderr_of([] {
    const auto log = make_log("wxctl", LogLevel::warning);
    log->write(LogLevel::debug, "one");
    log->write(LogLevel::info, "two");
    log->write(LogLevel::warning, "three");
  });
  EXPECT_EQ(text, "warning: three\n");
}

TEST_F(LineLog, LetsNoMessageSteerTheTerminalOrTheFormat) {
  const auto text = stderr_of([] {
    make_log("wxctl", LogLevel::debug)->write(LogLevel::info, "\x1B]0;title\x07 {} %s %v\nsecond line");
  });
  EXPECT_EQ(text, " ]0;title  {} %s %v\nsecond line\n");
}

TEST_F(LineLog, IsNotFooledByTheJournalStreamOfAnotherDescriptor) {
  const auto text = stderr_of([] {
    ::setenv("JOURNAL_STREAM", "1:1", 1);
    make_log("wxctl", LogLevel::info)->write(LogLevel::info, "seen");
  });
  EXPECT_EQ(text, "seen\n");
}

TEST_F(LineLog, IsUsedWhereTheJournalHasNoSocket) {
  WX_EXPECT_CHILD([] {
    if (!testkit::own_mounts() || ::mount("none", "/run", "tmpfs", 0, nullptr) != 0) return false;
    const auto text = stderr_of([] {
      name_stderr_as_journal();
      make_log("wxctl", LogLevel::info)->write(LogLevel::error, "seen");
    });
    EXPECT_EQ(text, "error: seen\n");
    return true;
  });
}

// In a /run of its own, with a socket in the place of the journal's.
bool with_journal(const std::function<void(int socket)>& body) {
  constexpr const char* path = "/run/systemd/journal/socket";
  if (!testkit::own_mounts() || ::mount("none", "/run", "tmpfs", 0, nullptr) != 0) return false;
  ::mkdir("/run/systemd", 0755);
  ::mkdir("/run/systemd/journal", 0755);
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  body(socket);
  return true;
}

std::string receive(int socket) {
  std::array<char, 64 * 1024> entry{};
  const auto length = ::recv(socket, entry.data(), entry.size(), 0);
  return length < 0 ? "" : std::string(entry.data(), static_cast<std::size_t>(length));
}

TEST(JournalLog, SendsMessagePriorityIdentifierAndFields) {
  WX_EXPECT_CHILD([] {
    return with_journal([](int socket) {
      const auto text = stderr_of([] {
        name_stderr_as_journal();
        make_log("wxctl", LogLevel::info)
            ->write(LogLevel::warning, "disk nearly full", {{"WX_APP", "weather"}, {"WX_ROLLOUT", "o-1"}});
      });
      EXPECT_EQ(text, "");
      const auto entry = receive(socket);
      EXPECT_THAT(entry, AllOf(HasSubstr("MESSAGE=disk nearly full\n"), HasSubstr("PRIORITY=4\n"),
                               HasSubstr("SYSLOG_IDENTIFIER=wxctl\n"), HasSubstr("WX_APP=weather\n"),
                               HasSubstr("WX_ROLLOUT=o-1\n"), Not(HasSubstr("CODE_FILE"))));
    });
  });
}

TEST(JournalLog, LeavesOutFieldsThatTheJournalWouldRefuseAndLowLevels) {
  WX_EXPECT_CHILD([] {
    return with_journal([](int socket) {
      static_cast<void>(stderr_of([] {
        name_stderr_as_journal();
        const auto log = make_log("wxctl", LogLevel::info);
        log->write(LogLevel::debug, "too low");
        log->write(LogLevel::info, "seen",
                   {{"_PID", "1"},
                    {"lower", "x"},
                    {"", "x"},
                    {"1ST", "x"},
                    {std::string(65, 'A'), "x"},
                    {"GOOD", "y"}});
      }));
      const auto entry = receive(socket);
      EXPECT_THAT(entry, AllOf(HasSubstr("MESSAGE=seen\n"), HasSubstr("GOOD=y\n"), Not(HasSubstr("=x"))));
      EXPECT_EQ(receive(socket), "");
    });
  });
}

TEST(JournalLog, KeepsLinesOfAMessageTogetherAndCannotBeGivenFieldsByIt) {
  WX_EXPECT_CHILD([] {
    return with_journal([](int socket) {
      static_cast<void>(stderr_of([] {
        name_stderr_as_journal();
        make_log("wxctl", LogLevel::info)
            ->write(LogLevel::info, "first\nFORGED=1", {{"WX_A", "v\nFORGED=2"}});
      }));
      const auto entry = receive(socket);
      // The native protocol gives such values their length: no line of them stands at the beginning of a
      // field.
      EXPECT_THAT(entry, AllOf(HasSubstr("MESSAGE\n"), HasSubstr("first\nFORGED=1\n"), HasSubstr("WX_A\n")));
    });
  });
}

}  // namespace
}  // namespace wx
