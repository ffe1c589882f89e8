// SPDX-License-Identifier: Apache-2.0
// The access ACL of a file, as the kernel gives it.
//
// Shape:   the value of system.posix_acl_access: a version, then entries of eight bytes.
// Limits:  kMaxAclBytes.
// Errors:  absent for what is no ACL: another version, an entry cut off or of a tag that is not
//          known, none for others.
// Threads: pure, but for LoadPosixAcl, which asks the file system.
// Source:  acl(5), linux/posix_acl_xattr.h.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace portcullis {

inline constexpr size_t kMaxAclBytes = 1 << 16;
inline constexpr const char* kAccessAclAttribute = "system.posix_acl_access";
inline constexpr uint16_t kAclWrite = 2;

enum class AclTag : uint16_t {
  kOwner = 0x01,
  kUser = 0x02,
  kGroupOfFile = 0x04,
  kGroup = 0x08,
  kMask = 0x10,
  kOther = 0x20,
};

struct AclEntry {
  AclTag tag = AclTag::kOther;
  uint16_t permissions = 0;  // read 4, write 2, execute 1
  uint32_t id = 0;           // of kUser and kGroup

  bool writes() const { return (permissions & kAclWrite) != 0; }
  friend bool operator==(const AclEntry&, const AclEntry&) = default;
};

std::optional<std::vector<AclEntry>> ParsePosixAcl(std::span<const uint8_t> acl);

// The bytes of the attribute, empty where there is none; absent where they can not be read.
// `get(buffer, size)` is one of the getxattr calls.
template <typename Get>
std::optional<std::vector<uint8_t>> ReadAclBytes(const Get& get) {
  // Hardly any file has an ACL: ask for its size first.
  const ssize_t size = get(nullptr, size_t{0});
  if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) return std::vector<uint8_t>();
  if (size < 0 || static_cast<size_t>(size) > kMaxAclBytes) return std::nullopt;
  std::vector<uint8_t> acl(static_cast<size_t>(size));
  if (get(acl.data(), acl.size()) != size) return std::nullopt;
  return acl;
}

// Of what stands at `path`, links not followed. Empty: it has none.
std::optional<std::vector<AclEntry>> LoadPosixAcl(const std::string& path);

}  // namespace portcullis
