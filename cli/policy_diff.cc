// SPDX-License-Identifier: Apache-2.0
// `portcullis policy diff`: what differs between two policies, by their rules.
#include <fmt/core.h>

#include "authoring/change/change_json.h"
#include "authoring/change/compare.h"
#include "authoring/condition_text.h"
#include "cli/commands.h"
#include "cli/policy_change.h"
#include "cli/policy_effect.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using authoring::Change;
using authoring::ChangeKind;

// One sign a line, as diff(1) has them.
char SignOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kRuleAdded:
    case ChangeKind::kCollectionAdded:
      return '+';
    case ChangeKind::kRuleRemoved:
    case ChangeKind::kCollectionRemoved:
      return '-';
    default:
      return '~';
  }
}

std::string TitleOf(const Change& change) {
  std::string text = fmt::format("{} {}", SignOf(change.kind), ToString(change.kind));
  if (!change.collection.empty()) text += fmt::format(" {}", Printable(change.collection));
  const auto& rule = change.rule ? change.rule : change.former_rule;
  if (rule) text += fmt::format(" {} \"{}\"", rule->id.ToString(), Printable(rule->name));
  return text + '\n';
}

std::string TextOf(const Change& change) {
  std::string text = TitleOf(change);
  const bool is_whole =
      change.kind == ChangeKind::kRuleAdded || change.kind == ChangeKind::kRuleRemoved;
  const auto& rule = change.rule ? change.rule : change.former_rule;
  if (rule && is_whole) {
    text += fmt::format("    {} for {}: {}\n", ToString(rule->action),
                        rule->user_or_group_sid.ToString(),
                        Printable(authoring::ConditionText(rule->condition)));
  }
  for (const auto& field : change.fields) {
    text += fmt::format("    {}: \"{}\" -> \"{}\"\n", field.field, Printable(field.from),
                        Printable(field.to));
  }
  return text;
}

Result<std::string> Printed(const std::vector<Change>& changes, bool json) {
  std::string text;
  for (const Change& change : changes) {
    text += json ? TRY(authoring::WriteChange(change)) : TextOf(change);
  }
  return text;
}

}  // namespace

ExitStatus RunPolicyDiff(const Options& options, Io& io) {
  auto policies = ReadModels(options.paths, io);
  if (!policies) return EndWithError(io, policies.error());
  if (!options.authoring.compare.on.empty()) {
    return PrintChangedVerdicts(*policies, options, io);
  }
  const auto changes = authoring::Compare((*policies)[0].policy, (*policies)[1].policy);
  if (!changes) return EndWithError(io, changes.error());
  const auto text = Printed(*changes, options.json);
  if (!text) return EndWithError(io, text.error());
  io.out.Write(*text);
  return changes->empty() ? ExitStatus::kDone : ExitStatus::kFound;
}

}  // namespace portcullis::cli
