#include "tests/testkit/memory_filesystem.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <functional>
#include <set>
#include <utility>

#include "common/core/text.hpp"

namespace wx::testkit {

namespace {

constexpr int most_links = 40;
constexpr std::uint32_t owner_writes = 0200;
constexpr std::uint32_t private_file = 0600;
constexpr Micros lock_pause{3'000};

struct Locks {
  int shared = 0;
  bool exclusive = false;
};

Error failure(Code code, const std::string& verb, const std::string& path, const std::string& why) {
  return {code, "cannot " + verb + " " + path + ": " + why, "check the path"};
}

class MemoryLock final : public FileLock {
 public:
  MemoryLock(std::shared_ptr<Locks> locks, LockMode mode) : locks_(std::move(locks)), mode_(mode) {}
  ~MemoryLock() override {
    if (mode_ == LockMode::exclusive)
      locks_->exclusive = false;
    else
      --locks_->shared;
  }
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

 private:
  std::shared_ptr<Locks> locks_;
  LockMode mode_;
};

}  // namespace

struct MemoryFileSystem::Node {
  FileType type = FileType::file;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t modified_us = 0;
  std::string content;  // or the target of a link
  std::string synced_content;
  std::map<std::string, NodePtr> entries;
  std::map<std::string, NodePtr> synced_entries;
  std::shared_ptr<Locks> locks = std::make_shared<Locks>();

