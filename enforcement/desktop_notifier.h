// SPDX-License-Identifier: Apache-2.0
// The process that shows a notice on the desktop of who was blocked.
//
// Shape:   a child that nobody waits for (child_process.h), which only runs where notices on
// desktops
//          are wanted. The journal sends it packets, each a user and a text, and it speaks to that
//          user's bus (desktop_bus.h) with that user's effective id, for a bus takes nobody else.
//          It has no right but to change its ids, and parses nothing but those packets.
// Limits:  kMaxNoticePacket; what the link's buffer holds, of which the rest is dropped; one at a
//          time. root's desktop is not told: to be root is a right that it does not take.
// Errors:  none: who has no desktop, or one that does not answer, is not told.
// Threads: one.
// Source:  docs/events.md "Telling who was blocked".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/child_process.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxNoticePacket = 2048;
inline constexpr const char* kSessionBusses = "/run/user";

struct DesktopNotice {
  uint32_t uid = 0;
  std::string text;  // the first line is the summary

  friend bool operator==(const DesktopNotice&, const DesktopNotice&) = default;
};
// A text that is too long is cut.
std::string EncodeNotice(const DesktopNotice& notice);
std::optional<DesktopNotice> DecodeNotice(Bytes packet);

// Made before the first fork; both ends are non-blocking.
struct NoticeLink {
  UniqueFd writer;
  UniqueFd reader;
};
Result<NoticeLink> MakeNoticeLink();

// The kind of child that it is. `link` outlives every process of the service.
Result<ChildKind> MakeDesktopNotifier(const NoticeLink& link);

}  // namespace portcullis::enforcement
