// SPDX-License-Identifier: Apache-2.0
#include "enforcement/socket_message.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace portcullis::enforcement {
namespace {

union ControlBuffer {
  char bytes[CMSG_SPACE(kMaxPacketDescriptors * sizeof(int))];
  cmsghdr alignment;
};

Unexpected Refused(const char* what) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    return Fail(ErrorCode::kIo, fmt::format("{}: would block", what));
  }
  return Fail(errno == EPIPE || errno == ECONNRESET ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("{}: errno {}", what, errno));
}

void AttachDescriptors(msghdr& message, ControlBuffer& control, std::span<const int> descriptors) {
  const size_t size = descriptors.size() * sizeof(int);
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(size);
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(header), descriptors.data(), size);
}

std::vector<UniqueFd> TakeDescriptors(msghdr& message) {
  std::vector<UniqueFd> taken;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= c->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
      taken.emplace_back(fd);
    }
  }
  return taken;
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> MakeSocketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return Refused("socketpair");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<void> SendPacket(int socket, Bytes bytes, std::span<const int> descriptors) {
  if (descriptors.size() > kMaxPacketDescriptors) {
    return Fail(ErrorCode::kLimitExceeded, "too many descriptors for one packet");
  }
  iovec part{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ControlBuffer control{};
  if (!descriptors.empty()) AttachDescriptors(message, control, descriptors);
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return Refused("sendmsg");
  return {};
}

Result<Packet> ReceivePacket(int socket, size_t max_bytes, size_t accepted) {
  // Kept, since most packets are far smaller than the largest, which would have to be cleared.
  thread_local std::vector<uint8_t> buffer;
  if (buffer.size() < max_bytes) buffer.resize(max_bytes);
  Packet packet;
  iovec part{buffer.data(), max_bytes};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ControlBuffer control{};
  if (accepted > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(std::min(accepted, kMaxPacketDescriptors) * sizeof(int));
  }
  ssize_t received = 0;
  do {
    received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return Refused("recvmsg");
  if (accepted > 0) packet.descriptors = TakeDescriptors(message);
  // An empty packet and the end look the same; nobody here sends an empty one.
  if (received == 0) return Fail(ErrorCode::kNotFound, "the other end is closed");
  if ((message.msg_flags & MSG_TRUNC) != 0) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a packet of more than {} bytes", max_bytes));
  }
  packet.bytes.assign(buffer.begin(), buffer.begin() + received);
  return packet;
}

bool WaitReadable(int socket, int timeout_ms) {
  pollfd waited{socket, POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&waited, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace portcullis::enforcement