  static void visit(const NodePtr& node, std::set<Node*>& seen, const std::function<void(Node&)>& action) {
    if (!seen.insert(node.get()).second) return;
    action(*node);
    for (const auto& [name, entry] : node->entries) visit(entry, seen, action);
  }
  static NodePtr clone(const NodePtr& node, std::map<Node*, NodePtr>& copies) {
    if (const auto found = copies.find(node.get()); found != copies.end()) return found->second;
    auto copy = std::make_shared<Node>(*node);
    copies[node.get()] = copy;
    copy->locks = std::make_shared<Locks>();
    for (auto& [name, entry] : copy->entries) entry = clone(entry, copies);
    for (auto& [name, entry] : copy->synced_entries) entry = clone(entry, copies);
    return copy;
  }
  static void dump(const Node& node, const std::string& path, std::map<std::string, std::string>& lines) {
    constexpr std::array words{"file", "directory", "symlink", "other"};
    lines[path.empty() ? "/" : path] = std::string(words.at(static_cast<std::size_t>(node.type))) + " " +
                                       std::to_string(node.mode) + " " + node.content;
    for (const auto& [name, entry] : node.entries) dump(*entry, path + "/" + name, lines);
  }
};

MemoryFileSystem::MemoryFileSystem(Clock* clock)
    : clock_(clock), root_(make_node(FileType::directory, 0755)) {}

// --- for tests ---

void MemoryFileSystem::crash() {
  std::set<Node*> seen;
  Node::visit(root_, seen, [](Node& node) {
    node.entries = node.synced_entries;
    if (node.type == FileType::file) node.content = node.synced_content;
    node.locks = std::make_shared<Locks>();
  });
}

MemoryFileSystem::Snapshot MemoryFileSystem::snapshot() const {
  std::map<Node*, NodePtr> copies;
  Snapshot snapshot;
  snapshot.root_ = Node::clone(root_, copies);
  return snapshot;
}

void MemoryFileSystem::restore(const Snapshot& snapshot) {
  std::map<Node*, NodePtr> copies;
  root_ = Node::clone(snapshot.root_, copies);
}

Status MemoryFileSystem::set_owner(const std::string& path, std::uint32_t uid, std::uint32_t gid) {
  WX_LET(const Place place, existing(path, LastLink::keep, "chown"));
  place.node->uid = uid;
  place.node->gid = gid;
  return {};
}

void MemoryFileSystem::put(const std::string& path, std::string_view content, std::uint32_t mode) {
  std::string directory;
  for (const std::string& part : split(parent_path(path), '/')) {
    if (part.empty()) continue;
    const std::string parent = directory.empty() ? "/" : directory;
    directory += "/" + part;
    if (!make_directory(directory, 0755) || !sync_directory(parent)) std::abort();
  }
  if (!write(path, content, mode) || !sync_directory(parent_path(path))) std::abort();
}

void MemoryFileSystem::sync_all() {
  std::set<Node*> seen;
  Node::visit(root_, seen, [](Node& node) {
    node.synced_entries = node.entries;
    node.synced_content = node.content;
  });
}

std::map<std::string, std::string> MemoryFileSystem::dump() const {
  std::map<std::string, std::string> lines;
  Node::dump(*root_, "", lines);
  return lines;
}

// --- finding ---

MemoryFileSystem::NodePtr MemoryFileSystem::make_node(FileType type, std::uint32_t mode) {
  auto node = std::make_shared<Node>();
  node->type = type;
  node->mode = mode & 07777;
  node->modified_us = time_us();
  return node;
}

std::int64_t MemoryFileSystem::time_us() const {
  return clock_ == nullptr ? 0 : clock_->now().time_since_epoch().count();
}

Result<MemoryFileSystem::Place> MemoryFileSystem::find(const std::string& path, LastLink last,
                                                       const std::string& verb) const {
  if (path.empty() || path.front() != '/')
    return failure(Code::invalid, verb, path, "the path is not absolute");
  std::deque<std::string> left;
  for (std::string& part : split(path, '/')) left.push_back(std::move(part));
  std::vector<std::pair<std::string, NodePtr>> stack{{"", root_}};  // names and nodes from the root on
  const auto place_of = [&stack](const std::string& name, const NodePtr& node) {
    Place place{stack.back().second, name, node, {}};
    for (std::size_t i = 1; i < stack.size(); ++i) place.canonical += "/" + stack[i].first;
    if (!name.empty()) place.canonical += "/" + name;
    if (place.canonical.empty()) place.canonical = "/";
    return place;
  };
  int links = 0;
  while (!left.empty()) {
    const std::string part = left.front();
    left.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (stack.size() > 1) stack.pop_back();
      continue;
    }
    const bool is_last = std::all_of(left.begin(), left.end(), [](const auto& rest) { return rest.empty(); });
    const Node& directory = *stack.back().second;
    const auto found = directory.entries.find(part);
    if (found == directory.entries.end()) {
      if (is_last) return place_of(part, nullptr);
      return failure(Code::not_found, verb, path, "No such file or directory");
    }
    const NodePtr& node = found->second;
    if (node->type == FileType::symlink && (!is_last || last == LastLink::follow)) {
      if (++links > most_links) return failure(Code::failed, verb, path, "Too many levels of symbolic links");
      const std::vector<std::string> target = split(node->content, '/');
      left.insert(left.begin(), target.begin(), target.end());
      if (node->content.front() == '/') stack.resize(1);
    } else if (is_last) {
      return place_of(part, node);
    } else if (node->type != FileType::directory) {
      return failure(Code::not_found, verb, path, "Not a directory");
    } else {
      stack.emplace_back(part, node);
    }
  }
  // The root, or a path that ends in "..".
  const auto [name, node] = stack.back();
  if (stack.size() > 1) stack.pop_back();
  return place_of(name, node);
}

Result<MemoryFileSystem::Place> MemoryFileSystem::existing(const std::string& path, LastLink last,
                                                           const std::string& verb) const {
  WX_LET(Place place, find(path, last, verb));
  if (!place.node) return failure(Code::not_found, verb, path, "No such file or directory");
  return place;
}

Result<MemoryFileSystem::NodePtr> MemoryFileSystem::regular(const std::string& path,
                                                            const std::string& verb) const {
  WX_LET(const Place place, existing(path, LastLink::keep, verb));
  if (place.node->type == FileType::symlink)
    return failure(Code::failed, verb, path, "Too many levels of symbolic links");
  if (place.node->type != FileType::file)
    return failure(Code::invalid, verb, path, "it is not a regular file");
  return place.node;
}

Result<MemoryFileSystem::NodePtr> MemoryFileSystem::opened(const std::string& path, const std::string& verb) {
  WX_LET(const Place place, find(path, LastLink::keep, verb));
  if (place.node) return regular(path, verb);
  auto node = make_node(FileType::file, private_file);
  place.directory->entries[place.name] = node;
  return node;
}

// --- reading ---

Result<FileInfo> MemoryFileSystem::info(const std::string& path) {
  WX_LET(const Place place, existing(path, LastLink::keep, "look at"));
  const Node& node = *place.node;
  return FileInfo{node.type, node.mode, node.uid, node.gid, node.content.size(), node.modified_us};
}

Result<std::string> MemoryFileSystem::read(const std::string& path, std::uint64_t limit) {
  WX_LET(const NodePtr node, regular(path, "read"));
  if (node->content.size() > limit)
    return failure(Code::invalid, "read", path, "it is larger than " + plural(limit, "byte"));
  return node->content;
}

Result<std::string> MemoryFileSystem::read_from(const std::string& path, std::uint64_t offset,
                                                std::uint64_t limit) {
  WX_LET(const NodePtr node, regular(path, "read"));
  if (offset >= node->content.size()) return std::string{};
  return node->content.substr(offset, limit);
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& path) {
  WX_LET(const Place place, existing(path, LastLink::keep, "list"));
  if (place.node->type != FileType::directory)
    return failure(Code::not_found, "list", path, "Not a directory");
  std::vector<std::string> names;
  for (const auto& [name, node] : place.node->entries) names.push_back(name);
  return names;
}

Result<std::string> MemoryFileSystem::read_link(const std::string& path) {
  WX_LET(const Place place, existing(path, LastLink::keep, "read link"));
  if (place.node->type != FileType::symlink)
    return failure(Code::invalid, "read link", path, "it is not a symbolic link");
  return place.node->content;
}

Result<std::string> MemoryFileSystem::real_path(const std::string& path) {
  WX_LET(const Place place, existing(path, LastLink::follow, "resolve"));
  return place.canonical;
}

Result<std::string> MemoryFileSystem::sha256(const std::string& path) {
  WX_LET(const NodePtr node, regular(path, "hash"));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(node->content.data(), node->content.size(), digest.data(), &length, EVP_sha256(), nullptr) !=
      1)
    return failure(Code::unavailable, "hash", path, "libcrypto offers no SHA-256");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += digits[digest.at(i) >> 4];
    hex += digits[digest.at(i) & 15];
  }
  return hex;
}

