// The last fence before a secret would leave the program. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wx::collector {

// `text` with every occurrence of `secret` replaced by ***; unchanged when the secret is empty.
inline std::string masked(std::string text, std::string_view secret) {
  if (secret.empty()) return text;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
  return text;
}

}  // namespace wx::collector
