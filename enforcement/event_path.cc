// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_path.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fs.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <climits>

#include "base/unique_fd.h"
#include "enforcement/true_path.h"
#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

constexpr std::string_view kDeleted = " (deleted)";
constexpr int kCaseFoldFlag = 0x4000'0000;  // FS_CASEFOLD_FL

bool IsSame(const Result<FileStatus>& found, const FileKey& file) {
  return found && found->key.device == file.device && found->key.inode == file.inode;
}

// Of its real path: what stands in front of the last slash, "" for the root.
std::string DirectoryOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

DirectoryCase CaseOf(const std::string& directory) {
  const UniqueFd fd(open(directory.empty() ? "/" : directory.c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  int flags = 0;
  const bool ignores =
      fd.valid() && ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) == 0 && (flags & kCaseFoldFlag) != 0;
  return ignores ? DirectoryCase::kIgnored : DirectoryCase::kSensitive;
}

}  // namespace

std::string PathOfDescriptor(int fd) {
  std::string text(PATH_MAX, '\0');
  const ssize_t size =
      readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

std::string EventPath::Key() const {
  std::string key = fmt::format("{}:{}", version, seen);
  if (!verified.empty()) key.append(1, '\0').append("v").append(verified);
  if (!in_container.empty()) key.append(1, '\0').append("c").append(in_container);
  return key;
}

std::string_view EventPath::Name() const {
  return std::string_view(seen).substr(seen.rfind('/') + 1);
}

std::optional<EventPathFinder::Namespace> EventPathFinder::ReadNamespace(const std::string& path) {
  const auto status = ReadFileStatus(path.c_str());
  if (!status) return std::nullopt;
  return Namespace{status->key.device, status->key.inode};
}

EventPathFinder::EventPathFinder()
    : own_mounts_(ReadNamespace("/proc/self/ns/mnt")),
      own_users_(ReadNamespace("/proc/self/ns/user")) {}

// In another mount namespace, and the initial user namespace made it: only this host's root can
// have mounted anything there.
bool EventPathFinder::IsInContainer(pid_t tid) const {
  const std::string path = ThreadFilePath(tid, "ns/mnt");
  const auto mounts = ReadNamespace(path);
  if (!mounts || !own_mounts_ || !own_users_ || mounts == own_mounts_) return false;
  const UniqueFd mount_namespace(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!mount_namespace.valid()) return false;
  const UniqueFd owner(ioctl(mount_namespace.get(), NS_GET_USERNS));
  if (!owner.valid()) return false;
  const auto status = ReadFileStatus(owner.get());
  return status && own_users_ == Namespace{status->key.device, status->key.inode};
}

void EventPathFinder::LookThroughContainer(EventPath& path, pid_t tid, const FileKey& file) const {
  const UniqueFd root(open(ThreadFilePath(tid, "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (root.valid() && IsSame(LookAtBelow(root.get(), path.seen), file)) {
    path.in_container = std::string(kContainerMacro) + path.seen;
  }
}

EventPath EventPathFinder::Find(int fd, const FileStatus& status, pid_t tid,
                                const Surroundings& around, Patience patience) const {
  return FindSeen(PathOfDescriptor(fd), status, tid, around, patience);
}

EventPath EventPathFinder::FindSeen(std::string seen, const FileStatus& status, pid_t tid,
                                    const Surroundings& around, Patience patience) const {
  const FileKey& file = status.key;
  EventPath path;
  path.seen = std::move(seen);
  path.version = around.version;
  if (!path.seen.starts_with('/')) return path;
  const auto lookup = patience == Patience::kNone ? Lookup::kNameCacheAlone : Lookup::kMayWait;
  const bool is_proved = around.mounts.Prove(path.seen, status.mount);
  if (!around.slow.StandAbove(path.seen) &&
      (is_proved || IsSame(LookAt(path.seen, lookup), file))) {
    path.verified = path.seen;
    return path;
  }
  if (patience == Patience::kNone) {
    path.is_settled = false;
    return path;
  }
  if (path.seen.ends_with(kDeleted)) {
    path.seen.resize(path.seen.size() - kDeleted.size());
    return path;
  }
  const auto merged = around.layers.Find(path.seen, file, around.slow);
  if (merged) path.verified = merged->path;
  path.other_root = IsInContainer(tid);
  if (path.other_root) LookThroughContainer(path, tid, merged ? merged->status.key : file);
  return path;
}

std::vector<PathSpelling> SpellingsOf(const EventPath& path, const PathSpeller& speller) {
  std::vector<PathSpelling> spellings;
  if (!path.verified.empty()) {
    const std::string directory = DirectoryOf(path.verified);
    spellings = speller.ForDirectory(directory, CaseOf(directory))
                    .Of(path.verified.substr(directory.size() + 1));
  }
  if (!path.in_container.empty()) spellings.push_back({path.in_container, true, true});
  if (!path.seen.empty() && path.seen != path.verified) {
    for (PathSpelling& spelling : speller.Claimed(path.seen)) {
      spellings.push_back(std::move(spelling));
    }
  }
  return spellings;
}

}  // namespace portcullis::enforcement
