// SPDX-License-Identifier: Apache-2.0
// The head of a compiled policy: everything about the policy but its rules.
#include "policy/compiled/image_head.h"

#include <fmt/core.h>

#include <utility>

#include "policy/applocker/limits.h"
#include "policy/compiled/image_format.h"
#include "policy/compiled/rule_record.h"

namespace portcullis::compiled {
namespace {

using applocker::CollectionType;
using applocker::EnforcementMode;
using applocker::RuleCollection;
using applocker::RuleCollectionExtensions;
using applocker::ServicesEnforcement;

constexpr size_t kMaxHeadText = applocker::kMaxPolicyBytes;
// A byte of an enumeration is its number, or one more than the last where it is absent.
constexpr uint8_t kNoType = applocker::kCollectionTypes;
constexpr uint8_t kNoMode = static_cast<uint8_t>(EnforcementMode::kAuditOnly) + 1;
constexpr uint8_t kNoServices = static_cast<uint8_t>(ServicesEnforcement::kServicesOnly) + 1;
constexpr uint8_t kNoSystemApps = 2;

template <typename Value>
void AppendOptional(std::string& bytes, const std::optional<Value>& value, uint8_t absent) {
  AppendNumber(bytes, value ? static_cast<uint8_t>(*value) : absent, 1);
}

template <typename Value>
Result<std::optional<Value>> ReadOptional(ByteReader& reader, uint8_t absent) {
  const uint8_t byte = TRY(ReadByteUpTo(reader, absent));
  if (byte == absent) return std::nullopt;
  return static_cast<Value>(byte);
}

void AppendExtensions(std::string& bytes,
                      const std::optional<RuleCollectionExtensions>& extensions) {
  AppendNumber(bytes, extensions ? 1 : 0, 1);
  if (!extensions) return;
  AppendOptional(bytes, extensions->services, kNoServices);
  AppendNumber(bytes, extensions->has_redstone ? 1 : 0, 1);
  AppendOptional(bytes, extensions->system_apps_allow, kNoSystemApps);
  const auto& revocation = extensions->origin_data_revocation;
  AppendNumber(bytes, revocation ? 1 : 0, 1);
  if (revocation) {
    AppendNumber(bytes, revocation->current_origin_data_id, 4);
    AppendNumber(bytes, revocation->trusted_origin_data_id, 4);
  }
  AppendText(bytes, extensions->other_elements);
}

Result<std::optional<RuleCollectionExtensions>> ReadExtensions(ByteReader& reader) {
  if (!TRY(ReadFlag(reader))) return std::nullopt;
  RuleCollectionExtensions extensions;
  extensions.services = TRY(ReadOptional<ServicesEnforcement>(reader, kNoServices));
  extensions.has_redstone = TRY(ReadFlag(reader));
  extensions.system_apps_allow = TRY(ReadOptional<bool>(reader, kNoSystemApps));
  if (TRY(ReadFlag(reader))) {
    auto& revocation = extensions.origin_data_revocation.emplace();
    revocation.current_origin_data_id = TRY(reader.Read<le32>());
    revocation.trusted_origin_data_id = TRY(reader.Read<le32>());
  }
  extensions.other_elements = TRY(ReadText(reader, kMaxHeadText));
  return extensions;
}

Result<void> ReadCollection(ByteReader& reader, ImageHead& head) {
  RuleCollection collection;
  collection.type = TRY(ReadOptional<CollectionType>(reader, kNoType));
  collection.type_text = TRY(ReadText(reader, kMaxHeadText));
  collection.enforcement_mode = TRY(ReadOptional<EnforcementMode>(reader, kNoMode));
  const uint32_t rules = TRY(reader.Read<le32>());
  if (rules > applocker::kMaxRulesPerCollection) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("a collection of {} rules; at most {}",
                                                       rules, applocker::kMaxRulesPerCollection));
  }
  collection.extensions = TRY(ReadExtensions(reader));
  head.outline.collections.push_back(std::move(collection));
  head.rules.push_back(rules);
  return {};
}

Result<uint32_t> ReadCount(ByteReader& reader, uint32_t limit, const char* what) {
  const uint32_t count = TRY(reader.Read<le32>());
  if (count <= limit) return count;
  return Fail(ErrorCode::kLimitExceeded, fmt::format("{} {}; at most {}", count, what, limit));
}

}  // namespace

std::vector<bool> JudgedBy(const ImageHead& head) {
  std::vector<bool> judged;
  uint32_t seen = 0;  // bit CollectionType
  for (size_t i = 0; i < head.rules.size(); ++i) {
    const auto type = head.outline.collections[i].type;
    const uint32_t bit = type ? 1U << static_cast<unsigned>(*type) : 0;
    judged.push_back(type && (seen & bit) == 0 && head.rules[i] > 0);
    seen |= bit;
  }
  return judged;
}

std::string WriteImageHead(const ImageHead& head) {
  std::string bytes;
  AppendText(bytes, head.outline.version);
  AppendText(bytes, head.outline.policy_extensions);
  AppendNumber(bytes, head.names.size(), 4);
  for (const std::string& name : head.names) AppendText(bytes, name);
  AppendNumber(bytes, head.rules.size(), 4);
  for (size_t i = 0; i < head.rules.size(); ++i) {
    const RuleCollection& collection = head.outline.collections[i];
    AppendOptional(bytes, collection.type, kNoType);
    AppendText(bytes, collection.type_text);
    AppendOptional(bytes, collection.enforcement_mode, kNoMode);
    AppendNumber(bytes, head.rules[i], 4);
    AppendExtensions(bytes, collection.extensions);
  }
  return bytes;
}

Result<ImageHead> ReadImageHead(Bytes section) {
  ByteReader reader(section, "head");
  ImageHead head;
  head.outline.version = TRY(ReadText(reader, kMaxHeadText));
  head.outline.policy_extensions = TRY(ReadText(reader, kMaxHeadText));
  const uint32_t names = TRY(ReadCount(reader, kMaxSources, "sources"));
  for (uint32_t i = 0; i < names; ++i) {
    head.names.push_back(TRY(ReadText(reader, kMaxHeadText)));
  }
  const uint32_t collections = TRY(ReadCount(reader, kMaxCollections, "collections"));
  for (uint32_t i = 0; i < collections; ++i) TRY_VOID(ReadCollection(reader, head));
  if (reader.empty()) return head;
  return Fail(ErrorCode::kMalformed, fmt::format("{} bytes stand behind it", reader.remaining()));
}

}  // namespace portcullis::compiled
