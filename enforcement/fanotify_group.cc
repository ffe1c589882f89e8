// SPDX-License-Identifier: Apache-2.0
#include "enforcement/fanotify_group.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "enforcement/kernel_constants.h"

namespace portcullis::enforcement {
namespace {

// O_NONBLOCK: a user's write lease on the file would make the kernel's open, and so the reader,
// wait for that user; without it that exec alone is refused.
constexpr unsigned kEventFileFlags = O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NONBLOCK | O_NOATIME;

Unexpected KernelRefused(const char* call, const char* what, int error) {
  const ErrorCode code =
      error == EINVAL || error == EOPNOTSUPP || error == ENOSYS || error == ENODEV
          ? ErrorCode::kUnsupported
          : ErrorCode::kIo;
  return Fail(code, fmt::format("{} {}: {}", call, what, std::strerror(error)));
}

uint64_t MaskOf(GroupKind kind, MarkedEvents events) {
  const bool asks = kind == GroupKind::kPermission;
  const uint64_t exec = asks ? FAN_OPEN_EXEC_PERM : FAN_OPEN_EXEC;
  const uint64_t open = asks ? FAN_OPEN_PERM : FAN_OPEN;
  return (events != MarkedEvents::kOpen ? exec : 0) | (events != MarkedEvents::kExec ? open : 0);
}

struct Opened {
  UniqueFd fd;
  bool can_say_busy = false;
};

Result<Opened> Open(unsigned flags) {
  flags |= FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_TID;
  // The optional feature last: what Linux 6.1 has is the same without it.
  for (const unsigned optional : {kFanReportFdError, 0U}) {
    UniqueFd fd(fanotify_init(flags | optional, kEventFileFlags));
    if (fd.valid()) return Opened{std::move(fd), false};
    if (errno != EINVAL) break;
  }
  return KernelRefused("fanotify_init", "", errno);
}

// An answer is looked at before the event that it is for is looked up, so one that is for no event
// shows whether its error number is taken.
bool CanSayBusy(int group) {
  const fanotify_response response{0, FanDenyErrno(ETXTBSY)};
  return write(group, &response, sizeof(response)) < 0 && errno == ENOENT;
}

KernelEvent ToEvent(const fanotify_event_metadata& metadata) {
  KernelEvent event;
  event.tid = metadata.pid;
  event.is_overflow = (metadata.mask & FAN_Q_OVERFLOW) != 0;
  event.is_exec = (metadata.mask & (FAN_OPEN_EXEC_PERM | FAN_OPEN_EXEC)) != 0;
  event.is_permission = (metadata.mask & (FAN_OPEN_EXEC_PERM | FAN_OPEN_PERM)) != 0;
  if (metadata.fd >= 0) {
    event.file = UniqueFd(metadata.fd);
  } else if (!event.is_overflow) {
    event.open_error = metadata.fd == FAN_NOFD ? EBADF : -metadata.fd;
  }
  return event;
}

}  // namespace

FanotifyGroup::FanotifyGroup(UniqueFd fd, GroupKind kind, bool can_say_busy)
    : fd_(std::move(fd)), kind_(kind), can_say_busy_(can_say_busy) {}

Result<FanotifyGroup> FanotifyGroup::Create(GroupKind kind) {
  if (kind == GroupKind::kNotification) {
    return FanotifyGroup(TRY(Open(FAN_CLASS_NOTIF)).fd, kind, false);
  }
  Opened opened = TRY(Open(FAN_CLASS_PRE_CONTENT | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS));
  const bool can_say_busy = CanSayBusy(opened.fd.get());
  return FanotifyGroup(std::move(opened.fd), kind, can_say_busy);
}

Result<void> FanotifyGroup::MarkFileSystem(const char* path, MarkedEvents events) {
  if (fanotify_mark(fd_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, MaskOf(kind_, events), AT_FDCWD,
                    path) != 0) {
    return KernelRefused("mark", path, errno);
  }
  return {};
}

Result<void> FanotifyGroup::UnmarkFileSystem(const char* path, MarkedEvents events) {
  if (fanotify_mark(fd_.get(), FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM, MaskOf(kind_, events),
                    AT_FDCWD, path) != 0 &&
      errno != ENOENT) {
    return KernelRefused("unmark", path, errno);
  }
  return {};
}

Result<void> FanotifyGroup::RemoveAllMarks() {
  for (const unsigned kind : {unsigned{FAN_MARK_FILESYSTEM}, 0U}) {
    if (fanotify_mark(fd_.get(), FAN_MARK_FLUSH | kind, 0, AT_FDCWD, "/") != 0) {
      return KernelRefused("remove marks", "", errno);
    }
  }
  return {};
}

Result<void> FanotifyGroup::Ignore(int fd) {
  if (fanotify_mark(fd_.get(), FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_EVICTABLE,
                    MaskOf(kind_, MarkedEvents::kExecAndOpen), fd, nullptr) != 0) {
    return KernelRefused("ignore", "a file", errno);
  }
  return {};
}

Result<void> FanotifyGroup::StopIgnoring(int fd) {
  if (fanotify_mark(fd_.get(), FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK,
                    MaskOf(kind_, MarkedEvents::kExecAndOpen), fd, nullptr) != 0 &&
      errno != ENOENT) {
    return KernelRefused("stop ignoring", "a file", errno);
  }
  return {};
}

Result<void> FanotifyGroup::DropIgnoredInodes() {
  if (fanotify_mark(fd_.get(), FAN_MARK_FLUSH, 0, AT_FDCWD, "/") != 0) {
    return KernelRefused("drop ignore marks", "", errno);
  }
  return {};
}

Result<std::vector<KernelEvent>> FanotifyGroup::Read() {
  std::array<char, kEventsPerRead * FAN_EVENT_METADATA_LEN> buffer;
  const ssize_t size = read(fd_.get(), buffer.data(), buffer.size());
  std::vector<KernelEvent> events;
  if (size < 0) {
    // EAGAIN: nothing there, or (before Linux 6.13) the first event's file could not be opened; the
    // kernel has refused that exec by itself, as it has for the others.
    constexpr std::array kNotOurs = {EAGAIN, EINTR, EMFILE, ENFILE, ETXTBSY, EACCES, EPERM};
    for (const int error : kNotOurs) {
      if (errno == error) return events;
    }
    return KernelRefused("read", "events", errno);
  }
  std::string_view rest(buffer.data(), static_cast<size_t>(size));
  while (rest.size() >= FAN_EVENT_METADATA_LEN) {
    fanotify_event_metadata metadata;
    std::memcpy(&metadata, rest.data(), sizeof metadata);
    if (metadata.vers != FANOTIFY_METADATA_VERSION) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("fanotify: the kernel's events are of version {}, this program's {}",
                              metadata.vers, FANOTIFY_METADATA_VERSION));
    }
    if (metadata.event_len < FAN_EVENT_METADATA_LEN || metadata.event_len > rest.size()) break;
    events.push_back(ToEvent(metadata));
    rest.remove_prefix(metadata.event_len);
  }
  return events;
}

Result<void> FanotifyGroup::Respond(int fd, Answer answer) {
  uint32_t response = FAN_ALLOW;
  if (answer == Answer::kDeny) response = FAN_DENY;
  if (answer == Answer::kDenyBusy) response = can_say_busy_ ? FanDenyErrno(ETXTBSY) : FAN_DENY;
  const fanotify_response message{fd, response};
  // One answer a write: the kernel takes no more of it.
  if (write(fd_.get(), &message, sizeof(message)) == sizeof(message) || errno == ENOENT) return {};
  return KernelRefused("answer", "an event", errno);
}

}  // namespace portcullis::enforcement