Status MemoryFileSystem::may_write(const std::string& directory) {
  WX_LET(const Place place, existing(directory, LastLink::follow, "write in"));
  if ((place.node->mode & owner_writes) != 0) return {};
  return failure(Code::permission, "write in", directory, "Permission denied");
}

Result<std::uint64_t> MemoryFileSystem::free_space(const std::string& path) {
  WX_TRY(existing(path, LastLink::follow, "measure free space at"));
  return free_space_;
}

// --- effects ---

Status MemoryFileSystem::write(const std::string& path, std::string_view content, std::uint32_t mode) {
  WX_LET(const NodePtr node, opened(path, "write"));
  node->mode = mode & 07777;
  node->modified_us = time_us();
  if (content.size() > free_space_) {
    // The old content is gone: the file was cut before the disk was found to be full.
    node->content = content.substr(0, free_space_);
    return failure(Code::no_space, "write", path, "No space left on device");
  }
  node->content = content;
  node->synced_content = content;
  return {};
}

Status MemoryFileSystem::copy_file(const std::string& from, const std::string& to, std::uint32_t mode) {
  WX_LET(const NodePtr source, regular(from, "read"));
  WX_LET(const Place place, find(to, LastLink::keep, "write"));
  if (place.node) return failure(Code::failed, "write", to, "File exists");
  auto written = write(to, source->content, mode);
  if (!written) place.directory->entries.erase(place.name);
  return written;
}

Status MemoryFileSystem::append(const std::string& path, std::string_view content, bool durable) {
  WX_LET(const Place before, find(path, LastLink::keep, "append to"));
  WX_LET(const NodePtr node, opened(path, "append to"));
  if (content.size() > free_space_) {
    node->content += content.substr(0, free_space_);
    return failure(Code::no_space, "append to", path, "No space left on device");
  }
  node->content += content;
  node->modified_us = time_us();
  if (!durable) return {};
  node->synced_content = node->content;
  if (!before.node) before.directory->synced_entries = before.directory->entries;
  return {};
}

