// The manual page, made from the same words as --help.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace wx {

// wxctl(1) as roff (man(7)), of every verb that is not hidden.
std::string manual_page(const CLI::App& app);

}  // namespace wx
