// SPDX-License-Identifier: Apache-2.0
// Rules that another rule of their collection makes needless or void.
#include <fmt/core.h>

#include "authoring/change/cover_index.h"
#include "authoring/change/covers.h"
#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"

namespace portcullis::lint {
namespace {

using applocker::Rule;

// Tells of each rule and of another one that `is_it` holds of.
template <typename Is>
void ForEachWith(const CheckRun& run, const Is& is_it, std::string_view what) {
  const auto& rules = run.collection.rules;
  const authoring::CoverIndex& index = run.context.CoversOf(run.collection);
  for (const Rule& rule : rules) {
    const Rule* with = nullptr;
    size_t tried = 0;
    index.AnyCandidate(rule, [&](size_t place) {
      const Rule& other = rules[place];
      if (&rule != &other && is_it(rule, other)) with = &other;
      return with != nullptr || ++tried == kMaxCandidates;
    });
    if (with != nullptr) run.TellOf(rule, fmt::format("{} {}", Naming(*with), what));
  }
}

void Duplicate(const CheckRun& run) {
  ForEachWith(
      run,
      [](const Rule& rule, const Rule& other) {
        return &other < &rule && authoring::SaysTheSame(rule, other);
      },
      "says just the same");
}

// Of two rules that cover each other the later one is told of.
void Covered(const CheckRun& run) {
  const MatchingSettings& settings = run.context.settings();
  ForEachWith(
      run,
      [&](const Rule& rule, const Rule& other) {
        if (authoring::SaysTheSame(rule, other)) return false;
        if (!authoring::Covers(other, rule, settings)) return false;
        return &other < &rule || !authoring::Covers(rule, other, settings);
      },
      "matches all that this one does");
}

void Defeated(const CheckRun& run) {
  ForEachWith(
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
