// What may come next on the command line, for the shells: from the same parser that reads it, so that neither knows a word
// which the other does not.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace wx {

struct Candidate {
  std::string word;
  std::string meaning;  // one line; may be empty
};

struct Completion {
  enum class Kind { words, files, directories };
  Kind kind = Kind::words;  // of the two latter the shell knows more
  std::vector<Candidate> candidates;
};

// What the value of an option or positional may be at this moment, by its name ("app", "rollout").
using Values = std::function<std::vector<Candidate>(const std::string& name)>;

// `words`: all words after the program's name up to the one to be completed, which may be empty.
Completion complete(CLI::App& app, const std::vector<std::string>& words, const Values& values);

// "words" or "files" or "directories", then each candidate on a line, its meaning behind a tab.
std::string render_completion(const Completion& completion);

// What a shell reads to complete wxctl's words: "bash", "zsh", "fish"; empty for another.
std::string completion_script(const std::string& shell);

}  // namespace wx
