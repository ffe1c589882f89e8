// SPDX-License-Identifier: Apache-2.0
// One event record, many renderings.
//
// Shape:   an Event and where it happened in, text out: a line without its end (journald's fields
// have
//          lines of their own; XML is one element on one line). Sinks (sink.h) take the text and
//          know no rendering; a rendering knows no sink.
// Limits:  what the Event holds. Windows' own: RuleSddl is cut at kMaxEventSddl characters.
// Errors:  none. Bytes that are not UTF-8 and control characters are escaped, in each form's own
// way. Threads: pure. Source:  docs/events.md has every field; sections 9 and B5 of the references
// behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventlog/event.h"

namespace portcullis::eventlog {

inline constexpr size_t kMaxEventSddl = 256;

// What all events of one host have in common.
struct Origin {
  std::string host_name;
  std::string machine_id;    // of /etc/machine-id; empty where there is none
  std::string stream;        // made with the store: event numbers begin anew in another
  uint32_t service_pid = 0;  // of the process that writes; 0: not said
};

enum class Rendering : uint8_t {
  kEcs,       // Elastic Common Schema, JSON: the default
  kXml,       // the event XML of Windows
  kOcsf,      // Open Cybersecurity Schema Framework, JSON
  kJournald,  // journald's native fields
  kRfc5424,   // syslog; the message is the ECS JSON
  kFacts,     // what `portcullis test --facts` judges; empty for what is no decision
  kSrpLog,    // a line of the log of Software Restriction Policies; empty for what they did not
              // decide
};
const char* ToString(Rendering rendering);  // "ecs", "xml", ...
std::optional<Rendering> ParseRendering(std::string_view name);

std::string Render(Rendering rendering, const Event& event, const Origin& origin);

// Each of them, in a file of its own.
std::string RenderEcs(const Event& event, const Origin& origin);
std::string RenderXml(const Event& event, const Origin& origin);
std::string RenderOcsf(const Event& event, const Origin& origin);
std::string RenderJournald(const Event& event, const Origin& origin);
std::string RenderRfc5424(const Event& event, const Origin& origin);
std::string RenderFacts(const Event& event);
std::string RenderSrpLog(const Event& event);

}  // namespace portcullis::eventlog
