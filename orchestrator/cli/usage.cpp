#include "orchestrator/cli/usage.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "common/core/suggest.hpp"
#include "orchestrator/cli/exits.hpp"

namespace wx {

namespace {

bool takes_value(const std::string& word) {
  static const std::vector<std::string> options{"--app", "-f", "--file", "-o", "--output", "--color"};
  return std::find(options.begin(), options.end(), word) != options.end();
}

void add_option_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const auto* option : app.get_options())
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  for (const auto* verb : app.get_subcommands()) add_option_names(*verb, names);
}

}  // namespace

std::string unknown_verb(CLI::App& app, const std::vector<std::string>& arguments,
                         const std::vector<std::string>& later) {
  CLI::App* verb = &app;
  std::string path;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (takes_value(word)) {
      ++i;
      continue;
    }
    if (word.starts_with("-")) continue;
    const auto verbs = verb->get_subcommands([](const CLI::App*) { return true; });
    if (verbs.empty()) return {};
    const auto next = std::find_if(verbs.begin(), verbs.end(),
                                   [&](const CLI::App* one) { return one->get_name() == word; });
    if (next != verbs.end()) {
      verb = *next;
      path += word + " ";
      continue;
    }
    if (verb == &app && std::find(later.begin(), later.end(), word) != later.end())
      return word + " is not there yet";
    std::vector<std::string> known;
    for (const auto* one : verbs) known.push_back(one->get_name());
    return "there is no verb \"" + path + word + "\"" + suggestion(word, known);
  }
  return {};
}

std::string unexpected(CLI::App& app) {
  const auto rest = app.remaining(true);
  for (const auto& word : rest)
    if (word.starts_with("-")) {
      std::vector<std::string> names;
      add_option_names(app, names);
      const std::string near = nearest(word, names);
      return "there is no option " + word + (near.empty() ? "" : " (did you mean " + near + "?)");
    }
  return "did not expect \"" + (rest.empty() ? std::string{} : rest.front()) + "\"";
}

std::string help_command(const CLI::App& app) {
  std::string words = "wxctl";
  const CLI::App* verb = &app;
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
    words += " " + verb->get_name();
  }
  return words + " --help";
}

std::vector<const CLI::App*> visible_verbs(const CLI::App& verb) {
  return verb.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

std::string example_of(const CLI::App& verb) {
  const std::string footer = verb.get_footer();
  const std::string begin = "Example: ";
  // A verb that was given none has that of the verb above it.
  const bool inherited = verb.get_parent() != nullptr && verb.get_parent()->get_footer().starts_with(footer);
  if (!footer.starts_with(begin) || inherited) return {};
  return footer.substr(begin.size(), footer.find('\n') - begin.size());
}

void complete_footers(CLI::App& app, const std::string& path) {
  for (auto* verb : app.get_subcommands({})) {
    const std::string name = path + verb->get_name();
    std::string footer = example_of(*verb).empty() ? "" : "Example: " + example_of(*verb) + "\n";
    if (verb->get_subcommands({}).empty()) {
      footer += "Exit status:\n";
      for (const auto& exit : exits_of(name)) {
        const std::string status = std::to_string(exit.status);
        footer += std::string(5 - status.size(), ' ') + status + "  " + exit.meaning + "\n";
      }
    }
    verb->footer(footer + "Options of all verbs (--app, -f, -o, --yes …): wxctl --help");
    complete_footers(*verb, name + " ");
  }
}

}  // namespace wx
