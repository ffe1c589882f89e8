// SPDX-License-Identifier: Apache-2.0
#include "enforcement/file_key.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstring>

#include "enforcement/kernel_constants.h"
#include "policy/text_hash.h"

namespace portcullis::enforcement {
namespace {

constexpr uint64_t kNanoseconds = 1'000'000'000;

int64_t Nanoseconds(const statx_timestamp& time) {
  return static_cast<int64_t>(static_cast<uint64_t>(time.tv_sec) * kNanoseconds + time.tv_nsec);
}

Result<FileStatus> Read(int directory, const char* path, int flags) {
  struct statx found {};
  if (statx(directory, path, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
            STATX_BASIC_STATS | kStatxMntIdUnique, &found) != 0) {
    return Fail(ErrorCode::kIo, std::strerror(errno));
  }
  FileStatus status;
  status.key = {makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino, found.stx_size,
                Nanoseconds(found.stx_mtime), Nanoseconds(found.stx_ctime)};
  status.mode = found.stx_mode;
  status.owner = found.stx_uid;
  status.group = found.stx_gid;
  status.links = found.stx_nlink;
  if ((found.stx_mask & kStatxMntIdUnique) != 0) status.mount = found.stx_mnt_id;
  status.is_mount_root = (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  return status;
}

}  // namespace

struct stat FileStatus::OwnerAndMode() const {
  struct stat result {};
  result.st_mode = mode;
  result.st_uid = owner;
  return result;
}

Result<FileStatus> ReadFileStatus(int fd) { return Read(fd, "", AT_EMPTY_PATH); }
Result<FileStatus> ReadFileStatus(const char* path) { return Read(AT_FDCWD, path, 0); }
Result<FileStatus> ReadFileStatus(int directory, const char* path) {
  return Read(directory, path, 0);
}

}  // namespace portcullis::enforcement

size_t std::hash<portcullis::enforcement::FileKey>::operator()(
    const portcullis::enforcement::FileKey& key) const noexcept {
  using portcullis::MixHash;
  return MixHash(MixHash(key.device, key.inode),
                 MixHash(static_cast<uint64_t>(key.changed_ns), key.size ^ 0x9E37U));
}
