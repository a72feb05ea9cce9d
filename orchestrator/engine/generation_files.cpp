#include "orchestrator/engine/generation_files.hpp"

#include "common/yaml/merge.hpp"

namespace wx {

Result<SlotDocuments> render_slot(const Layout& layout, const Route& route, Slot slot, const SlotSpec& spec,
                                  std::uint64_t number) {
  WX_LET(const Manifest manifest, parse_manifest(layout.manifest(), spec.manifest_text));
  const Variables variables = slot_variables(layout, manifest, route, slot, spec, number);
  SlotRun run;
  run.slot = slot;
  run.role = role_of(route, slot);
  run.generation = number;
  run.release = spec.release;
  run.version = spec.version;
  run.release_dir = layout.release(spec.release);
  run.bucket = variables.at("bucket");
  run.timeout_s = static_cast<double>(manifest.program.timeout.count()) / 1e6;
  run.stop_s = static_cast<double>(manifest.program.stop.count()) / 1e6;
  run.secrets = manifest.program.secrets;
  if (!run.secrets.empty()) run.secrets_file = layout.secrets();
  WX_LET(run.argv, expand_all(manifest.program.exec, variables));
  WX_LET(run.cwd, expand(manifest.program.cwd, variables));
  SlotDocuments documents;
  for (const auto& [key, value] : manifest.program.env) {
    WX_LET(const std::string expanded, expand(value, variables));
    documents.env += key + "=" + expanded + "\n";
  }
  if (spec.config_source && manifest.config) {
    std::vector<std::pair<std::string, std::string>> values;
    for (const auto& [path, value] : manifest.config->set) {
      WX_LET(std::string expanded, expand(value, variables));
      values.emplace_back(path, std::move(expanded));
    }
    WX_LET(documents.config, yaml::set_values(layout.live_config(), *spec.config_source, values));
  }
  documents.run = render_slot_run(run);
  return documents;
}

}  // namespace wx
