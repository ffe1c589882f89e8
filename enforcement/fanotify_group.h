// SPDX-License-Identifier: Apache-2.0
// One fanotify group of the kernel: its marks, its events, its answers.
//
// Shape:   a permission group asks and waits; a notification group only tells. Marks are always of
//          whole file systems (FAN_MARK_FILESYSTEM): a mount's mark is escaped by a new mount
//          namespace.
// Limits:  the queue of a permission group is unlimited (a full one would allow); a notification
// group's
//          is the kernel's, and its overflow is an event of its own.
// Errors:  kUnsupported for what this kernel lacks, kIo with its reason.
// Lifetime: closing the last descriptor of a permission group lets everything that waits run.
// Threads: the kernel's calls are atomic; Read is for one thread at a time.
// Source:  fanotify(7), fanotify_init(2), fanotify_mark(2); docs/enforcement.md.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::enforcement {

inline constexpr size_t kEventsPerRead = 64;  // each costs a descriptor until it is answered

enum class GroupKind : uint8_t { kPermission, kNotification };

// Which events a file system's mark asks for.
enum class MarkedEvents : uint8_t {
  kExec,         // FAN_OPEN_EXEC(_PERM)
  kExecAndOpen,  // and FAN_OPEN(_PERM)
  kOpen,         // FAN_OPEN(_PERM) alone
};

enum class Answer : uint8_t {
  kAllow,
  kDeny,      // EPERM
  kDenyBusy,  // ETXTBSY where the kernel can say so, else EPERM
};

struct KernelEvent {
  UniqueFd file;  // invalid for an overflow, or where the kernel could not open it
  pid_t tid = 0;  // the thread that asked, in the reader's pid namespace; 0: not in it
  bool is_exec = false;
  bool is_permission = false;
  bool is_overflow = false;
  // Why there is no descriptor (an errno), where the kernel can say so; the asker was refused.
  int open_error = 0;
};

class FanotifyGroup {
 public:
  static Result<FanotifyGroup> Create(GroupKind kind);

  Result<void> MarkFileSystem(const char* path, MarkedEvents events);
  Result<void> UnmarkFileSystem(const char* path, MarkedEvents events);
  Result<void> RemoveAllMarks();
  // An evictable ignore mark on the inode of `fd`: the kernel asks no more, until it is written.
  Result<void> Ignore(int fd);
  Result<void> StopIgnoring(int fd);
  Result<void> DropIgnoredInodes();

  // What is there now, at most kEventsPerRead; empty where nothing is. Never waits.
  Result<std::vector<KernelEvent>> Read();
  // `fd` is the event's number. Succeeds also when the asker is gone.
  Result<void> Respond(int fd, Answer answer);

  GroupKind kind() const { return kind_; }
  int fd() const { return fd_.get(); }
  bool can_say_busy() const { return can_say_busy_; }

 private:
  FanotifyGroup(UniqueFd fd, GroupKind kind, bool can_say_busy);
  UniqueFd fd_;
  GroupKind kind_;
  bool can_say_busy_;
};

}  // namespace portcullis::enforcement
