// A child process of a test that is talked to while it runs.
#pragma once

#include <string>
#include <vector>

namespace wx::test {

struct Finished {
  int status = -1;  // exit status, 128+N when it died of signal N
  std::string output;
  std::string errors;
};

class Child {
 public:
  // Its standard input is a pipe, closed by finish().
  explicit Child(const std::vector<std::string>& argv);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills it when it still runs

  [[nodiscard]] int pid() const { return pid_; }
  void signal(int number) const;
  // The next line of its stdout; empty at the end of it.
  std::string read_line();
  // Write to its stdin, close it, read all that it says and wait for it.
  Finished finish(const std::string& input = {});

 private:
  int pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
};

Finished run(const std::vector<std::string>& argv, const std::string& input = {});

}  // namespace wx::test
