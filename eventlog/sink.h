// SPDX-License-Identifier: Apache-2.0
// Where renderings go.
//
// Shape:   a sink takes one rendered event at a time and never waits for its reader longer than
//          kSinkPatience in all of a batch: what it can not take it refuses, and the caller counts.
// Errors:  kIo (nobody reads: journald frozen, no socket), said by the caller once until it
//          works again.
// Lifetime: owns its descriptor; opens it anew where it was lost.
// Threads: for one thread at a time.
// Source:  systemd's "Native Journal Protocol"; RFC 5424, RFC 3164's socket; docs/events.md.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis::eventlog {

inline constexpr std::chrono::milliseconds kSinkPatience{200};
inline constexpr const char* kJournaldSocket = "/run/systemd/journal/socket";
inline constexpr const char* kSyslogSocket = "/dev/log";

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<void> Put(std::string_view rendered) = 0;
};

// Datagrams; what is too large for one goes as a sealed memory file.
std::unique_ptr<Sink> MakeJournaldSink(std::string socket_path = kJournaldSocket);
// A line an event, appended; opened anew where the file was moved away (logrotate). Made with mode
// 0600.
std::unique_ptr<Sink> MakeFileSink(std::string path);
// Datagrams to the local syslog.
std::unique_ptr<Sink> MakeSyslogSink(std::string socket_path = kSyslogSocket);

}  // namespace portcullis::eventlog
