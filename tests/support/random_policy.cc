// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf.h"

namespace portcullis::applocker {
namespace {

constexpr std::array<char32_t, 24> kCharacters = {
    'a',  'Z',  '0',  ' ', '\\', '*',    '%',    '&',    '<',    '>',    '"',     '\'',
    '\t', '\n', '\r', '/', '=',  0x00E9, 0x00DF, 0x0131, 0x20AC, 0xFFFD, 0x1F600, 0x10FFFF,
};

}  // namespace

size_t RandomPolicy::Below(size_t end) {
  return std::uniform_int_distribution<size_t>(0, end - 1)(random_);
}

std::string RandomPolicy::Text(size_t min_length, size_t max_length) {
  std::string text;
  for (size_t left = min_length + Below(max_length - min_length + 1); left > 0; --left) {
    AppendUtf8(text, kCharacters[Below(kCharacters.size())]);
  }
  return text;
}

// 128 random bits: two equal ones in a policy are no concern.
RuleId RandomPolicy::Id() {
  RuleId id;
  for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random_());
  const std::string text = id.ToString();
  return *RuleId::Parse(OneIn(2) ? text : UpperCase(text));
}

Sid RandomPolicy::AnySid() {
  constexpr std::array<uint64_t, 4> kAuthorities = {1, 5, 22, 0xFFFF'FFFF'FFFF};
  const uint64_t authority = kAuthorities[Below(kAuthorities.size())];
  if (OneIn(3)) return Sid(authority, {static_cast<uint32_t>(random_())});
  return Sid(authority, {21, static_cast<uint32_t>(random_()), 0, 4294967295, 500});
}

std::optional<FileVersion> RandomPolicy::VersionSection() {
  if (OneIn(2)) return std::nullopt;
  return FileVersion{uint64_t{random_()} << 32 | random_()};
}

FileHash RandomPolicy::Hash() {
  FileHash hash;
  hash.digest.type = static_cast<HashType>(Below(3));
  for (size_t i = 0; i < hash.digest.size(); ++i) {
    hash.digest.bytes[i] = static_cast<uint8_t>(random_());
  }
  if (OneIn(2)) hash.source_file_name = Text(0, 12);
  if (OneIn(2)) hash.source_file_length = std::to_string(random_());
  return hash;
}

FilePublisherCondition RandomPolicy::Publisher() {
  return {
      .publisher_name = Text(1, 40),
      .product_name = Text(0, 20),
      .binary_name = Text(0, 20),
      .binary_version_range = {.low_section = VersionSection(), .high_section = VersionSection()}};
}

FilePathCondition RandomPolicy::Path() { return {Text(1, 60)}; }

FileHashCondition RandomPolicy::Hashes() {
  FileHashCondition condition;
  for (size_t left = 1 + Below(3); left > 0; --left) condition.hashes.push_back(Hash());
  return condition;
}

Condition RandomPolicy::AnyCondition() {
  switch (Below(3)) {
    case 0:
      return Publisher();
    case 1:
      return Path();
    default:
      return Hashes();
  }
}

Rule RandomPolicy::AnyRule() {
  Rule rule;
  rule.id = Id();
  rule.name = Text(1, 30);
  rule.description = Text(0, 30);
  rule.user_or_group_sid = AnySid();
  rule.action = OneIn(3) ? Action::kDeny : Action::kAllow;
  rule.condition = AnyCondition();
  if (std::holds_alternative<FileHashCondition>(rule.condition)) return rule;
  for (size_t left = OneIn(2) ? Below(5) : 0; left > 0; --left) {
    rule.exceptions.push_back(AnyCondition());
  }
  return rule;
}

RuleCollectionExtensions RandomPolicy::Extensions() {
  RuleCollectionExtensions extensions;
  extensions.has_redstone = true;
  if (OneIn(2)) extensions.services = static_cast<ServicesEnforcement>(Below(3));
  if (OneIn(2)) extensions.system_apps_allow = OneIn(2);
  if (OneIn(2))
    extensions.origin_data_revocation = OriginDataRevocation{static_cast<uint32_t>(random_()), 0};
  if (OneIn(3)) {
    extensions.other_elements =
        "<Later xmlns=\"urn:x\" a=\"&#xA;\"><p:b xmlns:p=\"urn:y\" p:c=\"1\"/> text "
        "</Later><Next/>";
  }
  return extensions;
}

AppLockerPolicy RandomPolicy::Make(size_t max_rules_per_collection) {
  AppLockerPolicy policy;
  for (size_t i = 0; i < kCollectionTypes; ++i) {
    if (OneIn(3)) continue;
    RuleCollection& collection = policy.collections.emplace_back();
    collection.type = static_cast<CollectionType>(i);
    collection.type_text = ToString(*collection.type);
    if (OneIn(2)) collection.enforcement_mode = static_cast<EnforcementMode>(Below(3));
    for (size_t left = Below(max_rules_per_collection + 1); left > 0; --left) {
      collection.rules.push_back(AnyRule());
    }
    if (OneIn(3)) collection.extensions = Extensions();
  }
  std::shuffle(policy.collections.begin(), policy.collections.end(), random_);
  if (OneIn(3)) {
    policy.policy_extensions =
        "<PolicyExtensions><ThresholdExtensions><Plugins><Plugin Name=\"p\" "
        "Id=\"00000000-0000-0000-0000-000000000001\"><ExecutionCategories><ExecutionCategory "
        "AppidTypes=\"Hash Path\"><Policies><Policy/></Policies></ExecutionCategory>"
        "</ExecutionCategories></Plugin></Plugins></ThresholdExtensions><Other a=\"b\">&lt;</Other>"
        "</PolicyExtensions>";
  }
  return policy;
}

}  // namespace portcullis::applocker
