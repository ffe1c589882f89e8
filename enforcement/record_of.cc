// SPDX-License-Identifier: Apache-2.0
#include "enforcement/record_of.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/clock.h"

namespace portcullis::enforcement {
namespace {

void FillAsker(DecisionRecord& record, const EventJob& job, const AccountTable& accounts) {
  record.pid = record.tid = job.event.tid();
  if (!job.asker) return;
  const ThreadCredentials& thread = job.asker->thread;
  record.command_line = job.facts.command_line;
  record.trace = job.facts.trace.value_or(AskerTrace{});
  record.pid = thread.tgid;
  record.ppid = thread.ppid;
  record.uid = thread.effective_uid;
  record.gid = thread.effective_gid;
  record.login_uid = thread.login_uid;
  record.user = accounts.NameOf(thread.effective_uid);
  record.user_sid = job.asker->token.user;
  record.is_service = job.asker->token.is_service;
}

void FillPlace(DecisionRecord& record, const EventFacts& facts) {
  const EventPath& path = facts.path;
  const std::string& verified = path.verified.empty() ? path.in_container : path.verified;
  record.path_verified = !verified.empty();
  record.path = record.path_verified ? verified : path.seen;
  // The speller begins with the nearest one.
  const auto spelled = std::ranges::find_if(facts.spellings, [](const PathSpelling& spelling) {
    return spelling.verified && spelling.text.starts_with('%');
  });
  if (spelled != facts.spellings.end()) record.macro_path = spelled->text;
  if (facts.status.mode != 0) record.file = facts.status;
}

void FillIdentity(DecisionRecord& record, const FileIdentity& identity) {
  record.publisher = identity.publisher;
  if (identity.unknown.hash) return;
  record.sha256 = HexLower(identity.sha256);
  const auto compared = std::ranges::find_if(identity.hashes, [](const FileHashCandidate& hash) {
    return hash.digest.type == HashType::kSha256;
  });
  if (compared != identity.hashes.end()) record.rule_sha256 = HexLower(compared->digest.bytes);
}

}  // namespace

DecisionRecord RecordOf(const EventJob& job, const ForcePtr& force, const Outcome& outcome,
                        const AccountTable& accounts) {
  DecisionRecord record;
  record.time_ns = RealtimeNs();
  record.generation = force != nullptr ? force->generation() : 0;
  record.operation = job.facts.operation.value_or(Operation::kLoad);
  const Decision& decision = outcome.decision;
  record.verdict = decision.verdict;
  record.collection = decision.collection;
  record.enforcement = decision.enforcement;
  record.reason = decision.reason;
  record.blocked = outcome.blocked;
  record.answered_by = outcome.answered_by;
  if (decision.rule != nullptr) {
    record.rule = {decision.rule->id.ToString(), decision.rule->name,
                   decision.rule->action == applocker::Action::kDeny, std::string(decision.policy),
                   std::shared_ptr<const applocker::Rule>(force, decision.rule)};
  }
  FillPlace(record, job.facts);
  if (outcome.identity != nullptr) FillIdentity(record, *outcome.identity);
  record.program = job.facts.program;
  FillAsker(record, job, accounts);
  return record;
}

}  // namespace portcullis::enforcement
