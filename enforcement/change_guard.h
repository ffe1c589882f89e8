// SPDX-License-Identifier: Apache-2.0
// Watches what would make an ignore mark untrue and the kernel does not clear it for: another
// owner, mode, ACL or link of a file, another name of it or of a folder above it.
//
// Shape:   a notification group of its own on the marked file systems (FAN_ATTRIB, FAN_RENAME, with
//          handles and names). Begin remembers a file and the folders above it, before they are
//          looked at; an event of one of them, or a lost one, drops every ignore mark and makes the
//          tickets given so far void.
// Limits:  kMaxGuarded files and folders; when they are reached everything is dropped and begins
//          anew. Events of others cost a look into a table.
// Errors:  Create: kUnsupported before Linux 5.17. A file system without handles guards nothing:
//          Begin says no.
// Threads: every member may be called from any thread; Serve has one of its own until Stop.
// Source:  fanotify(7): FAN_REPORT_DFID_NAME_TARGET; name_to_handle_at(2); docs/enforcement.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxGuarded = 1 << 17;

class ChangeGuard {
 public:
  // `drop_marks` drops every ignore mark.
  static Result<std::unique_ptr<ChangeGuard>> Create(std::function<void()> drop_marks);

  // Each a path on a file system; those watched before stay.
  void Watch(const std::vector<std::string>& points);

  using Ticket = uint64_t;
  // Of an open file and its real path. Nothing where one of them can not be guarded.
  std::optional<Ticket> Begin(int fd, const std::string& real_path);
  // Nothing was dropped since Begin.
  bool IsGood(Ticket ticket) const;
  // Drops every mark, because of something that this guard does not see.
  void DropAll();

  void Serve();
  void Stop();

 private:
  ChangeGuard(UniqueFd group, std::function<void()> drop_marks);
  bool ReadEvents();
  bool Concerns(const char* event, size_t size) const;

  const UniqueFd group_;
  const UniqueFd stop_;
  const std::function<void()> drop_marks_;
  mutable std::mutex mutex_;
  std::unordered_set<std::string> file_systems_;  // fsid
  std::unordered_set<std::string> handles_;       // fsid and handle
  std::unordered_set<std::string> folders_;       // whose handles are in handles_, by path
  Ticket drops_ = 0;
};

}  // namespace portcullis::enforcement
