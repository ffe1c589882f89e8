// SPDX-License-Identifier: Apache-2.0
// The way of one event from the kernel's question to the answer.
//
// Shape:   TryForAnyone answers what needs no look at who asks; Greet says who does; TryAtOnce
//          answers what the caches know; neither of them waits for anything;
//          Look finds out what is missing, which may wait for the disk, and hands the file to an
//          inspector or decides; Overdue answers what took too long. The first answer wins.
// Limits:  leases in flight (held_leases.h); the inspectors' queue (inspector_pool.h).
// Errors:  the file's own failure (it can not be identified) is judged with unknown attributes; one
//          of which not even the place was found in time is denied; the service's own is answered
//          by the failure policy; what one user overloads is denied to that user.
// Lifetime: borrows its context.
// Threads: each member may run on any number of threads, for one job on one at a time, but for
//          Overdue, which may come at any moment.
// Source:  docs/enforcement.md "The life of one exec".
#pragma once

#include <functional>
#include <memory>

#include "enforcement/asked_runs.h"
#include "enforcement/event_job.h"
#include "enforcement/held_leases.h"
#include "enforcement/ignore_marks.h"
#include "enforcement/inspector_pool.h"
#include "enforcement/load_detector.h"
#include "enforcement/policy_in_force.h"
#include "enforcement/recent_files.h"
#include "enforcement/record_of.h"
#include "enforcement/service_config.h"
#include "enforcement/service_metrics.h"
#include "enforcement/snapshot.h"
#include "host/path_spellings.h"

namespace portcullis::enforcement {

// An inspection that failed is not tried again for so long.
inline constexpr int64_t kRetryInspectionSeconds = 60;

// Larger data of root's own is asked about at each open: looking at it costs more than answering.
inline constexpr uint64_t kMaxQuietBytes = 16 << 20;

// Where files stand on this host, as of the last change of its mounts.
struct Places {
  std::shared_ptr<const PathSpeller> speller;
  Surroundings around;
};
// The same where no mount proves a path: from a change on until the mounts were looked at.
inline Places Unproved(Places places) {
  places.around.mounts = {};
  return places;
}

struct JudgeContext {
  const ServiceConfig& service;
  const HostConfig& host;
  const ForceSlot& force;
  const Snapshot<Places>& places;
  const Snapshot<AccountTable>& accounts;
  const LoadDetector& loads;
  IdentityCache& identities;
  HeldLeases& leases;
  RecentFiles& opened;
  AskedRuns& allowed_runs;            // whose open is still to come
  std::function<bool(pid_t)> is_own;  // one of the service's own processes
  std::function<Result<void>(InspectionJob, InspectorPool::Done)> inspect;
  std::function<void(DecisionRecord)> record;
  // Remembers a job that was answered while an inspector still reads its leased file.
  std::function<void(const JobPtr&)> linger;
  // Whether what this principal has asked had to wait because of what else he asked.
  std::function<bool(uint32_t principal)> was_held_up;
  // What an exec was called with; empty where that could not be found out at once.
  std::function<std::vector<std::string>(pid_t tid, uint32_t principal)> command_line;
  // Tells the kernel not to ask about the file again, where that is safe; may be empty.
  std::function<Marking(int fd, const std::string& real_path)> ignore;
  Meter meter = {};
};

class EventJudge {
 public:
  explicit EventJudge(JudgeContext context) : context_(std::move(context)) {}

  // Of an exec that waits: allows it where everybody may run the file. False: not answered, to be
  // greeted.
  bool TryForAnyone(const JobPtr& job) const;
  // Without patience a status that is long is left for later, and only who is charged is known.
  void Greet(EventJob& job, Patience patience) const;
  bool TryAtOnce(const JobPtr& job) const;
  // Of an open: allows it if it loads nothing, for which nobody need be greeted. May be kept
  // waiting by the asker. False: not answered, to be greeted and queued.
  bool TryOpen(const JobPtr& job, const FileStatus& status) const;
  // Of an exec that TryAtOnce left: hands a file that nobody knows to an inspector. May be kept
  // waiting by the disk. False: not done, to be queued.
  bool TryInspect(const JobPtr& job) const;
  bool MayInspect(EventJob& job) const;
  void Look(const JobPtr& job) const;
  // False where another thread works on the answer at this moment: to be called again.
  bool Overdue(const JobPtr& job) const;
  // No place or thread was left: of this user's share, or of the whole service's.
  void RefuseForUser(const JobPtr& job) const;
  void FailService(const JobPtr& job) const;

