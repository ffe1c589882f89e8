// SPDX-License-Identifier: Apache-2.0
// Names and SIDs of rules.
#include <fmt/core.h>

#include <map>

#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"
#include "base/quote.h"
#include "base/utf.h"

namespace portcullis::lint {
namespace {

using applocker::Rule;

void BlankName(const CheckRun& run, const Rule& rule) {
  if (rule.name.find_first_not_of(" \t\r\n") != std::string::npos) return;
  run.TellOf(rule, "the name is blank");
}

void DuplicateName(const CheckRun& run) {
  std::map<std::string, const Rule*> first;
  for (const Rule& rule : run.collection.rules) {
    const auto [at, is_new] = first.try_emplace(UpperCase(rule.name), &rule);
    if (is_new) continue;
    run.TellOf(rule, fmt::format("{} is also the name of the rule {}", Quote(rule.name),
                                 at->second->id.ToString()));
  }
}

// SIDs that Windows puts into no access token of somebody who runs a program, or into one alone.
bool IsInNoToken(const Sid& sid) {
  const auto subs = sid.sub_authorities();
  const bool is_logon_session = sid.authority() == 5 && !subs.empty() && subs[0] == 5;
  // Nobody; creators, which only access control lists use; integrity levels.
  return sid.authority() == 0 || sid.authority() == 3 || sid.authority() == 16 || is_logon_session;
}

void SidOfNobody(const CheckRun& run, const Rule& rule) {
  if (!IsInNoToken(rule.user_or_group_sid)) return;
  run.TellOf(rule,
             fmt::format("{} is nobody who runs programs", rule.user_or_group_sid.ToString()));
}

// What stands in examples where one's own domain is to be written.
bool IsPlaceholder(const Sid& sid) {
  const auto subs = sid.sub_authorities();
  if (sid.authority() != 5 || subs.size() < 4 || subs[0] != 21) return false;
  return subs[1] == subs[2] && subs[2] == subs[3];
}

void PlaceholderSid(const CheckRun& run, const Rule& rule) {
  if (!IsPlaceholder(rule.user_or_group_sid)) return;
  run.TellOf(rule,
             fmt::format("{} is of no domain that there is", rule.user_or_group_sid.ToString()));
}

constexpr Check kChecks[] = {
    {{"blank-name", Severity::kNote,
      "Events show the name of the rule that decided, and this one shows nothing.",
      "Name the rule after what it is for."},
     BlankName},
    {{"duplicate-name", Severity::kNote,
      "Events show names, and nobody can tell these rules apart by theirs.",
      "Give each rule a name of its own."},
     nullptr,
     DuplicateName},
    {{"sid-of-nobody", Severity::kNote,
      "A rule applies where its SID is in the token of who runs the file, and this one never is.",
      "Name a user or a group."},
     SidOfNobody},
    {{"placeholder-sid", Severity::kWarning, "A SID copied from an example belongs to nobody here.",
      "Write the SID of the group in your own domain."},
     PlaceholderSid},
};

}  // namespace

std::span<const Check> SubjectChecks() { return kChecks; }

}  // namespace portcullis::lint
