// SPDX-License-Identifier: Apache-2.0
// `portcullis policy optimize`: the same verdicts by fewer rules, and what became of the others.
#include <fmt/core.h>

#include "authoring/change/optimize.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/policy_change.h"
#include "cli/text.h"
#include "cli/values.h"

namespace portcullis::cli {
namespace {

using authoring::Optimized;
using authoring::RemovedRule;

std::string JsonOf(const RemovedRule& removed) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("collection", removed.collection)
      .String("id", removed.rule.id.ToString())
      .String("name", removed.rule.name)
      .String("why", ToString(removed.why))
      .String("by", removed.by.id.ToString())
      .String("by_name", removed.by.name)
      .EndObject();
  return line + '\n';
}

const char* Sentence(authoring::WhyRemoved why) {
  switch (why) {
    case authoring::WhyRemoved::kDuplicate:
      return "says the same as";
    case authoring::WhyRemoved::kCovered:
      return "is covered by";
    case authoring::WhyRemoved::kDenied:
      return "is denied all the same by";
    case authoring::WhyRemoved::kJoined:
      return "went into";
  }
  return "";
}

std::string TextOf(const RemovedRule& removed) {
  return fmt::format("{}: {} \"{}\" {} {} \"{}\"\n", removed.collection, removed.rule.id.ToString(),
                     Printable(removed.rule.name), Sentence(removed.why), removed.by.id.ToString(),
                     Printable(removed.by.name));
}

size_t RulesOf(const applocker::AppLockerPolicy& policy) {
  size_t rules = 0;
  for (const auto& collection : policy.collections) rules += collection.rules.size();
  return rules;
}

// On standard error, for standard output may hold the policy.
void Report(const Optimized& optimized, size_t rules_before, const Options& options, Io& io) {
  for (const RemovedRule& removed : optimized.removed) {
    io.err.Write(options.json ? JsonOf(removed) : TextOf(removed));
  }
  if (options.json) return;
  io.err.Write(fmt::format("{} of {} left\n", Grouped(RulesOf(optimized.policy)),
                           Count(rules_before, "rule", "rules")));
}

}  // namespace

ExitStatus RunPolicyOptimize(const Options& options, Io& io) {
  const auto values = ParseValues(options);
  if (!values) {
    PrintError(io, values.error().message);
    return ExitStatus::kUsage;
  }
  auto policies = ReadModels(options.paths, io);
  if (!policies) return EndWithError(io, policies.error());
  const size_t rules = RulesOf(policies->front().policy);
  const auto optimized =
      authoring::Optimize(std::move(policies->front().policy),
                          {values->settings, options.authoring.compare.join_hashes});
  if (!optimized) return EndWithError(io, optimized.error());
  const auto written = WriteModel(optimized->policy, options.output, io);
  if (!written) return EndWithError(io, written.error());
  io.out.Flush();
  Report(*optimized, rules, options, io);
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
