#include "orchestrator/cli/complete.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "common/core/text.hpp"

namespace wx {

namespace {

// The names by which an option is typed.
std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

bool is_positional(const CLI::Option& option) {
  return option.get_positional();
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// The verb chosen so far, and the verbs on the way to it: their options count too.
class Position {
 public:
  explicit Position(CLI::App& app) : path_{&app} {}

  void take(const std::string& word) {
    if (awaiting_ != nullptr) {
      awaiting_ = nullptr;
      return;
    }
    if (word.starts_with("-") && word.size() > 1) {
      const CLI::Option* option = find(word);
      if (option != nullptr && takes_value(*option) && word.find('=') == std::string::npos) awaiting_ = option;
      return;
    }
    const auto verbs = path_.back()->get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; });
    if (verbs.empty())
      ++positionals_;
    else
      path_.push_back(verbs.front());
  }

  [[nodiscard]] const CLI::Option* awaiting() const { return awaiting_; }
  [[nodiscard]] const CLI::App& verb() const { return *path_.back(); }
  // None where no further word is expected.
  [[nodiscard]] const CLI::Option* positional() const {
    std::size_t index = 0;
    for (const auto* option : path_.back()->get_options())
      if (is_positional(*option) && index++ == positionals_) return option;
    return nullptr;
  }
  // "--set" or "--set=…"
  [[nodiscard]] const CLI::Option* find(const std::string& word) const {
    const std::string name = word.substr(0, word.find('='));
    for (auto verb = path_.rbegin(); verb != path_.rend(); ++verb)
      for (const auto* option : (*verb)->get_options()) {
        const auto names = names_of(*option);
        if (std::find(names.begin(), names.end(), name) != names.end()) return option;
      }
    return nullptr;
  }
  [[nodiscard]] std::vector<Candidate> options() const {
    std::vector<Candidate> out;
    for (auto verb = path_.rbegin(); verb != path_.rend(); ++verb)
      for (const auto* option : (*verb)->get_options()) {
        const auto names = names_of(*option);
        const bool known = names.empty() || std::any_of(out.begin(), out.end(), [&](const Candidate& candidate) {
                             return candidate.word == names.front();
                           });
        if (!known && !option->get_group().empty()) out.push_back({names.front(), option->get_description()});
      }
    return out;
  }

 private:
  std::vector<CLI::App*> path_;
  const CLI::Option* awaiting_ = nullptr;
  std::size_t positionals_ = 0;
};

// CLI11 keeps the words of IsMember only in what help prints of it: "{a,b}".
std::vector<Candidate> members(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find('{');
  const auto close = type.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  std::vector<Candidate> out;
  for (const auto& word : split(type.substr(open + 1, close - open - 1), ',')) out.push_back({word, ""});
  return out;
}

Completion value_of(const CLI::Option& option, const Values& values) {
  const std::string& kind = option.get_option_text();
  if (kind.find("FILE") != std::string::npos) return {Completion::Kind::files, {}};
  if (kind.find("DIR") != std::string::npos) return {Completion::Kind::directories, {}};
  if (auto words = members(option); !words.empty()) return {Completion::Kind::words, std::move(words)};
  const std::string& name = option.get_single_name();
  return {Completion::Kind::words, values(name)};
}

std::vector<Candidate> verbs_of(const CLI::App& app) {
  std::vector<Candidate> out;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!verb->get_group().empty()) out.push_back({verb->get_name(), verb->get_description()});
  return out;
}

Completion with_prefix(Completion completion, const std::string& prefix) {
  auto& all = completion.candidates;
  std::erase_if(all, [&](const Candidate& candidate) { return !candidate.word.starts_with(prefix); });
  return completion;
}

}  // namespace

Completion complete(CLI::App& app, const std::vector<std::string>& words, const Values& values) {
  const std::string current = words.empty() ? "" : words.back();
  Position position(app);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--") return {Completion::Kind::files, {}};  // somebody else's command follows
    position.take(words[i]);
  }
  if (position.awaiting() != nullptr) return with_prefix(value_of(*position.awaiting(), values), current);
  if (current.starts_with("-")) return with_prefix({Completion::Kind::words, position.options()}, current);
  if (auto verbs = verbs_of(position.verb()); !verbs.empty())
    return with_prefix({Completion::Kind::words, std::move(verbs)}, current);
  if (const auto* positional = position.positional()) return with_prefix(value_of(*positional, values), current);
  return with_prefix({Completion::Kind::words, position.options()}, current);
}

std::string render_completion(const Completion& completion) {
  std::string text = completion.kind == Completion::Kind::files         ? "files\n"
                     : completion.kind == Completion::Kind::directories ? "directories\n"
                                                                        : "words\n";
  for (const auto& candidate : completion.candidates) text += candidate.word + "\t" + candidate.meaning + "\n";
  return text;
}

}  // namespace wx