Status MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  const std::string what = from + " to " + to;
  WX_LET(const Place source, existing(from, LastLink::keep, "rename"));
  WX_LET(const Place target, find(to, LastLink::keep, "rename"));
  if (source.node == root_ || target.node == root_)
    return failure(Code::failed, "rename", what, "Device or resource busy");
  if (source.node == target.node) return {};
  const bool is_directory = source.node->type == FileType::directory;
  if ((target.canonical + "/").starts_with(source.canonical + "/"))
    return failure(Code::failed, "rename", what, "Invalid argument");
  if (target.node) {
    const bool onto_directory = target.node->type == FileType::directory;
    if (is_directory != onto_directory)
      return failure(Code::failed, "rename", what, onto_directory ? "Is a directory" : "Not a directory");
    if (onto_directory && !target.node->entries.empty())
      return failure(Code::failed, "rename", what, "Directory not empty");
  }
  const NodePtr moved = source.node;
  source.directory->entries.erase(source.name);
  target.directory->entries[target.name] = moved;
  return {};
}

Status MemoryFileSystem::symlink(const std::string& target, const std::string& path) {
  WX_LET(const Place place, find(path, LastLink::keep, "make link"));
  if (place.node) return failure(Code::failed, "make link", path, "File exists");
  if (target.empty()) return failure(Code::not_found, "make link", path, "its target is empty");
  auto node = make_node(FileType::symlink, 0777);
  node->content = target;
  place.directory->entries[place.name] = node;
  return {};
}

Status MemoryFileSystem::make_directory(const std::string& path, std::uint32_t mode) {
  WX_LET(const Place place, find(path, LastLink::keep, "make directory"));
  if (place.node && place.node->type == FileType::directory) return {};
  if (place.node) return failure(Code::failed, "make directory", path, "File exists");
  place.directory->entries[place.name] = make_node(FileType::directory, mode);
  return {};
}

Status MemoryFileSystem::sync_directory(const std::string& path) {
  WX_LET(const Place place, existing(path, LastLink::follow, "sync directory"));
  if (place.node->type != FileType::directory)
    return failure(Code::not_found, "sync directory", path, "Not a directory");
  place.node->synced_entries = place.node->entries;
  return {};
}

Status MemoryFileSystem::remove_file(const std::string& path) {
  const auto place = find(path, LastLink::keep, "remove");
  if (!place) return place.error().code == Code::not_found ? Status{} : Status{place.error()};
  if (!place->node) return {};
  if (place->node->type == FileType::directory)
    return failure(Code::failed, "remove", path, "Is a directory");
  place->directory->entries.erase(place->name);
  return {};
}

Status MemoryFileSystem::remove_tree(const std::string& path) {
  const auto place = find(path, LastLink::keep, "remove");
  if (!place) return place.error().code == Code::not_found ? Status{} : Status{place.error()};
  if (place->node == root_) return failure(Code::failed, "remove", path, "Device or resource busy");
  place->directory->entries.erase(place->name);
  return {};
}

Status MemoryFileSystem::set_mode(const std::string& path, std::uint32_t mode) {
  WX_LET(const Place place, existing(path, LastLink::keep, "set the mode of"));
  if (place.node->type == FileType::symlink)
    return failure(Code::failed, "set the mode of", path, "Operation not supported");
  place.node->mode = mode & 07777;
  return {};
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const std::string& path, LockMode mode,
                                                         std::int64_t wait_ms) {
  const Micros limit = clock_ == nullptr ? Micros{} : clock_->monotonic() + Millis{wait_ms};
  while (true) {
    WX_LET(const NodePtr node, opened(path, "lock"));
    Locks& locks = *node->locks;
    const bool is_free = !locks.exclusive && (mode == LockMode::shared || locks.shared == 0);
    if (is_free) {
      if (mode == LockMode::exclusive)
        locks.exclusive = true;
      else
        ++locks.shared;
      return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(node->locks, mode));
    }
    if (clock_ == nullptr || clock_->monotonic() >= limit)
      return Error{Code::busy, "cannot lock " + path + ": somebody else holds it",
                   "wait for it, then try again"};
    clock_->sleep(std::min(lock_pause, limit - clock_->monotonic()));
  }
}

}  // namespace wx::testkit
