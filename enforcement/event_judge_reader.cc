// SPDX-License-Identifier: Apache-2.0
// What the reader does about an exec itself, since to hand it to another thread costs more. What
// costs most of a question that the caches know is to find out who asks (two files of /proc) and to
// take a lease. Where a verdict is the same for everybody the former makes no difference, and where
// a lease of an earlier exec of the same file is still held that one does as well. And a file that
// nobody knows goes to an inspector; whoever hears of it decides.
#include "enforcement/event_judge.h"

namespace portcullis::enforcement {
namespace {

// No class of tokens is called so (PolicyInForce::ClassOf).
constexpr const char* kAnyone = "*";

}  // namespace

VerdictKey EventJudge::AnyonesKey(Operation operation, const EventPath& path,
                                  const KnownFile& file) {
  return {file.id, operation, path.Key(), kAnyone};
}

// Not while a record of it is to be made: that names who asked, and the rule that allowed it to
// him.
std::shared_ptr<const KnownVerdict> EventJudge::FindForAnyone(const VerdictKey& key,
                                                              const PolicyInForce& force) const {
  if (context_.service.record_allowed == RecordAllowed::kEvery) return nullptr;
  auto verdict = force.verdicts().Find(key);
  return verdict != nullptr && !IsWorthRecording(*verdict) ? verdict : nullptr;
}

// Whether an earlier exec of the file holds a lease of it. That is joined last, and only if it was
// held already when the event came: then what was read of the file since stays true.
bool EventJudge::FindLender(EventJob& job) const {
  const auto status = ReadFileStatus(job.event.fd());
  if (!status || !status->is_regular() || !context_.leases.Lends(status->key)) return false;
  job.facts.status = *status;
  context_.leases.ThreadAsks(job.event.tid(), status->key);
  return true;
}

// Whether nobody writes the file until its exec has landed.
bool EventJudge::KeepLease(const JobPtr& job, const KnownFile& file, bool joins) const {
  const pid_t tid = job->event.tid();
  if (joins) {
    // A program lands in itself, which is seen; a script in its interpreter.
    std::optional<RunningProgram> before;
    if (file.identity.kind != FileKind::kElf) before = ReadRunningProgram(tid);
    return context_.leases.Join(tid, job->facts.status.key, job->event.arrived_ns(), before);
  }
  if (!job->lease.IsHeld()) return false;
  return file.evidence->is_root_only || HoldUntilLanded(job) == Holding::kHeld;
}

// None of the service's own processes executes anything, so whose thread it is need not be known.
// Nobody is charged either; where those that nobody is charged for are too many, who asks is looked
// at after all.
bool EventJudge::TryForAnyone(const JobPtr& job) const {
  const InForce now = context_.force.Now();
  const pid_t tid = job->event.tid();
  if (now.policy == nullptr || tid <= 0) return false;
  const std::lock_guard lock(job->mutex);
  EventFacts& facts = job->facts;
  facts.operation = Operation::kExecute;
  const bool joins = FindLender(*job);
  if (!joins && !LookAtFile(*job)) return false;
  const auto file = FindKnown(*job, now);
  if (file == nullptr) return false;
  const auto places = context_.places.Get();
  const EventPath path =
      finder_.Find(job->event.fd(), facts.status, tid, places->around, Patience::kNone);
  if (!path.is_settled) return false;
  const auto verdict = FindForAnyone(AnyonesKey(Operation::kExecute, path, *file), *now.policy);
  // A worker tells the kernel not to ask again.
  if (verdict == nullptr || MayBeIgnored(*job, *verdict)) return false;
  if (!KeepLease(job, *file, joins)) return false;
  const bool is_current = context_.force.IfCurrent(
      now, [&] { Give(*job, Answer::kAllow, [&] { ExpectItsOpen(*job, *now.policy); }); });
  if (!is_current) return false;
  if (!job->is_held) job->lease.Release();
  context_.meter.Add(api::Metric::kIdentityCacheHits);
  context_.meter.Add(api::Metric::kVerdictCacheHits);
  Outcome outcome;
  outcome.decision = verdict->decision;
  CountVerdict(outcome);
  return true;
}

bool EventJudge::MayInspect(EventJob& job) const {
  const InForce now = context_.force.Now();
  const std::lock_guard lock(job.mutex);
  return now.policy != nullptr && job.asker && job.facts.status.is_regular() &&
         job.facts.lease == LeaseState::kGranted && FindKnown(job, now) == nullptr;
}

bool EventJudge::TryInspect(const JobPtr& job) const {
  EventFacts& facts = job->facts;
  {
    const std::lock_guard lock(job->mutex);
    facts.stage = Stage::kFinding;
    facts.program = ProgramOf(job->event.tid());
  }
  if (FindPlace(*job)) {
    context_.meter.Add(api::Metric::kIdentityCacheMisses);
    Inspect(job);
    return true;
  }
  const std::lock_guard lock(job->mutex);
  facts.stage = Stage::kWaiting;
  return job->event.is_answered();
}

}  // namespace portcullis::enforcement
