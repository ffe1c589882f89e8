// SPDX-License-Identifier: Apache-2.0
// The events' numbers, with the level and channel that each has.
//
// Shape:   AppLocker's numbers and those of Software Restriction Policies are Windows' own. The
//          service's own events, for which Windows has no number, have theirs below 100 and a
//          channel of their own.
// Threads: pure.
// Source:  section 9 of the reference (levels: the table "Using Event Viewer with AppLocker");
//          section 10.6 for 865 to 882; docs/events.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/applocker/model.h"
#include "policy/srp/model.h"

namespace portcullis::eventlog {

enum class EventId : uint16_t {
  // The service's own.
  kNote = 1,     // a sentence about the service
  kStarted = 2,  // every exec is answered from now on
  kStopping = 3,
  kProcessReplaced = 4,  // gate, supervisor or journal died or hung
  kRecordsLost = 10,     // so many decisions could not be recorded
  kStoreSetAside = 11,   // the store was unreadable, corrupt or newer; a new one was begun
  kStoreTrimmed = 12,    // the oldest events went, for age or size
  kPolicyConfirmed = 20,
  kPolicyReverted = 21,  // a policy on trial was not confirmed: the former one is back
  kUserUnresolved = 30,  // a uid without an account: judged by its own SID and Everyone
  // Software Restriction Policies.
  kSrpDefaultLevel = 865,
  kSrpPathRule = 866,
  kSrpCertificateRule = 867,
  kSrpZoneOrHashRule = 868,
  kSrpPolicyRule = 882,
  // AppLocker.
  kPolicyFailed = 8000,
  kPolicyApplied = 8001,
  kProgramAllowed = 8002,
  kProgramAudited = 8003,
  kProgramDenied = 8004,
  kScriptAllowed = 8005,
  kScriptAudited = 8006,
  kScriptDenied = 8007,
  kPackageAllowed = 8020,
  kPackageAudited = 8021,
  kPackageDenied = 8022,
  kInstallAllowed = 8023,
  kInstallAudited = 8024,
  kInstallDenied = 8025,
  kNoPackageRules = 8027,
};

// Windows' event levels: the numbers are those of the XML.
enum class Level : uint8_t { kError = 2, kWarning = 3, kInformation = 4 };
const char* ToString(Level level);  // "Error", ...

// What a decision came to, whatever the collection.
enum class Effect : uint8_t { kAllowed, kAudited, kDenied };
const char* ToString(Effect effect);  // "allowed", "audited", "denied"

struct EventKind {
  EventId id;
  Level level;
  std::string_view channel;  // "Microsoft-Windows-AppLocker/EXE and DLL", ...
  std::string_view name;     // one word for the table and the metrics: "denied", "policy-applied"
};
// Null for a number that is none of the above.
const EventKind* KindOf(EventId id);
std::optional<EventId> ParseEventId(std::string_view number);

// The number for a decision of this collection. Absent (no collection judges the file): that of a
// program. Packaged apps that are installed have other numbers than those that run.
EventId IdOf(std::optional<applocker::CollectionType> collection, Effect effect,
             bool is_installation);
// The number for what Software Restriction Policies deny: by the default level where there is no
// kind. A library has no user to be told, as Windows' 882 has it.
EventId SrpIdOf(std::optional<srp::RuleKind> kind, bool is_library);
// Set where the number is a decision's; those of Software Restriction Policies are denials.
std::optional<Effect> EffectOf(EventId id);

}  // namespace portcullis::eventlog
