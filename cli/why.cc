// SPDX-License-Identifier: Apache-2.0
#include "cli/why.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/utf.h"
#include "cli/srp_why.h"

namespace portcullis::cli {
namespace {

using applocker::Condition;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using authoring::BoundText;

struct NamedSid {
  Sid sid;
  std::string_view name;
};

constexpr NamedSid kNamedSids[] = {
    {well_known_sids::kEveryone, "Everyone"},
    {well_known_sids::kAuthenticatedUsers, "Authenticated Users"},
    {well_known_sids::kUsers, "Users"},
    {well_known_sids::kAdministrators, "Administrators"},
    {well_known_sids::kService, "SERVICE"},
    {well_known_sids::kLocalSystem, "LocalSystem"},
    {well_known_sids::kLocalService, "LocalService"},
    {well_known_sids::kNetworkService, "NetworkService"},
};

// The spellings as a list, the best known first.
std::string PathsText(const FileReport& report) {
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < std::min(report.paths.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + report.paths[i].text;
  }
  if (report.paths.size() > kShown) text += ", ...";
  return text;
}

std::string PathOf(const RuleTrace& trace) {
  const auto* path = std::get_if<FilePathCondition>(&trace.rule->condition);
  return path == nullptr ? std::string() : path->path;
}

const FilePublisherCondition& PublisherOf(const RuleTrace& trace) {
  static const FilePublisherCondition none;
  const auto* publisher = std::get_if<FilePublisherCondition>(&trace.rule->condition);
  return publisher == nullptr ? none : *publisher;
}

std::string FieldText(std::string_view field, std::string_view found, std::string_view wanted) {
  return fmt::format("the file's {} is {}, the rule is for {}", field,
                     found.empty() ? "empty" : found, wanted.empty() ? "an empty one" : wanted);
}

std::string PublisherOutcome(const FileReport& report, const RuleTrace& trace) {
  if (trace.outcome == RuleOutcome::kPublisherUnknown) {
    return "the file's publisher could not be found out, and no allow rule is for that";
  }
  if (!report.identity.publisher) return "the file counts as unsigned";
  const FullyQualifiedBinaryName& name = *report.identity.publisher;
  const FilePublisherCondition& condition = PublisherOf(trace);
  const auto& range = condition.binary_version_range;
  switch (trace.outcome) {
    case RuleOutcome::kPublisherDiffers:
      return FieldText("publisher", name.publisher, condition.publisher_name);
    case RuleOutcome::kProductDiffers:
      return FieldText("product", name.product, condition.product_name);
    case RuleOutcome::kBinaryDiffers:
      return FieldText("binary name", name.binary, condition.binary_name);
    case RuleOutcome::kVersionTooLow:
      return fmt::format("the file's version {} is below {}", name.version.ToString(),
                         BoundText(range.low_section));
    default:
      return fmt::format("the file's version {} is above {}", name.version.ToString(),
                         BoundText(range.high_section));
  }
}

// A condition that holds of an attribute that is unknown holds for that reason alone.
std::string DoubtText(const FileReport& report, const Condition& condition) {
  const UnknownAttributes& unknown = report.identity.unknown;
  if (unknown.hash && std::holds_alternative<FileHashCondition>(condition)) {
    return ", for the file's hash could not be found out";
  }
  if (unknown.publisher && std::holds_alternative<FilePublisherCondition>(condition)) {
    return ", for the file's publisher could not be found out";
  }
  return {};
}

// Of an installer two hashes are compared; which of them it was.
std::string CandidateText(const FileIdentity& identity, const Condition& condition) {
  const auto* wanted = std::get_if<FileHashCondition>(&condition);
  if (wanted == nullptr || !IsInstaller(identity.kind)) return {};
  for (const FileHashCandidate& candidate : identity.hashes) {
    const auto is_it = [&](const auto& hash) { return hash.digest == candidate.digest; };
    if (!std::ranges::any_of(wanted->hashes, is_it)) continue;
    return candidate.form == HashForm::kFlat ? ", by the hash of the whole file"
                                             : ", by the hash of what a signature covers";
  }
  return {};
}

// What else is to be said of a condition that holds.
std::string RemarkText(const FileReport& report, const Condition& condition) {
  const std::string doubt = DoubtText(report, condition);
  return doubt.empty() ? CandidateText(report.identity, condition) : doubt;
}

// A hash rule made of a file of this name: the file has changed since.
const applocker::FileHash* HashOfSameName(const FileReport& report, const RuleTrace& trace) {
  const auto* condition = std::get_if<FileHashCondition>(&trace.rule->condition);
  if (condition == nullptr) return nullptr;
  const size_t slash = report.path.find_last_of("/\\");
  const std::string name =
      UpperCase(slash == std::string::npos ? report.path : report.path.substr(slash + 1));
  for (const auto& hash : condition->hashes) {
    if (hash.source_file_name && UpperCase(*hash.source_file_name) == name) return &hash;
  }
  return nullptr;
}

std::string HashOutcome(const FileReport& report, const RuleTrace& trace) {
  if (trace.outcome == RuleOutcome::kHashUnknown) {
    return "the file's hash could not be found out, and no allow rule is for that";
  }
  if (trace.outcome == RuleOutcome::kNoHash) return "the file has no hash of the rule's type";
  std::string text = "the file's hash is none of the rule's";
  if (!report.identity.hashes.empty()) {
    text = fmt::format("the file's hash {} is none of the rule's",
                       DigestText(report.identity.hashes.front().digest));
  }
  if (HashOfSameName(report, trace) != nullptr) {
    text += ", which was made of a file of this name: the content differs";
  }
  return text;
}

std::string SidOutcome(const Judge& judge, const RuleTrace& trace) {
  const std::string sid = SidText(trace.rule->user_or_group_sid);
  const std::string match = trace.condition_matched ? "the rule is about this file, but "
                                                    : "the rule is about other files, and ";
  if (trace.outcome == RuleOutcome::kSidDenyOnly) {
    return match + fmt::format("{} has {} only to be denied by", judge.user, sid);
  }
  return match + fmt::format("it is for {}, which {} is not", sid, judge.user);
}

// The usual mistake with a deny rule: default deny comes with it.
bool HasOnlyDenyRules(const Judge& judge, const Decision& decision) {
  if (!decision.collection) return false;
  const auto* collection = judge.policies.layer(decision.layer).Find(*decision.collection);
  const auto is_deny = [](const auto& rule) { return rule.action == applocker::Action::kDeny; };
  return collection != nullptr && !collection->rules.empty() &&
         std::ranges::all_of(collection->rules, is_deny);
}

// Which of several policies that must all allow was the one that did not.
std::string LayerText(const Judge& judge, const Decision& decision) {
  if (judge.policies.layers() < 2) return {};
  return fmt::format(" of {}", judge.policies.source_name(decision.layer, 0));
}

std::string NoRuleText(const Judge& judge, const FileReport& report, const Decision& decision) {
  const char* collection = report.collection ? ToString(*report.collection) : "";
  const bool is_nobodys =
      decision.reason == Reason::kNoRules || decision.reason == Reason::kNotJudged;
  if (decision.srp && is_nobodys) return SrpVerdictText(decision);
  switch (decision.reason) {
    case Reason::kDefault:
      if (HasOnlyDenyRules(judge, decision)) {
        return fmt::format(
            "the {} collection{} has deny rules only, which denies everything else too", collection,
            LayerText(judge, decision));
      }
      return fmt::format("the {} collection{} has rules, and none allows this file for {}",
                         collection, LayerText(judge, decision), judge.user);
    case Reason::kNoRules:
      return fmt::format("the policy has no {} rules, so everything of that kind is allowed",
                         collection);
    case Reason::kNotJudged:
      return report.collection ? "the caller is exempt from the rules"
                               : "no rule collection judges a file of this kind";
    case Reason::kServiceExempt:
      return fmt::format("{} is a service, and the {} collection leaves services alone", judge.user,
                         collection);
    case Reason::kPackagedAppRule:
      return "Exe rules are enforced and there are no packaged-app rules, which blocks every "
             "packaged app";
    case Reason::kSystemApp:
      return "no rule allows this file, but it is Windows' own and the collection allows those";
    case Reason::kSrpRule:
    case Reason::kSrpDefault:
      return SrpVerdictText(decision);
    default:
      return "it could not be found out";
  }
}

}  // namespace

std::string SidText(const Sid& sid) {
  for (const NamedSid& named : kNamedSids) {
    if (named.sid == sid) return fmt::format("{} ({})", named.name, sid.ToString());
  }
  return sid.ToString();
}

std::string VerdictText(const Judge& judge, const FileReport& report, const Decision& decision) {
  std::string text;
  if (decision.rule == nullptr) {
    text = NoRuleText(judge, report, decision);
  } else {
    text = fmt::format("the {} rule \"{}\" ({}) for {} matches",
                       decision.rule->action == applocker::Action::kDeny ? "deny" : "allow",
                       decision.rule->name, decision.rule->id.ToString(),
                       SidText(decision.rule->user_or_group_sid));
    text += RemarkText(report, decision.rule->condition);
  }
  if (IsDenial(decision.verdict) && !decision.would_block()) {
    text += "; the collection only audits, so the file runs all the same";
  }
  return text;
}

std::string OutcomeText(const Judge& judge, const FileReport& report, const RuleTrace& trace) {
  switch (trace.outcome) {
    case RuleOutcome::kMatched:
      return "matches: " + ConditionText(trace.rule->condition) +
             RemarkText(report, trace.rule->condition);
    case RuleOutcome::kSidNotInToken:
    case RuleOutcome::kSidDenyOnly:
      return SidOutcome(judge, trace);
    case RuleOutcome::kNoPublisher:
    case RuleOutcome::kPublisherUnknown:
    case RuleOutcome::kPublisherDiffers:
    case RuleOutcome::kProductDiffers:
    case RuleOutcome::kBinaryDiffers:
    case RuleOutcome::kVersionTooLow:
    case RuleOutcome::kVersionTooHigh:
      return PublisherOutcome(report, trace);
    case RuleOutcome::kNoPath:
      return fmt::format("the file has no path that {} could match", PathOf(trace));
    case RuleOutcome::kPathDiffers:
      return fmt::format("the path {} matches none of {}", PathOf(trace), PathsText(report));
    case RuleOutcome::kPathOnlyClaimed:
      return fmt::format("the path {} matches only how the file was asked for, not where it is",
                         PathOf(trace));
    case RuleOutcome::kPathDiffersInCase:
      return fmt::format("the path {} differs from the file's in upper and lower case only",
                         PathOf(trace));
    case RuleOutcome::kNoHash:
    case RuleOutcome::kHashUnknown:
    case RuleOutcome::kHashDiffers:
      return HashOutcome(report, trace);
    case RuleOutcome::kCancelledByException:
      return trace.exception == nullptr
                 ? "one of its exceptions is about this file"
                 : "its exception is about this file: " + ConditionText(*trace.exception) +
                       RemarkText(report, *trace.exception);
  }
  return {};
}

int Closeness(const FileReport& report, const RuleTrace& trace) {
  switch (trace.outcome) {
    case RuleOutcome::kMatched:
      return 100;
    case RuleOutcome::kCancelledByException:
      return 90;
    case RuleOutcome::kSidNotInToken:
    case RuleOutcome::kSidDenyOnly:
      return trace.condition_matched ? 80 : 0;
    case RuleOutcome::kPathDiffersInCase:
    case RuleOutcome::kPathOnlyClaimed:
      return 70;
    case RuleOutcome::kVersionTooLow:
    case RuleOutcome::kVersionTooHigh:
      return 60;
    case RuleOutcome::kBinaryDiffers:
      return PublisherOf(trace).product_name == "*" ? 30 : 50;
    case RuleOutcome::kHashDiffers:
    case RuleOutcome::kNoHash:
      return HashOfSameName(report, trace) != nullptr ? 40 : 0;
    case RuleOutcome::kProductDiffers:
      return PublisherOf(trace).publisher_name == "*" ? 0 : 20;
    default:
      return 0;
  }
}

std::string_view GroupText(const RuleTrace& trace) {
  switch (trace.outcome) {
    case RuleOutcome::kSidNotInToken:
    case RuleOutcome::kSidDenyOnly:
      return trace.condition_matched ? "for other users" : "for other users, about other files";
    case RuleOutcome::kMatched:
      return "that match as well";
    case RuleOutcome::kCancelledByException:
      return "with an exception for this file";
    case RuleOutcome::kVersionTooLow:
    case RuleOutcome::kVersionTooHigh:
      return "about other versions";
    case RuleOutcome::kNoPublisher:
      return "about signed files; this one counts as unsigned";
    case RuleOutcome::kPublisherUnknown:
      return "about a publisher; this file's could not be found out";
    case RuleOutcome::kHashUnknown:
      return "about hashes; this file's could not be found out";
    case RuleOutcome::kHashDiffers:
    case RuleOutcome::kNoHash:
      return "about other hashes";
    case RuleOutcome::kNoPath:
    case RuleOutcome::kPathDiffers:
    case RuleOutcome::kPathOnlyClaimed:
    case RuleOutcome::kPathDiffersInCase:
      return "about other paths";
    default:
      return "about other publishers or products";
  }
}

}  // namespace portcullis::cli
