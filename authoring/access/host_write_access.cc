// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/host_write_access.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

#include "authoring/access/path_follower.h"
#include "base/quote.h"

namespace portcullis {
namespace {

Unexpected Failed(const std::string& path) {
  return Fail(ErrorCode::kIo, fmt::format("{}: {}", Quote(path), std::strerror(errno)));
}

FileNode::Kind KindOf(const struct stat& status) {
  if (S_ISDIR(status.st_mode)) return FileNode::Kind::kFolder;
  if (S_ISREG(status.st_mode)) return FileNode::Kind::kFile;
  return S_ISLNK(status.st_mode) ? FileNode::Kind::kLink : FileNode::Kind::kOther;
}

Result<std::string> TargetOf(const std::string& link) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = readlink(link.c_str(), target.data(), target.size());
  if (size < 0) return Failed(link);
  target.resize(static_cast<size_t>(size));
  return target;
}

void AddAcl(const std::string& path, FileRights& rights) {
  auto acl = LoadPosixAcl(path);
  if (acl) {
    rights.acl = *std::move(acl);
  } else {
    rights.doubt = "its ACL can not be read";
  }
}

// Nobody puts a program there, whatever its mode; but something else may be mounted below.
FileNode SyntheticNode(FileNode::Kind kind, const Mount& mount) {
  FileNode node;
  node.kind = kind == FileNode::Kind::kFolder ? kind : FileNode::Kind::kOther;
  node.rights.mode = 0755;
  if (mount.file_system == "autofs") {
    node.rights.doubt = "what is mounted there on demand (autofs) is not known";
  }
  return node;
}

// The names in a folder by which one gets to the mount points below it.
std::vector<std::string> NamesOfMounts(const std::vector<Mount>& mounts,
                                       const std::string& folder) {
  const std::string front = folder + "/";
  std::vector<std::string> names;
  for (const Mount& mount : mounts) {
    if (!mount.point.starts_with(front)) continue;
    names.push_back(
        mount.point.substr(front.size(), mount.point.find('/', front.size()) - front.size()));
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

Result<std::optional<FileNode>> HostFileTree::Find(const std::string& path) const {
  const std::string shown = ShownHostPath(path);
  struct stat status {};
  if (lstat(shown.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return Failed(shown);
  }
  FileNode node;
  node.kind = KindOf(status);
  node.rights.owner = status.st_uid;
  node.rights.group = status.st_gid;
  node.rights.mode = status.st_mode & 07777U;
  if (node.kind == FileNode::Kind::kLink) {
    node.target = TRY(TargetOf(shown));
    return node;
  }
  const Mount* const mount = mounts_.Find(path);
  if (mount != nullptr && mount->is_synthetic) return SyntheticNode(node.kind, *mount);
  if (node.kind == FileNode::Kind::kOther) return node;
  AddAcl(shown, node.rights);
  if (node.rights.doubt.empty()) node.rights.doubt = DoubtOf(mount);
  return node;
}

std::string HostFileTree::DoubtOf(const Mount* mount) const {
  if (mount == nullptr) return "";  // a chroot that no mount point stands at
  if (mount->is_network) {
    return fmt::format("it is on a network file system ({}), which other machines write",
                       mount->file_system);
  }
  if (mount->file_system.starts_with("fuse")) {
    return fmt::format("it is on a file system that a program makes up ({})", mount->file_system);
  }
  // The layers of a container's root are out of its users' reach.
  if (mount->file_system == "overlay" && !mount->point.empty()) {
    return "it is on an overlay, whose layers others may write where they are from";
  }
  if (mount->medium.is_removable || mount->medium.is_hot_plug) {
    return "it is on a medium that can be taken out and written elsewhere";
  }
  return "";
}

Result<std::vector<std::string>> HostFileTree::NamesIn(const std::string& folder) const {
  const Mount* const mount = mounts_.Find(folder);
  if (mount != nullptr && mount->is_synthetic) return NamesOfMounts(mounts_.mounts(), folder);
  const std::string shown = ShownHostPath(folder);
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator at(shown, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return Fail(ErrorCode::kIo, fmt::format("{}: {}", Quote(shown), error.message()));
  std::ranges::sort(names);
  return names;
}

HostWriteAccess::HostWriteAccess(std::unique_ptr<const HostFileTree> tree, HostConfig config)
    : TreeWriteAccess(*tree, std::move(config)), files_(std::move(tree)) {}

Result<std::unique_ptr<HostWriteAccess>> HostWriteAccess::Load(const HostConfig& config) {
  MountTable mounts = TRY(MountTable::OfThisProcess(config.network_file_systems));
  return std::make_unique<HostWriteAccess>(std::make_unique<HostFileTree>(std::move(mounts)),
                                           config);
}

}  // namespace portcullis
