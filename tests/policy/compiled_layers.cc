// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/compiled_layers.h"

#include <fmt/core.h>

#include "base/held_bytes.h"
#include "policy/compiled/policy_image.h"
#include "policy/compiled/rule_record.h"

namespace portcullis::testing {
namespace {

// Every word of the rule.
std::string Whole(const applocker::Rule* rule) {
  return rule == nullptr ? "no rule" : HexLower(AsBytes(compiled::WriteRuleRecord(*rule)));
}

std::string Words(const Decision& decision) {
  return fmt::format(
      "{} {} {} {} '{}' layer {} rule {}", ToString(decision.verdict), ToString(decision.reason),
      decision.collection ? ToString(*decision.collection) : "none", ToString(decision.enforcement),
      decision.policy, decision.layer, Whole(decision.rule));
}

}  // namespace

Result<std::vector<std::string>> WriteLayers(const PolicySet& policies) {
  std::vector<std::string> files;
  for (size_t i = 0; i < policies.layers(); ++i) files.push_back(TRY(policies.WriteCompiled(i)));
  return files;
}

Result<PolicySet> ReadLayers(const std::vector<std::string>& files,
                             const MatchingSettings& settings, PolicySet::Builder::Images images) {
  PolicySet::Builder builder(settings);
  builder.SetImages(images);
  // As the generated worlds are built.
  builder.SetUnknownCollections(PolicySet::Builder::UnknownCollections::kIgnore);
  for (const std::string& file : files) {
    NamedPolicy named;
    named.name = "file";
    named.image = TRY(compiled::PolicyImage::Open(CopyAligned(AsBytes(file))));
    std::vector<NamedPolicy> layer;
    layer.push_back(std::move(named));
    builder.AddMergedLayer(std::move(layer));
  }
  return builder.Build();
}

std::string Story(const PolicySet& policies, const Request& request) {
  std::string story = Words(Decide(policies, request));
  for (const applocker::Rule* rule : MatchingRules(policies, request)) {
    story += "\n  matches " + Whole(rule);
  }
  return story;
}

std::string TraceStory(const PolicySet& policies, const Request& request) {
  Trace trace;
  std::string story = Words(DecideWithTrace(policies, request, trace));
  for (const RuleTrace& rule : trace.rules) {
    story += fmt::format("\n  {} {} {} '{}' {}", rule.rule->id.ToString(), ToString(rule.outcome),
                         rule.condition_matched, rule.policy, rule.exception != nullptr);
  }
  return story;
}

}  // namespace portcullis::testing
