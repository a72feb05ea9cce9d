#include "orchestrator/engine/releases.hpp"

#include <elf.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/variables.hpp"
#include "orchestrator/engine/digest.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::size_t most_entries = 100'000;
constexpr std::uint64_t most_bytes = 1ull << 30;
constexpr std::uint64_t largest_tree_list = 16ull << 20;
constexpr std::string_view description = "release.json";

constexpr unsigned own_machine() {
#if defined(__x86_64__)
  return EM_X86_64;
#elif defined(__aarch64__)
  return EM_AARCH64;
#elif defined(__riscv)
  return EM_RISCV;
#elif defined(__arm__)
  return EM_ARM;
#else
  return EM_NONE;  // unknown: every machine is accepted
#endif
}

std::string octal(std::uint32_t mode) {
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04o", mode & 0777);
  return buffer.data();
}

Error bad(const std::string& path, const std::string& why, const std::string& remedy) {
  return Error{Code::invalid, "the release cannot be used: " + path + " " + why, remedy};
}

}  // namespace

Result<ReleaseInfo> Releases::inspect(const std::string& directory) {
  FileSystem& files = ports_.files;
  auto top = files.info(directory);
  if (!top)
    return Error{Code::not_found, "there is no release " + directory,
                 "name a directory with --release or in the manifest's release:"};
  if (top->type != FileType::directory)
    return Error{Code::invalid, directory + " is no directory",
                 "a release is a directory, such as one with bin/ in it"};
  WX_LET(const std::string root, files.real_path(directory));
  WX_LET(const auto entries, walk(files, root, most_entries));
  ReleaseInfo info;
  info.version = base_name(root);
  std::string listing;
  for (const auto& entry : entries) {
    const std::string path = root + "/" + entry.path;
    if (entry.path == description) continue;
    if ((entry.info.mode & 06000) != 0)
      return bad(path, "has a setuid or setgid bit", "clear it: chmod ug-s " + path);
    switch (entry.info.type) {
      case FileType::other:
        return bad(path, "is a device, socket or pipe", "remove it from the release");
      case FileType::directory:
        listing += entry.path + "/\n" + octal(entry.info.mode) + "\n";
        break;
      case FileType::symlink: {
        auto target = files.real_path(path);
        if (!target)
          return bad(path, "is a link to " + entry.link_target + ", which does not exist",
                     "mend or remove the link");
        if (entry.link_target.starts_with('/') || !(*target + "/").starts_with(root + "/"))
          return bad(path, "is a link that leads out of the release, to " + entry.link_target,
                     "copy the file into the release");
        listing += entry.path + "\nlink " + entry.link_target + "\n";
        info.files.emplace_back(entry.path, "-> " + entry.link_target);
        break;
      }
      case FileType::file: {
        info.bytes += entry.info.size;
        if (info.bytes > most_bytes)
          return bad(root, "is larger than 1 GiB", "leave out what the program does not need");
        WX_LET(const std::string hash, files.sha256(path));
        listing += entry.path + "\n" + octal(entry.info.mode) + " " + hash + "\n";
        info.files.emplace_back(entry.path, hash);
        break;
      }
    }
  }
  info.id = "r-" + sha256_hex(listing).substr(0, 12);
  WX_LET(const auto text, read_if_present(files, root + "/" + std::string(description), largest_tree_list));
  if (text) {
    const json document = json::parse(*text, nullptr, false);
    if (!document.is_object())
      return bad(root + "/" + std::string(description), "is not JSON",
                 "mend it, or remove it: wxctl writes one");
    if (document.contains("version") && document["version"].is_string()) {
      info.version = document["version"].get<std::string>();
      info.declares_version = document.value("declared", true);
    }
  }
  return info;
}

