#include "tests/system/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

namespace wx::test {
namespace {

// What is there, appended; false at the end.
bool append(int fd, std::string& text) {
  std::array<char, 16384> buffer{};
  const auto count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

Child::Child(const std::vector<std::string>& argv) {
  std::array<std::array<int, 2>, 3> pipes{};
  for (auto& pipe : pipes)
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(pipes[0][0], STDIN_FILENO);
    ::dup2(pipes[1][1], STDOUT_FILENO);
    ::dup2(pipes[2][1], STDERR_FILENO);
    auto copies = argv;
    std::vector<char*> pointers;
    pointers.reserve(copies.size() + 1);
    for (auto& copy : copies) pointers.push_back(copy.data());
    pointers.push_back(nullptr);
    ::execvp(pointers[0], pointers.data());
    ::_exit(99);
  }
  ::close(pipes[0][0]);
  ::close(pipes[1][1]);
  ::close(pipes[2][1]);
  input_ = pipes[0][1];
  output_ = pipes[1][0];
  errors_ = pipes[2][0];
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {input_, output_, errors_})
    if (fd >= 0) ::close(fd);
}

void Child::signal(int number) const {
  ::kill(pid_, number);
}

std::string Child::read_line() {
  std::string line;
  char next = 0;
  while (::read(output_, &next, 1) == 1 && next != '\n') line += next;
  return line;
}

Finished Child::finish(const std::string& input) {
  ::signal(SIGPIPE, SIG_IGN);
  Finished result;
  std::size_t written = 0;
  bool output_open = true;
  bool errors_open = true;
  while (output_open || errors_open) {
    if (written == input.size() && input_ >= 0) {
      ::close(input_);
      input_ = -1;
    }
    std::array<pollfd, 3> watched{pollfd{output_open ? output_ : -1, POLLIN, 0},
                                  {errors_open ? errors_ : -1, POLLIN, 0},
                                  {input_, POLLOUT, 0}};
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) output_open = append(output_, result.output);
    if (watched[1].revents != 0) errors_open = append(errors_, result.errors);
    if (watched[2].revents != 0) {
      const auto count =
          ::write(input_, input.data() + written, std::min<std::size_t>(input.size() - written, 4096));
      written = count < 0 ? input.size() : written + static_cast<std::size_t>(count);
    }
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

Finished run(const std::vector<std::string>& argv, const std::string& input) {
  return Child(argv).finish(input);
}

}  // namespace wx::test
