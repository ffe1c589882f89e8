// SPDX-License-Identifier: Apache-2.0
// Opens that load nothing. Each is answered at once; of root's own files the kernel is then told
// not to ask again, where it may be told so: where nobody would be denied to run, load or read the
// file as a script either. Most opens are of such files, and they are what rules for libraries
// cost.
#include <fcntl.h>
#include <unistd.h>

#include "enforcement/event_judge.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {

bool EventJudge::TryOpen(const JobPtr& job, const FileStatus& status) const {
  const InForce now = context_.force.Now();
  // What may be quiet keeps whoever looks at it busy beyond the answer.
  if (now.policy == nullptr || MayBeQuiet(*job, status, *now.policy)) return false;
  {
    const std::lock_guard lock(job->mutex);
    job->facts.stage = Stage::kFinding;
  }
  const Load load = ClassifyOpen(*job);
  if (!load.operation && load.opener == Seen::kAsItIs) {
    if (Give(*job, Answer::kAllow)) context_.meter.Add(api::Metric::kOpensWithoutLoad);
    return true;
  }
  const std::lock_guard lock(job->mutex);
  if (load.opener == Seen::kAsItIs) job->facts.operation = load.operation;
  job->facts.stage = Stage::kWaiting;
  return job->event.is_answered();
}

void EventJudge::AllowData(const JobPtr& job, const InForce& now) const {
  if (Give(*job, Answer::kAllow)) context_.meter.Add(api::Metric::kOpensWithoutLoad);
  const auto status = ReadFileStatus(job->event.fd());
  if (status && MayBeQuiet(*job, *status, *now.policy) && LookAtData(*job)) {
    if (const auto file = FindKnown(*job, now)) {
      Quieten(job, *file);
    } else {
      InspectData(job, now);
    }
  }
  if (!job->is_inspected) job->lease.Release();
}

// Cheap questions first: most opens end here.
bool EventJudge::MayBeQuiet(const EventJob& job, const FileStatus& status,
                            const PolicyInForce& force) const {
  if (!job.event.is_permission() || !context_.ignore || !JudgesOpens(force)) return false;
  return status.is_regular() && status.links == 1 && status.owner == 0 &&
         (status.mode & (S_IWGRP | S_IWOTH)) == 0 && status.key.size <= kMaxQuietBytes &&
         context_.opened.SeenBefore(status.key);
}

// As if it were loaded: the verdict that is asked for is that of every operation.
bool EventJudge::LookAtData(EventJob& job) const {
  {
    const std::lock_guard lock(job.mutex);
    job.facts.operation = Operation::kLoad;
    if (!LookAtFile(job)) return false;
  }
  return FindPlace(job) && job.facts.is_root_only;
}

void EventJudge::InspectData(const JobPtr& job, const InForce& now) const {
  InspectionJob inspection = InspectionOf(*job, now);
  if (!inspection.file.valid()) return;
  job->is_inspected = true;
  // Who wants to write the file does not wait for this.
  context_.linger(job);
  const IdentityEvidence evidence = inspection.evidence;
  const auto queued =
      context_.inspect(std::move(inspection), [this, job, evidence](Result<FileIdentity> result) {
        const bool service_failed = !result && result.error().code == ErrorCode::kUnsupported;
        const auto file = service_failed ? nullptr : Remember(*job, evidence, std::move(result));
        job->is_inspected = false;
        if (file != nullptr) Quieten(job, *file);
        job->lease.Release();
      });
  if (!queued) job->is_inspected = false;
}

void EventJudge::Quieten(const JobPtr& job, const KnownFile& file) const {
  const std::lock_guard lock(job->mutex);
  const InForce now = context_.force.Now();
  if (!IsUpToDate(file, now)) return;
  const auto verdict = VerdictOn(*job, *now.policy, file);
  if (!MayBeIgnored(*job, *verdict) || !job->lease.IsHeld()) return;
  context_.force.IfCurrent(now, [&] { Ignore(*job, *verdict); });
}

}  // namespace portcullis::enforcement
