// SPDX-License-Identifier: Apache-2.0
// Which file systems are watched, and in which way.
//
// Shape:   FileSystemsToMark chooses, of a mount table, every mount of a file system that can hold
//          programs. MarkedFileSystems keeps the kernel's marks as Set and Follow say: in the
//          permission group while somebody has to wait for a verdict, else in the notification
//          group. MountChanges waits for mounts to come and go.
// Limits:  network and FUSE file systems are not marked: a server that does not answer would stop
//          the reader. What is left unmarked is reported with its reason.
// Errors:  Set and Follow fail where not one file system can be marked, or not all that must be;
//          which were not, unmarked() says.
// Threads: every member may be called from any thread.
// Source:  docs/enforcement.md; proc(5) mountinfo, which is ready for POLLPRI after a change.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/fanotify_group.h"
#include "host/mount_table.h"

namespace portcullis::enforcement {

struct UnmarkedFileSystem {
  std::string point;
  std::string reason;

  friend bool operator==(const UnmarkedFileSystem&, const UnmarkedFileSystem&) = default;
};

struct MarkTargets {
  std::vector<std::string> points;  // "/" for the root
  std::vector<UnmarkedFileSystem> unmarked;
  bool must_all = false;  // one that can not be marked is an error
};
// `configured`: only these; empty: every one that can hold programs.
MarkTargets FileSystemsToMark(const MountTable& mounts, const std::vector<std::string>& configured);

enum class Watching : uint8_t {
  kNothing,
  kObserving,            // the notification group is told
  kEnforcing,            // the permission group is asked
  kEnforcingAndTelling,  // and the notification group told of each exec: asked about or not
};

class MarkedFileSystems {
 public:
  MarkedFileSystems(FanotifyGroup& permission, FanotifyGroup& notification)
      : permission_(permission),
        notification_(notification),
        // Whatever a gate that died may have left.
        marks_{{&permission, MarkedEvents::kExecAndOpen},
               {&notification, MarkedEvents::kExecAndOpen}} {}

  // The new marks first, then the former go: no exec is unseen between. The first time the former
  // are those of the gate before.
  Result<void> Set(Watching watching, MarkedEvents events, const MarkTargets& targets);
  // Marks what is there now as Set said.
  Result<void> Follow(const MarkTargets& targets);

  std::vector<std::string> marked() const;
  std::vector<UnmarkedFileSystem> unmarked() const;
  Watching watching() const;

 private:
  // What one group's marks of each file system ask for.
  struct GroupMarks {
    FanotifyGroup* group;
    MarkedEvents events;
  };
  std::vector<GroupMarks> MarksFor(Watching watching, MarkedEvents events) const;
  Result<void> MarkPoint(const std::string& point);
  Result<void> MarkAll(const MarkTargets& targets);
  void DropFormer(const std::vector<GroupMarks>& former);

  FanotifyGroup& permission_;
  FanotifyGroup& notification_;
  mutable std::mutex mutex_;
  Watching watching_ = Watching::kNothing;
  std::vector<GroupMarks> marks_;  // as the last Set wanted them
  std::vector<std::string> marked_;
  std::vector<UnmarkedFileSystem> unmarked_;
};

// Tells that mounts of this mount namespace came or went.
class MountChanges {
 public:
  MountChanges();
  // For poll, with POLLPRI. -1 where /proc can not be read.
  int fd() const { return mountinfo_.get(); }
  // Whether something changed since the last call.
  bool Take();

 private:
  UniqueFd mountinfo_;
};

}  // namespace portcullis::enforcement
