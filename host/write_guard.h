// SPDX-License-Identifier: Apache-2.0
// Who but root may change a file's bytes, or what a name means.
//
// Shape:   a file is root-only when its owner is root, neither its mode nor its access ACL lets
//          group or others write, and its file system is one whose bytes only this host's kernel
//          changes. A path is root-only when every directory of it has such an owner, mode and
//          ACL.
// Limits:  kMaxAclBytes (host/posix_acl.h); an ACL that is larger counts as one that lets everybody
//          write.
// Errors:  none: what can not be found out is not root-only.
// Threads: reentrant.
// Source:  docs/enforcement.md; acl(5), linux/posix_acl_xattr.h: the value of
//          system.posix_acl_access.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <span>
#include <string>

namespace portcullis {

// `acl` is the value of system.posix_acl_access; empty: there is none. A value that is not an ACL
// counts as one that lets everybody write.
bool AclLetsOthersWrite(std::span<const uint8_t> acl);

// Owner, mode and ACL of the open file `fd` (not an O_PATH descriptor) alone.
bool OnlyRootMayWrite(int fd, const struct stat& status);
// The same of what stands at `path`, links followed. Opens nothing.
bool OnlyRootMayWrite(const std::string& path, const struct stat& status);

// The open file lies on a block device's file system or on tmpfs, none of which shows this host
// other bytes than it keeps; network, FUSE and overlay file systems may.
bool IsOnKernelsOwnFileSystem(int fd);

// The open file lies on an overlay, which has its owners and bytes from its layers.
bool IsOnOverlay(int fd);

// Every directory above the file at `real_path`, the root included. Opens nothing: stat and
// getxattr.
bool OnlyRootMayRename(const std::string& real_path);

}  // namespace portcullis
