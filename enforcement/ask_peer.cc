// SPDX-License-Identifier: Apache-2.0
#include "enforcement/ask_peer.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <string_view>

#include "host/thread_credentials.h"

namespace portcullis::enforcement {
namespace {

constexpr int kPeerPidfd = 77;  // SO_PEERPIDFD, 6.5

Unexpected Gone() { return Fail(ErrorCode::kNotFound, "the asker is gone"); }

std::string PlaceOf(int fd) { return fmt::format("fd/{}", fd); }

}  // namespace

Result<AskPeer> AskPeer::Of(int socket, const TokenSource& source, int64_t now_ns) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return Fail(ErrorCode::kIo, fmt::format("SO_PEERCRED: errno {}", errno));
  }
  AskPeer peer;
  peer.pid_ = credentials.pid;
  if (peer.pid_ <= 0) return Fail(ErrorCode::kUntrusted, "the asker is in no namespace below");
  int pidfd = -1;
  size = sizeof(pidfd);
  if (getsockopt(socket, SOL_SOCKET, kPeerPidfd, &pidfd, &size) == 0) peer.pidfd_.Reset(pidfd);
  const std::string folder = fmt::format("/proc/{}", peer.pid_);
  peer.folder_.Reset(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!peer.folder_.valid()) return Gone();
  TRY_VOID(peer.Read(source, now_ns));
  return peer;
}

// While it lives its number is its own, and the folder was opened by that number.
bool AskPeer::IsGone() const {
  if (!pidfd_.valid()) return faccessat(folder_.get(), "status", F_OK, 0) != 0;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  return poll(&ended, 1, 0) != 0;
}

Result<void> AskPeer::Read(const TokenSource& source, int64_t now_ns) {
  ThreadCredentials thread = TRY(ReadThreadCredentials(pid_));
  if (IsGone()) return Gone();
  AccessToken token =
      TokenOf(thread, *source.accounts.Get(), source.host, source.service.service_process);
  auto view = std::make_shared<AskerView>();
  view->principal = PrincipalOf(thread);
  view->asker = {std::move(thread), std::move(token)};
  asker_ = std::move(view);
  class_of_.reset();
  read_ns_ = now_ns;
  return {};
}

Result<AskerPtr> AskPeer::Look(const ucred& sender, const TokenSource& source, int64_t now_ns) {
  const bool is_same = sender_uid_ == sender.uid && sender_gid_ == sender.gid;
  if (!is_same || now_ns - read_ns_ >= kTokenAgeNs) TRY_VOID(Read(source, now_ns));
  sender_uid_ = sender.uid;
  sender_gid_ = sender.gid;
  return asker_;
}

const std::string& AskPeer::ClassUnder(const ForcePtr& force) {
  if (class_of_ != force) {
    class_ = force->ClassOf(asker_->asker.token);
    class_of_ = force;
  }
  return class_;
}

UniqueFd AskPeer::Find(int fd) const {
  return UniqueFd(openat(folder_.get(), PlaceOf(fd).c_str(), O_PATH | O_CLOEXEC));
}

Result<FileStatus> AskPeer::StatusOf(int fd) const {
  return ReadFileStatus(folder_.get(), PlaceOf(fd).c_str());
}

bool AskPeer::IsOpenToRead(int fd) const {
  const UniqueFd info(
      openat(folder_.get(), fmt::format("fdinfo/{}", fd).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> text{};
  const ssize_t size = info.valid() ? read(info.get(), text.data(), text.size()) : 0;
  const std::string_view lines(text.data(), size > 0 ? static_cast<size_t>(size) : 0);
  constexpr std::string_view kFlags = "flags:";
  const size_t at = lines.find(kFlags);
  if (at == std::string_view::npos) return false;
  std::string_view number = lines.substr(at + kFlags.size());
  number.remove_prefix(std::min(number.find_first_not_of(" \t"), number.size()));
  unsigned flags = 0;
  const auto [rest, error] =
      std::from_chars(number.data(), number.data() + number.size(), flags, 8);
  if (error != std::errc()) return false;
  return (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_WRONLY;
}

std::string AskPeer::PathOf(int fd) const {
  std::string text(PATH_MAX, '\0');
  const ssize_t size = readlinkat(folder_.get(), PlaceOf(fd).c_str(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

}  // namespace portcullis::enforcement
