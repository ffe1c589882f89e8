// SPDX-License-Identifier: Apache-2.0
// Judges one fact by the former and the new policies, for every user.
//
// Shape:   the verdicts are those of Decide, as `test --facts` gives them.
// Errors:  ParseFact's.
// Lifetime: borrows the Setup.
// Threads: immutable.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/file_report.h"
#include "authoring/simulate/change.h"
#include "authoring/simulate/field_needs.h"
#include "authoring/simulate/setup.h"

namespace portcullis::simulation {

struct GroupCount {
  uint64_t count = 0;
  std::string example;  // the path of its first file
};

struct Change {
  ChangeGroup group;
  std::string path;  // of the file
  // Where the one tally that this is added to counts it; nobody else may look. A change that comes
  // again is then not searched for again.
  mutable uint64_t* counter = nullptr;
};

struct UserVerdict {
  Outcome former;
  Outcome now;
  std::shared_ptr<const Change> change;  // null where the outcomes are no change
};

struct JudgedFact {
  // The one who looked could not read the file: there are no verdicts.
  bool is_unreadable = false;
  Lacking lacking;
  std::vector<UserVerdict> verdicts;  // in the order of the users
};

class FactJudge {
 public:
  explicit FactJudge(const Setup& setup);

  Result<JudgedFact> JudgeLine(std::string_view line) const;
  // For one user, against what was recorded or, with former policies, against these.
  JudgedFact JudgeEvent(const FileReport& report, const User& user,
                        const eventlog::DecisionEvent& event) const;

 private:
  JudgedFact JudgeReport(const FileReport& report) const;

  const Setup& setup_;
  FieldNeeds needs_;
};

}  // namespace portcullis::simulation
