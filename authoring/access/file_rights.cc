// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/file_rights.h"

#include <fmt/core.h>

#include <algorithm>

namespace portcullis {
namespace {

// The mode as the entries that it stands for.
std::vector<AclEntry> EntriesOf(const FileRights& rights) {
  if (!rights.acl.empty()) return rights.acl;
  const auto bits = [&](unsigned shift) {
    return static_cast<uint16_t>((rights.mode >> shift) & 7U);
  };
  return {{AclTag::kGroupOfFile, bits(3), 0}, {AclTag::kOther, bits(0), 0}};
}

bool MaskWrites(const std::vector<AclEntry>& entries) {
  const auto mask = std::ranges::find(entries, AclTag::kMask, &AclEntry::tag);
  return mask == entries.end() || mask->writes();
}

std::string Why(const FileRights& rights, const AclEntry& entry) {
  switch (entry.tag) {
    case AclTag::kUser:
      return fmt::format("its ACL lets user {} write", entry.id);
    case AclTag::kGroup:
      return fmt::format("its ACL lets group {} write", entry.id);
    case AclTag::kGroupOfFile:
      return fmt::format("its mode ({:04o}) lets group {} write", rights.mode, rights.group);
    default:
      return fmt::format("its mode ({:04o}) lets everybody write", rights.mode);
  }
}

bool IsGroupEntry(const AclEntry& entry) {
  return entry.tag == AclTag::kGroupOfFile || entry.tag == AclTag::kGroup;
}

// Somebody of all who are not root.
std::optional<std::string> WhyMayAnybody(const FileRights& rights) {
  const std::vector<AclEntry> entries = EntriesOf(rights);
  const bool mask_writes = MaskWrites(entries);
  for (const AclEntry& entry : entries) {
    const bool is_named = (entry.tag == AclTag::kUser && entry.id != 0) || IsGroupEntry(entry);
    const bool counts = entry.tag == AclTag::kOther || (is_named && mask_writes);
    if (counts && entry.writes()) return Why(rights, entry);
  }
  return std::nullopt;
}

// The kernel's order: a user's own entry, else the groups', else that for others.
std::optional<std::string> WhyMayAccount(const FileRights& rights, const Writers& writers) {
  const std::vector<AclEntry> entries = EntriesOf(rights);
  const bool mask_writes = MaskWrites(entries);
  for (const AclEntry& entry : entries) {
    if (entry.tag != AclTag::kUser || entry.id != writers.uid) continue;
    if (entry.writes() && mask_writes) return Why(rights, entry);
    return std::nullopt;
  }
  bool is_in_group = false;
  for (const AclEntry& entry : entries) {
    if (!IsGroupEntry(entry)) continue;
    const uint32_t group = entry.tag == AclTag::kGroup ? entry.id : rights.group;
    if (std::ranges::find(writers.groups, group) == writers.groups.end()) continue;
    if (entry.writes() && mask_writes) return Why(rights, entry);
    is_in_group = true;
  }
  const auto other = std::ranges::find(entries, AclTag::kOther, &AclEntry::tag);
  if (is_in_group || other == entries.end() || !other->writes()) return std::nullopt;
  return Why(rights, *other);
}

}  // namespace

bool IsOwnedBy(const FileRights& rights, const Writers& writers) {
  return rights.owner != 0 && (writers.anybody || rights.owner == writers.uid);
}

std::optional<std::string> WhyMayWrite(const FileRights& rights, const Writers& writers) {
  if (!rights.doubt.empty()) return rights.doubt;
  if (IsOwnedBy(rights, writers)) return fmt::format("it belongs to user {}", rights.owner);
  if (writers.anybody) return WhyMayAnybody(rights);
  if (writers.uid == 0) return std::nullopt;
  return WhyMayAccount(rights, writers);
}

}  // namespace portcullis