Status Releases::check_executable(const std::string& path) {
  FileSystem& files = ports_.files;
  auto real = files.real_path(path);
  if (!real)
    return bad(path, "is missing, and the manifest's program.exec names it",
               "build it into the release, or correct program.exec");
  WX_LET(const FileInfo info, files.info(*real));
  if (info.type != FileType::file) return bad(path, "is no file", "program.exec must name a program");
  if ((info.mode & 0111) == 0) return bad(path, "is not executable", "chmod +x " + path);
  WX_LET(const std::string head, files.read_from(*real, 0, 512));
  if (head.starts_with(ELFMAG) && head.size() >= sizeof(Elf32_Ehdr)) {
    std::uint16_t machine = 0;
    std::memcpy(&machine, head.data() + offsetof(Elf32_Ehdr, e_machine), sizeof machine);
    if (own_machine() != EM_NONE && machine != own_machine())
      return bad(path,
                 "is built for another architecture (ELF machine " + std::to_string(machine) + ", this is " +
                     std::to_string(own_machine()) + ")",
                 "build it for this machine");
    return {};
  }
  if (head.starts_with("#!")) {
    const std::string line(trim(std::string_view(head).substr(2, head.find('\n') - 2)));
    const std::string interpreter = line.substr(0, line.find_first_of(" \t"));
    auto found = files.real_path(interpreter);
    if (!interpreter.starts_with('/') || !found)
      return bad(path, "names an interpreter that is not there: " + interpreter,
                 "install it, or correct the first line");
    return {};
  }
  return bad(path, "is neither an ELF program nor a script with #!",
             "was it cut off, or built for another system?");
}

Status Releases::check_program(const std::string& directory, const Manifest& manifest) {
  WX_LET(const std::string root, ports_.files.real_path(directory));
  Variables variables;
  for (const auto& name : manifest_variables()) variables[name] = "/";
  variables["release"] = root;
  for (const auto* argv : {&manifest.program.exec, &manifest.program.version}) {
    if (argv->empty() || argv->front().find("${release}") == std::string::npos) continue;
    WX_LET(const std::string path, expand(argv->front(), variables));
    WX_TRY(check_executable(path));
  }
  if (manifest.config) {
    const std::string path = root + "/" + manifest.config->template_file;
    if (!exists(ports_.files, path))
      return bad(path, "is missing, and the manifest's config.template names it",
                 "add it to the release, or correct config.template");
  }
  return {};
}

Status Releases::import(const ReleaseInfo& info, const std::string& directory) {
  FileSystem& files = ports_.files;
  const std::string target = layout_.release(info.id);
  if (exists(files, target)) {
    if (verify(info.id)) return {};
    WX_TRY(files.remove_tree(target));
  }
  const std::string beside = target + ".new";
  WX_TRY(make_directories(files, layout_.releases(), 0700));
  WX_TRY(files.remove_tree(beside));
  WX_LET(const std::string root, files.real_path(directory));
  WX_TRY(copy_tree(files, root, beside, most_entries));
  json hashes = json::object();
  for (const auto& [path, hash] : info.files) hashes[path] = hash;
  const json document{{"format", 1},
                      {"id", info.id},
                      {"version", info.version},
                      {"declared", info.declares_version},
                      {"files", hashes}};
  WX_TRY(files.remove_file(beside + "/" + std::string(description)));
  WX_TRY(files.write(beside + "/" + std::string(description), document.dump(1) + "\n", 0644));
  WX_TRY(files.sync_directory(beside));
  WX_LET(const ReleaseInfo copy, inspect(beside));
  if (copy.id != info.id)
    return Error{Code::failed, "the copy of " + directory + " differs from what was checked",
                 "do not change a release while it is deployed"};
  WX_TRY(files.rename(beside, target));
  return files.sync_directory(layout_.releases());
}

Result<ReleaseInfo> Releases::verify(const std::string& id) {
  auto found = inspect(layout_.release(id));
  if (!found) return std::move(found).error().with_context("release " + id);
  if (found->id != id)
    return Error{Code::failed, "release " + id + " was changed on disk (it hashes to " + found->id + " now)",
                 "deploy it again from its source"};
  return found;
}

}  // namespace wx
