// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "authoring/simulate/report.h"
#include "eventlog/visible_text.h"
#include "formats/xml/escape.h"

namespace portcullis::simulation {
namespace {

// ` name="value"`
std::string Attribute(std::string_view name, std::string_view value) {
  std::string text = fmt::format(" {}=\"", name);
  xml::AppendEscaped(text, eventlog::VisibleLine(value));
  return text + '"';
}

enum class CaseResult : uint8_t { kPassed, kFailed, kError };

class Suite {
 public:
  void Add(std::string_view class_name, std::string_view name, CaseResult result,
           std::string_view message) {
    ++tests_;
    cases_ += fmt::format("    <testcase{}{}", Attribute("classname", class_name),
                          Attribute("name", name));
    if (result == CaseResult::kPassed) {
      cases_ += "/>\n";
      return;
    }
    const bool is_error = result == CaseResult::kError;
    ++(is_error ? errors_ : failures_);
    cases_ += fmt::format(">\n      <{}{}/>\n    </testcase>\n", is_error ? "error" : "failure",
                          Attribute("message", message));
  }

  std::string Text() const {
    const std::string counts =
        fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests_, failures_, errors_);
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites{0}>\n"
        "  <testsuite name=\"portcullis simulate\"{0} skipped=\"0\">\n{1}  </testsuite>\n"
        "</testsuites>\n",
        counts, cases_);
  }

 private:
  std::string cases_;
  size_t tests_ = 0;
  size_t failures_ = 0;
  size_t errors_ = 0;
};

void AddGroup(Suite& suite, const ChangeGroup& group, const GroupCount& count, FailOn fail_on) {
  const std::string change = fmt::format("{} -> {}", ToString(group.former), ToString(group.now));
  const std::string_view where = group.publisher.empty() ? group.folder : group.publisher;
  const bool fails = IsFailure(group.former, group.now, fail_on);
  suite.Add(where.empty() ? "files" : where,
            fmt::format("{}: {} {} in {}: {}", group.user, group.collection, change, group.folder,
                        ToString(group.cause)),
            fails ? CaseResult::kFailed : CaseResult::kPassed,
            fmt::format("{} times, {} by {} (rule {} of {})", count.count, count.example,
                        ToString(group.cause), group.cause.rule_id, group.cause.policy));
}

// What has no test case of its own, and fails where one of it would.
void AddOthers(Suite& suite, uint64_t changes, uint64_t failures) {
  if (changes == 0) return;
  suite.Add("files", "changes in other groups",
            failures > 0 ? CaseResult::kFailed : CaseResult::kPassed,
            fmt::format("{} changes in groups that are not listed", changes));
}

// A report of what could be judged alone would pass where little or nothing was.
void AddWhatWasNotJudged(Suite& suite, const SimulationTally& tally) {
  for (const SimulationTally::Problem& problem : tally.problems) {
    suite.Add(problem.file, "is read to its end", CaseResult::kError, problem.error.message);
  }
  if (tally.counts.mangled > 0) {
    std::string message = fmt::format("lines that are no facts: {}", tally.counts.mangled);
    if (!tally.mangled.empty()) {
      const MangledLine& first = tally.mangled.front();
      message += fmt::format("; {}: line {}: {}", first.file, first.line, first.why);
    }
    suite.Add("files", "every line is a fact", CaseResult::kError, message);
  }
  if (tally.counts.facts == 0) {
    suite.Add("files", "something is judged", CaseResult::kError, "nothing could be judged");
  }
}

}  // namespace

std::string JunitReport(const SimulationTally& tally, FailOn fail_on, size_t max_groups) {
  Suite suite;
  uint64_t changes = tally.counts.changes;
  uint64_t failures = Failures(tally.counts, fail_on);
  const auto groups = GroupsInOrder(tally);
  for (size_t i = 0; i < std::min(max_groups, groups.size()); ++i) {
    const auto& [group, count] = *groups[i];
    AddGroup(suite, group, count, fail_on);
    changes -= count.count;
    if (IsFailure(group.former, group.now, fail_on)) failures -= count.count;
  }
  AddOthers(suite, changes, failures);
  AddWhatWasNotJudged(suite, tally);
  if (tally.counts.changes == 0 && tally.counts.facts > 0) {
    suite.Add("files", "no verdict changes", CaseResult::kPassed, "");
  }
  return suite.Text();
}

}  // namespace portcullis::simulation
