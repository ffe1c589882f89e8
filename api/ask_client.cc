// SPDX-License-Identifier: Apache-2.0
#include "api/ask_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "api/portcullis.h"

namespace portcullis::api {
namespace {

int64_t NowNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

uint32_t LeftMs(int64_t until_ns) {
  return static_cast<uint32_t>(std::max<int64_t>(0, (until_ns - NowNs()) / 1'000'000));
}

bool MeansGone(int error) {
  return error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == ECONNABORTED;
}

bool MeansLate(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

int ErrorOf(int error) {
  if (MeansGone(error)) return PORTCULLIS_E_LOST;
  return MeansLate(error) ? PORTCULLIS_E_TIMEOUT : PORTCULLIS_E_IO;
}

}  // namespace

AskClient::Owner AskClient::Owner::Now() { return {getpid(), geteuid(), getegid()}; }

AskClient::~AskClient() { Drop(); }

void AskClient::Drop() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

void AskClient::SetTimeout(uint32_t milliseconds) {
  const std::lock_guard lock(mutex_);
  timeout_ms_ = milliseconds;
}

// Of each call that waits.
void AskClient::LimitWaiting(uint32_t milliseconds) {
  if (waits_ms_ == milliseconds) return;
  waits_ms_ = milliseconds;
  const uint32_t some = std::max(milliseconds, 1U);  // 0 would be for ever
  const timeval limit{some / 1000, static_cast<suseconds_t>(some % 1000) * 1000};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

int AskClient::Connect(int64_t until_ns) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof(address.sun_path)) return PORTCULLIS_E_INVALID;
  path_.copy(address.sun_path, path_.size());
  socket_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return PORTCULLIS_E_IO;
  owner_ = Owner::Now();
  waits_ms_ = 0;
  LimitWaiting(LeftMs(until_ns));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return 0;
  const int error = errno;
  Drop();
  const bool is_absent = error == ENOENT || error == ECONNREFUSED || error == ENOTDIR;
  return is_absent ? PORTCULLIS_E_NO_SERVICE : ErrorOf(error);
}

int AskClient::AskOnce(const AskRequest& request, int64_t until_ns, AskAnswer& answer) {
  if (socket_ < 0) {
    if (const int error = Connect(until_ns); error != 0) return error;
  }
  const AskPacket packet = EncodeAsk(request);
  ssize_t size = 0;
  do {
    size = send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL);
  } while (size < 0 && errno == EINTR && LeftMs(until_ns) > 0);
  if (size < 0) return ErrorOf(errno);
  std::array<char, kMaxAskAnswerBytes + 1> bytes{};
  do {
    size = recv(socket_, bytes.data(), bytes.size(), 0);
  } while (size < 0 && errno == EINTR && LeftMs(until_ns) > 0);
  if (size < 0) return errno == EINTR ? PORTCULLIS_E_TIMEOUT : ErrorOf(errno);
  if (size == 0) return PORTCULLIS_E_LOST;
  if (DecodeAskAnswer(bytes.data(), static_cast<size_t>(size), answer) != nullptr ||
      answer.number != request.number) {
    return PORTCULLIS_E_PROTOCOL;
  }
  return 0;
}

int AskClient::Ask(AskRequest request, AskAnswer& answer) {
  const std::lock_guard lock(mutex_);
  const int64_t until_ns = NowNs() + int64_t{timeout_ms_} * 1'000'000;
  // What it was made for is another's now.
  if (socket_ >= 0 && owner_ != Owner::Now()) Drop();
  int error = PORTCULLIS_E_LOST;
  for (int tries = 0; tries <= kAskRetries && error == PORTCULLIS_E_LOST; ++tries) {
    const uint32_t left_ms = tries == 0 ? timeout_ms_ : LeftMs(until_ns);
    if (left_ms == 0) return PORTCULLIS_E_TIMEOUT;
    if (socket_ >= 0) LimitWaiting(left_ms);
    request.number = ++last_number_;
    error = AskOnce(request, until_ns, answer);
    if (error != 0) Drop();
  }
  return error;
}

}  // namespace portcullis::api
