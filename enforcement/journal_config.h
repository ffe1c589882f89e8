// SPDX-License-Identifier: Apache-2.0
// The settings of service.conf that are the journal's.
//
// Shape:       state-directory = /var/lib/portcullis
//              event-store-size = 256M
//              event-store-age = 90d
//              event-sink = journald                              (each repeatable; none by
//              default) event-sink = file:/var/log/portcullis/events.jsonl ecs event-sink = syslog
//              tell-user = no | terminal | desktop | both
//              tell-user-text = Ask the help desk, extension 100.
//              tell-user-link = https://intranet/blocked
// Limits:  kLeastStoreBytes to kMostStoreBytes; kMaxStoreDays; kMaxSinks; kMaxNoticeText.
// Errors:  kMalformed with the line.
// Threads: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/event_store.h"
#include "eventlog/rendering.h"
#include "host/config_lines.h"

namespace portcullis::enforcement {

inline constexpr uint64_t kLeastStoreBytes = uint64_t{8} << 20;
inline constexpr uint64_t kMostStoreBytes = uint64_t{64} << 30;
inline constexpr uint32_t kMaxStoreDays = 3660;
inline constexpr size_t kMaxSinks = 8;
inline constexpr size_t kMaxNoticeText = 400;

struct SinkSetting {
  enum class Kind : uint8_t { kJournald, kSyslog, kFile };
  Kind kind = Kind::kJournald;
  std::string path;  // of a file
  eventlog::Rendering rendering = eventlog::Rendering::kJournald;

  std::string Name() const;  // as it is set
};

struct NoticeSettings {
  bool to_terminal = false;
  bool to_desktop = false;
  std::string text;  // the administrator's
  std::string link;
};

struct JournalConfig {
  std::string state_directory = "/var/lib/portcullis";
  eventlog::StoreLimits store;
  std::vector<SinkSetting> sinks;
  NoticeSettings notice;

  // The journal's own; the state directory itself is root's.
  std::string StoreDirectory() const { return state_directory + "/events"; }
  std::string StorePath() const { return StoreDirectory() + "/events.db"; }
};

// Whether the line is one of these settings.
bool IsJournalSetting(std::string_view name);
// Takes one that is. A line of a name that stands once is not looked for twice here.
Result<void> TakeJournalSetting(const ConfigLine& line, JournalConfig& config);

}  // namespace portcullis::enforcement
