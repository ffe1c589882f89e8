// SPDX-License-Identifier: Apache-2.0
#include "cli/srp_why.h"

#include <fmt/core.h>

#include "policy/srp/rule_text.h"

namespace portcullis::cli {
namespace {

using srp::PathForm;
using srp::RuleKind;

const char* NotAskedText(srp::NotAsked why) {
  switch (why) {
    case srp::NotAsked::kAsked:
      break;
    case srp::NotAsked::kNoPolicy:
      return "no default level is set, so there is no policy";
    case srp::NotAsked::kNotEnforced:
      return "TransparentEnabled is 0: only hosts of scripts and installers ask";
    case srp::NotAsked::kLibrary:
      return "TransparentEnabled leaves libraries alone";
    case srp::NotAsked::kAdministrator:
      return "PolicyScope leaves administrators alone";
    case srp::NotAsked::kNotDesignated:
      return "its type is not one of the designated file types";
    case srp::NotAsked::kOtherKind:
      return "packaged apps are not asked about";
    case srp::NotAsked::kSystemAccount:
      return "programs of LocalSystem are left alone";
  }
  return "they were asked";
}

// What Windows from 7 on makes of a level that is neither end.
std::string LevelRemark(const srp::Answer& answer) {
  if (answer.level == srp::Level::kUnrestricted || answer.level == srp::Level::kDisallowed) {
    return "";
  }
  return answer.is_blocked ? ", which counts as Disallowed" : ", by which scripts run";
}

const char* KindWord(RuleKind kind) {
  return kind == RuleKind::kUrlZone ? "internet zone" : ToString(kind);
}

}  // namespace

std::string SrpRuleText(const srp::Rule& rule) {
  return fmt::format("{} {}", ToString(rule.kind()), srp::TargetText(rule));
}

std::string SrpFormText(const srp::Match& match) {
  if (match.rule->kind() != RuleKind::kPath) return KindWord(match.rule->kind());
  switch (match.specificity.form) {
    case PathForm::kFile:
      return "the file itself";
    case PathForm::kFileMask:
      return "a mask in the file's folder";
    case PathForm::kName:
      return "the file's name in any folder";
    case PathForm::kFolder:
      return fmt::format("a folder {} deep", match.specificity.depth);
  }
  return "";
}

std::string SrpVerdictText(const Decision& decision) {
  const srp::Answer& answer = *decision.srp;
  if (answer.not_asked != srp::NotAsked::kAsked) {
    return fmt::format("Software Restriction Policies are not asked: {}",
                       NotAskedText(answer.not_asked));
  }
  const std::string level = DisplayName(answer.level) + LevelRemark(answer);
  if (answer.rule == nullptr) {
    return fmt::format("no rule matches, and the default security level is {}", level);
  }
  return fmt::format("the rule {} ({}) matches by {} and says {}", SrpRuleText(*answer.rule),
                     srp::IdText(*answer.rule), SrpFormText({answer.rule, answer.specificity}),
                     level);
}

std::string SrpWhyWeaker(const srp::Match& weaker, const srp::Match& stronger) {
  const RuleKind mine = weaker.rule->kind();
  const RuleKind other = stronger.rule->kind();
  if (mine != other)
    return fmt::format("{} rules go before {} rules", KindWord(other), KindWord(mine));
  if (Compare(weaker.specificity, stronger.specificity) != 0) {
    const bool is_depth = weaker.specificity.form == stronger.specificity.form;
    return fmt::format("{} is more specific than {}{}", SrpFormText(stronger), SrpFormText(weaker),
                       is_depth && weaker.specificity.depth == stronger.specificity.depth
                           ? ": its wildcards begin later"
                           : "");
  }
  if (weaker.rule->level != stronger.rule->level) {
    return fmt::format("as specific, and {} restricts more than {}",
                       DisplayName(stronger.rule->level), DisplayName(weaker.rule->level));
  }
  return "as specific and of the same level, but it stands further down";
}

}  // namespace portcullis::cli
