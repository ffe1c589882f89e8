// SPDX-License-Identifier: Apache-2.0
#include "enforcement/desktop_bus.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/unique_fd.h"

namespace portcullis::enforcement {
namespace {

constexpr char kMethodCall = 1;
constexpr char kProtocol = 1;
enum Field : uint8_t { kPath = 1, kInterface = 2, kMember = 3, kDestination = 6, kSignature = 8 };

// The wire format: each value at a multiple of its size, numbers little-endian.
class Wire {
 public:
  void Align(size_t size) { bytes_.resize((bytes_.size() + size - 1) / size * size, '\0'); }
  void Byte(uint8_t value) { bytes_ += static_cast<char>(value); }
  void Number(uint32_t value) {
    Align(4);
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(value >> shift & 0xFF);
  }
  void String(std::string_view text) {
    Number(static_cast<uint32_t>(text.size()));
    bytes_.append(text).push_back('\0');
  }
  // Signatures have a length of one byte.
  void Signature(std::string_view text) {
    Byte(static_cast<uint8_t>(text.size()));
    bytes_.append(text).push_back('\0');
  }
  // A structure of a header's array: a code, and a variant of a text.
  void HeaderField(Field code, std::string_view type, std::string_view text) {
    Align(8);
    Byte(code);
    Signature(type);
    type == "g" ? Signature(text) : String(text);
  }
  // An array whose elements begin at multiples of eight, even where there are none.
  void EmptyArrayOfEntries() {
    Number(0);
    Align(8);
  }
  size_t size() const { return bytes_.size(); }
  std::string Take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

struct Call {
  std::string_view destination, path, interface, member;
};

std::string Message(uint32_t serial, const Call& call, std::string_view signature,
                    const std::string& body) {
  Wire fields;
  fields.HeaderField(kPath, "o", call.path);
  fields.HeaderField(kInterface, "s", call.interface);
  fields.HeaderField(kMember, "s", call.member);
  fields.HeaderField(kDestination, "s", call.destination);
  if (!signature.empty()) fields.HeaderField(kSignature, "g", signature);
  Wire head;
  for (const char byte : {'l', kMethodCall, '\0', kProtocol}) head.Byte(static_cast<uint8_t>(byte));
  head.Number(static_cast<uint32_t>(body.size()));
  head.Number(serial);
  head.Number(static_cast<uint32_t>(fields.size()));
  // The fields begin at 16, so their own alignment is the message's.
  std::string bytes = std::move(head).Take() + std::move(fields).Take();
  bytes.resize((bytes.size() + 7) / 8 * 8, '\0');
  return bytes + body;
}

// Servers may show bodies as markup.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

Unexpected BusRefused(const char* step) {
  const ErrorCode code =
      errno == ENOENT || errno == ECONNREFUSED ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Fail(code, fmt::format("the session's bus: {}: errno {}", step, errno));
}

// A conversation that is over at a given time, whatever the other side does.
class Conversation {
 public:
  Conversation() : until_ns_(MonotonicNs() + std::chrono::nanoseconds(kBusPatience).count()) {}

  Result<void> Begin(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
      return Fail(ErrorCode::kLimitExceeded, "the session's bus: its path is too long");
    }
    path.copy(address.sun_path, path.size());
    socket_.Reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_.valid()) return BusRefused("socket");
    if (connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      return BusRefused("connect");
    }
    return {};
  }

  Result<void> Say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (errno != EAGAIN && errno != EINTR) {
        return BusRefused("send");
      } else if (!Await(POLLOUT)) {
        return TooLate();
      }
    }
    return {};
  }

  Result<std::string> Line() {
    std::string line;
    while (line.size() < kMaxBusLine && !line.ends_with("\r\n")) {
      char byte = 0;
      const ssize_t size = recv(socket_.get(), &byte, 1, 0);
      if (size == 0) return Fail(ErrorCode::kIo, "the session's bus closed");
      if (size > 0) {
        line += byte;
      } else if (errno != EAGAIN && errno != EINTR) {
        return BusRefused("receive");
      } else if (!Await(POLLIN)) {
        return TooLate();
      }
    }
    return line;
  }

  // What it has taken it deals with before it closes.
  Result<void> End() {
    shutdown(socket_.get(), SHUT_WR);
    char thrown_away[1024];
    for (;;) {
      const ssize_t size = recv(socket_.get(), thrown_away, sizeof(thrown_away), 0);
      if (size == 0) return {};
      if (size > 0 && MonotonicNs() < until_ns_) continue;
      if (size > 0 || !Await(POLLIN)) return TooLate();
    }
  }

 private:
  static Unexpected TooLate() {
    return Fail(ErrorCode::kTruncated, "the session's bus does not answer in time");
  }
  bool Await(short event) const {
    const int64_t left_ms = (until_ns_ - MonotonicNs()) / 1'000'000;
    pollfd waited{socket_.get(), event, 0};
    return left_ms > 0 && poll(&waited, 1, static_cast<int>(left_ms)) > 0;
  }

  const int64_t until_ns_;
  UniqueFd socket_;
};

}  // namespace

std::string HelloMessage(uint32_t serial) {
  return Message(serial,
                 {"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"},
                 "", "");
}

std::string NotifyMessage(uint32_t serial, const Notification& notification) {
  Wire body;
  body.String("portcullis");
  body.Number(0);  // replaces none
  body.String("dialog-error");
  body.String(notification.summary);
  body.String(Escaped(notification.body));
  body.Number(0);  // no actions
  body.EmptyArrayOfEntries();
  body.Number(static_cast<uint32_t>(-1));  // for as long as the server likes
  return Message(serial,
                 {"org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                  "org.freedesktop.Notifications", "Notify"},
                 "susssasa{sv}i", std::move(body).Take());
}

Result<void> NotifyOnBus(const std::string& socket_path, uint32_t uid,
                         const Notification& notification) {
  if (notification.summary.size() + notification.body.size() > kMaxNotification) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a notification of more than {} bytes", kMaxNotification));
  }
  Conversation bus;
  TRY_VOID(bus.Begin(socket_path));
  // The zero byte is what credentials travel with where they are not the socket's own.
  const std::string external = "AUTH EXTERNAL " + HexLower(AsBytes(std::to_string(uid))) + "\r\n";
  TRY_VOID(bus.Say(std::string(1, '\0') + external));
  const std::string accepted = TRY(bus.Line());
  if (!accepted.starts_with("OK ")) {
    return Fail(ErrorCode::kIo, "the session's bus does not take this user");
  }
  TRY_VOID(bus.Say("BEGIN\r\n" + HelloMessage(1) + NotifyMessage(2, notification)));
  return bus.End();
}

}  // namespace portcullis::enforcement
