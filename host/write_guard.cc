// SPDX-License-Identifier: Apache-2.0
#include "host/write_guard.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <algorithm>
#include <optional>

#include "host/posix_acl.h"

namespace portcullis {
namespace {

// The magic numbers that Debian 12's linux/magic.h lacks.
constexpr uint32_t kExfatMagic = 0x2011'BAB0;
constexpr uint32_t kBcachefsMagic = 0xCA45'1A4E;
constexpr uint32_t kNtfs3Magic = 0x7366'746E;
constexpr uint32_t kJfsMagic = 0x3153'464A;
constexpr uint32_t kUdfMagic = 0x1501'3346;
constexpr uint32_t kZfsMagic = 0x2FC1'2FC1;

// What an entry gives to somebody who is not root.
enum class Gift : uint8_t { kNothing, kMasked, kUnmasked };

Gift GiftOf(const AclEntry& entry) {
  switch (entry.tag) {
    case AclTag::kOwner:
    case AclTag::kMask:
      return Gift::kNothing;
    case AclTag::kUser:
      return entry.writes() && entry.id != 0 ? Gift::kMasked : Gift::kNothing;
    case AclTag::kGroupOfFile:
    case AclTag::kGroup:
      return entry.writes() ? Gift::kMasked : Gift::kNothing;
    case AclTag::kOther:
      break;
  }
  return entry.writes() ? Gift::kUnmasked : Gift::kNothing;
}

bool IsRootsByMode(const struct stat& status) {
  return status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// `get(buffer, size)` is one of the getxattr calls.
template <typename Get>
bool AclKeepsOthersOut(const Get& get) {
  const auto acl = ReadAclBytes(get);
  return acl && !AclLetsOthersWrite(*acl);
}

bool IsRootsDirectory(const std::string& directory) {
  struct stat status {};
  return lstat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         IsRootsByMode(status) && AclKeepsOthersOut([&](void* buffer, size_t size) {
           return lgetxattr(directory.c_str(), kAccessAclAttribute, buffer, size);
         });
}

}  // namespace

bool AclLetsOthersWrite(std::span<const uint8_t> acl) {
  if (acl.empty()) return false;
  const auto entries = ParsePosixAcl(acl);
  if (!entries) return true;
  bool masked_gift = false;
  bool mask_writes = true;  // without a mask nothing is taken away
  for (const AclEntry& entry : *entries) {
    const Gift gift = GiftOf(entry);
    if (gift == Gift::kUnmasked) return true;
    masked_gift |= gift == Gift::kMasked;
    if (entry.tag == AclTag::kMask) mask_writes = entry.writes();
  }
  return masked_gift && mask_writes;
}

bool OnlyRootMayWrite(int fd, const struct stat& status) {
  return IsRootsByMode(status) && AclKeepsOthersOut([&](void* buffer, size_t size) {
           return fgetxattr(fd, kAccessAclAttribute, buffer, size);
         });
}

bool OnlyRootMayWrite(const std::string& path, const struct stat& status) {
  return IsRootsByMode(status) && AclKeepsOthersOut([&](void* buffer, size_t size) {
           return getxattr(path.c_str(), kAccessAclAttribute, buffer, size);
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
