// SPDX-License-Identifier: Apache-2.0
// Microsoft's schema for AppLocker policies as tables: which elements and attributes may stand
// where.
//
// Shape:   a node is an element in its place (the Conditions of a path rule and those of a hash
// rule
//          are two nodes). Its children stand in groups: a group's members in any order, the groups
//          one after the other; that covers each sequence, choice and xs:all the schema has.
// Lifetime: tables; constant.
// Source:  applocker-csp.md "Policy XSD Schema".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace portcullis::applocker {

enum class Node : uint8_t {
  kPolicy,
  kCollection,
  kPublisherRule,
  kPathRule,
  kHashRule,
  kPublisherConditions,
  kPathConditions,
  kHashConditions,
  kExceptions,
  kPublisherCondition,
  kPathCondition,
  kHashCondition,
  kVersionRange,
  kFileHash,
  kCollectionExtensions,
  kCollectionThreshold,
  kServices,
  kCollectionRedstone,
  kSystemApps,
  kOriginDataRevocation,
  kPolicyExtensions,
  kPolicyThreshold,
  kPlugins,
  kPlugin,
  kExecutionCategories,
  kExecutionCategory,
  kPluginPolicies,
  kPluginPolicy,
  kAny,  // what the schema lets stand without looking into it
};

enum class Field : uint8_t {
  kVersion,
  kCollectionType,
  kEnforcementMode,
  kRuleId,
  kName,
  kDescription,
  kUserOrGroupSid,
  kAction,
  kPublisherName,
  kProductName,
  kBinaryName,
  kLowSection,
  kHighSection,
  kPath,
  kHashType,
  kHashData,
  kSourceFileName,
  kSourceFileLength,
  kServicesEnforcement,
  kSystemAppsAllow,
  kCurrentOriginDataId,
  kTrustedOriginDataId,
  kAnyText,
  kGuid,
  kAppidTypes,
};

enum class Occurs : uint8_t { kOnce, kOptional, kAnyNumber, kAtLeastOnce };

constexpr bool IsRequired(Occurs occurs) {
  return occurs == Occurs::kOnce || occurs == Occurs::kAtLeastOnce;
}
constexpr bool MayRepeat(Occurs occurs) {
  return occurs == Occurs::kAnyNumber || occurs == Occurs::kAtLeastOnce;
}

struct ChildRule {
  std::string_view name;
  Node node;
  uint8_t group;
  Occurs occurs;
};

struct AttributeRule {
  std::string_view name;
  Field field;
  bool is_required;
};

struct NodeRule {
  std::string_view name;
  std::span<const ChildRule> children;  // in the order of their groups
  std::span<const AttributeRule> attributes;
  bool ends_in_any = false;  // behind its children anything may follow

  bool is_empty() const { return children.empty() && !ends_in_any; }
};

const NodeRule& RuleOf(Node node);

}  // namespace portcullis::applocker
