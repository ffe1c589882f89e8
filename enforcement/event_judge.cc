// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_judge.h"

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <ctime>

#include "enforcement/interpreter_data.h"
#include "enforcement/pidfd.h"
#include "enforcement/verdict.h"
#include "host/thread_file.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {
namespace {

int64_t RealtimeNs() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

std::string ProgramOf(pid_t tid) {
  std::string text(PATH_MAX, '\0');
  const ssize_t size = readlink(ThreadFilePath(tid, "exe").c_str(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

bool Waits(const EventJob& job) { return job.event.is_permission(); }

}  // namespace

// ---- Who asks.

void EventJudge::Greet(EventJob& job) const {
  auto thread = ReadThreadCredentials(job.event.tid());
  job.asker_is_gone = !thread && thread.error().code == ErrorCode::kNotFound;
  if (!thread) return;
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
  const ForcePtr force = context_.force.Get();
  // Before the first policy is in force the accounts are not known either: Look greets again.
  if (force == nullptr) job->asker.reset();
  if (!job->asker || !job->event.is_exec()) return false;
  job->facts.operation = Operation::kExecute;
  if (!LookAtFile(*job)) return false;
  const auto file = FindKnown(*job);
  if (file == nullptr) return false;
  job->facts.is_root_only = file->is_root_only;
  EventPath path =
      finder_.Find(job->event.fd(), job->facts.status.key, job->event.tid(), {}, Patience::kNone);
  if (!path.is_settled) return false;
  job->facts.path = std::move(path);
  const auto verdict = force->verdicts().Find(KeyOf(*job, *force, *file));
  // A worker tells the kernel not to ask again.
  if (verdict == nullptr || MayBeIgnored(*job, *verdict)) return false;
  if (IsWorthRecording(*verdict)) job->facts.program = ProgramOf(job->event.tid());
  Outcome outcome;
  outcome.identity = &*file->identity;
  return AnswerBy(job, force, *verdict, outcome);
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

std::shared_ptr<const KnownFile> EventJudge::FindKnown(const EventJob& job) const {
  auto file = context_.identities.Find(job.facts.status.key, RealtimeNs());
  return file != nullptr && (file->was_leased || !Waits(job)) ? file : nullptr;
}

VerdictKey EventJudge::KeyOf(const EventJob& job, const PolicyInForce& force,
                             const KnownFile& file) const {
  return {file.id, *job.facts.operation, job.facts.path.Key(), force.ClassOf(job.asker->token)};
}

// ---- What has to be found out. Nothing here is done under the job's mutex but to note the result.

void EventJudge::Look(const JobPtr& job) const {
  if (job->event.is_answered()) return;
  const ForcePtr force = context_.force.Get();
  if (force == nullptr) return FailService(job);
  {
    const std::lock_guard lock(job->mutex);
    if (!job->asker) Greet(*job);
    if (job->asker_is_gone) return AskerIsGone(*job);
    if (job->asker) job->facts.stage = Stage::kFinding;
  }
  if (!job->asker) return FailService(job);  // there, and could not be looked at
  if (!FindOperation(*job)) return AllowData(job, force);
  {
    const std::lock_guard lock(job->mutex);
    LookAtFile(*job);
    job->facts.program = ProgramOf(job->event.tid());
    if (job->facts.lease == LeaseState::kWriterPresent && MayBlock(*force, *job->facts.operation)) {
      return AnswerWithoutVerdict(*job, Answer::kDenyBusy, AnsweredBy::kBusyFile);
    }
  }
  if (!FindPlace(*job)) return AllowUnseen(*job);
  FindOrInspect(job, force);
}

// False for an open that loads nothing.
bool EventJudge::FindOperation(EventJob& job) const {
  std::optional<Operation> operation = Operation::kExecute;
  if (!job.event.is_exec()) {
    const std::string path = PathOfDescriptor(job.event.fd());
    operation =
        context_.loads.Classify(job.event.tid(), std::string_view(path).substr(path.rfind('/') + 1),
                                Waits(job) ? Opener::kWaits : Opener::kWentOn);
  }
  const std::lock_guard lock(job.mutex);
  job.facts.operation = operation;
  return operation.has_value();
}

// False for what is not judged where it stands.
bool EventJudge::FindPlace(EventJob& job) const {
  const auto places = context_.places.Get();
  EventPath path = finder_.Find(job.event.fd(), job.facts.status.key, job.event.tid(),
                                places->layers, Patience::kMayWait);
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

void EventJudge::FindOrInspect(const JobPtr& job, const ForcePtr& force) const {
  const EventFacts& facts = job->facts;
  const bool can_change = facts.lease == LeaseState::kUnsupported;
  if (!facts.status.is_regular() || can_change) {
    // What was read of it may be untrue a moment later: judged by its place alone.
    KnownFile file;
    file.identity = UnidentifiedFile();
    return Decide(job, file, AnsweredBy::kDecision);
  }
  if (const auto file = FindKnown(*job)) {
    return Decide(job, *file, AnsweredBy::kDecision);
  }
  Inspect(job, force);
}

// Without a file where this process has no descriptor left.
InspectionJob EventJudge::InspectionOf(const EventJob& job, const PolicyInForce& force) {
  InspectionJob inspection;
  inspection.file = UniqueFd(fcntl(job.event.fd(), F_DUPFD_CLOEXEC, 0));
  inspection.name_hint = std::string(job.facts.path.Name());
  inspection.uid = job.principal;
  inspection.hashing = force.hashing();
  return inspection;
}

void EventJudge::Inspect(const JobPtr& job, const ForcePtr& force) const {
  InspectionJob inspection = InspectionOf(*job, *force);
  if (!inspection.file.valid()) return FailService(job);
  {
    const std::lock_guard lock(job->mutex);
    job->facts.stage = Stage::kInspecting;
    job->is_inspected = true;
  }
  const auto queued = context_.inspect(
      std::move(inspection), [this, job](auto result) { Inspected(job, std::move(result)); });
  if (queued) return;
  job->is_inspected = false;
  if (queued.error().code == ErrorCode::kLimitExceeded) return RefuseForUser(job);
  FailService(job);
}

void EventJudge::Inspected(const JobPtr& job, Result<FileIdentity> result) const {
  const bool service_failed = !result && result.error().code == ErrorCode::kUnsupported;
  std::shared_ptr<const KnownFile> file;
  if (!service_failed) file = Remember(*job, std::move(result));
  job->is_inspected = false;
  if (service_failed) {
    FailService(job);
  } else if (file == nullptr) {
    const std::lock_guard lock(job->mutex);
    AnswerWithoutVerdict(*job, Answer::kDenyBusy, AnsweredBy::kBusyFile);
  } else {
    Decide(job, *file, AnsweredBy::kDecision);
  }
  // Answered before by the deadline, it has kept the lease for this moment alone.
  if (!job->is_held) job->lease.Release();
}

// Null where a writer came while somebody waits for the answer: nobody knows what was read.
std::shared_ptr<const KnownFile> EventJudge::Remember(EventJob& job,
                                                      Result<FileIdentity> result) const {
  const int64_t now_ns = RealtimeNs();
  KnownFile file;
  file.is_root_only = job.facts.is_root_only;
  file.was_leased = job.lease.IsHeld();
  if (result) {
    file.identity = std::move(*result);
  } else {
    file.identity = UnidentifiedFile();
    file.identity->valid_until = now_ns / 1'000'000'000 + kRetryInspectionSeconds;
  }
  const auto status = ReadFileStatus(job.event.fd());
  const bool is_same = status && status->key == job.facts.status.key;
  if (is_same && (file.was_leased || !Waits(job))) {
    return context_.identities.Put(job.facts.status.key, file, now_ns);
  }
  const ForcePtr force = context_.force.Get();
  if (Waits(job) && force != nullptr && MayBlock(*force, *job.facts.operation)) return nullptr;
  return std::make_shared<const KnownFile>(std::move(file));
}

// ---- The verdict and the answer; under the job's mutex.

std::shared_ptr<const KnownVerdict> EventJudge::VerdictOn(const EventJob& job,
                                                          const PolicyInForce& force,
                                                          const KnownFile& file) const {
  const VerdictQuestion question{*job.facts.operation, *file.identity, job.facts.spellings,
                                 job.asker->token};
  // What is not in the identity cache has no number to remember a verdict by.
  if (file.id == 0) return DecideVerdict(force, question);
  const VerdictKey key = KeyOf(job, force, file);
  if (auto known = force.verdicts().Find(key)) return known;
  auto verdict = DecideVerdict(force, question);
  const bool may_expire = file.identity->valid_until.has_value();
  if (file.is_root_only && !may_expire && !job.facts.path.verified.empty() && context_.ignore) {
    const bool opens = force.judges_opens(!context_.service.loads.wine_loaders.empty());
    verdict->allows_everyone = AllowsEveryoneEverything(force, question, opens);
  }
  force.verdicts().Put(key, verdict);
  return verdict;
}

void EventJudge::Decide(const JobPtr& job, const KnownFile& file, AnsweredBy by) const {
  const std::lock_guard lock(job->mutex);
  while (!job->event.is_answered()) {
    const ForcePtr force = context_.force.Get();
    Outcome outcome;
    outcome.answered_by = by;
    outcome.identity = &*file.identity;
    if (AnswerBy(job, force, *VerdictOn(*job, *force, file), outcome)) return;
  }
}

// False where another policy is in force by now.
bool EventJudge::AnswerBy(const JobPtr& job, const ForcePtr& force, const KnownVerdict& verdict,
                          Outcome outcome) const {
  outcome.decision = verdict.decision;
  const Answer answer = ChooseAnswer(job, *force, outcome);
  bool is_first = false;
  const bool is_current = context_.force.IfCurrent(force, [&] {
    if (answer == Answer::kAllow && MayBeIgnored(*job, verdict)) Ignore(*job, verdict);
    is_first = job->event.TryAnswer(answer);
  });
  if (!is_current) return false;
  if (!job->is_held && !job->is_inspected) job->lease.Release();
  if (!is_first) return true;
  if (outcome.blocked || IsWorthRecording(verdict)) {
    if (!outcome.blocked) verdict.recorded = true;
    context_.record(RecordOf(*job, force.get(), outcome, *context_.accounts.Get()));
  }
  return true;
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
  exec.process = OpenPidfd(job->asker->thread.tgid);
  if (!exec.process.valid()) return Holding::kFull;  // no descriptor is left, or the asker is gone
  exec.principal = job->principal;
  exec.file = job->facts.status.key;
  exec.before = ReadRunningProgram(exec.tid);
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

// ---- Answers that no rule gave.

void EventJudge::AllowUnseen(EventJob& job) const {
  job.event.TryAnswer(Answer::kAllow);
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
  if (!job.event.TryAnswer(answer)) return;
  if (!job.is_inspected) job.lease.Release();
  Outcome outcome;
  outcome.blocked = Waits(job) && answer != Answer::kAllow;
  outcome.decision.verdict =
      outcome.blocked ? Verdict::kDeniedByDefault : Verdict::kAllowedByDefault;
  outcome.decision.reason =
      by == AnsweredBy::kObserved ? Reason::kNotJudged : Reason::kFailurePolicy;
  outcome.answered_by = by;
  context_.record(RecordOf(job, context_.force.Get().get(), outcome, *context_.accounts.Get()));
}

void EventJudge::FailService(const JobPtr& job) const {
  const ForcePtr force = context_.force.Get();
  const bool may_block = force == nullptr || force->enforces();
  const bool denies = may_block && context_.service.failure_policy == FailurePolicy::kDeny;
  const std::lock_guard lock(job->mutex);
  AnswerWithoutVerdict(*job, denies ? Answer::kDeny : Answer::kAllow, AnsweredBy::kFailurePolicy);
}

bool EventJudge::MayBlockIt(const EventJob& job, const PolicyInForce& force) const {
  return job.facts.operation ? MayBlock(force, *job.facts.operation) : force.enforces();
}

void EventJudge::RefuseForUser(const JobPtr& job) const {
  const ForcePtr force = context_.force.Get();
  const std::lock_guard lock(job->mutex);
  const bool may_block = force == nullptr || MayBlockIt(*job, *force);
  AnswerWithoutVerdict(*job, may_block ? Answer::kDeny : Answer::kAllow,
                       AnsweredBy::kFailurePolicy);
}

// Where it stands could not be found out in time: its own failure, or the asker's, who chooses the
// path that the kernel shows.
void EventJudge::RefuseUnfound(const JobPtr& job, const PolicyInForce& force) const {
  const std::lock_guard lock(job->mutex);
  const Answer answer = MayBlockIt(*job, force) ? Answer::kDeny : Answer::kAllow;
  AnswerWithoutVerdict(*job, answer, AnsweredBy::kDeadline);
}

void EventJudge::Overdue(const JobPtr& job) const {
  Stage stage = Stage::kWaiting;
  {
    const std::lock_guard lock(job->mutex);
    if (job->event.is_answered()) return;
    if (job->asker) stage = job->facts.stage;
  }
  const ForcePtr force = context_.force.Get();
  if (stage == Stage::kWaiting || force == nullptr) return FailService(job);
  if (stage == Stage::kFinding) return RefuseUnfound(job, *force);
  KnownFile file;
  file.identity = UnidentifiedFile();
  Decide(job, file, AnsweredBy::kDeadline);
  if (job->is_inspected) context_.linger(job);
}

}  // namespace portcullis::enforcement
