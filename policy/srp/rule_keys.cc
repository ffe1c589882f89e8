// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/rule_keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/quote.h"
#include "base/utf.h"
#include "policy/srp/check.h"
#include "policy/srp/registry_names.h"

namespace portcullis::srp {
namespace {

bool IsAtOrBelow(std::string_view upper_path, const std::string& upper_root) {
  return upper_path.starts_with(upper_root) &&
         (upper_path.size() == upper_root.size() || upper_path[upper_root.size()] == '\\');
}

// The components of the path below the root.
std::vector<std::string> PartsBelow(std::string_view upper_path, size_t root_size) {
  std::vector<std::string> parts;
  std::string_view left = upper_path.substr(root_size);
  while (left.starts_with('\\')) {
    left.remove_prefix(1);
    parts.emplace_back(left.substr(0, left.find('\\')));
    left.remove_prefix(parts.back().size());
  }
  return parts;
}

const TreeValue* Find(const TreeKey& key, std::string_view name) {
  return key.Find(UpperCase(name));
}

bool Is(std::string_view upper, std::string_view name) { return upper == UpperCase(name); }

bool IsDecimal(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Level> LevelOfKey(std::string_view digits) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_plain = digits == "0" || !digits.starts_with('0');
  if (error != std::errc() || end != digits.data() + digits.size() || !is_plain) {
    return std::nullopt;
  }
  return LevelOf(number);
}

// "0, 4096, ..." for messages.
std::string AllowedLevels() {
  std::string text;
  for (const Level level : kLevels) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", static_cast<uint32_t>(level));
  }
  return text;
}

std::string UpperRoot(std::string_view root) { return UpperCase(root); }

constexpr std::array kSettingNames = {kDefaultLevel,    kTransparentEnabledValue, kPolicyScope,
                                      kExecutableTypes, kAuthenticodeEnabled,     kLevelsValue,
                                      kLogFileName};
constexpr std::array kRuleNames = {kItemData, kSaferFlags, kDescription, kLastModified};
constexpr std::array kHashRuleNames = {kItemData, kSaferFlags, kDescription, kLastModified,
                                       kHashAlg,  kItemSize,   kFriendlyName};
constexpr std::array kSha256Names = {kItemData, kHashAlg};

// A number that is one of an enumeration's.
template <typename Enum, size_t kCount>
Result<Enum> OneOf(const ValueReader& values, const TreeKey& key, const TreeValue& value,
                   const std::array<Enum, kCount>& allowed) {
  const uint32_t number = TRY(values.Dword(key, value));
  std::string names;
  for (const Enum one : allowed) {
    if (static_cast<uint32_t>(one) == number) return one;
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", static_cast<uint32_t>(one),
                         ToString(one));
  }
  return values.Refuse(key, value, fmt::format("{}, where {} are allowed", number, names));
}

}  // namespace

bool IsBelowRoots(std::string_view upper_path) {
  static const std::array roots = {UpperRoot(kSaferKey), UpperRoot(kTrustedPublisherKey),
                                   UpperRoot(kDisallowedKey)};
  return std::ranges::any_of(
      roots, [&](const std::string& root) { return IsAtOrBelow(upper_path, root); });
}

Result<bool> KeyInterpreter::Read(const TreeKey& key) {
  static const std::string identifiers = UpperRoot(kCodeIdentifiersKey);
  static const std::string publisher = UpperRoot(kTrustedPublisherKey);
  static const std::string disallowed = UpperRoot(kDisallowedKey);
  const std::string path = UpperCase(key.path);
  if (IsAtOrBelow(path, identifiers)) {
    return ReadBelowIdentifiers(key, PartsBelow(path, identifiers.size()));
  }
  if (IsAtOrBelow(path, publisher)) {
    return ReadBelowStore(key, PartsBelow(path, publisher.size()), Level::kUnrestricted);
  }
  if (IsAtOrBelow(path, disallowed)) {
    return ReadBelowStore(key, PartsBelow(path, disallowed.size()), Level::kDisallowed);
  }
  NoteAll(key);
  return false;
}

