// SPDX-License-Identifier: Apache-2.0
// When the kernel may be told not to ask about a file again.
//
// Shape:   Try sets an evictable ignore mark if the file and every folder above it are root's
// alone,
//          it has one name, and stands where its verified path says; a ChangeGuard drops the mark
//          when that changes. The caller has proved that everybody is allowed, and holds the read
//          lease.
// Errors:  kNotYet: something changed meanwhile, the next event may try again.
// Threads: every member may be called from any thread.
// Source:  docs/enforcement.md; docs/decisions.
#pragma once

#include "enforcement/change_guard.h"
#include "enforcement/event_path.h"
#include "enforcement/fanotify_group.h"
#include "enforcement/file_key.h"

namespace portcullis::enforcement {

enum class Marking : uint8_t { kMarked, kNotYet, kNever };

class IgnoreMarks {
 public:
  IgnoreMarks(FanotifyGroup& group, ChangeGuard& guard) : group_(group), guard_(guard) {}

  // May wait for the disk.
  Marking Try(int fd, const std::string& real_path) const;

 private:
  FanotifyGroup& group_;
  ChangeGuard& guard_;
};

}  // namespace portcullis::enforcement
