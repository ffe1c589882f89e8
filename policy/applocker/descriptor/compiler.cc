// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/compiler.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "security/access_mask.h"

namespace portcullis::applocker {
namespace {

struct SizedAce {
  Ace ace;
  size_t size;
};

Result<SizedAce> CompileRule(const Rule& rule, LetterCase letters) {
  SizedAce compiled;
  compiled.ace.type =
      rule.action == Action::kDeny ? AceType::kDeniedCallback : AceType::kAllowedCallback;
  compiled.ace.mask = access_rights::kFileGenericExecute;
  compiled.ace.sid = rule.user_or_group_sid;
  compiled.ace.data = TRY(ConditionOf(rule, letters));
  std::string bytes;
  const auto appended = compiled.ace.AppendBinary(bytes);
  if (appended && bytes.size() <= kMaxRuleAceSize) {
    compiled.size = bytes.size();
    return compiled;
  }
  return Fail(
      ErrorCode::kLimitExceeded,
      fmt::format(
          "the rule is too large for an ACE, which may have {} bytes: {}", kMaxRuleAceSize,
          appended ? fmt::format("an ACE of {} bytes", bytes.size()) : appended.error().message));
}

// The places of the rules, deny before allow.
std::vector<size_t> OrderOf(const std::vector<Rule>& rules, ReportedRule reported) {
  std::vector<size_t> order(rules.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (reported == ReportedRule::kSmallestId) {
    std::ranges::stable_sort(order, {}, [&](size_t place) { return rules[place].id.bytes; });
  }
  std::stable_partition(order.begin(), order.end(),
                        [&](size_t place) { return rules[place].action == Action::kDeny; });
  return order;
}

DescriptorPart EmptyPart() {
  DescriptorPart part;
  part.descriptor.control |= descriptor_control::kDaclPresent;
  part.descriptor.dacl.emplace();
  return part;
}

}  // namespace

Result<Ace> RuleToAce(const Rule& rule, LetterCase letters) {
  return TRY(CompileRule(rule, letters)).ace;
}

Result<std::vector<DescriptorPart>> CompileCollection(const RuleCollection& collection,
                                                      const CompileOptions& options) {
  std::vector<DescriptorPart> parts;
  size_t size = 0;  // of the last part's ACL
  for (const size_t place : OrderOf(collection.rules, options.order)) {
    const Rule& rule = collection.rules[place];
    auto compiled = CompileRule(rule, options.letters);
    if (!compiled) {
      return Fail(compiled.error().code,
                  fmt::format("rule {}: {}", rule.id.ToString(), compiled.error().message));
    }
    if (parts.empty() || size + compiled->size > kMaxAclSize) {
      parts.push_back(EmptyPart());
      size = kAclHeaderSize;
    }
    size += compiled->size;
    parts.back().descriptor.dacl->aces.push_back(std::move(compiled->ace));
    parts.back().rules.push_back(place);
  }
  return parts;
}

DescriptorPart JoinParts(std::span<const DescriptorPart> parts) {
  DescriptorPart joined = EmptyPart();
  for (const AceType type : {AceType::kDeniedCallback, AceType::kAllowedCallback}) {
    for (const DescriptorPart& part : parts) {
      const std::vector<Ace>& aces = part.descriptor.dacl->aces;
      for (size_t i = 0; i < aces.size(); ++i) {
        if (aces[i].type != type) continue;
        joined.descriptor.dacl->aces.push_back(aces[i]);
        joined.rules.push_back(part.rules[i]);
      }
    }
  }
  return joined;
}

}  // namespace portcullis::applocker
