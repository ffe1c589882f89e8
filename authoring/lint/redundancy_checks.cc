// SPDX-License-Identifier: Apache-2.0
// Rules that another rule of their collection makes needless or void.
#include <fmt/core.h>

#include "authoring/change/covers.h"
#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"

namespace portcullis::lint {
namespace {

using applocker::Action;
using applocker::Rule;

bool SaysTheSame(const Rule& a, const Rule& b) {
  return a.action == b.action && a.user_or_group_sid == b.user_or_group_sid &&
         a.condition == b.condition && a.exceptions == b.exceptions;
}

// A look at the texts that spares most pairs of a long list the comparison.
bool MayCover(const Rule& a, const Rule& b) {
  if (a.action != b.action) return false;
  const std::string* const wide = PathOf(a.condition);
  if (wide == nullptr) return a.condition.index() == b.condition.index();
  const std::string* const narrow = PathOf(b.condition);
  return *wide == "*" ||
         (narrow != nullptr && (HasWildcard(*wide) || wide->size() == narrow->size()));
}

// Tells of each rule and of the first other one that `is_it` holds of.
template <typename Is>
void ForEachFirst(const CheckRun& run, const Is& is_it, std::string_view what) {
  const auto& rules = run.collection.rules;
  if (rules.size() > kMaxComparedRules) return;
  for (const Rule& rule : rules) {
    for (const Rule& other : rules) {
      if (&rule == &other || !is_it(rule, other)) continue;
      run.TellOf(rule, fmt::format("{} {}", Naming(other), what));
      break;
    }
  }
}

void Duplicate(const CheckRun& run) {
  ForEachFirst(
      run,
      [](const Rule& rule, const Rule& other) {
        return &other < &rule && SaysTheSame(rule, other);
      },
      "says just the same");
}

// Of two rules that cover each other the later one is told of.
void Covered(const CheckRun& run) {
  const MatchingSettings& settings = run.context.settings();
  ForEachFirst(
      run,
      [&](const Rule& rule, const Rule& other) {
        if (!MayCover(other, rule) || SaysTheSame(rule, other)) return false;
        if (!authoring::Covers(other, rule, settings)) return false;
        return &other < &rule || !authoring::Covers(rule, other, settings);
      },
      "matches all that this one does");
}

void Defeated(const CheckRun& run) {
  ForEachFirst(
      run,
      [&](const Rule& rule, const Rule& other) {
        return authoring::Defeats(other, rule, run.context.settings());
      },
      "denies all that this one allows");
}

constexpr Check kChecks[] = {
    {{"duplicate-rule", Severity::kWarning,
      "Whoever changes or removes one of the two changes nothing.", "Take one of them out."},
     nullptr,
     Duplicate},
    {{"covered-rule", Severity::kNote,
      "A wider rule decides the same for all that this one matches, so this one changes no "
      "verdict.",
      "Take it out, or narrow the wider one."},
     nullptr,
     Covered},
    {{"defeated-allow", Severity::kWarning,
      "Deny rules come first, so this allow rule never decides.",
      "Take one of the two out, or make an exception to the deny rule."},
     nullptr,
     Defeated},
};

}  // namespace

std::span<const Check> RedundancyChecks() { return kChecks; }

}  // namespace portcullis::lint
