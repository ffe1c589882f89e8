// SPDX-License-Identifier: Apache-2.0
#include "enforcement/mount_watch.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "enforcement/slow_mounts.h"

namespace portcullis::enforcement {
namespace {

std::string PointOf(const Mount& mount) { return mount.point.empty() ? "/" : mount.point; }

// Why a file system is left alone; empty where it is not.
std::string WhyNot(const Mount& mount) {
  if (mount.is_network) return "a network file system: its server may keep the service waiting";
  if (IsFuse(mount)) {
    return "a FUSE file system: its server may keep the service waiting";
  }
  return "";
}

}  // namespace

MarkTargets FileSystemsToMark(const MountTable& mounts,
                              const std::vector<std::string>& configured) {
  MarkTargets targets;
  if (!configured.empty()) {
    targets.points = configured;
    return targets;
  }
  std::set<std::string> seen;
  for (const Mount& mount : mounts.mounts()) {
    // Every mount, not one of each file system: of FUSE any user chooses the source, and with it
    // what looks like another's number; and a first mount may be covered where a second is not. To
    // mark a file system once more changes nothing.
    if (mount.is_synthetic || !seen.insert(mount.point).second) continue;
    // By its path only the last that was mounted there is reached.
    std::string reason = WhyNot(*mounts.Find(mount.point));
    if (reason.empty()) {
      targets.points.push_back(PointOf(mount));
    } else {
      targets.unmarked.push_back({PointOf(mount), std::move(reason)});
    }
  }
  return targets;
}

std::vector<MarkedFileSystems::GroupMarks> MarkedFileSystems::MarksFor(Watching watching,
                                                                       MarkedEvents events) const {
  switch (watching) {
    case Watching::kNothing:
      return {};
    case Watching::kObserving:
      return {{&notification_, events}};
    case Watching::kEnforcing:
      return {{&permission_, events}};
    case Watching::kEnforcingAndTelling:
      return {{&permission_, events}, {&notification_, MarkedEvents::kExec}};
  }
  return {};
}

Result<void> MarkedFileSystems::MarkPoint(const std::string& point) {
  for (const GroupMarks& marks : marks_) {
    TRY_VOID(marks.group->MarkFileSystem(point.c_str(), marks.events));
  }
  return {};
}

Result<void> MarkedFileSystems::MarkAll(const MarkTargets& targets) {
  marked_.clear();
  unmarked_ = targets.unmarked;
  for (const std::string& point : targets.points) {
    if (const auto done = MarkPoint(point)) {
      marked_.push_back(point);
    } else {
      unmarked_.push_back({point, done.error().message});
    }
  }
  if (targets.must_all && !unmarked_.empty()) {
    return Fail(ErrorCode::kIo, fmt::format("{} can not be watched: {}", unmarked_.front().point,
                                            unmarked_.front().reason));
  }
  if (!marked_.empty()) return {};
  return Fail(ErrorCode::kIo, unmarked_.empty()
                                  ? std::string("there is no file system to watch")
                                  : fmt::format("no file system can be watched; {}: {}",
                                                unmarked_.back().point, unmarked_.back().reason));
}

void MarkedFileSystems::DropFormer(const std::vector<GroupMarks>& former) {
  for (const GroupMarks& marks : former) {
    const auto now = std::ranges::find(marks_, marks.group, &GroupMarks::group);
    if (now == marks_.end()) {
      static_cast<void>(marks.group->RemoveAllMarks());
      continue;
    }
    if (marks.events == MarkedEvents::kExec || now->events != MarkedEvents::kExec) continue;
    for (const std::string& point : marked_) {
      static_cast<void>(marks.group->UnmarkFileSystem(point.c_str(), MarkedEvents::kOpen));
    }
  }
}

Result<void> MarkedFileSystems::Set(Watching watching, MarkedEvents events,
                                    const MarkTargets& targets) {
  const std::lock_guard lock(mutex_);
  watching_ = watching;
  const std::vector<GroupMarks> former = std::exchange(marks_, MarksFor(watching, events));
  if (watching == Watching::kNothing) {
    marked_.clear();
  } else {
    TRY_VOID(MarkAll(targets));
  }
  DropFormer(former);
  return {};
}

Result<void> MarkedFileSystems::Follow(const MarkTargets& targets) {
  const std::lock_guard lock(mutex_);
  if (watching_ == Watching::kNothing) return {};
  return MarkAll(targets);
}

std::vector<std::string> MarkedFileSystems::marked() const {
  const std::lock_guard lock(mutex_);
  return marked_;
}

std::vector<UnmarkedFileSystem> MarkedFileSystems::unmarked() const {
  const std::lock_guard lock(mutex_);
  return unmarked_;
}

Watching MarkedFileSystems::watching() const {
  const std::lock_guard lock(mutex_);
  return watching_;
}

MountChanges::MountChanges()
    : mountinfo_(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

bool MountChanges::Take() {
  pollfd wait{mountinfo_.get(), POLLPRI, 0};
  return poll(&wait, 1, 0) == 1 && (wait.revents & (POLLPRI | POLLERR)) != 0;
}

}  // namespace portcullis::enforcement