// <level>\Paths|Hashes|UrlZones\{guid}, and SHA256 below a hash.
Result<bool> KeyInterpreter::ReadBelowIdentifiers(const TreeKey& key, const Parts& parts) {
  if (parts.empty()) return ReadSettings(key);
  const bool is_rule =
      parts.size() >= 3 && IsDecimal(parts[0]) &&
      (Is(parts[1], kPathsKey) || Is(parts[1], kHashesKey) || Is(parts[1], kUrlZonesKey));
  if (is_rule && parts.size() == 3) {
    if (key.values.empty()) return false;
    const auto level = LevelOfKey(parts[0]);
    if (level) return ReadRule(key, *level, parts);
    return values_.Refuse(
        key, Error{ErrorCode::kMalformed, fmt::format("a rule of level {}, where {} are allowed",
                                                      parts[0], AllowedLevels())});
  }
  if (is_rule && parts.size() == 4 && Is(parts[1], kHashesKey) && Is(parts[3], kSha256Key)) {
    return ReadSha256(key, UpperCase(key.path));
  }
  NoteAll(key);
  return false;
}

// With its rule it was read already.
Result<bool> KeyInterpreter::ReadSha256(const TreeKey& key, std::string_view upper_path) {
  const TreeKey* const rule = tree_.Find(upper_path.substr(0, upper_path.rfind('\\')));
  if (rule == nullptr || rule->values.empty()) NoteAll(key);
  return false;
}

Result<bool> KeyInterpreter::ReadSettings(const TreeKey& key) {
  if (const auto* value = Find(key, kDefaultLevel)) {
    policy_.default_level = TRY(OneOf(values_, key, *value, kLevels));
  }
  if (const auto* value = Find(key, kTransparentEnabledValue)) {
    policy_.transparent_enabled = TRY(OneOf(values_, key, *value, kTransparentEnabled));
  }
  if (const auto* value = Find(key, kPolicyScope)) {
    policy_.policy_scope = TRY(OneOf(values_, key, *value, kPolicyScopes));
  }
  if (const auto* value = Find(key, kExecutableTypes)) {
    policy_.executable_types = TRY(values_.Texts(key, *value));
  }
  if (const auto* value = Find(key, kAuthenticodeEnabled)) {
    const uint32_t number = TRY(values_.Dword(key, *value));
    if (number > 1) {
      return values_.Refuse(key, *value, fmt::format("{}, where 0 and 1 are allowed", number));
    }
    policy_.authenticode_enabled = number == 1;
  }
  if (const auto* value = Find(key, kLevelsValue)) {
    policy_.levels = TRY(values_.Dword(key, *value));
  }
  if (const auto* value = Find(key, kLogFileName)) {
    policy_.log_file_name = TRY(values_.Text(key, *value));
  }
  if (const auto checked = CheckSettings(policy_); !checked) {
    return values_.Refuse(key, checked.error());
  }
  values_.NoteUnknown(key, kSettingNames);
  return std::ranges::any_of(kSettingNames, [&](std::string_view name) { return Find(key, name); });
}

Result<bool> KeyInterpreter::ReadRule(const TreeKey& key, Level level, const Parts& parts) {
  const auto id = parts[2].starts_with('{') ? Guid::Parse(parts[2]) : std::nullopt;
  if (!id) {
    return values_.Refuse(
        key, Error{ErrorCode::kMalformed, fmt::format("a rule whose key is named {}, where a GUID "
                                                      "in braces is wanted",
                                                      Quote(parts[2]))});
  }
  Rule rule;
  rule.id = *id;
  rule.level = level;
  rule.condition = TRY(ReadCondition(key, parts[1]));
  TRY_VOID(ReadCommonValues(key, rule));
  TRY_VOID(AddRule(key, std::move(rule)));
  return true;
}

Result<Condition> KeyInterpreter::ReadCondition(const TreeKey& key, std::string_view kind) {
  if (Is(kind, kHashesKey)) return Condition(TRY(ReadHash(key)));
  if (Is(kind, kPathsKey)) return Condition(TRY(ReadPath(key)));
  return Condition(TRY(ReadUrlZone(key)));
}