  const JudgeContext& context() const { return context_; }

 private:
  bool IsOwnEvent(const EventJob& job) const;
  void AllowUnseen(EventJob& job) const;
  // True where nobody can be writing the file, or nobody waits for an answer.
  bool LookAtFile(EventJob& job) const;
  bool FindOperation(EventJob& job) const;
  Load ClassifyOpen(const EventJob& job) const;
  bool FindPlace(EventJob& job) const;
  void AllowData(const JobPtr& job, const InForce& now) const;
  bool MayBeQuiet(const EventJob& job, const FileStatus& status, const PolicyInForce& force) const;
  bool LookAtData(EventJob& job) const;
  void InspectData(const JobPtr& job, const InForce& now) const;
  void Quieten(const JobPtr& job, const KnownFile& file) const;
  static InspectionJob InspectionOf(const EventJob& job, const InForce& now);
  static IdentityEvidence EvidenceFor(const EventJob& job, const InForce& now);
  static bool IsUpToDate(const KnownFile& file, const InForce& now);
  void FindOrInspect(const JobPtr& job) const;
  void Inspect(const JobPtr& job) const;
  void Inspected(const JobPtr& job, const IdentityEvidence& by, Result<FileIdentity> result) const;
  std::shared_ptr<const KnownFile> Remember(EventJob& job, IdentityEvidence evidence,
                                            Result<FileIdentity> result) const;
  std::shared_ptr<const KnownFile> FindKnown(const EventJob& job, const InForce& now) const;
  bool FindLender(EventJob& job) const;
  bool KeepLease(const JobPtr& job, const KnownFile& file, bool joins) const;
  static VerdictKey AnyonesKey(Operation operation, const EventPath& path, const KnownFile& file);
  std::shared_ptr<const KnownVerdict> FindForAnyone(const VerdictKey& key,
                                                    const PolicyInForce& force) const;
  std::shared_ptr<const KnownVerdict> FindVerdict(const EventJob& job, const PolicyInForce& force,
                                                  const KnownFile& file) const;
  std::shared_ptr<const KnownVerdict> VerdictOn(const EventJob& job, const PolicyInForce& force,
                                                const KnownFile& file) const;
  bool Decide(const JobPtr& job, const KnownFile& file, AnsweredBy by) const;
  bool DecideLocked(const JobPtr& job, const KnownFile& file, AnsweredBy by) const;
  bool AnswerBy(const JobPtr& job, const InForce& now, const KnownVerdict& verdict,
                Outcome outcome) const;
  void FillBeforeAnswer(EventJob& job, const Outcome& outcome) const;
  void FillForRecord(EventJob& job, const KnownVerdict& verdict) const;
  bool JudgesOpens(const PolicyInForce& force) const;
  void ExpectItsOpen(const EventJob& job, const PolicyInForce& force) const;
  bool MayBeIgnored(const EventJob& job, const KnownVerdict& verdict) const;
  void Ignore(const EventJob& job, const KnownVerdict& verdict) const;
  Answer ChooseAnswer(const JobPtr& job, const PolicyInForce& force, Outcome& outcome) const;
  Holding HoldUntilLanded(const JobPtr& job) const;
  // True where this answer is the one that counts.
  bool Give(EventJob& job, Answer answer, const std::function<void()>& before = {}) const;
  void CountVerdict(const Outcome& outcome) const;
  void AskerIsGone(EventJob& job) const;
  void AnswerWithoutVerdict(EventJob& job, Answer answer, AnsweredBy by) const;
  bool MayBlockIt(const EventJob& job, const PolicyInForce& force) const;
  void RefuseUnfound(EventJob& job, const PolicyInForce& force) const;
  void FailServiceLocked(EventJob& job) const;
  void RefuseForUserLocked(EventJob& job) const;
  bool IsWorthRecording(const KnownVerdict& verdict) const;

  JudgeContext context_;
  EventPathFinder finder_;
};

}  // namespace portcullis::enforcement
