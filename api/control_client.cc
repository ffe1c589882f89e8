// SPDX-License-Identifier: Apache-2.0
#include "api/control_client.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace portcullis::api {
namespace {

constexpr useconds_t kPauseUs = 100'000;  // before a service that closed is asked again
constexpr std::string_view kGeneration = "generation ";

int64_t LeftMs(int64_t until_ns) {
  return std::max<int64_t>(0, (until_ns - MonotonicNs()) / 1'000'000);
}

Result<UniqueFd> Connect(const std::string& path, int64_t until_ns) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("the socket's path has {} bytes; allowed are 1 to {}", path.size(),
                            sizeof(address.sun_path) - 1));
  }
  path.copy(address.sun_path, path.size());
  UniqueFd made(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!made.valid()) return Fail(ErrorCode::kIo, fmt::format("socket: errno {}", errno));
  // A connection waits where the listener's line is full.
  const int64_t left_ms = LeftMs(until_ns) + 1;
  const timeval patience{left_ms / 1000, left_ms % 1000 * 1000};
  setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return made;
  }
  const bool is_absent = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR;
  if (is_absent) return Fail(ErrorCode::kNotFound, "no service answers at " + path);
  return Fail(ErrorCode::kIo, fmt::format("{} can not be reached: errno {}", path, errno));
}

// None: closed without an answer.
Result<std::optional<std::string>> ReadAnswer(const UniqueFd& socket, int64_t until_ns) {
  for (;;) {
    pollfd waited{socket.get(), POLLIN, 0};
    const int ready = poll(&waited, 1, static_cast<int>(LeftMs(until_ns)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Fail(ErrorCode::kIo, "the service does not answer in time");
    std::string packet(kMaxAnswerBytes + 1, '\0');
    const ssize_t size = recv(socket.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    // What was said before a reset comes behind it.
    if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNRESET)) continue;
    if (size < 0) return Fail(ErrorCode::kIo, fmt::format("recv: errno {}", errno));
    if (size == 0) return std::optional<std::string>();
    packet.resize(static_cast<size_t>(size));
    return std::optional(std::move(packet));
  }
}

Result<std::optional<std::string>> AskOnce(const std::string& path, ControlRequest request,
                                           int64_t until_ns) {
  const UniqueFd socket = TRY(Connect(path, until_ns));
  const std::string packet = EncodeRequest(request);
  // Who may not ask is told so before he has asked: a send that fails may have an answer.
  static_cast<void>(send(socket.get(), packet.data(), packet.size(), MSG_NOSIGNAL));
  return ReadAnswer(socket, until_ns);
}

Unexpected Refused(ControlAnswer answer) {
  switch (answer.word) {
    case ControlAnswer::Word::kNotPermitted:
      return Fail(ErrorCode::kUntrusted, std::move(answer.body));
    case ControlAnswer::Word::kBusy:
      return Fail(ErrorCode::kIo, std::move(answer.body));
    default:
      return Fail(ErrorCode::kMalformed, std::move(answer.body));
  }
}

Result<std::string> Ask(const std::string& path, ControlRequest request,
                        std::chrono::seconds patience) {
  const int64_t until_ns = MonotonicNs() + std::chrono::nanoseconds(patience).count();
  for (;;) {
    const auto packet = TRY(AskOnce(path, request, until_ns));
    if (packet) {
      ControlAnswer answer = TRY(DecodeAnswer(*packet));
      if (answer.word == ControlAnswer::Word::kDone) return std::move(answer.body);
      return Refused(std::move(answer));
    }
    if (LeftMs(until_ns) == 0) {
      return Fail(ErrorCode::kIo, "the service closes the connection without an answer");
    }
    usleep(kPauseUs);
  }
}

}  // namespace

Result<uint64_t> AskToReload(const std::string& socket_path) {
  const std::string body = TRY(Ask(socket_path, ControlRequest::kReload, kReloadPatience));
  uint64_t generation = 0;
  const char* const begin = body.data() + std::min(kGeneration.size(), body.size());
  const auto [stop, error] = std::from_chars(begin, body.data() + body.size(), generation);
  if (!body.starts_with(kGeneration) || error != std::errc()) {
    return Fail(ErrorCode::kMalformed, "the service's answer has no generation");
  }
  return generation;
}

Result<ServiceStatus> AskForStatus(const std::string& socket_path) {
  return DecodeStatus(TRY(Ask(socket_path, ControlRequest::kStatus, kStatusPatience)));
}

}  // namespace portcullis::api
