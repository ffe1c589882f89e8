// SPDX-License-Identifier: Apache-2.0
// The verdict on a file that a host asks about before it runs it.
//
// Shape:   the engine, caches, inspectors and records are those of the kernel's questions
//          (event_judge.h); what is different is who waits. TryAtOnce answers what the caches know,
//          and waits for nothing; Look finds out what is missing, on a worker; Overdue answers
//          what took too long. The first answer counts.
//          The host's file is judged by a handle of the gate's own: it is read only by a
//          description that the gate opened itself, and only where its file system is one of this
//          namespace's and has no server. Everything else is judged by its place alone.
// Limits:  those of the inspectors; ask_server.h bounds what is in flight.
// Errors:  as event_judge.h: what can not be found out of the file speaks against it; the failure
//          policy answers for the service. A hash of the host's own that is another than the
//          file's is PORTCULLIS_E_CHANGED, and no verdict.
// Lifetime: borrows its context.
// Threads: as EventJudge.
// Source:  docs/safer-api.md.
#pragma once

#include "enforcement/ask_job.h"
#include "enforcement/event_judge.h"

namespace portcullis::enforcement {

class AskJudge {
 public:
  explicit AskJudge(JudgeContext context) : context_(std::move(context)) {}

  // Of a file whose path the kernel says is `seen`. `token_class` is that of the asker under `now`.
  bool TryAtOnce(const AskQuestion& question, std::string seen, const FileStatus& status,
                 const InForce& now, const std::string& token_class) const;
  void Look(const AskPtr& job) const;
  void Overdue(const AskPtr& job) const;
  static void Refuse(const AskPtr& job, int error);

  const JudgeContext& context() const { return context_; }

 private:
  std::shared_ptr<const KnownFile> FindKnown(const FileStatus& status, const InForce& now) const;
  JobPtr FindOut(const AskJob& job) const;
  EventPath FindPath(const AskJob& job, const FileStatus& status) const;
  std::vector<PathSpelling> SpellingsFor(const AskQuestion& question, const EventPath& path) const;
  bool IsReadable(const EventPath& path, const FileStatus& status) const;
  void LookAtFile(EventJob& event) const;
  static bool IsCertain(const EventJob& event);
  void Inspect(const AskPtr& job) const;
  void Inspected(const AskPtr& job, const IdentityEvidence& by, Result<FileIdentity> result) const;
  std::shared_ptr<const KnownFile> Remember(EventJob& event, IdentityEvidence evidence,
                                            Result<FileIdentity> result) const;
  bool Decide(const AskPtr& job, const KnownFile& file, AnsweredBy by) const;
  bool DecideLocked(AskJob& job, const KnownFile& file, AnsweredBy by) const;
  std::shared_ptr<const KnownVerdict> VerdictOn(const AskJob& job, const PolicyInForce& force,
                                                const KnownFile& file) const;
  Outcome OutcomeOf(const Decision& decision, AnsweredBy by) const;
  bool IsWorthRecording(const KnownVerdict& verdict) const;
  void Record(EventJob& event, const ForcePtr& force, const Outcome& outcome) const;
  void AllowUnjudged(const AskPtr& job) const;
  void FailService(const AskPtr& job) const;
  void AnswerWithoutRule(const AskPtr& job, const Outcome& outcome) const;

  JudgeContext context_;
  EventPathFinder finder_;
};

}  // namespace portcullis::enforcement
