// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/lint.h"

#include <algorithm>
#include <tuple>

#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"

namespace portcullis::lint {
namespace {

using applocker::Rule;
using applocker::RuleCollection;

const std::vector<const Check*>& Table() {
  static const std::vector<const Check*> table = [] {
    std::vector<const Check*> all;
    for (const auto group :
         {PathChecks(), ExceptionChecks(), PublisherChecks(), HashChecks(), SubjectChecks(),
          RedundancyChecks(), ReachChecks(), CollectionChecks()}) {
      for (const Check& check : group) all.push_back(&check);
    }
    return all;
  }();
  return table;
}

class Run {
 public:
  Run(const LintInput& input, const Context& context, const LintChoice& choice)
      : input_(input), context_(context) {
    for (const Check* check : Table()) {
      const bool is_chosen =
          check->info.severity >= choice.least && !choice.disabled.contains(check->info.id);
      if (is_chosen) checks_.push_back(check);
    }
  }

  std::vector<Finding> All() {
    const auto& collections = input_.policy.collections;
    for (size_t number = 0; number < collections.size(); ++number) {
      for (const Check* check : checks_) Ask(*check, collections[number], number);
    }
    std::ranges::stable_sort(findings_, {}, [](const Finding& finding) {
      return std::tuple(finding.line, finding.column);
    });
    return std::move(findings_);
  }

 private:
  void Ask(const Check& check, const RuleCollection& collection, size_t number) {
    const CheckRun run(context_, collection, [&](const Rule* rule, std::string message) {
      Add(check, collection, number, rule, std::move(message));
    });
    if (check.of_collection != nullptr) return check.of_collection(run);
    for (const Rule& rule : collection.rules) check.of_rule(run, rule);
  }

  void Add(const Check& check, const RuleCollection& collection, size_t number, const Rule* rule,
           std::string message) {
    Finding finding;
    finding.check = &check.info;
    finding.collection = TypeText(collection);
    finding.message = std::move(message);
    xml::Position place{0, 0};
    if (rule != nullptr) {
      finding.rule = rule->id;
      finding.rule_name = rule->name;
      place =
          input_.places == nullptr ? xml::Position{rule->line, 0} : input_.places->OfRule(rule->id);
    } else if (input_.places != nullptr) {
      place = input_.places->OfCollection(number);
    }
    finding.line = place.line;
    finding.column = place.column;
    findings_.push_back(std::move(finding));
  }

  const LintInput& input_;
  const Context& context_;
  std::vector<const Check*> checks_;
  std::vector<Finding> findings_;
};

}  // namespace

const char* ToString(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      break;
  }
  return "error";
}

std::optional<Severity> ParseSeverity(std::string_view text) {
  for (const Severity severity : {Severity::kNote, Severity::kWarning, Severity::kError}) {
    if (text == ToString(severity)) return severity;
  }
  return std::nullopt;
}

void FlatHashes::Add(const FileReport& fact) {
  const FileIdentity& identity = fact.identity;
  const auto authenticode =
      std::ranges::find_if(identity.hashes, [](const FileHashCandidate& candidate) {
        return candidate.digest.type == HashType::kSha256 &&
               candidate.form == HashForm::kAuthenticode;
      });
  const bool differs = identity.kind == FileKind::kPe && authenticode != identity.hashes.end() &&
                       identity.sha256 != authenticode->digest.bytes &&
                       identity.sha256 != std::array<uint8_t, 32>{};
  if (differs) files_.try_emplace(identity.sha256, fact.path);
}

const std::string* FlatHashes::Find(const FileDigest& digest) const {
  const auto found = files_.find(digest.bytes);
  return found == files_.end() ? nullptr : &found->second;
}

std::vector<CheckInfo> AllChecks() {
  std::vector<CheckInfo> all;
  for (const Check* check : Table()) all.push_back(check->info);
  return all;
}

Result<std::vector<Finding>> LintPolicy(const LintInput& input, const LintChoice& choice) {
  const Context context = TRY(Context::Create(input));
  return Run(input, context, choice).All();
}

}  // namespace portcullis::lint
