#include "orchestrator/cli/manual.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "common/core/exit.hpp"
#include "orchestrator/cli/exits.hpp"
#include "orchestrator/cli/usage.hpp"

namespace wx {

namespace {

// Text as man(7) takes it: a dash that can be copied, and no request at the beginning of a line.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  if (!out.empty() && (out.front() == '.' || out.front() == '\'')) out.insert(0, "\\&");
  return out;
}

std::string entry(const std::string& head, const std::string& text) {
  return ".TP\n.B " + escaped(head) + "\n" + escaped(text) + "\n";
}

std::string option_head(const CLI::Option& option) {
  std::string head;
  for (const auto& name : option.get_snames()) head += (head.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames()) head += (head.empty() ? "--" : ", --") + name;
  if (head.empty()) return option.get_option_text().empty() ? option.get_name() : option.get_option_text();
  if (!option.get_option_text().empty()) head += " " + option.get_option_text();
  return head;
}

std::string options_of(const CLI::App& verb) {
  std::string out;
  for (const auto* option : verb.get_options())
    if (!option->check_lname("help")) out += entry(option_head(*option), option->get_description());
  return out;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '?' && text.back() != '.') text += '.';
  return escaped(text) + "\n";
}

std::string verb_text(const CLI::App& verb, const std::string& path) {
  std::string out = ".SS wxctl " + escaped(path) + "\n" + sentence(verb.get_description()) + options_of(verb);
  const auto parts = visible_verbs(verb);
  if (parts.empty()) {
    out += ".PP\nExit status:\n";
    for (const auto& exit : exits_of(path)) out += entry(std::to_string(exit.status), exit.meaning);
  }
  if (const std::string example = example_of(verb); !example.empty())
    out += ".PP\nExample:\n.PP\n.nf\n.RS\n" + escaped(example) + "\n.RE\n.fi\n";
  for (const auto* part : parts) out += verb_text(*part, path + " " + part->get_name());
  return out;
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string out = std::string(".TH WXCTL 1 \"\" \"wxctl ") + WX_VERSION + "\" \"User Commands\"\n" +
                    ".SH NAME\nwxctl \\- progressive delivery for plain systemd hosts\n" +
                    ".SH SYNOPSIS\n.B wxctl\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n" +
                    ".SH DESCRIPTION\n" + escaped(app.get_description()) +
                    ".\nAlone it shows where the installed apps stand.\n.SH OPTIONS\n" + options_of(app) +
                    ".SH COMMANDS\n";
  for (const auto* verb : visible_verbs(app)) out += verb_text(*verb, verb->get_name());
  out += ".SH EXIT STATUS\n";
  for (const auto& row : exit_table)
    out += entry(std::to_string(to_int(row.status)), std::string(row.meaning));
  out +=
      ".SH FILES\n" +
      entry("~/.config/wxctl/APP.yaml", "the manifest of an app; APP.config.yml and APP.secrets beside it") +
      entry("~/.local/share/wxctl/APP/", "releases, generations, slots, backups, evidence") +
      entry("~/.local/state/wxctl/APP/", "journals of rollouts, the ledger of runs, the lease") +
      ".SH SEE ALSO\n.BR systemctl (1),\n.BR journalctl (1),\n.BR systemd.timer (5)\n";
  return out;
}

}  // namespace wx
