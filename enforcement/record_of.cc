// SPDX-License-Identifier: Apache-2.0
#include "enforcement/record_of.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/clock.h"
#include "policy/srp/rule_text.h"

namespace portcullis::enforcement {
namespace {

eventlog::EventProcess AskerOf(const EventJob& job, const AccountTable& accounts) {
  eventlog::EventProcess asker;
  asker.program = job.facts.program;
  asker.pid = asker.thread_id = static_cast<uint32_t>(job.event.tid());
  if (!job.asker) return asker;
  const ThreadCredentials& thread = job.asker->thread;
  const AskerTrace trace = job.facts.trace.value_or(AskerTrace{});
  asker.pid = static_cast<uint32_t>(thread.tgid);
  asker.parent_pid = static_cast<uint32_t>(thread.ppid);
  asker.command_line = job.facts.command_line;
  asker.session_id = trace.session_id;
  asker.terminal = trace.terminal;
  asker.uid = thread.effective_uid;
  asker.gid = thread.effective_gid;
  asker.login_uid = thread.login_uid;
  asker.user = accounts.NameOf(thread.effective_uid);
  asker.user_sid = job.asker->token.user;
  asker.is_service = job.asker->token.is_service;
  return asker;
}

void FillStatus(eventlog::EventFile& file, const FileStatus& status) {
  file.size = status.key.size;
  file.inode = status.key.inode;
  file.device = status.key.device;
  file.owner_uid = status.owner;
  file.owner_gid = status.group;
  file.mode = status.mode;
  file.mtime_ns = status.key.modified_ns;
}

void FillPlace(eventlog::EventFile& file, const EventFacts& facts) {
  const EventPath& path = facts.path;
  const std::string& verified = path.verified.empty() ? path.in_container : path.verified;
  file.path_verified = !verified.empty();
  file.path = file.path_verified ? verified : path.seen;
  // The speller begins with the nearest one.
  const auto spelled = std::ranges::find_if(facts.spellings, [](const PathSpelling& spelling) {
    return spelling.verified && spelling.text.starts_with('%');
  });
  if (spelled != facts.spellings.end()) file.macro_path = spelled->text;
  if (facts.status.mode != 0) FillStatus(file, facts.status);
}

void FillIdentity(eventlog::EventFile& file, const FileIdentity& identity) {
  file.publisher = identity.publisher;
  file.unknown = identity.unknown;
  if (identity.unknown.hash) return;
  file.sha256 = HexLower(identity.sha256);
  const auto compared = std::ranges::find_if(identity.hashes, [](const FileHashCandidate& hash) {
    return hash.digest.type == HashType::kSha256;
  });
  if (compared != identity.hashes.end()) file.rule_sha256 = HexLower(compared->digest.bytes);
}

eventlog::EventRule RuleOf(const applocker::Rule& rule, std::string_view policy) {
  return {rule.id.ToString(), rule.name, "", std::string(policy),
          rule.action == applocker::Action::kDeny};
}

eventlog::EventRule RuleOf(const srp::Rule& rule, std::string_view policy) {
  return {srp::IdText(rule), srp::TargetText(rule), "", std::string(policy),
          rule.level != srp::Level::kUnrestricted};
}

void FillSrp(DecisionRecord& record, const Decision& decision) {
  if (!decision.is_by_srp()) return;
  record.srp = {decision.srp->level, std::nullopt};
  if (decision.srp->rule == nullptr) return;
  record.srp->kind = decision.srp->rule->kind();
  record.rule = RuleOf(*decision.srp->rule, decision.policy);
}

}  // namespace

DecisionRecord RecordOf(const EventJob& job, const ForcePtr& force, const Outcome& outcome,
                        const AccountTable& accounts) {
  DecisionRecord record;
  record.time_ns = RealtimeNs();
  record.generation = force != nullptr ? force->generation() : 0;
  // Of an asker that was gone the event alone is known.
  const Operation asked = job.event.is_exec() ? Operation::kExecute : Operation::kLoad;
  record.operation = job.facts.operation.value_or(asked);
  const Decision& decision = outcome.decision;
  record.verdict = decision.verdict;
  record.collection = decision.collection;
  record.enforcement = decision.enforcement;
  record.reason = decision.reason;
  record.blocked = outcome.blocked;
  record.answered_by = outcome.answered_by;
  if (decision.rule != nullptr) {
    record.rule = RuleOf(*decision.rule, decision.policy);
    record.rule_source = {force, decision.rule};
  }
  FillSrp(record, decision);
  FillPlace(record.file, job.facts);
  if (outcome.identity != nullptr) {
    FillIdentity(record.file, *outcome.identity);
  } else {
    record.file.unknown = {true, true};
  }
  record.process = AskerOf(job, accounts);
  return record;
}

}  // namespace portcullis::enforcement
