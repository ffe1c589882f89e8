// SPDX-License-Identifier: Apache-2.0
#include "eventlog/datagram_socket.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "eventlog/sink.h"

namespace portcullis::eventlog {
namespace {

bool IsFull(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS; }

// The reader was started anew, or is about to be.
bool IsLost(int error) {
  return error == ECONNREFUSED || error == ENOTCONN || error == ECONNRESET || error == EPIPE;
}

}  // namespace

Result<void> DatagramSocket::Connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kLimitExceeded, "the socket's path is too long: " + path_);
  }
  path_.copy(address.sun_path, path_.size());
  UniqueFd made(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.valid() ||
      connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Fail(ErrorCode::kIo, fmt::format("nobody listens at {}: errno {}", path_, errno));
  }
  socket_ = std::move(made);
  return {};
}

int DatagramSocket::TrySend(std::string_view bytes, int descriptor) const {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  union {
    char buffer[CMSG_SPACE(sizeof(int))];
    cmsghdr alignment;
  } control{};
  if (descriptor >= 0) {
    message.msg_iovlen = 0;
    message.msg_control = control.buffer;
    message.msg_controllen = sizeof(control.buffer);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  return sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

Result<void> DatagramSocket::Send(std::string_view bytes, int descriptor) {
  if (!socket_.valid()) TRY_VOID(Connect());
  int error = TrySend(bytes, descriptor);
  if (IsLost(error)) {
    TRY_VOID(Connect());
    error = TrySend(bytes, descriptor);
  }
  if (IsFull(error) && !is_stuck_) {
    pollfd waited{socket_.get(), POLLOUT, 0};
    poll(&waited, 1, static_cast<int>(kSinkPatience.count()));
    error = TrySend(bytes, descriptor);
  }
  is_stuck_ = IsFull(error);
  if (error == 0) return {};
  if (error == EMSGSIZE) {
    return Fail(ErrorCode::kLimitExceeded, "too large for one datagram");
  }
  if (is_stuck_) return Fail(ErrorCode::kIo, "nobody reads at " + path_);
  socket_.Reset();
  return Fail(ErrorCode::kIo, fmt::format("{} takes nothing: errno {}", path_, error));
}

}  // namespace portcullis::eventlog