Result<void> KeyInterpreter::ReadCommonValues(const TreeKey& key, Rule& rule) {
  if (const auto* value = Find(key, kDescription)) {
    rule.description = TRY(values_.Text(key, *value));
  }
  if (const auto* value = Find(key, kSaferFlags)) {
    rule.safer_flags = TRY(values_.Dword(key, *value));
  }
  if (const auto* value = Find(key, kLastModified)) {
    rule.last_modified = TRY(values_.Qword(key, *value));
  }
  if (rule.kind() == RuleKind::kHash) {
    values_.NoteUnknown(key, kHashRuleNames);
  } else {
    values_.NoteUnknown(key, kRuleNames);
  }
  return {};
}

Result<HashCondition> KeyInterpreter::ReadHash(const TreeKey& key) {
  HashCondition condition;
  const TreeValue& algorithm = *TRY(Required(key, kHashAlg));
  condition.algorithm = TRY(OneOf(values_, key, algorithm, kHashAlgorithms));
  const TreeValue& data = *TRY(Required(key, kItemData));
  const Bytes digest = TRY(values_.Binary(key, data));
  const size_t wanted = DigestSize(condition.algorithm);
  if (digest.size() != wanted) {
    return values_.Refuse(key, data,
                          fmt::format("{} bytes, where {} has {}", digest.size(),
                                      ToString(condition.algorithm), wanted));
  }
  std::ranges::copy(digest, condition.digest.begin());
  condition.size = TRY(values_.Qword(key, *TRY(Required(key, kItemSize))));
  if (const auto* value = Find(key, kFriendlyName)) {
    condition.friendly_name = TRY(values_.Text(key, *value));
  }
  TRY_VOID(ReadSha256Key(key, condition));
  return condition;
}

Result<void> KeyInterpreter::ReadSha256Key(const TreeKey& key, HashCondition& condition) {
  const TreeKey* const below =
      tree_.Find(fmt::format("{}\\{}", UpperCase(key.path), UpperCase(kSha256Key)));
  if (below == nullptr || below->values.empty()) return {};
  const TreeValue& algorithm = *TRY(Required(*below, kHashAlg));
  TRY_VOID(OneOf(values_, *below, algorithm, std::array{HashAlgorithm::kSha256}));
  const TreeValue& data = *TRY(Required(*below, kItemData));
  const Bytes digest = TRY(values_.Binary(*below, data));
  if (digest.size() != 32) {
    return values_.Refuse(*below, data,
                          fmt::format("{} bytes, where SHA256 has 32", digest.size()));
  }
  std::ranges::copy(digest, condition.sha256.emplace().begin());
  values_.NoteUnknown(*below, kSha256Names);
  return {};
}

Result<PathCondition> KeyInterpreter::ReadPath(const TreeKey& key) {
  const TreeValue& value = *TRY(Required(key, kItemData));
  return PathCondition{TRY(values_.Text(key, value)),
                       value.entry.type == registry::Type::kExpandSz};
}

Result<UrlZoneCondition> KeyInterpreter::ReadUrlZone(const TreeKey& key) {
  return UrlZoneCondition{TRY(OneOf(values_, key, *TRY(Required(key, kItemData)), kUrlZones))};
}

Result<const TreeValue*> KeyInterpreter::Required(const TreeKey& key, std::string_view name) const {
  if (const TreeValue* value = Find(key, name)) return value;
  return values_.Refuse(
      key, Error{ErrorCode::kMalformed, fmt::format("it has no value {}", Quote(name))});
}

Result<void> KeyInterpreter::AddRule(const TreeKey& key, Rule rule) {
  rule.scope = policy_.scope;
  if (policy_.rules.size() == kMaxRules) {
    return values_.Refuse(
        key, Error{ErrorCode::kLimitExceeded, fmt::format("more than {} rules", kMaxRules)});
  }
  if (const auto checked = CheckRule(rule); !checked) {
    return values_.Refuse(key, checked.error());
  }
  policy_.rules.push_back(std::move(rule));
  return {};
}

}  // namespace portcullis::srp
