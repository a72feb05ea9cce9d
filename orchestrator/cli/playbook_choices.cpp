// The words of the verbs playbook and schema.
#include "orchestrator/cli/choice.hpp"

namespace wx {

void add_playbooks(CLI::App& app, World& world, Choice& choice) {
  auto* playbook = app.add_subcommand("playbook", "the strategies, which are files: list, show, lint");
  playbook->require_subcommand(1);
  playbook->footer("Example: wxctl playbook lint own.yaml -f wxctl.yaml");
  playbook->add_subcommand("list", "those that are shipped, with their variables")->callback([&] {
    choice.act = [&] { return verb_playbook_list(world); };
  });
  auto* show = playbook->add_subcommand("show", "print one, to read or to start your own from");
  show->add_option("playbook", choice.file, "its name, or a file")->required()->option_text("NAME");
  show->callback([&] { choice.act = [&] { return verb_playbook_show(world, choice.file); }; });
  auto* lint =
      playbook->add_subcommand("lint", "find what can never finish, has no way back, or means nothing");
  lint->add_option("playbook", choice.file, "a file, or the name of a shipped one; -f MANIFEST finds more")
      ->required()
      ->option_text("FILE");
  lint->add_option("--set", choice.deploy.settings, "a variable of the playbook, such as soak=10m")
      ->option_text("NAME=VALUE");
  lint->callback(
      [&] { choice.act = [&] { return verb_playbook_lint(world, choice.file, choice.deploy.settings); }; });

  auto* schema = app.add_subcommand("schema", "the JSON Schema of a manifest or a playbook, for editors");
  schema->add_option("kind", choice.id, "manifest or playbook")
      ->required()
      ->check(CLI::IsMember({"manifest", "playbook"}));
  schema->footer("Example: wxctl schema manifest > wxctl.schema.json");
  schema->callback([&] { choice.act = [&] { return verb_schema(world, choice.id); }; });
}

}  // namespace wx
