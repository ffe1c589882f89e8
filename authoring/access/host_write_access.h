// SPDX-License-Identifier: Apache-2.0
// Who may write on this host.
//
// Shape:   the tree as this process sees it: owner, mode and ACL of each file, and what it is
//          mounted on. On a network file system other machines write, on one that a program makes
//          up that program does, on a medium that can be taken out whoever holds it, on an overlay
//          whoever may write its layers (which a container, whose root is one, does not see): these
//          let anybody write. The kernel's own file systems hold no programs, but below them
//          something else may be mounted, so they are entered on the way to mount points alone;
//          what autofs mounts on demand is not known. Options such as noexec
//          and read-only are not asked: another mount of the same file system may lack them.
// Errors:  of Load: the mounts can not be read.
// Threads: reentrant; reads the disk.
// Source:  docs/authoring.md "Who may write".
#pragma once

#include <memory>

#include "authoring/access/tree_write_access.h"
#include "host/mount_table.h"

namespace portcullis {

class HostFileTree final : public FileTree {
 public:
  explicit HostFileTree(MountTable mounts) : mounts_(std::move(mounts)) {}
  bool is_complete() const override { return true; }
  Result<std::optional<FileNode>> Find(const std::string& path) const override;
  Result<std::vector<std::string>> NamesIn(const std::string& folder) const override;

 private:
  std::string DoubtOf(const Mount* mount) const;
  const MountTable mounts_;
};

class HostWriteAccess final : public TreeWriteAccess {
 public:
  static Result<std::unique_ptr<HostWriteAccess>> Load(const HostConfig& config);
  HostWriteAccess(std::unique_ptr<const HostFileTree> tree, HostConfig config);

 private:
  const std::unique_ptr<const HostFileTree> files_;
};

}  // namespace portcullis
