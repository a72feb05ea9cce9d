// Helping a person who typed something that is no command.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace wx {

// Why the first word that is no option is no verb; empty when it is one or there is none. `later`: verbs that
// are to come.
std::string unknown_verb(CLI::App& app, const std::vector<std::string>& arguments,
                         const std::vector<std::string>& later);
// What a parse left over, told by its first word.
std::string unexpected(CLI::App& app);
// "wxctl backup verify --help" for as much as could be parsed.
std::string help_command(const CLI::App& app);
// Its sub-verbs that are no secret between wxctl and its own units.
std::vector<const CLI::App*> visible_verbs(const CLI::App& verb);
// The command line of a footer that begins with "Example: "; empty without one.
std::string example_of(const CLI::App& verb);
// Each verb's help ends with its exit statuses and where the options are that all verbs have.
void complete_footers(CLI::App& app, const std::string& path = "");

}  // namespace wx
