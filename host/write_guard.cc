// SPDX-License-Identifier: Apache-2.0
#include "host/write_guard.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/bytes.h"

namespace portcullis {
namespace {

constexpr const char* kAccessAcl = "system.posix_acl_access";
constexpr uint32_t kAclVersion = 2;
constexpr uint16_t kWrite = 2;

// The magic numbers that Debian 12's linux/magic.h lacks.
constexpr uint32_t kExfatMagic = 0x2011'BAB0;
constexpr uint32_t kBcachefsMagic = 0xCA45'1A4E;
constexpr uint32_t kNtfs3Magic = 0x7366'746E;
constexpr uint32_t kJfsMagic = 0x3153'464A;
constexpr uint32_t kUdfMagic = 0x1501'3346;
constexpr uint32_t kZfsMagic = 0x2FC1'2FC1;

enum class AclTag : uint16_t {
  kOwner = 0x01,
  kUser = 0x02,
  kGroupOfFile = 0x04,
  kGroup = 0x08,
  kMask = 0x10,
  kOther = 0x20,
};

struct AclEntry {
  le16 tag;
  le16 permissions;
  le32 id;
};
static_assert(sizeof(AclEntry) == 8 && alignof(AclEntry) == 1);

// What an entry gives to somebody who is not root.
enum class Gift : uint8_t { kNothing, kMasked, kUnmasked, kUnknown };

Gift GiftOf(const AclEntry& entry) {
  const bool writes = (entry.permissions & kWrite) != 0;
  switch (static_cast<AclTag>(entry.tag.value())) {
    case AclTag::kOwner:
    case AclTag::kMask:
      return Gift::kNothing;
    case AclTag::kUser:
      return writes && entry.id != 0 ? Gift::kMasked : Gift::kNothing;
    case AclTag::kGroupOfFile:
    case AclTag::kGroup:
      return writes ? Gift::kMasked : Gift::kNothing;
    case AclTag::kOther:
      return writes ? Gift::kUnmasked : Gift::kNothing;
  }
  return Gift::kUnknown;
}

bool IsRootsByMode(const struct stat& status) {
  return status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// `get(buffer, size)` is one of the getxattr calls.
template <typename Get>
bool AclKeepsOthersOut(const Get& get) {
  // Hardly any file has an ACL: ask for its size first.
  const ssize_t size = get(nullptr, size_t{0});
  if (size < 0) return errno == ENODATA || errno == EOPNOTSUPP;
  if (static_cast<size_t>(size) > kMaxAclBytes) return false;
  std::vector<uint8_t> acl(static_cast<size_t>(size));
  const ssize_t read = get(acl.data(), acl.size());
  return read == size && !AclLetsOthersWrite(acl);
}

bool IsRootsDirectory(const std::string& directory) {
  struct stat status {};
  return lstat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         IsRootsByMode(status) && AclKeepsOthersOut([&](void* buffer, size_t size) {
           return lgetxattr(directory.c_str(), kAccessAcl, buffer, size);
         });
}

}  // namespace

bool AclLetsOthersWrite(std::span<const uint8_t> acl) {
  if (acl.empty()) return false;
  ByteReader reader(acl, "access ACL");
  const auto version = reader.Read<le32>();
  if (!version || *version != kAclVersion) return true;
  bool masked_gift = false;
  bool mask_writes = true;  // without a mask nothing is taken away
  bool has_other = false;
  while (!reader.empty()) {
    const auto entry = reader.Read<AclEntry>();
    if (!entry) return true;
    const Gift gift = GiftOf(*entry);
    if (gift == Gift::kUnmasked || gift == Gift::kUnknown) return true;
    masked_gift |= gift == Gift::kMasked;
    has_other |= entry->tag == static_cast<uint16_t>(AclTag::kOther);
    if (entry->tag == static_cast<uint16_t>(AclTag::kMask)) {
      mask_writes = (entry->permissions & kWrite) != 0;
    }
  }
  return !has_other || (masked_gift && mask_writes);
}

bool OnlyRootMayWrite(int fd, const struct stat& status) {
  return IsRootsByMode(status) && AclKeepsOthersOut([&](void* buffer, size_t size) {
           return fgetxattr(fd, kAccessAcl, buffer, size);
         });
}

bool OnlyRootMayWrite(const std::string& path, const struct stat& status) {
  return IsRootsByMode(status) && AclKeepsOthersOut([&](void* buffer, size_t size) {
           return getxattr(path.c_str(), kAccessAcl, buffer, size);
         });
}

bool IsOnKernelsOwnFileSystem(int fd) {
  static constexpr uint32_t kKnown[] = {
      EXT4_SUPER_MAGIC,
      XFS_SUPER_MAGIC,
      BTRFS_SUPER_MAGIC,
      F2FS_SUPER_MAGIC,
      TMPFS_MAGIC,
      RAMFS_MAGIC,
      SQUASHFS_MAGIC,
      EROFS_SUPER_MAGIC_V1,
      ISOFS_SUPER_MAGIC,
      MSDOS_SUPER_MAGIC,
      REISERFS_SUPER_MAGIC,
      NILFS_SUPER_MAGIC,
      CRAMFS_MAGIC,
      kExfatMagic,
      kBcachefsMagic,
      kNtfs3Magic,
      kJfsMagic,
      kUdfMagic,
      kZfsMagic,
  };
  struct statfs status {};
  if (fstatfs(fd, &status) != 0) return false;
  return std::ranges::find(kKnown, static_cast<uint32_t>(status.f_type)) != std::end(kKnown);
}

bool IsOnOverlay(int fd) {
  struct statfs status {};
  return fstatfs(fd, &status) == 0 && static_cast<uint32_t>(status.f_type) == OVERLAYFS_SUPER_MAGIC;
}

bool OnlyRootMayRename(const std::string& real_path) {
  if (!real_path.starts_with('/')) return false;
  if (!IsRootsDirectory("/")) return false;
  for (size_t slash = real_path.find('/', 1); slash != std::string::npos;
       slash = real_path.find('/', slash + 1)) {
    if (!IsRootsDirectory(real_path.substr(0, slash))) return false;
  }
  return true;
}

}  // namespace portcullis
