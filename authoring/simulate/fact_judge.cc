// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/fact_judge.h"

#include "authoring/facts.h"

namespace portcullis::simulation {
namespace {

FileAttributes AttributesOf(const FileReport& report, const Setup& setup) {
  FileAttributes file =
      MakeFileAttributes(report.identity, report.paths, setup.policies->settings());
  file.srp.zone = report.zone;
  return file;
}

Request RequestFor(const FileReport& report, const FileAttributes& file, const User& user) {
  Request request;
  request.operation = report.operation.value_or(Operation::kOpen);
  request.collection = report.collection;
  request.file = &file;
  request.token = &user.token;
  return request;
}

Decision FormerDecision(const Setup& setup, const Request& request) {
  return setup.former == nullptr ? Decision() : Decide(*setup.former, request);
}

std::shared_ptr<const Change> MakeChange(const FileReport& report, const User& user,
                                         const UserVerdict& verdict, Cause cause) {
  auto change = std::make_shared<Change>();
  change->path = ShownText(report.path);
  ChangeGroup& group = change->group;
  group.former = verdict.former;
  group.now = verdict.now;
  group.user = user.name;
  if (report.collection) group.collection = applocker::ToString(*report.collection);
  if (report.identity.publisher) group.publisher = ShownText(report.identity.publisher->publisher);
  group.folder = FolderOf(report.path);
  group.cause = std::move(cause);
  return change;
}

template <typename Former>
UserVerdict Compare(const FileReport& report, const User& user, const Former& former,
                    const Decision& now) {
  UserVerdict verdict{OutcomeOf(former), OutcomeOf(now), nullptr};
  if (IsChange(verdict.former, verdict.now)) {
    verdict.change = MakeChange(report, user, verdict, CauseOf(former, now));
  }
  return verdict;
}

}  // namespace

FactJudge::FactJudge(const Setup& setup) : setup_(setup) {
  needs_.Add(*setup.policies);
  if (setup.former != nullptr) needs_.Add(*setup.former);
}

Result<JudgedFact> FactJudge::JudgeLine(std::string_view line) const {
  const FileReport report = TRY(ParseFact(line, *setup_.speller));
  return JudgeReport(report);
}

JudgedFact FactJudge::JudgeReport(const FileReport& report) const {
  JudgedFact judged;
  judged.is_unreadable = report.problem.has_value();
  if (judged.is_unreadable) return judged;
  const FileAttributes file = AttributesOf(report, setup_);
  judged.lacking = needs_.LackedBy(report, file);
  judged.verdicts.reserve(setup_.users.size());
  for (const User& user : setup_.users) {
    const Request request = RequestFor(report, file, user);
    judged.verdicts.push_back(
        Compare(report, user, FormerDecision(setup_, request), Decide(*setup_.policies, request)));
  }
  return judged;
}

JudgedFact FactJudge::JudgeEvent(const FileReport& report, const User& user,
                                 const eventlog::DecisionEvent& event) const {
  JudgedFact judged;
  const FileAttributes file = AttributesOf(report, setup_);
  judged.lacking = needs_.LackedBy(report, file);
  const Request request = RequestFor(report, file, user);
  const Decision now = Decide(*setup_.policies, request);
  judged.verdicts.push_back(setup_.former == nullptr
                                ? Compare(report, user, event, now)
                                : Compare(report, user, FormerDecision(setup_, request), now));
  return judged;
}

}  // namespace portcullis::simulation
