// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/agreement.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace portcullis::testing {
namespace {

std::string Name(const applocker::Rule* rule) { return rule ? rule->id.ToString() : "no rule"; }

std::string Describe(const Decision& decision) {
  return fmt::format("{} ({}, {}, policy '{}', mode {})", ToString(decision.verdict),
                     ToString(decision.reason), Name(decision.rule), decision.policy,
                     ToString(decision.enforcement));
}

bool Same(const Decision& a, const Decision& b) {
  return a.verdict == b.verdict && a.reason == b.reason && a.rule == b.rule &&
         a.policy == b.policy && a.enforcement == b.enforcement && a.collection == b.collection;
}

std::string Describe(const std::vector<const applocker::Rule*>& rules) {
  std::string text;
  for (const applocker::Rule* rule : rules) text += Name(rule) + " ";
  return text;
}

}  // namespace

std::string Describe(const Request& request) {
  std::string text =
      fmt::format("collection {}", request.collection ? ToString(*request.collection) : "none");
  for (const PathAttribute& path : request.file->paths) {
    text += fmt::format("\n  path [{}]{}{}", path.exact, path.verified ? "" : " claimed",
                        path.case_sensitive ? " case-sensitive" : "");
  }
  if (request.file->unknown.hash) text += "\n  hash unknown";
  if (request.file->unknown.publisher) text += "\n  publisher unknown";
  if (request.file->publisher) {
    const FullyQualifiedBinaryName& name = request.file->publisher->name();
    text += fmt::format("\n  publisher [{}] [{}] [{}] {}", name.publisher, name.product,
                        name.binary, name.version.ToString());
  }
  return text;
}

reference::Engine ReferenceFor(const PolicySet& policies) {
  return std::move(reference::Engine::Create(policies).value());
}

std::optional<std::string> Disagreement(const PolicySet& policies,
                                        const reference::Engine& reference,
                                        const Request& request) {
  const Decision fast = Decide(policies, request);
  const Decision slow = reference.Decide(request);
  if (!Same(fast, slow)) {
    return fmt::format("fast {}, reference {}\n{}", Describe(fast), Describe(slow),
                       Describe(request));
  }
  const auto fast_rules = MatchingRules(policies, request);
  const auto slow_rules = reference.MatchingRules(request);
  if (fast_rules != slow_rules) {
    return fmt::format("fast matches {}, reference matches {}\n{}", Describe(fast_rules),
                       Describe(slow_rules), Describe(request));
  }
  Trace trace;
  if (!Same(DecideWithTrace(policies, request, trace), fast)) return "the trace decides otherwise";
  std::vector<const applocker::Rule*> traced;
  for (const RuleTrace& rule : trace.rules) {
    if (rule.outcome == RuleOutcome::kMatched) traced.push_back(rule.rule);
  }
  if (traced != fast_rules) return "the trace matches " + Describe(traced);
  return std::nullopt;
}

void Coverage::Count(const PolicySet& policies, const Request& request) {
  Trace trace;
  DecideWithTrace(policies, request, trace);
  const auto any = [&](auto test) { return std::ranges::any_of(trace.rules, test); };
  const auto matched = [](applocker::Action action) {
    return [action](const RuleTrace& rule) {
      return rule.outcome == RuleOutcome::kMatched && rule.rule->action == action;
    };
  };
  const bool deny = any(matched(applocker::Action::kDeny));
  const bool allow = any(matched(applocker::Action::kAllow));
  ++cases;
  with_match += deny || allow ? 1 : 0;
  with_deny_and_allow += deny && allow ? 1 : 0;
  with_exception +=
      any([](const RuleTrace& rule) { return rule.outcome == RuleOutcome::kCancelledByException; });
}

std::string Coverage::ToString() const {
  const auto percent = [this](size_t part) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<size_t>(cases, 1));
  };
  return fmt::format(
      "{} cases: {:.1f} % match a rule, {:.1f} % match deny and allow, {:.1f} % turn on an "
      "exception",
      cases, percent(with_match), percent(with_deny_and_allow), percent(with_exception));
}

}  // namespace portcullis::testing
