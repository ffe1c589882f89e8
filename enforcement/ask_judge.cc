// SPDX-License-Identifier: Apache-2.0
#include "enforcement/ask_judge.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "api/portcullis.h"
#include "enforcement/ask_answer.h"
#include "enforcement/slow_mounts.h"
#include "enforcement/verdict.h"
#include "host/lexical_path.h"
#include "host/url_zone.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {
namespace {

using api::Metric;
using applocker::CollectionType;

KnownFile Unidentified() {
  KnownFile file;
  file.identity = UnidentifiedFile();
  return file;
}

std::shared_ptr<KnownVerdict> DecideFor(const PolicyInForce& force, const VerdictQuestion& question,
                                        CollectionType collection,
                                        std::optional<srp::UrlZone> zone) {
  FileAttributes file =
      MakeFileAttributes(question.identity, question.spellings, force.policies().settings());
  file.srp.zone = zone;
  const Request request{question.operation, collection, &file, &question.token, {}};
  auto verdict = std::make_shared<KnownVerdict>();
  verdict->decision = portcullis::Decide(force.policies(), request);
  return verdict;
}

// What the host says, else what the file itself does, where a rule asks for it.
std::optional<srp::UrlZone> ZoneOf(const AskQuestion& question, const EventJob& event,
                                   const PolicyInForce& force) {
  const srp::CompiledPolicy* const srp = force.policies().srp();
  if (srp == nullptr || !srp->NeedsZone() || question.operation() != Operation::kInstall) {
    return std::nullopt;
  }
  if (const auto said = api::ZoneSaid(question.request)) return said;
  return event.event.fd() < 0 ? std::nullopt : ZoneOfFile(event.event.fd(), "");
}

bool IsClaimedElsewhere(const AskQuestion& question, const EventPath& path) {
  return !question.request.path.empty() && question.request.path != path.seen;
}

// Apart from the verdicts that the kernel asked for, whose rules the content may choose. The
// claimed path is part of where the file stands: deny rules see it.
VerdictKey KeyOf(const AskQuestion& question, const EventPath& path, uint64_t file,
                 std::string token_class, std::optional<srp::UrlZone> zone) {
  std::string place = path.Key();
  place.append(1, '\0').append("a");
  if (zone) {
    place.append(1, '\0').append("z").append(1, static_cast<char>(*zone));
  }
  if (IsClaimedElsewhere(question, path)) {
    place.append(1, '\0').append("h").append(question.request.path);
  }
  return {file, question.operation(), std::move(place), std::move(token_class)};
}

// As an event for whose answer nobody in the kernel waits.
JobPtr EventOf(const AskQuestion& question, UniqueFd file) {
  static const PendingEvent::Responder nobody_waits = [](int, Answer) { return Result<void>(); };
  KernelEvent event;
  event.file = std::move(file);
  event.tid = question.pid;
  event.is_exec = event.is_permission = false;
  auto made = std::make_shared<EventJob>(std::move(event), nobody_waits, question.arrived_ns);
  made->asker = question.asker->asker;
  made->principal = question.asker->principal;
  made->facts.operation = question.operation();
  return made;
}

// By a description of the gate's own: on the host's it could end the lease, or change how is read.
UniqueFd OpenToRead(const UniqueFd& handle) {
  const std::string path = fmt::format("/proc/self/fd/{}", handle.get());
  return UniqueFd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

bool IsOn(const Mount& mount, uint64_t device) {
  return makedev(mount.major, mount.minor) == device && !mount.is_network && !IsFuse(mount) &&
         !mount.is_synthetic && mount.file_system != "autofs";
}

}  // namespace

Operation AskQuestion::operation() const { return api::AskedBy(request.ask_for).operation; }

// ---- What the caches know.

// Of anybody's file only what was read under a lease; root's own needs none, for nobody else writes
// it.
std::shared_ptr<const KnownFile> AskJudge::FindKnown(const FileStatus& status,
                                                     const InForce& now) const {
  IdentityEvidence wanted;
  wanted.key = status.key;
  wanted.hashing = now.policy->hashing();
  wanted.trust_generation = now.trust_generation;
  auto file = context_.identities.Find(wanted, time(nullptr));
  if (file == nullptr) return nullptr;
  return file->evidence->is_root_only || file->evidence->is_leased ? file : nullptr;
}

bool AskJudge::TryAtOnce(const AskQuestion& question, std::string seen, const FileStatus& status,
                         const InForce& now, const std::string& token_class) const {
  const auto file = FindKnown(status, now);
  if (file == nullptr) return false;
  const auto places = context_.places.Get();
  const EventPath path =
      finder_.FindSeen(std::move(seen), status, question.pid, places->around, Patience::kNone);
  if (!path.is_settled) return false;
  const auto verdict = now.policy->verdicts().Find(
      KeyOf(question, path, file->id, token_class, api::ZoneSaid(question.request)));
  // To record it takes a while: a worker does.
  if (verdict == nullptr || IsWorthRecording(*verdict)) return false;
  Outcome outcome = OutcomeOf(verdict->decision, AnsweredBy::kDecision);
  outcome.identity = &file->identity;
  const api::AskAnswer answer = AnswerOf(question.request, now.policy->generation(), outcome);
  if (!context_.force.IfCurrent(now, [&] { question.reply(answer); })) return false;
  context_.meter.Add(Metric::kIdentityCacheHits);
  context_.meter.Add(Metric::kVerdictCacheHits);
  if (answer.error == 0) CountVerdict(context_.meter, outcome);
  return true;
}

// ---- What has to be found out, on a worker.

void AskJudge::Refuse(const AskPtr& job, int error) {
  if (job->answered.exchange(true)) return;
  job->question.reply(api::ErrorAnswer(job->question.request.number, error));
}

bool AskJudge::IsReadable(const EventPath& path, const FileStatus& status) const {
  const auto places = context_.places.Get();
  if (places->speller == nullptr) return false;
  const MountTable& mounts = places->speller->mounts();
  if (!path.verified.empty()) {
    const Mount* const mount = mounts.Find(path.verified);
    return mount != nullptr && !mount->is_synthetic &&
           !places->around.slow.StandAbove(path.verified);
  }
  return std::ranges::any_of(mounts.mounts(),
                             [&](const Mount& mount) { return IsOn(mount, status.key.device); });
}

EventPath AskJudge::FindPath(const AskJob& job, const FileStatus& status) const {
  const auto places = context_.places.Get();
  if (job.question.slow_path.empty()) {
    return finder_.Find(job.handle.get(), status, job.question.pid, places->around,
                        Patience::kMayWait);
  }
  EventPath path;
  path.seen = job.question.slow_path;
  path.version = places->around.version;
  return path;
}

std::vector<PathSpelling> AskJudge::SpellingsFor(const AskQuestion& question,
                                                 const EventPath& path) const {
  const auto places = context_.places.Get();
  if (places->speller == nullptr) return {};
  std::vector<PathSpelling> spellings = SpellingsOf(path, *places->speller);
  const std::string& claimed = question.request.path;
  if (!claimed.starts_with('/') || claimed == path.seen || claimed == path.verified) {
    return spellings;
  }
  for (PathSpelling& spelling : places->speller->Claimed(NormalizeHostPath(claimed))) {
    spellings.push_back(std::move(spelling));
  }
  return spellings;
}

// The lease first: from then on what is read of the file stays true.
void AskJudge::LookAtFile(EventJob& event) const {
  EventFacts& facts = event.facts;
  const int fd = event.event.fd();
  if (fd < 0) return;
  facts.is_root_only =
      IsOnKernelsOwnFileSystem(fd) && OnlyRootMayWrite(fd, facts.status.OwnerAndMode());
  if (facts.is_root_only) return;
  facts.lease = event.lease.Take(fd, context_.leases.thread());
  if (const auto status = ReadFileStatus(fd)) facts.status = *status;
}

// What is read of it now is true a moment later.
bool AskJudge::IsCertain(const EventJob& event) {
  return event.event.fd() >= 0 &&
         (event.facts.is_root_only || event.facts.lease == LeaseState::kGranted);
}

// Everything about the question that a disk may be asked for. Null: no regular file.
JobPtr AskJudge::FindOut(const AskJob& job) const {
  FileStatus status;
  if (job.handle.valid()) {
    const auto read = ReadFileStatus(job.handle.get());
    if (!read || !read->is_regular()) return nullptr;
    status = *read;
  }
  EventPath path = FindPath(job, status);
  const bool reads = job.handle.valid() && IsReadable(path, status);
  JobPtr event = EventOf(job.question, reads ? OpenToRead(job.handle) : UniqueFd());
  EventFacts& facts = event->facts;
  facts.status = status;
  facts.spellings = SpellingsFor(job.question, path);
  facts.path = std::move(path);
  facts.program = ProgramOf(job.question.pid);
  facts.stage = Stage::kLooking;
  LookAtFile(*event);
  return event;
}

void AskJudge::Look(const AskPtr& job) const {
  const InForce now = context_.force.Now();
  if (now.policy == nullptr) return FailService(job);
  const JobPtr event = FindOut(*job);
  if (event == nullptr) return Refuse(job, PORTCULLIS_E_BAD_FILE);
  if (event->facts.path.other_root && context_.service.other_roots == OtherRoots::kAllow) {
    return AllowUnjudged(job);
  }
  {
    const std::lock_guard lock(job->mutex);
    if (job->answered) return event->lease.Release();  // overdue meanwhile
    job->event = event;
  }
  if (!IsCertain(*event)) {
    const bool is_busy = event->facts.lease == LeaseState::kWriterPresent;
    Decide(job, Unidentified(), is_busy ? AnsweredBy::kBusyFile : AnsweredBy::kDecision);
    return event->lease.Release();
  }
  const auto file = FindKnown(event->facts.status, now);
  context_.meter.Add(file != nullptr ? Metric::kIdentityCacheHits : Metric::kIdentityCacheMisses);
  if (file == nullptr || !Decide(job, *file, AnsweredBy::kDecision)) return Inspect(job);
  event->lease.Release();
}

// Who wants to write the file does not wait for this: the lease goes when the kernel tells of him.
void AskJudge::Inspect(const AskPtr& job) const {
  const JobPtr event = job->event;
  const InForce now = context_.force.Now();
  InspectionJob inspection;
  inspection.file = UniqueFd(fcntl(event->event.fd(), F_DUPFD_CLOEXEC, 0));
  inspection.name_hint = std::string(event->facts.path.Name());
  inspection.uid = event->principal;
  IdentityEvidence& evidence = inspection.evidence;
  evidence.key = event->facts.status.key;
  evidence.hashing = now.policy->hashing();
  evidence.trust_generation = now.trust_generation;
  evidence.is_leased = event->lease.IsHeld();
  evidence.is_root_only = event->facts.is_root_only;
  evidence.times_show_writes = TimesShowEveryWrite(event->event.fd());
  evidence.seen_ns = FileClockNs();
  if (!inspection.file.valid()) return FailService(job);
  event->is_inspected = true;
  context_.linger(event);
  const auto queued = context_.inspect(std::move(inspection),
                                       [this, job, by = evidence](Result<FileIdentity> result) {
                                         Inspected(job, by, std::move(result));
                                       });
  if (queued) return;
  event->is_inspected = false;
  event->lease.Release();
  if (queued.error().code == ErrorCode::kLimitExceeded) return Refuse(job, PORTCULLIS_E_BUSY);
  FailService(job);
}

void AskJudge::Inspected(const AskPtr& job, const IdentityEvidence& by,
                         Result<FileIdentity> result) const {
  EventJob& event = *job->event;
  event.is_inspected = false;
  if (!result && result.error().code == ErrorCode::kUnsupported) {
    FailService(job);
  } else if (const auto file = Remember(event, by, std::move(result)); file == nullptr) {
    Decide(job, Unidentified(), AnsweredBy::kBusyFile);
  } else if (!Decide(job, *file, AnsweredBy::kDecision)) {
    return Inspect(job);
  }
  event.lease.Release();
}

// Null where it was written meanwhile: nobody knows what was read.
std::shared_ptr<const KnownFile> AskJudge::Remember(EventJob& event, IdentityEvidence evidence,
                                                    Result<FileIdentity> result) const {
  FileIdentity identity = result ? std::move(*result) : UnidentifiedFile();
  if (!result) identity.valid_until = time(nullptr) + kRetryInspectionSeconds;
  evidence.is_leased = evidence.is_leased && event.lease.IsHeld();
  evidence.seen_ns = FileClockNs();
  const auto status = ReadFileStatus(event.event.fd());
  const bool is_same = status && status->key == evidence.key;
  if (!is_same || (!evidence.is_leased && !evidence.is_root_only)) return nullptr;
  return context_.identities.Put(evidence, std::move(identity));
}

// ---- The verdict and the answer; under the job's mutex.

std::shared_ptr<const KnownVerdict> AskJudge::VerdictOn(const AskJob& job,
                                                        const PolicyInForce& force,
                                                        const KnownFile& file) const {
  const EventJob& event = *job.event;
  const AccessToken& token = event.asker->token;
  const VerdictQuestion question{job.question.operation(), file.identity, event.facts.spellings,
                                 token};
  const CollectionType collection = api::AskedBy(job.question.request.ask_for).collection;
  const auto zone = ZoneOf(job.question, event, force);
  if (file.id == 0) return DecideFor(force, question, collection, zone);
  const VerdictKey key = KeyOf(job.question, event.facts.path, file.id, force.ClassOf(token), zone);
  auto known = force.verdicts().Find(key);
  context_.meter.Add(known ? Metric::kVerdictCacheHits : Metric::kVerdictCacheMisses);
  if (known) return known;
  auto verdict = DecideFor(force, question, collection, zone);
  // Made-up paths would push out what the kernel asks for.
  if (!IsClaimedElsewhere(job.question, event.facts.path)) force.verdicts().Put(key, verdict);
  return verdict;
}

Outcome AskJudge::OutcomeOf(const Decision& decision, AnsweredBy by) const {
  Outcome outcome;
  outcome.decision = decision;
  outcome.answered_by = by;
  outcome.blocked = decision.would_block() && !context_.service.observe_only;
  return outcome;
}

// False where what was found out of the file is not what policy and anchors in force by now ask
// for.
bool AskJudge::Decide(const AskPtr& job, const KnownFile& file, AnsweredBy by) const {
  const std::lock_guard lock(job->mutex);
  return DecideLocked(*job, file, by);
}

bool AskJudge::DecideLocked(AskJob& job, const KnownFile& file, AnsweredBy by) const {
  while (!job.answered) {
    const InForce now = context_.force.Now();
    const auto& evidence = file.evidence;
    if (evidence && !evidence->Answers(now.policy->hashing(), now.trust_generation)) return false;
    const auto verdict = VerdictOn(job, *now.policy, file);
    Outcome outcome = OutcomeOf(verdict->decision, by);
    outcome.identity = &file.identity;
    const auto answer = AnswerOf(job.question.request, now.policy->generation(), outcome);
    bool is_first = false;
    context_.force.IfCurrent(now, [&] {
      is_first = !job.answered.exchange(true);
      if (is_first) job.question.reply(answer);
    });
    if (!is_first || answer.error != 0) continue;
    CountVerdict(context_.meter, outcome);
    if (!IsWorthRecording(*verdict)) continue;
    if (!outcome.blocked) verdict->recorded = true;
    Record(*job.event, now.policy, outcome);
  }
  return true;
}

bool AskJudge::IsWorthRecording(const KnownVerdict& verdict) const {
  if (IsDenial(verdict.decision.verdict)) return true;
  return context_.service.record_allowed != RecordAllowed::kNone &&
         (context_.service.record_allowed == RecordAllowed::kEvery || !verdict.recorded);
}

void AskJudge::Record(EventJob& event, const ForcePtr& force, const Outcome& outcome) const {
  if (IsDenial(outcome.decision.verdict)) event.facts.trace = ReadAskerTrace(event.event.tid());
  context_.record(RecordOf(event, force, outcome, *context_.accounts.Get()));
}

// ---- Answers that no rule gave.

void AskJudge::AllowUnjudged(const AskPtr& job) const {
  Outcome outcome;
  outcome.decision.verdict = Verdict::kAllowedByDefault;
  outcome.decision.reason = Reason::kNotJudged;
  AnswerWithoutRule(job, outcome);
}

void AskJudge::FailService(const AskPtr& job) const {
  const bool denies =
      context_.service.failure_policy == FailurePolicy::kDeny && !context_.service.observe_only;
  Outcome outcome;
  outcome.answered_by = AnsweredBy::kFailurePolicy;
  outcome.blocked = denies;
  outcome.decision.verdict = denies ? Verdict::kDeniedByDefault : Verdict::kAllowedByDefault;
  outcome.decision.reason = Reason::kFailurePolicy;
  AnswerWithoutRule(job, outcome);
}

void AskJudge::AnswerWithoutRule(const AskPtr& job, const Outcome& outcome) const {
  const std::lock_guard lock(job->mutex);
  if (job->answered.exchange(true)) return;
  const ForcePtr force = context_.force.Get();
  const uint64_t generation = force == nullptr ? 0 : force->generation();
  job->question.reply(AnswerOf(job->question.request, generation, outcome));
  CountVerdict(context_.meter, outcome);
  if (outcome.decision.reason == Reason::kNotJudged) return;
  if (job->event == nullptr) job->event = EventOf(job->question, {});
  Record(*job->event, force, outcome);
}

void AskJudge::Overdue(const AskPtr& job) const {
  std::unique_lock lock(job->mutex);
  if (job->answered) return;
  context_.meter.Add(Metric::kOverdueAnswers);
  if (job->event == nullptr) {
    // Not even where it stands is known: no rule about a place could speak.
    lock.unlock();
    return FailService(job);
  }
  // Nobody knows what it is, so no policy in force asks for more.
  static_cast<void>(DecideLocked(*job, Unidentified(), AnsweredBy::kDeadline));
}

}  // namespace portcullis::enforcement
