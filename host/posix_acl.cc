// SPDX-License-Identifier: Apache-2.0
#include "host/posix_acl.h"

#include <sys/xattr.h>

#include <algorithm>

#include "base/bytes.h"

namespace portcullis {
namespace {

constexpr uint32_t kAclVersion = 2;

struct RawEntry {
  le16 tag;
  le16 permissions;
  le32 id;
};
static_assert(sizeof(RawEntry) == 8 && alignof(RawEntry) == 1);

bool IsKnown(AclTag tag) {
  switch (tag) {
    case AclTag::kOwner:
    case AclTag::kUser:
    case AclTag::kGroupOfFile:
    case AclTag::kGroup:
    case AclTag::kMask:
    case AclTag::kOther:
      return true;
  }
  return false;
}

}  // namespace

std::optional<std::vector<AclEntry>> ParsePosixAcl(std::span<const uint8_t> acl) {
  ByteReader reader(acl, "access ACL");
  const auto version = reader.Read<le32>();
  if (!version || *version != kAclVersion) return std::nullopt;
  std::vector<AclEntry> entries;
  while (!reader.empty()) {
    const auto raw = reader.Read<RawEntry>();
    if (!raw) return std::nullopt;
    const auto tag = static_cast<AclTag>(raw->tag.value());
    if (!IsKnown(tag)) return std::nullopt;
    entries.push_back({tag, raw->permissions, raw->id});
  }
  if (std::ranges::find(entries, AclTag::kOther, &AclEntry::tag) == entries.end()) {
    return std::nullopt;
  }
  return entries;
}

std::optional<std::vector<AclEntry>> LoadPosixAcl(const std::string& path) {
  const auto bytes = ReadAclBytes([&](void* buffer, size_t size) {
    return lgetxattr(path.c_str(), kAccessAclAttribute, buffer, size);
  });
  if (!bytes) return std::nullopt;
  if (bytes->empty()) return std::vector<AclEntry>();
  return ParsePosixAcl(*bytes);
}

}  // namespace portcullis
