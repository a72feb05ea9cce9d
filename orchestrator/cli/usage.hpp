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
// Each verb's help ends with where the options are that all verbs have.
void point_to_global_options(CLI::App& app);

}  // namespace wx
