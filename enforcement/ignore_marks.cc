// SPDX-License-Identifier: Apache-2.0
#include "enforcement/ignore_marks.h"

#include "enforcement/true_path.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {
namespace {

// Everything that the mark stands for and that the guard watches.
bool IsRootsAlone(int fd, const std::string& real_path) {
  const auto status = ReadFileStatus(fd);
  if (!status || !status->is_regular() || status->links != 1) return false;
  if (!IsOnKernelsOwnFileSystem(fd) || !OnlyRootMayWrite(fd, status->OwnerAndMode())) return false;
  const auto there = LookAt(real_path, Lookup::kMayWait);
  return there && there->key.device == status->key.device &&
         there->key.inode == status->key.inode && OnlyRootMayRename(real_path);
}

}  // namespace

// The guard first: a change after the look is one that it sees.
Marking IgnoreMarks::Try(int fd, const std::string& real_path) const {
  const auto ticket = guard_.Begin(fd, real_path);
  if (!ticket || !IsRootsAlone(fd, real_path)) return Marking::kNever;
  if (!group_.Ignore(fd)) return Marking::kNever;
  if (guard_.IsGood(*ticket)) return Marking::kMarked;
  static_cast<void>(group_.StopIgnoring(fd));
  return Marking::kNotYet;
}

}  // namespace portcullis::enforcement
