// SPDX-License-Identifier: Apache-2.0
#include "enforcement/change_guard.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace portcullis::enforcement {
namespace {

constexpr unsigned kReport =
    FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME | FAN_REPORT_TARGET_FID;
constexpr uint64_t kWatched = FAN_ATTRIB | FAN_RENAME | FAN_ONDIR;
constexpr size_t kBufferBytes = 64 << 10;
constexpr int kWaitMs = 1000;

std::string AsKey(const void* fsid) { return {static_cast<const char*>(fsid), sizeof(fsid_t)}; }

// As it stands in an event: the file system, then type and bytes of the handle.
std::string AsKey(const void* fsid, const file_handle& handle) {
  std::string key = AsKey(fsid);
  key.append(reinterpret_cast<const char*>(&handle.handle_type), sizeof(handle.handle_type));
  key.append(reinterpret_cast<const char*>(handle.f_handle), handle.handle_bytes);
  return key;
}

struct HandleBuffer {
  alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> bytes = {};
  file_handle* handle() { return reinterpret_cast<file_handle*>(bytes.data()); }
};

std::optional<std::string> HandleOf(int directory, const char* path, int flags,
                                    const struct statfs& status) {
  HandleBuffer buffer;
  buffer.handle()->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (name_to_handle_at(directory, path, buffer.handle(), &mount, flags) != 0) return std::nullopt;
  return AsKey(&status.f_fsid, *buffer.handle());
}

std::optional<std::string> HandleOfFile(int fd) {
  struct statfs status {};
  if (fstatfs(fd, &status) != 0) return std::nullopt;
  return HandleOf(fd, "", AT_EMPTY_PATH, status);
}

std::optional<std::string> HandleOfFolder(const std::string& path) {
  struct statfs status {};
  if (statfs(path.c_str(), &status) != 0) return std::nullopt;
  return HandleOf(AT_FDCWD, path.c_str(), 0, status);
}

std::vector<std::string> FoldersAbove(std::string path) {
  std::vector<std::string> folders;
  while (path.size() > 1) {
    path.resize(path.rfind('/'));
    folders.push_back(path.empty() ? "/" : path);
  }
  return folders;
}

}  // namespace

ChangeGuard::ChangeGuard(UniqueFd group, std::function<void()> drop_marks)
    : group_(std::move(group)),
      stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      drop_marks_(std::move(drop_marks)) {}

Result<std::unique_ptr<ChangeGuard>> ChangeGuard::Create(std::function<void()> drop_marks) {
  UniqueFd group(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | kReport, O_RDONLY));
  if (!group.valid()) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("events with file handles: {}", std::strerror(errno)));
  }
  return std::unique_ptr<ChangeGuard>(new ChangeGuard(std::move(group), std::move(drop_marks)));
}

void ChangeGuard::Watch(const std::vector<std::string>& points) {
  for (const std::string& point : points) {
    struct statfs status {};
    if (statfs(point.c_str(), &status) != 0) continue;
    if (fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, kWatched, AT_FDCWD,
                      point.c_str()) != 0) {
      continue;
    }
    const std::lock_guard lock(mutex_);
    file_systems_.insert(AsKey(&status.f_fsid));
  }
}

std::optional<ChangeGuard::Ticket> ChangeGuard::Begin(int fd, const std::string& real_path) {
  const auto is_watched = [this](const std::string& handle) {
    return file_systems_.contains(handle.substr(0, sizeof(fsid_t)));
  };
  std::vector<std::pair<std::string, std::string>> folders;
  Ticket ticket = 0;
  bool is_full = false;
  {
    const std::lock_guard lock(mutex_);
    ticket = drops_;
    is_full = handles_.size() >= kMaxGuarded;
    for (std::string& folder : FoldersAbove(real_path)) {
      if (!folders_.contains(folder)) folders.emplace_back(std::move(folder), "");
    }
  }
  for (auto& [folder, handle] : folders) {
    const auto found = HandleOfFolder(folder);
    if (!found) return std::nullopt;
    handle = *found;
  }
  const auto file = HandleOfFile(fd);
  if (!file) return std::nullopt;
  if (is_full) DropAll();
  const std::lock_guard lock(mutex_);
  if (!is_watched(*file)) return std::nullopt;
  for (const auto& [folder, handle] : folders) {
    if (!is_watched(handle)) return std::nullopt;
  }
  for (auto& [folder, handle] : folders) {
    handles_.insert(std::move(handle));
    folders_.insert(std::move(folder));
  }
  handles_.insert(*file);
  return ticket;
}

bool ChangeGuard::IsGood(Ticket ticket) const {
  const std::lock_guard lock(mutex_);
  return drops_ == ticket;
}

void ChangeGuard::DropAll() {
  {
    const std::lock_guard lock(mutex_);
    ++drops_;
    handles_.clear();
    folders_.clear();
  }
  drop_marks_();
}

// Of an event's records: the file itself, its folder with its name in it, and for a rename both
// folders. The folder of a file whose attributes changed says nothing.
bool ChangeGuard::Concerns(const char* event, size_t size) const {
  const auto* const metadata = reinterpret_cast<const fanotify_event_metadata*>(event);
  if ((metadata->mask & FAN_Q_OVERFLOW) != 0) return true;
  const bool folders_count = (metadata->mask & (FAN_RENAME | FAN_ONDIR)) != 0;
  const std::lock_guard lock(mutex_);
  size_t at = metadata->metadata_len;
  while (at + sizeof(fanotify_event_info_fid) <= size) {
    const auto* const info = reinterpret_cast<const fanotify_event_info_fid*>(event + at);
    if (info->hdr.len == 0) break;
    const bool is_folder = info->hdr.info_type != FAN_EVENT_INFO_TYPE_FID;
    const auto* const handle = reinterpret_cast<const file_handle*>(info->handle);
    if ((!is_folder || folders_count) && handles_.contains(AsKey(&info->fsid, *handle)))
      return true;
    at += info->hdr.len;
  }
  return false;
}

// True where something that is guarded changed.
bool ChangeGuard::ReadEvents() {
  alignas(fanotify_event_metadata) std::array<char, kBufferBytes> buffer;
  bool concerned = false;
  ssize_t size = 0;
  while ((size = read(group_.get(), buffer.data(), buffer.size())) > 0) {
    const char* at = buffer.data();
    while (size >= static_cast<ssize_t>(FAN_EVENT_METADATA_LEN)) {
      const uint32_t length = reinterpret_cast<const fanotify_event_metadata*>(at)->event_len;
      if (length < FAN_EVENT_METADATA_LEN || length > size) break;
      concerned = concerned || Concerns(at, length);
      at += length;
      size -= length;
    }
  }
  return concerned;
}

void ChangeGuard::Serve() {
  while (true) {
    std::array<pollfd, 2> wait = {{{group_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    poll(wait.data(), wait.size(), kWaitMs);
    if (wait[1].revents != 0) return;
    if (ReadEvents()) DropAll();
  }
}

void ChangeGuard::Stop() {
  const uint64_t one = 1;
  // Fails only where it is signalled already.
  static_cast<void>(!write(stop_.get(), &one, sizeof(one)));
}

}  // namespace portcullis::enforcement
