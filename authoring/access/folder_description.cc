// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/folder_description.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/json_value.h"
#include "base/lines.h"
#include "base/quote.h"
#include "host/lexical_path.h"

namespace portcullis {
namespace {

constexpr uint32_t kMaxMode = 07777;

Unexpected Wrong(std::string_view member, std::string_view allowed) {
  return Fail(ErrorCode::kMalformed, fmt::format("`{}` must be {}", member, allowed));
}

Result<std::string> Text(const JsonValue& object, std::string_view member) {
  const JsonValue* const value = object.Find(member);
  if (value == nullptr) return std::string();
  if (value->AsString() == nullptr) return Wrong(member, "text");
  return *value->AsString();
}

Result<uint32_t> Id(const JsonValue& object, std::string_view member) {
  const JsonValue* const value = object.Find(member);
  const uint64_t* const number = value == nullptr ? nullptr : value->AsUnsigned();
  if (number == nullptr || *number > std::numeric_limits<uint32_t>::max()) {
    return Wrong(member, "a user or group id");
  }
  return static_cast<uint32_t>(*number);
}

std::optional<uint32_t> ParseNumber(std::string_view text, int base) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<uint32_t> Mode(const JsonValue& object) {
  const std::string digits = TRY(Text(object, "mode"));
  const auto mode = ParseNumber(digits, 8);
  if (!mode || *mode > kMaxMode) return Wrong("mode", "octal digits up to 7777, as text");
  return *mode;
}

// The letters of `find -printf %y`. Another must not make a folder of what is none, or hide one.
Result<FileNode::Kind> KindOf(std::string_view type) {
  constexpr std::string_view kOthers = "spcbD";
  if (type.empty() || type == "d") return FileNode::Kind::kFolder;
  if (type == "f") return FileNode::Kind::kFile;
  if (type == "l") return FileNode::Kind::kLink;
  if (type.size() == 1 && kOthers.find(type) != std::string_view::npos) {
    return FileNode::Kind::kOther;
  }
  return Fail(ErrorCode::kMalformed,
              fmt::format("`type` must be one of d, f, l, s, p, c, b and D, not {}", Quote(type)));
}

std::optional<uint16_t> Permissions(std::string_view text) {
  constexpr std::string_view kLetters = "rwx";
  if (text.size() != kLetters.size()) return std::nullopt;
  uint16_t permissions = 0;
  for (size_t i = 0; i < kLetters.size(); ++i) {
    if (text[i] != kLetters[i] && text[i] != '-') return std::nullopt;
    if (text[i] != '-') permissions = static_cast<uint16_t>(permissions | (4U >> i));
  }
  return permissions;
}

std::optional<AclTag> TagOf(std::string_view word, bool has_id) {
  if (word == "user") return has_id ? AclTag::kUser : AclTag::kOwner;
  if (word == "group") return has_id ? AclTag::kGroup : AclTag::kGroupOfFile;
  if (has_id) return std::nullopt;
  if (word == "mask") return AclTag::kMask;
  if (word == "other") return AclTag::kOther;
  return std::nullopt;
}

// "user:1000:rwx"
std::optional<AclEntry> ParseEntry(std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view id = text.substr(first + 1, second - first - 1);
  const auto tag = TagOf(text.substr(0, first), !id.empty());
  const auto number = id.empty() ? 0 : ParseNumber(id, 10);
  const auto permissions = Permissions(text.substr(second + 1));
  if (!tag || !number || !permissions) return std::nullopt;
  return AclEntry{*tag, *permissions, *number};
}

Result<std::vector<AclEntry>> Acl(const JsonValue& object) {
  const JsonValue* const value = object.Find("acl");
  if (value == nullptr) return std::vector<AclEntry>();
  if (value->AsArray() == nullptr || value->AsArray()->size() > kMaxDescribedAcl) {
    return Wrong("acl", fmt::format("an array of at most {} entries", kMaxDescribedAcl));
  }
  std::vector<AclEntry> acl;
  for (const JsonValue& entry : *value->AsArray()) {
    const auto parsed = entry.AsString() == nullptr ? std::nullopt : ParseEntry(*entry.AsString());
    if (!parsed) return Wrong("acl", "entries such as \"user:1000:rwx\" and \"mask::r-x\"");
    acl.push_back(*parsed);
  }
  return acl;
}

// An ACL that leaves out the group's or the others' entry must not hide what the mode lets them do.
// Beside a mask the mode's bits of the group are the mask's: never less than the group may.
void AddEntriesOfMode(FileRights& rights) {
  if (rights.acl.empty()) return;
  const auto add = [&](AclTag tag, unsigned shift) {
    if (std::ranges::find(rights.acl, tag, &AclEntry::tag) != rights.acl.end()) return;
    rights.acl.push_back({tag, static_cast<uint16_t>((rights.mode >> shift) & 7U), 0});
  };
  add(AclTag::kGroupOfFile, 3);
  add(AclTag::kOther, 0);
}

Result<std::string> DoubtOf(const JsonValue& object, const HostConfig& config) {
  const std::string file_system = TRY(Text(object, "file_system"));
  const auto& networks = config.network_file_systems;
  const bool is_network = std::ranges::find(networks, file_system) != networks.end();
  if (!is_network && !file_system.starts_with("fuse")) return std::string();
  return fmt::format("it is on a file system ({}) that others write", Quote(file_system));
}

Result<void> AddLinux(const JsonValue& object, const std::string& path, const HostConfig& config,
                      FolderDescription& description) {
  FileNode node;
  const std::string type = TRY(Text(object, "type"));
  node.kind = TRY(KindOf(type));
  node.target = TRY(Text(object, "target"));
  if (node.kind == FileNode::Kind::kLink && node.target.empty()) {
    return Wrong("target", "what the link names");
  }
  node.rights.owner = TRY(Id(object, "owner"));
  node.rights.group = TRY(Id(object, "group"));
  node.rights.mode = TRY(Mode(object));
  node.rights.acl = TRY(Acl(object));
  AddEntriesOfMode(node.rights);
  node.rights.doubt = TRY(DoubtOf(object, config));
  const std::string normal = NormalizeHostPath(path);
  return description.tree.Add(normal == "/" ? std::string() : normal, node);
}

Result<void> AddWindows(const JsonValue& object, const std::string& path,
                        FolderDescription& description) {
  const JsonValue* const writable = object.Find("writable");
  if (writable == nullptr || writable->AsBool() == nullptr) {
    return Wrong("writable", "true or false for a path of Windows");
  }
  std::string why = TRY(Text(object, "why"));
  if (why.empty()) why = "its description says that users may write it";
  description.windows.push_back({path, *writable->AsBool(), std::move(why)});
  return {};
}

}  // namespace

Result<void> DescribedFileTree::Add(const std::string& path, const FileNode& node) {
  if (nodes_.try_emplace(path, node).second) return {};
  return Fail(ErrorCode::kMalformed, fmt::format("{} is described twice", Quote(path)));
}

Result<std::optional<FileNode>> DescribedFileTree::Find(const std::string& path) const {
  const auto found = nodes_.find(path);
  if (found != nodes_.end()) return found->second;
  const std::string below = path + "/";
  const auto next = nodes_.lower_bound(below);
  if (next == nodes_.end() || !next->first.starts_with(below)) return std::nullopt;
  FileNode implied;
  implied.kind = FileNode::Kind::kFolder;
  implied.rights.doubt = "it is not described";
  return implied;
}

Result<std::vector<std::string>> DescribedFileTree::NamesIn(const std::string& folder) const {
  const std::string front = folder + "/";
  std::vector<std::string> names;
  for (auto at = nodes_.lower_bound(front); at != nodes_.end() && at->first.starts_with(front);) {
    const size_t end = std::min(at->first.find('/', front.size()), at->first.size());
    std::string name = at->first.substr(front.size(), end - front.size());
    // Past all that is below it: '0' follows '/'.
    at = end == at->first.size() ? std::next(at) : nodes_.lower_bound(front + name + "0");
    names.push_back(std::move(name));
  }
  // `a` and what is below it may have `a-b` between them.
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<void> AddDescribedFolder(std::string_view line, const HostConfig& config,
                                FolderDescription& description) {
  const JsonValue object = TRY(ParseJson(line));
  if (object.AsObject() == nullptr) return Fail(ErrorCode::kMalformed, "not a JSON object");
  const std::string path = TRY(Text(object, "path"));
  if (path.size() > kMaxDescribedPath) {
    return Fail(
        ErrorCode::kLimitExceeded,
        fmt::format("`path` has {} bytes, at most {} are allowed", path.size(), kMaxDescribedPath));
  }
  if (path.find('\0') != std::string::npos) return Wrong("path", "without NUL");
  if (path.starts_with('/')) return AddLinux(object, path, config, description);
  if (IsWindowsPath(path)) return AddWindows(object, path, description);
  return Wrong("path", "absolute");
}

Result<FolderDescription> ReadFolderDescription(int fd, const HostConfig& config) {
  FolderDescription description;
  size_t lines = 0;
  const auto read = ForEachLine(fd, kMaxFolderLine, [&](const std::string& line, uint64_t number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return Result<void>();
    auto added = ++lines > kMaxDescribedFolders
                     ? Fail(ErrorCode::kLimitExceeded,
                            fmt::format("more than {} folders", kMaxDescribedFolders))
                     : AddDescribedFolder(line, config, description);
    if (added) return added;
    return Result<void>(
        Fail(added.error().code, fmt::format("line {}: {}", number, added.error().message)));
  });
  if (!read) return Unexpected(read.error());
  return description;
}

}  // namespace portcullis
