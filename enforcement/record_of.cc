// SPDX-License-Identifier: Apache-2.0
#include "enforcement/record_of.h"

#include <ctime>

#include "base/bytes.h"

namespace portcullis::enforcement {
namespace {

int64_t RealtimeNs() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

void FillAsker(DecisionRecord& record, const EventJob& job, const AccountTable& accounts) {
  record.pid = job.event.tid();
  if (!job.asker) return;
  const ThreadCredentials& thread = job.asker->thread;
  record.pid = thread.tgid;
  record.ppid = thread.ppid;
  record.uid = thread.effective_uid;
  record.login_uid = thread.login_uid;
  record.user = accounts.NameOf(thread.effective_uid);
  record.user_sid = job.asker->token.user;
  record.is_service = job.asker->token.is_service;
}

}  // namespace

DecisionRecord RecordOf(const EventJob& job, const PolicyInForce* force, const Outcome& outcome,
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
                   decision.rule->action == applocker::Action::kDeny, std::string(decision.policy)};
  }
  const EventPath& path = job.facts.path;
  const std::string& verified = path.verified.empty() ? path.in_container : path.verified;
  record.path_verified = !verified.empty();
  record.path = record.path_verified ? verified : path.seen;
  if (outcome.identity != nullptr && !outcome.identity->unknown.hash) {
    record.sha256 = HexLower(outcome.identity->sha256);
  }
  record.program = job.facts.program;
  FillAsker(record, job, accounts);
  return record;
}

}  // namespace portcullis::enforcement
