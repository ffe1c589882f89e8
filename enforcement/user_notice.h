// SPDX-License-Identifier: Apache-2.0
// Tells the person who was blocked, on the terminal the blocked process belongs to and on the
// desktop.
//
// Shape:   four short lines: what was blocked, by which rule or by default, the administrator's
// text
//          and link, and the request id. Only pseudo-terminals (ssh, terminal emulators, tmux), and
//          only where the terminal belongs to the asker or to who logged in. The desktop is that of
//          who logged in, or of the asker where nobody did; another process shows it
//          (desktop_notifier.h).
// Limits:  kNoticesAtOnce for a user, and one more each kNoticePeriod; kMaxToldUsers users are
//          remembered. What is over that is not told, and is in the event log like the rest.
// Errors:  none: a terminal that is gone, stopped (Ctrl-S) or another's gets nothing.
// Threads: for one thread. Never waits: the terminal is opened and written without blocking.
// Source:  docs/events.md; pts(4).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "enforcement/journal_config.h"
#include "eventlog/event.h"

namespace portcullis::enforcement {

inline constexpr unsigned kNoticesAtOnce = 3;
inline constexpr int64_t kNoticePeriodNs = 10'000'000'000;
inline constexpr size_t kMaxNoticedUsers = 4096;

class UserNotices {
 public:
  using ToDesktop = std::function<void(uint32_t uid, const std::string& text)>;
  explicit UserNotices(NoticeSettings settings, ToDesktop to_desktop = {},
                       std::string terminals = "/dev/pts");

  // `request_id` is the one that the event log has for it.
  void Tell(const eventlog::Event& event, const std::string& request_id, int64_t now_ns);

  // One sentence a line.
  static std::string Text(const NoticeSettings& settings, const eventlog::Event& event,
                          const std::string& request_id);

 private:
  bool MayTell(uint32_t uid, int64_t now_ns);

  const NoticeSettings settings_;
  const ToDesktop to_desktop_;
  const std::string terminals_;
  std::unordered_map<uint32_t, int64_t> free_from_ns_;  // of a user: as if told evenly until then
};

}  // namespace portcullis::enforcement
