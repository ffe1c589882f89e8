// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/grammar.h"

namespace portcullis::applocker {
namespace {

using enum Node;
using enum Occurs;

constexpr bool kRequired = true;
constexpr bool kNotRequired = false;

constexpr ChildRule kPolicyChildren[] = {
    {"RuleCollection", kCollection, 0, kAnyNumber},
    {"PolicyExtensions", kPolicyExtensions, 1, kOptional},
};
constexpr AttributeRule kPolicyAttributes[] = {{"Version", Field::kVersion, kRequired}};

constexpr ChildRule kCollectionChildren[] = {
    {"FilePublisherRule", kPublisherRule, 0, kAnyNumber},
    {"FilePathRule", kPathRule, 0, kAnyNumber},
    {"FileHashRule", kHashRule, 0, kAnyNumber},
    {"RuleCollectionExtensions", kCollectionExtensions, 1, kOptional},
};
constexpr AttributeRule kCollectionAttributes[] = {
    {"Type", Field::kCollectionType, kRequired},
    {"EnforcementMode", Field::kEnforcementMode, kNotRequired},
};

constexpr AttributeRule kRuleAttributes[] = {
    {"Id", Field::kRuleId, kRequired},
    {"Name", Field::kName, kRequired},
    {"Description", Field::kDescription, kRequired},
    {"UserOrGroupSid", Field::kUserOrGroupSid, kRequired},
    {"Action", Field::kAction, kRequired},
};
constexpr ChildRule kPublisherRuleChildren[] = {
    {"Conditions", kPublisherConditions, 0, kOnce},
    {"Exceptions", kExceptions, 0, kOptional},
};
constexpr ChildRule kPathRuleChildren[] = {
    {"Conditions", kPathConditions, 0, kOnce},
    {"Exceptions", kExceptions, 0, kOptional},
};
constexpr ChildRule kHashRuleChildren[] = {{"Conditions", kHashConditions, 0, kOnce}};

constexpr ChildRule kPublisherConditionsChildren[] = {
    {"FilePublisherCondition", kPublisherCondition, 0, kOnce}};
constexpr ChildRule kPathConditionsChildren[] = {{"FilePathCondition", kPathCondition, 0, kOnce}};
constexpr ChildRule kHashConditionsChildren[] = {{"FileHashCondition", kHashCondition, 0, kOnce}};
constexpr ChildRule kExceptionsChildren[] = {
    {"FilePublisherCondition", kPublisherCondition, 0, kAnyNumber},
    {"FilePathCondition", kPathCondition, 0, kAnyNumber},
    {"FileHashCondition", kHashCondition, 0, kAnyNumber},
};

constexpr ChildRule kPublisherConditionChildren[] = {
    {"BinaryVersionRange", kVersionRange, 0, kOnce}};
constexpr AttributeRule kPublisherConditionAttributes[] = {
    {"PublisherName", Field::kPublisherName, kRequired},
    {"ProductName", Field::kProductName, kRequired},
    {"BinaryName", Field::kBinaryName, kRequired},
};
constexpr AttributeRule kVersionRangeAttributes[] = {
    {"LowSection", Field::kLowSection, kRequired},
    {"HighSection", Field::kHighSection, kRequired},
};
constexpr AttributeRule kPathConditionAttributes[] = {{"Path", Field::kPath, kRequired}};
constexpr ChildRule kHashConditionChildren[] = {{"FileHash", kFileHash, 0, kAtLeastOnce}};
constexpr AttributeRule kFileHashAttributes[] = {
    {"Type", Field::kHashType, kRequired},
    {"Data", Field::kHashData, kRequired},
    {"SourceFileName", Field::kSourceFileName, kNotRequired},
    {"SourceFileLength", Field::kSourceFileLength, kNotRequired},
};

constexpr ChildRule kCollectionExtensionsChildren[] = {
    {"ThresholdExtensions", kCollectionThreshold, 0, kOnce},
    {"RedstoneExtensions", kCollectionRedstone, 1, kOnce},
};
constexpr ChildRule kCollectionThresholdChildren[] = {{"Services", kServices, 0, kOptional}};
constexpr AttributeRule kServicesAttributes[] = {
    {"EnforcementMode", Field::kServicesEnforcement, kRequired}};
constexpr ChildRule kCollectionRedstoneChildren[] = {
    {"SystemApps", kSystemApps, 0, kOptional},
    {"OriginDataRevocation", kOriginDataRevocation, 1, kOptional},
};
constexpr AttributeRule kSystemAppsAttributes[] = {{"Allow", Field::kSystemAppsAllow, kRequired}};
constexpr AttributeRule kOriginDataRevocationAttributes[] = {
    {"CurrentOriginDataId", Field::kCurrentOriginDataId, kRequired},
    {"TrustedOriginDataId", Field::kTrustedOriginDataId, kRequired},
};

constexpr ChildRule kPolicyExtensionsChildren[] = {
    {"ThresholdExtensions", kPolicyThreshold, 0, kOnce}};
constexpr ChildRule kPolicyThresholdChildren[] = {{"Plugins", kPlugins, 0, kOptional}};
constexpr ChildRule kPluginsChildren[] = {{"Plugin", kPlugin, 0, kAnyNumber}};
constexpr ChildRule kPluginChildren[] = {{"ExecutionCategories", kExecutionCategories, 0, kOnce}};
constexpr AttributeRule kPluginAttributes[] = {
    {"Name", Field::kAnyText, kNotRequired},
    {"Id", Field::kGuid, kNotRequired},
};
constexpr ChildRule kExecutionCategoriesChildren[] = {
    {"ExecutionCategory", kExecutionCategory, 0, kAtLeastOnce}};
constexpr ChildRule kExecutionCategoryChildren[] = {{"Policies", kPluginPolicies, 0, kOptional}};
constexpr AttributeRule kExecutionCategoryAttributes[] = {
    {"Id", Field::kGuid, kNotRequired},
    {"AppidTypes", Field::kAppidTypes, kNotRequired},
};
constexpr ChildRule kPluginPoliciesChildren[] = {{"Policy", kPluginPolicy, 0, kAnyNumber}};
constexpr AttributeRule kPluginPolicyAttributes[] = {{"Id", Field::kGuid, kNotRequired}};

// In the order of Node.
constexpr NodeRule kRules[] = {
    {"AppLockerPolicy", kPolicyChildren, kPolicyAttributes},
    {"RuleCollection", kCollectionChildren, kCollectionAttributes},
    {"FilePublisherRule", kPublisherRuleChildren, kRuleAttributes},
    {"FilePathRule", kPathRuleChildren, kRuleAttributes},
    {"FileHashRule", kHashRuleChildren, kRuleAttributes},
    {"Conditions", kPublisherConditionsChildren, {}},
    {"Conditions", kPathConditionsChildren, {}},
    {"Conditions", kHashConditionsChildren, {}},
    {"Exceptions", kExceptionsChildren, {}},
    {"FilePublisherCondition", kPublisherConditionChildren, kPublisherConditionAttributes},
    {"FilePathCondition", {}, kPathConditionAttributes},
    {"FileHashCondition", kHashConditionChildren, {}},
    {"BinaryVersionRange", {}, kVersionRangeAttributes},
    {"FileHash", {}, kFileHashAttributes},
    {"RuleCollectionExtensions", kCollectionExtensionsChildren, {}, true},
    {"ThresholdExtensions", kCollectionThresholdChildren, {}},
    {"Services", {}, kServicesAttributes},
    {"RedstoneExtensions", kCollectionRedstoneChildren, {}},
    {"SystemApps", {}, kSystemAppsAttributes},
    {"OriginDataRevocation", {}, kOriginDataRevocationAttributes},
    {"PolicyExtensions", kPolicyExtensionsChildren, {}, true},
    {"ThresholdExtensions", kPolicyThresholdChildren, {}},
    {"Plugins", kPluginsChildren, {}},
    {"Plugin", kPluginChildren, kPluginAttributes},
    {"ExecutionCategories", kExecutionCategoriesChildren, {}},
    {"ExecutionCategory", kExecutionCategoryChildren, kExecutionCategoryAttributes},
    {"Policies", kPluginPoliciesChildren, {}},
    {"Policy", {}, kPluginPolicyAttributes},
    {"", {}, {}, true},
};
static_assert(std::size(kRules) == static_cast<size_t>(Node::kAny) + 1);

}  // namespace

const NodeRule& RuleOf(Node node) { return kRules[static_cast<size_t>(node)]; }

}  // namespace portcullis::applocker
