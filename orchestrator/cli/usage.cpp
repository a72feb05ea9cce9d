#include "orchestrator/cli/usage.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "common/core/suggest.hpp"

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
    const auto next = std::find_if(verbs.begin(), verbs.end(), [&](const CLI::App* one) { return one->get_name() == word; });
    if (next != verbs.end()) {
      verb = *next;
      path += word + " ";
      continue;
    }
    if (verb == &app && std::find(later.begin(), later.end(), word) != later.end()) return word + " is not there yet";
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

void point_to_global_options(CLI::App& app) {
  for (auto* verb : app.get_subcommands({})) {
    const std::string footer = verb->get_footer();
    verb->footer((footer.empty() ? footer : footer + "\n") +
                 "Options of all verbs (--app, -f, -o, --yes …): wxctl --help");
    point_to_global_options(*verb);
  }
}

}  // namespace wx
