// SPDX-License-Identifier: Apache-2.0
// One record of the event log: what was decided about a run, or what befell the service.
//
// Shape:   a plain value without pointers into a policy: it outlives the policy that decided, is
// sent
//          to the journal's process, stored, and rendered in every form (docs/events.md). What only
//          one rendering wants is derived by that rendering.
// Units:   times are nanoseconds since 1970-01-01 UTC.
// Limits:  those of event_codec.h, which cuts longer texts where an event leaves its maker.
// Errors:  a text may hold any bytes (file names do): each rendering escapes them in its own way,
// so
//          that no name can forge a line of a log.
// Threads: a value.
// Source:  sections 9 and 8 of the reference; docs/events.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eventlog/event_ids.h"
#include "identity/file_identity.h"
#include "policy/decision.h"
#include "policy/request.h"
#include "security/sid.h"

namespace portcullis::eventlog {

// How the answer came about.
enum class AnsweredBy : uint8_t {
  kDecision,       // Decide, or its cache
  kDeadline,       // overdue: by what was known then
  kFailurePolicy,  // the service's own failure
  kBusyFile,       // a writer had the file open: ETXTBSY
  kObserved,       // nothing was asked: a notification
};
const char* ToString(AnsweredBy by);  // "decision", "deadline", ...

// The rule that decided.
struct EventRule {
  std::string id;  // dashed, lower case, without braces
  std::string name;
  std::string sddl;  // whole; renderings cut it
  std::string policy;
  bool is_deny = false;

  friend bool operator==(const EventRule&, const EventRule&) = default;
};

// What was asked to run.
struct EventFile {
  std::string path;  // real path, verified where it could be, else as its task has it
  bool path_verified = false;
  // The spelling of the rule language with the most telling macro (%OSDRIVE%\home\a\x); empty where
  // there is no verified path.
  std::string macro_path;
  uint64_t size = 0;
  uint64_t inode = 0;
  uint64_t device = 0;  // st_dev
  std::optional<uint32_t> owner_uid;
  std::optional<uint32_t> owner_gid;
  std::optional<uint32_t> mode;  // with the file's type
  std::optional<int64_t> mtime_ns;
  std::optional<std::string> sha256;  // 64 lower-case hex digits, of the whole file
  // What a hash rule of Type SHA256 compares; the Authenticode digest of a PE file.
  std::optional<std::string> rule_sha256;
  std::optional<FullyQualifiedBinaryName> publisher;
  UnknownAttributes unknown;  // of the hash and the publisher: what was not known in time

  friend bool operator==(const EventFile&, const EventFile&) = default;
};

// Who asked, and with what.
struct EventProcess {
  uint32_t pid = 0;
  uint32_t thread_id = 0;
  uint32_t parent_pid = 0;
  std::string program;  // what the asker ran when it asked; empty: gone before it could be read
  // As execve was called; only of what was denied or audited, empty where it could not be read.
  std::vector<std::string> command_line;
  std::optional<uint32_t> uid;  // effective, of the thread
  std::optional<uint32_t> gid;
  std::optional<uint32_t> login_uid;
  std::optional<uint32_t> session_id;  // audit's session, what TargetLogonId is on Linux
  uint32_t terminal = 0;               // the controlling terminal's device number; 0: none
  std::string user;                    // the account's name, or empty
  std::optional<Sid> user_sid;
  bool is_service = false;

  friend bool operator==(const EventProcess&, const EventProcess&) = default;
};

// Of Software Restriction Policies, where they decided.
struct EventSrp {
  srp::Level level = srp::Level::kUnrestricted;
  std::optional<srp::RuleKind> kind;  // absent: the default level

  friend bool operator==(const EventSrp&, const EventSrp&) = default;
};

struct DecisionEvent {
  Operation operation = Operation::kExecute;
  Verdict verdict = Verdict::kAllowedByDefault;
  std::optional<applocker::CollectionType> collection;
  applocker::EnforcementMode enforcement = applocker::EnforcementMode::kNotConfigured;
  Reason reason = Reason::kNotJudged;
  bool blocked = false;  // what the kernel was told
  AnsweredBy answered_by = AnsweredBy::kDecision;
  std::optional<EventRule> rule;
  EventFile file;
  EventProcess process;
  std::optional<EventSrp> srp;  // the store does not keep it

  friend bool operator==(const DecisionEvent&, const DecisionEvent&) = default;
};

// What is counted as a repeat is in event_folding.h.
struct Event {
  EventId id = EventId::kNote;
  uint64_t sequence = 0;     // the store's number, from 1 without gaps; 0: not stored yet
  int64_t time_ns = 0;       // of the first
  int64_t last_time_ns = 0;  // of the last of `count`
  uint64_t count = 1;        // how often it happened
  std::string request_id;    // of a decision; what the blocked person is told (request_id.h)
  uint64_t generation = 0;   // of the policy in force; 0: none
  std::optional<DecisionEvent> decision;
  std::string text;  // of an event about the service: one sentence

  friend bool operator==(const Event&, const Event&) = default;
};

// "DOMAIN\name" is a matter of the account's name; the sentence Windows' own event has for it:
// "%OSDRIVE%\home\a\x was prevented from running."
std::string MessageOf(const Event& event);

}  // namespace portcullis::eventlog
