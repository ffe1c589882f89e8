// SPDX-License-Identifier: Apache-2.0
// One notification on the message bus of a user's session.
//
// Shape:   the bytes of the two messages that it takes (Hello, Notify) in D-Bus' wire format, and
// the
//          conversation around them: authenticated by the socket's own credentials, then both
//          messages, then the bus closes.
// Limits:  kMaxNotification bytes of text. kBusPatience for the whole conversation: the bus may be
//          the user's own program. What it answers is read and not looked at, but for the line that
//          accepts the authentication, kMaxBusLine bytes long at most.
// Errors:  kIo with the step, kNotFound where there is no bus, kTruncated: the bus did not answer
// in
//          time.
// Threads: reentrant. The calling thread's effective user has to be the bus' own.
// Source:  D-Bus Specification 0.43, "Message Protocol", "Authentication Protocol"; Desktop
//          Notifications Specification 1.2, org.freedesktop.Notifications.Notify.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxNotification = 4096;
inline constexpr size_t kMaxBusLine = 512;
inline constexpr std::chrono::milliseconds kBusPatience{1500};

// Valid UTF-8 without NUL. `body` is text, not markup: what servers would take for it is escaped.
struct Notification {
  std::string summary;
  std::string body;
};

std::string HelloMessage(uint32_t serial);
std::string NotifyMessage(uint32_t serial, const Notification& notification);

// `uid` is the calling thread's effective one.
Result<void> NotifyOnBus(const std::string& socket_path, uint32_t uid,
                         const Notification& notification);

}  // namespace portcullis::enforcement
