// SPDX-License-Identifier: Apache-2.0
// What is recorded of one decision: everything an administrator asks afterwards.
//
// Shape:   plain values; the rule's source alone keeps the policy that decided.
// Threads: a value, moved from the verdict's thread to the log's.
// Source:  docs/cli-json.md has the JSON of `serve`: the members of `test` and those of the asker.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "enforcement/asker_trace.h"
#include "enforcement/file_key.h"
#include "eventlog/event.h"
#include "policy/decision.h"
#include "policy/request.h"
#include "security/sid.h"

namespace portcullis::enforcement {

using eventlog::AnsweredBy;

struct DecisionRecord {
  int64_t time_ns = 0;  // CLOCK_REALTIME
  uint64_t generation = 0;
  Operation operation = Operation::kExecute;
  Verdict verdict = Verdict::kAllowedByDefault;
  std::optional<applocker::CollectionType> collection;
  applocker::EnforcementMode enforcement = applocker::EnforcementMode::kNotConfigured;
  Reason reason = Reason::kNotJudged;
  bool blocked = false;  // what the kernel was told
  AnsweredBy answered_by = AnsweredBy::kDecision;
  struct Rule {
    std::string id;
    std::string name;
    bool is_deny = false;
    std::string policy;
    // Holds the policy that it is part of; for who wants more of it than is above.
    std::shared_ptr<const applocker::Rule> source = {};
  };
  std::optional<Rule> rule;

  std::string path;  // verified where there is one, else as the event has it
  bool path_verified = false;
  std::string macro_path;                  // the spelling with the most telling macro; empty: none
  std::optional<std::string> sha256;       // 64 hex digits, of the whole file
  std::optional<std::string> rule_sha256;  // what a hash rule of Type SHA256 compares
  std::optional<FullyQualifiedBinaryName> publisher;
  std::optional<FileStatus> file;

  pid_t pid = 0;
  pid_t tid = 0;
  pid_t ppid = 0;
  std::string program;  // what the asker ran when it asked; empty: gone before it could be read
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
  std::optional<uint32_t> login_uid;
  // Only of what was denied or audited.
  AskerTrace trace;
  std::vector<std::string> command_line;
  std::string user;  // the account's name, or empty
  std::optional<Sid> user_sid;
  bool is_service = false;

  // As Decision has it: what the mode asks for, whatever became of it.
  bool would_block() const {
    return IsDenial(verdict) && enforcement != applocker::EnforcementMode::kAuditOnly;
  }
};

// One JSON object, without the line's end.
std::string ToJson(const DecisionRecord& record);

}  // namespace portcullis::enforcement
