// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_judge.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <ctime>

#include "enforcement/heartbeat.h"
#include "enforcement/interpreter_data.h"
#include "enforcement/verdict.h"
#include "host/thread_file.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {
namespace {

using api::Metric;

// From one look at an opener that runs to the next: twice as long each time.
constexpr useconds_t kFirstPauseUs = 50;
constexpr useconds_t kLongestPauseUs = 2000;

bool Waits(const EventJob& job) { return job.event.is_permission(); }

// What is known of a file that nobody looked at.
KnownFile Unidentified() {
  KnownFile file;
  file.identity = UnidentifiedFile();
  return file;
}

}  // namespace

std::string ProgramOf(pid_t tid) {
  std::string text(PATH_MAX, '\0');
  const ssize_t size = readlink(ThreadFilePath(tid, "exe").c_str(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

// ---- Who asks.

void EventJudge::Greet(EventJob& job, Patience patience) const {
  auto thread = ReadThreadCredentials(
      job.event.tid(), patience == Patience::kNone ? kMaxStatusAtOnce : kMaxStatusBytes);
  job.asker_is_gone = !thread && thread.error().code == ErrorCode::kNotFound;
  if (job.asker_is_gone) return;
  if (!thread) {
    job.principal = PrincipalOf(ReadThreadUsers(job.event.tid()));
    return;
  }
  AccessToken token =
      TokenOf(*thread, *context_.accounts.Get(), context_.host, context_.service.service_process);
  job.principal = PrincipalOf(*thread);
  job.asker = Asker{std::move(*thread), std::move(token)};
}

bool EventJudge::IsOwnEvent(const EventJob& job) const {
  return job.asker && context_.is_own(job.asker->thread.tgid);
}

// ---- What the caches know.

bool EventJudge::TryAtOnce(const JobPtr& job) const {
  const std::lock_guard lock(job->mutex);
  if (IsOwnEvent(*job)) {
    AllowUnseen(*job);
    return true;
  }
  if (job->asker_is_gone) {
    AskerIsGone(*job);
    return true;
  }
  const InForce now = context_.force.Now();
  // Before the first policy is in force the accounts are not known either: Look greets again.
  if (now.policy == nullptr) job->asker.reset();
  if (!job->asker || !job->event.is_exec()) return false;
  job->facts.operation = Operation::kExecute;
  if (!LookAtFile(*job)) return false;
  const auto file = FindKnown(*job, now);
  if (file == nullptr) return false;
  job->facts.is_root_only = file->evidence->is_root_only;
  const auto places = context_.places.Get();
  EventPath path = finder_.Find(job->event.fd(), job->facts.status, job->event.tid(),
                                places->around, Patience::kNone);
  if (!path.is_settled) return false;
  job->facts.path = std::move(path);
  const auto verdict = FindVerdict(*job, *now.policy, *file);
  // A worker tells the kernel not to ask again.
  if (verdict == nullptr || MayBeIgnored(*job, *verdict)) return false;
  // A worker may wait for the asker's memory.
  if (verdict->decision.would_block()) return false;
  if (IsWorthRecording(*verdict)) job->facts.program = ProgramOf(job->event.tid());
  context_.meter.Add(Metric::kIdentityCacheHits);
  context_.meter.Add(Metric::kVerdictCacheHits);
  Outcome outcome;
  outcome.identity = &file->identity;
  return AnswerBy(job, now, *verdict, outcome);
}

// The lease first: from then on what is read of the file stays true.
bool EventJudge::LookAtFile(EventJob& job) const {
  EventFacts& facts = job.facts;
  if (Waits(job) && !facts.lease) {
    facts.lease = job.lease.Take(job.event.fd(), context_.leases.thread());
  }
  const auto status = ReadFileStatus(job.event.fd());
  if (!status) return false;
  facts.status = *status;
  // Of who was answered meanwhile by the deadline, the thread may have gone on to its next exec.
  if (Waits(job) && !job.event.is_answered()) {
    context_.leases.ThreadAsks(job.event.tid(), status->key);
  }
  return status->is_regular() && (!Waits(job) || facts.lease == LeaseState::kGranted);
}

std::shared_ptr<const KnownFile> EventJudge::FindKnown(const EventJob& job,
                                                       const InForce& now) const {
  IdentityEvidence wanted;
  wanted.key = job.facts.status.key;
  wanted.hashing = now.policy->hashing();
  wanted.trust_generation = now.trust_generation;
  // Who waits for no answer is told what was read; who waits must get what will run.
  wanted.is_leased = Waits(job);
  return context_.identities.Find(wanted, time(nullptr));
}

std::shared_ptr<const KnownVerdict> EventJudge::FindVerdict(const EventJob& job,
                                                            const PolicyInForce& force,
                                                            const KnownFile& file) const {
  VerdictKey key = AnyonesKey(*job.facts.operation, job.facts.path, file);
  if (auto anyones = FindForAnyone(key, force)) return anyones;
  key.token_class = force.ClassOf(job.asker->token);
  return force.verdicts().Find(key);
}

// ---- What has to be found out. Nothing here is done under the job's mutex but to note the result.

void EventJudge::Look(const JobPtr& job) const {
  if (job->event.is_answered()) return;
  const ForcePtr force = context_.force.Get();
  if (force == nullptr) return FailService(job);
  {
    const std::lock_guard lock(job->mutex);
    if (!job->asker) Greet(*job, Patience::kMayWait);
    if (job->asker_is_gone) return AskerIsGone(*job);
    if (job->asker) job->facts.stage = Stage::kFinding;
  }
  if (!job->asker) return FailService(job);  // there, and could not be looked at
  if (!FindOperation(*job)) return AllowData(job, context_.force.Now());
  {
    const std::lock_guard lock(job->mutex);
    LookAtFile(*job);
    job->facts.program = ProgramOf(job->event.tid());
    if (job->facts.lease == LeaseState::kWriterPresent && MayBlock(*force, *job->facts.operation)) {
      return AnswerWithoutVerdict(*job, Answer::kDenyBusy, AnsweredBy::kBusyFile);
    }
  }
  if (!FindPlace(*job)) return AllowUnseen(*job);
  FindOrInspect(job);
}

// False for an open that loads nothing.
bool EventJudge::FindOperation(EventJob& job) const {
  if (job.facts.operation) return true;
  std::optional<Operation> operation = Operation::kExecute;
  if (!job.event.is_exec()) {
    Load load = ClassifyOpen(job);
    useconds_t pause_us = kFirstPauseUs;
    // Till the deadline: an asker who gets no processor never gets to sleep.
    while (load.opener == Seen::kRunning && Waits(job) && !job.event.is_answered()) {
      usleep(pause_us);
      pause_us = std::min(2 * pause_us, kLongestPauseUs);
      load = ClassifyOpen(job);
    }
    operation = load.operation;
  }
  const std::lock_guard lock(job.mutex);
  job.facts.operation = operation;
  return operation.has_value();
}

Load EventJudge::ClassifyOpen(const EventJob& job) const {
  const auto name = [&job] {
    std::string path = PathOfDescriptor(job.event.fd());
    return path.substr(path.rfind('/') + 1);
  };
  return context_.loads.Classify(job.event.tid(), name,
                                 Waits(job) ? Opener::kWaits : Opener::kWentOn);
}

// False for what is not judged where it stands.
bool EventJudge::FindPlace(EventJob& job) const {
  const auto places = context_.places.Get();
  EventPath path = finder_.Find(job.event.fd(), job.facts.status, job.event.tid(), places->around,
                                Patience::kMayWait);
  if (path.other_root && context_.service.other_roots == OtherRoots::kAllow) return false;
  if (job.facts.operation == Operation::kLoad && IsLoaderConfiguration(path.verified)) return false;
  if (job.facts.operation == Operation::kScript &&
      IsInterpretersData(job.event.fd(), job.facts.status.OwnerAndMode(), path.Name())) {
    return false;
  }
  std::vector<PathSpelling> spellings;
  if (places->speller != nullptr) spellings = SpellingsOf(path, *places->speller);
  const bool is_root_only = IsOnKernelsOwnFileSystem(job.event.fd()) &&
                            OnlyRootMayWrite(job.event.fd(), job.facts.status.OwnerAndMode());
  const std::lock_guard lock(job.mutex);
  job.facts.path = std::move(path);
  job.facts.spellings = std::move(spellings);
  job.facts.is_root_only = is_root_only;
  job.facts.stage = Stage::kLooking;
  return true;
}

void EventJudge::FindOrInspect(const JobPtr& job) const {
  const EventFacts& facts = job->facts;
  const bool can_change = facts.lease == LeaseState::kUnsupported;
  if (!facts.status.is_regular() || can_change) {
    // What was read of it may be untrue a moment later: judged by its place alone.
    Decide(job, Unidentified(), AnsweredBy::kDecision);
    return;
  }
  const auto file = FindKnown(*job, context_.force.Now());
  context_.meter.Add(file != nullptr ? Metric::kIdentityCacheHits : Metric::kIdentityCacheMisses);
  if (file != nullptr && Decide(job, *file, AnsweredBy::kDecision)) return;
  Inspect(job);
}

// Of an inspection that begins now.
IdentityEvidence EventJudge::EvidenceFor(const EventJob& job, const InForce& now) {
  IdentityEvidence evidence;
  evidence.key = job.facts.status.key;
  evidence.hashing = now.policy->hashing();
  evidence.trust_generation = now.trust_generation;
  evidence.is_leased = job.lease.IsHeld();
  evidence.is_root_only = job.facts.is_root_only;
  evidence.times_show_writes = TimesShowEveryWrite(job.event.fd());
  evidence.seen_ns = FileClockNs();
  return evidence;
}

// Without a file where this process has no descriptor left.
InspectionJob EventJudge::InspectionOf(const EventJob& job, const InForce& now) {
  InspectionJob inspection;
  inspection.file = UniqueFd(fcntl(job.event.fd(), F_DUPFD_CLOEXEC, 0));
  inspection.name_hint = std::string(job.facts.path.Name());
  // News share one line, so that nobody's take a place from his questions.
  inspection.uid = Waits(job) ? job.principal : kNobodysPrincipal;
  inspection.evidence = EvidenceFor(job, now);
  return inspection;
}

void EventJudge::Inspect(const JobPtr& job) const {
  InspectionJob inspection = InspectionOf(*job, context_.force.Now());
  if (!inspection.file.valid()) return FailService(job);
  {
    const std::lock_guard lock(job->mutex);
    job->facts.stage = Stage::kInspecting;
    job->is_inspected = true;
  }
  const IdentityEvidence evidence = inspection.evidence;
  const auto queued = context_.inspect(std::move(inspection), [this, job, evidence](auto result) {
    Inspected(job, evidence, std::move(result));
  });
  if (queued) return;
  job->is_inspected = false;
  if (queued.error().code == ErrorCode::kLimitExceeded) return RefuseForUser(job);
  FailService(job);
}

void EventJudge::Inspected(const JobPtr& job, const IdentityEvidence& by,
                           Result<FileIdentity> result) const {
  const bool service_failed = !result && result.error().code == ErrorCode::kUnsupported;
  std::shared_ptr<const KnownFile> file;
  if (!service_failed) file = Remember(*job, by, std::move(result));
  job->is_inspected = false;
  if (service_failed) {
    FailService(job);
  } else if (file == nullptr) {
    const std::lock_guard lock(job->mutex);
    AnswerWithoutVerdict(*job, Answer::kDenyBusy, AnsweredBy::kBusyFile);
  } else if (!Decide(job, *file, AnsweredBy::kDecision)) {
    return Inspect(job);
  }
  // Answered before by the deadline, it has kept the lease for this moment alone.
  if (!job->is_held) job->lease.Release();
}

// Null where a writer came while somebody waits for the answer: nobody knows what was read.
std::shared_ptr<const KnownFile> EventJudge::Remember(EventJob& job, IdentityEvidence evidence,
                                                      Result<FileIdentity> result) const {
  FileIdentity identity = result ? std::move(*result) : UnidentifiedFile();
  if (!result) identity.valid_until = time(nullptr) + kRetryInspectionSeconds;
  evidence.is_leased = evidence.is_leased && job.lease.IsHeld();
  evidence.seen_ns = FileClockNs();
  const auto status = ReadFileStatus(job.event.fd());
  const bool is_same = status && status->key == evidence.key;
  if (is_same && (evidence.is_leased || !Waits(job))) {
    return context_.identities.Put(evidence, std::move(identity));
  }
  const ForcePtr force = context_.force.Get();
  if (Waits(job) && force != nullptr && MayBlock(*force, *job.facts.operation)) return nullptr;
  return std::make_shared<const KnownFile>(KnownFile{0, std::move(identity), evidence});
}

// ---- The verdict and the answer; under the job's mutex.

std::shared_ptr<const KnownVerdict> EventJudge::VerdictOn(const EventJob& job,
                                                          const PolicyInForce& force,
                                                          const KnownFile& file) const {
  const VerdictQuestion question{*job.facts.operation, file.identity, job.facts.spellings,
                                 job.asker->token};
  // What is not in the identity cache has no number to remember a verdict by.
  if (file.id == 0) return DecideVerdict(force, question);
  auto known = FindVerdict(job, force, file);
  context_.meter.Add(known ? Metric::kVerdictCacheHits : Metric::kVerdictCacheMisses);
  if (known) return known;
  auto verdict = DecideVerdict(force, question);
  const bool may_expire = file.identity.valid_until.has_value();
  if (file.evidence->is_root_only && !may_expire && !job.facts.path.verified.empty() &&
      context_.ignore) {
    // As if Wine could run: it may come while the mark stands.
    verdict->allows_everyone = AllowsEveryoneEverything(force, question, force.judges_opens(true));
  }
  VerdictKey key = AnyonesKey(*job.facts.operation, job.facts.path, file);
  if (context_.service.record_allowed == RecordAllowed::kEvery ||
      IsDenial(verdict->decision.verdict) || !AllowsEveryone(force, question)) {
    key.token_class = force.ClassOf(job.asker->token);
  }
  force.verdicts().Put(key, verdict);
  return verdict;
}

bool EventJudge::IsUpToDate(const KnownFile& file, const InForce& now) {
  return !file.evidence || file.evidence->Answers(now.policy->hashing(), now.trust_generation);
}

// False where what was found out of the file is not what the policy and the anchors in force by now
// ask for: it has to be inspected again.
bool EventJudge::Decide(const JobPtr& job, const KnownFile& file, AnsweredBy by) const {
  const std::lock_guard lock(job->mutex);
  return DecideLocked(job, file, by);
}

bool EventJudge::DecideLocked(const JobPtr& job, const KnownFile& file, AnsweredBy by) const {
  while (!job->event.is_answered()) {
    const InForce now = context_.force.Now();
    if (!IsUpToDate(file, now)) return false;
    Outcome outcome;
    outcome.answered_by = by;
    outcome.identity = &file.identity;
    if (AnswerBy(job, now, *VerdictOn(*job, *now.policy, file), outcome)) return true;
  }
  return true;
}

// False where another policy, or other anchors, are in force by now.
bool EventJudge::AnswerBy(const JobPtr& job, const InForce& now, const KnownVerdict& verdict,
                          Outcome outcome) const {
  outcome.decision = verdict.decision;
  const Answer answer = ChooseAnswer(job, *now.policy, outcome);
  FillBeforeAnswer(*job, outcome);
  bool is_first = false;
  const bool is_current = context_.force.IfCurrent(now, [&] {
    if (answer == Answer::kAllow && MayBeIgnored(*job, verdict)) Ignore(*job, verdict);
    is_first = Give(*job, answer, [&] {
      if (answer == Answer::kAllow) ExpectItsOpen(*job, *now.policy);
    });
  });
  if (!is_current) return false;
  if (!job->is_held && !job->is_inspected) job->lease.Release();
  if (!is_first) return true;
  CountVerdict(outcome);
  if (outcome.blocked || IsWorthRecording(verdict)) {
    FillForRecord(*job, verdict);
    if (!outcome.blocked) verdict.recorded = true;
    context_.record(RecordOf(*job, now.policy, outcome, *context_.accounts.Get()));
  }
  return true;
}

// Whoever is denied may be gone a moment later, and whoever runs has other memory then. Not for an
// answer that is overdue, whose thread others wait for; TryAtOnce leaves denials to Look.
void EventJudge::FillBeforeAnswer(EventJob& job, const Outcome& outcome) const {
  if (outcome.blocked && !job.facts.trace) job.facts.trace = ReadAskerTrace(job.event.tid());
  const bool is_asked_for = IsDenial(outcome.decision.verdict) && Waits(job) &&
                            job.event.is_exec() && job.facts.stage != Stage::kWaiting &&
                            outcome.answered_by != AnsweredBy::kDeadline;
  if (!is_asked_for || !context_.command_line || !job.facts.command_line.empty()) return;
  job.facts.command_line = context_.command_line(job.event.tid(), job.principal);
}

// Of one that goes on what only the log wants is read behind the answer.
void EventJudge::FillForRecord(EventJob& job, const KnownVerdict& verdict) const {
  if (!job.facts.trace && IsDenial(verdict.decision.verdict)) {
    job.facts.trace = ReadAskerTrace(job.event.tid());
  }
  const auto places = context_.places.Get();
  if (job.facts.spellings.empty() && places->speller != nullptr) {
    job.facts.spellings = SpellingsOf(job.facts.path, *places->speller);
  }
}

bool EventJudge::JudgesOpens(const PolicyInForce& force) const {
  return force.judges_opens(context_.loads.WineMayRun());
}

// The kernel asks again, about the open that is part of the exec.
void EventJudge::ExpectItsOpen(const EventJob& job, const PolicyInForce& force) const {
  if (!Waits(job) || !job.event.is_exec() || !JudgesOpens(force)) return;
  context_.allowed_runs.Asked(job.event.tid(), job.facts.status.key, MonotonicNs());
}

bool EventJudge::MayBeIgnored(const EventJob& job, const KnownVerdict& verdict) const {
  return Waits(job) && verdict.allows_everyone && !verdict.never_ignored &&
         job.facts.lease == LeaseState::kGranted;
}

// While the slot is locked: a policy that comes next drops the mark.
void EventJudge::Ignore(const EventJob& job, const KnownVerdict& verdict) const {
  if (context_.ignore(job.event.fd(), job.facts.path.verified) == Marking::kNever) {
    verdict.never_ignored = true;
  }
}

Answer EventJudge::ChooseAnswer(const JobPtr& job, const PolicyInForce& force,
                                Outcome& outcome) const {
  if (!Waits(*job)) {
    outcome.answered_by = AnsweredBy::kObserved;
    return Answer::kAllow;
  }
  outcome.blocked = outcome.decision.would_block();
  if (outcome.blocked) return Answer::kDeny;
  if (job->facts.lease != LeaseState::kGranted || !MayBlock(force, *job->facts.operation)) {
    return Answer::kAllow;
  }
  if (!job->lease.IsHeld()) {
    outcome.blocked = true;
    outcome.answered_by = AnsweredBy::kBusyFile;
    return Answer::kDenyBusy;
  }
  if (!job->event.is_exec() || job->facts.is_root_only) return Answer::kAllow;
  const Holding holding = HoldUntilLanded(job);
  if (holding == Holding::kHeld) return Answer::kAllow;
  outcome.answered_by = AnsweredBy::kFailurePolicy;
  // Of this user too many are in flight; or of all, which is the service's failure.
  outcome.blocked =
      holding == Holding::kUserIsFull || context_.service.failure_policy == FailurePolicy::kDeny;
  return outcome.blocked ? Answer::kDeny : Answer::kAllow;
}

Holding EventJudge::HoldUntilLanded(const JobPtr& job) const {
  if (job->is_held) return Holding::kHeld;
  ExecInFlight exec;
  exec.lease = &job->lease;
  exec.fd = job->event.fd();
  exec.tid = job->event.tid();
  exec.principal = job->principal;
  exec.file = job->facts.status.key;
  exec.before = ReadRunningProgram(exec.tid);
  // Whom nobody looked at is looked at instead.
  exec.looks_for_room = job->asker.has_value();
  exec.let_go = [job](bool writer_waits) {
    job->is_held = false;
    if (writer_waits || !job->is_inspected) job->lease.Release();
  };
  job->is_held = true;
  const Holding holding = context_.leases.Hold(std::move(exec));
  if (holding != Holding::kHeld) job->is_held = false;
  return holding;
}

bool EventJudge::IsWorthRecording(const KnownVerdict& verdict) const {
  if (IsDenial(verdict.decision.verdict)) return true;
  return context_.service.record_allowed != RecordAllowed::kNone &&
         (context_.service.record_allowed == RecordAllowed::kEvery || !verdict.recorded);
}

bool EventJudge::Give(EventJob& job, Answer answer, const std::function<void()>& before) const {
  if (!job.event.TryAnswer(answer, before)) return false;
  if (context_.meter.page != nullptr && Waits(job)) {
    context_.meter.page->AddLatency(MonotonicNs() - job.event.arrived_ns());
  }
  return true;
}

void EventJudge::CountVerdict(const Outcome& outcome) const {
  enum Kind : uint8_t { kAllowed, kDenied, kAudited };  // as api::kVerdictKinds
  const Kind unblocked = IsDenial(outcome.decision.verdict) ? kAudited : kAllowed;
  context_.meter.Add(api::VerdictMetric(outcome.blocked ? kDenied : unblocked,
                                        static_cast<size_t>(outcome.answered_by)));
}

// ---- Answers that no rule gave.

void EventJudge::AllowUnseen(EventJob& job) const {
  Give(job, Answer::kAllow);
  job.lease.Release();
}

// Killed meanwhile: the answer is for nobody. An open that was only observed may have been any
// read.
void EventJudge::AskerIsGone(EventJob& job) const {
  if (!Waits(job) && !job.event.is_exec()) return AllowUnseen(job);
  job.facts.path.seen = PathOfDescriptor(job.event.fd());
  AnswerWithoutVerdict(job, Answer::kDeny, AnsweredBy::kObserved);
}

void EventJudge::AnswerWithoutVerdict(EventJob& job, Answer answer, AnsweredBy by) const {
  if (answer != Answer::kAllow) job.facts.trace = ReadAskerTrace(job.event.tid());
  if (!Give(job, answer)) return;
  if (!job.is_inspected) job.lease.Release();
  Outcome outcome;
  outcome.blocked = Waits(job) && answer != Answer::kAllow;
  outcome.decision.verdict =
      outcome.blocked ? Verdict::kDeniedByDefault : Verdict::kAllowedByDefault;
  outcome.decision.reason =
      by == AnsweredBy::kObserved ? Reason::kNotJudged : Reason::kFailurePolicy;
  outcome.answered_by = by;
  CountVerdict(outcome);
  context_.record(RecordOf(job, context_.force.Get(), outcome, *context_.accounts.Get()));
}

void EventJudge::FailService(const JobPtr& job) const {
  const std::lock_guard lock(job->mutex);
  FailServiceLocked(*job);
}

void EventJudge::FailServiceLocked(EventJob& job) const {
  const ForcePtr force = context_.force.Get();
  const bool may_block = force == nullptr || force->enforces();
  const bool denies = may_block && context_.service.failure_policy == FailurePolicy::kDeny;
  AnswerWithoutVerdict(job, denies ? Answer::kDeny : Answer::kAllow, AnsweredBy::kFailurePolicy);
}

bool EventJudge::MayBlockIt(const EventJob& job, const PolicyInForce& force) const {
  return job.facts.operation ? MayBlock(force, *job.facts.operation) : force.enforces();
}

void EventJudge::RefuseForUser(const JobPtr& job) const {
  const std::lock_guard lock(job->mutex);
  RefuseForUserLocked(*job);
}

void EventJudge::RefuseForUserLocked(EventJob& job) const {
  const ForcePtr force = context_.force.Get();
  const bool may_block = force == nullptr || MayBlockIt(job, *force);
  AnswerWithoutVerdict(job, may_block ? Answer::kDeny : Answer::kAllow, AnsweredBy::kFailurePolicy);
}

// Where it stands could not be found out in time: its own failure, or the asker's, who chooses the
// path that the kernel shows.
void EventJudge::RefuseUnfound(EventJob& job, const PolicyInForce& force) const {
  const Answer answer = MayBlockIt(job, force) ? Answer::kDeny : Answer::kAllow;
  AnswerWithoutVerdict(job, answer, AnsweredBy::kDeadline);
}

// Whoever holds the job may wait for the disk, and every other deadline would wait with this one.
bool EventJudge::Overdue(const JobPtr& job) const {
  {
    const std::unique_lock lock(job->mutex, std::try_to_lock);
    if (!lock.owns_lock()) return false;
    if (job->event.is_answered()) return true;
    context_.meter.Add(Metric::kOverdueAnswers);
    const ForcePtr force = context_.force.Get();
    if (force == nullptr || job->facts.stage == Stage::kWaiting) {
      const bool is_own_doing = context_.was_held_up(job->principal);
      is_own_doing ? RefuseForUserLocked(*job) : FailServiceLocked(*job);
    } else if (job->facts.stage == Stage::kFinding) {
      RefuseUnfound(*job, *force);
    } else {
      DecideLocked(job, Unidentified(), AnsweredBy::kDeadline);
    }
  }
  if (job->is_inspected) context_.linger(job);
  return true;
}

}  // namespace portcullis::enforcement
