// SPDX-License-Identifier: Apache-2.0
// The words and numbers that more than one rendering writes of an event.
//
// Threads: pure.
// Source:  section 9 of the reference; docs/events.md.
#pragma once

#include <string>
#include <string_view>

#include "eventlog/event.h"
#include "eventlog/rendering.h"

namespace portcullis::eventlog {

// What Windows writes where no rule decided, and for a text that is not there.
inline constexpr std::string_view kNoRuleId = "00000000-0000-0000-0000-000000000000";
inline constexpr std::string_view kUnset = "-";

inline constexpr std::string_view kProduct = "portcullis";

const char* DecisionWord(Effect effect);                // "allow", "audit-deny", "deny"
const char* ModeWord(applocker::EnforcementMode mode);  // "enforce", "audit", "not-configured"
const char* ActionWord(Operation operation);            // "exec", "load", ...
std::string_view FileNameOf(std::string_view path);

// PUBLISHER\PRODUCT\BINARY\a.b.c.dd, its last part of two digits at least; "-" for a file that
// counts as unsigned.
std::string FqbnOf(const EventFile& file);

// Names the event in all the world where it is stored; else empty.
std::string EventUid(const Event& event, const Origin& origin);

// By RFC 5424. A denial is 4, one that was only audited 5, an allowed run 6; the service's own
// errors are 3.
int SyslogSeverity(const Event& event);

// The kind of a number that is none of Windows' or the service's is that of a note.
const EventKind& KindOrNote(EventId id);

}  // namespace portcullis::eventlog
