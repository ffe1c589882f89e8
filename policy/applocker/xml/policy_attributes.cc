// SPDX-License-Identifier: Apache-2.0
//
// The second half of PolicyBuilder: attributes. A value that is refused leaves the model as it was;
// the policy is not handed out then.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/quote.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/xml/path_advice.h"
#include "policy/applocker/xml/policy_builder.h"

namespace portcullis::applocker {
namespace {

constexpr size_t kUnlimited = SIZE_MAX;

template <typename Enum>
struct Word {
  std::string_view text;
  Enum value;
};
constexpr Word<EnforcementMode> kEnforcementModes[] = {
    {"NotConfigured", EnforcementMode::kNotConfigured},
    {"Enabled", EnforcementMode::kEnabled},
    {"AuditOnly", EnforcementMode::kAuditOnly},
};
constexpr Word<Action> kActions[] = {{"Allow", Action::kAllow}, {"Deny", Action::kDeny}};
constexpr Word<HashType> kHashTypes[] = {
    {"SHA256", HashType::kSha256},
    {"SHA256Flat", HashType::kSha256Flat},
    {"SHA1", HashType::kSha1},
};
constexpr Word<ServicesEnforcement> kServicesModes[] = {
    {"NotConfigured", ServicesEnforcement::kNotConfigured},
    {"Enabled", ServicesEnforcement::kEnabled},
    {"ServicesOnly", ServicesEnforcement::kServicesOnly},
};
constexpr Word<bool> kSystemAppsWords[] = {{"Enabled", true}, {"NotEnabled", false}};

// The value that `value` names; reports and returns nothing when it names none.
template <typename Enum, size_t kSize>
std::optional<Enum> FindWord(const Word<Enum> (&words)[kSize], const Value& value, Report& report) {
  std::string allowed;
  for (const Word<Enum>& word : words) {
    if (word.text == value.text()) return word.value;
  }
  for (const Word<Enum>& word : words) {
    if (!allowed.empty()) allowed += ", ";
    allowed += word.text;
  }
  report.Error(value.where(), "bad-word",
               fmt::format("{} is {}; allowed is {}, in this case", value.name(),
                           Quote(value.text()), allowed));
  return std::nullopt;
}

char ToLowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ToLowerAscii, ToLowerAscii);
}

}  // namespace

void PolicyBuilder::Set(Field field, const Value& value) {
  if (field == Field::kVersion) return SetVersion(value);
  if (field <= Field::kEnforcementMode) return SetOfCollection(field, value);
  if (field <= Field::kAction) return SetOfRule(field, value);
  if (field <= Field::kPath) return SetOfCondition(field, value);
  if (field <= Field::kSourceFileLength) return SetOfHash(field, value);
  if (field <= Field::kTrustedOriginDataId) return SetOfExtensions(field, value);
  SetOfPlugin(field, value);
}

void PolicyBuilder::SetOfCollection(Field field, const Value& value) {
  if (field == Field::kCollectionType) return SetCollectionType(value);
  collection_->enforcement_mode = FindWord(kEnforcementModes, value, report_);
  summaries_.back().enforcement = collection_->mode();
}

void PolicyBuilder::SetOfRule(Field field, const Value& value) {
  switch (field) {
    case Field::kRuleId:
      if (const auto id = RuleId::Parse(value.text())) {
        rule_->id = *id;
        ids_.Add(*id, where_);
      } else {
        SetOfPlugin(Field::kGuid, value);  // says what is wrong
      }
      return;
    case Field::kName:
      return SetText(rule_->name, value, 1, kMaxNameLength);
    case Field::kDescription:
      return SetText(rule_->description, value, 0, kMaxDescriptionLength);
    case Field::kUserOrGroupSid:
      return SetUserOrGroupSid(value);
    default:
      if (const auto action = FindWord(kActions, value, report_)) rule_->action = *action;
  }
}

void PolicyBuilder::SetOfCondition(Field field, const Value& value) {
  if (field == Field::kPath) return SetPath(value);
  auto& condition = std::get<FilePublisherCondition>(*condition_);
  switch (field) {
    case Field::kPublisherName:
      return SetPublisherText(condition.publisher_name, value, 1);
    case Field::kProductName:
      return SetPublisherText(condition.product_name, value, 0);
    case Field::kBinaryName:
      return SetPublisherText(condition.binary_name, value, 0);
    case Field::kLowSection:
      return SetVersionSection(condition.binary_version_range.low_section, value);
    default:
      return SetVersionSection(condition.binary_version_range.high_section, value);
  }
}

void PolicyBuilder::SetOfHash(Field field, const Value& value) {
  FileHash& hash = std::get<FileHashCondition>(*condition_).hashes.back();
  switch (field) {
    case Field::kHashType:
      hash_type_ = FindWord(kHashTypes, value, report_);
      return;
    case Field::kHashData:
      hash_digits_ = ParseHashData(value.text());
      if (hash_digits_) return;
      return report_.Error(value.where(), "bad-hash",
                           fmt::format("Data is {}; allowed is 0x and 64 or 40 hexadecimal digits",
                                       Quote(value.text())));
    case Field::kSourceFileName:
      hash.source_file_name = value.text();
      return;
    default:
      hash.source_file_length = TrimWhiteSpace(value.text());
      if (IsInteger(*hash.source_file_length)) return;
      report_.Error(value.where(), "bad-number",
                    fmt::format("SourceFileLength is {}; a whole number of at most {} digits is "
                                "allowed",
                                Quote(value.text()), kMaxDigits));
  }
}

void PolicyBuilder::SetOfExtensions(Field field, const Value& value) {
  RuleCollectionExtensions& extensions = *collection_->extensions;
  switch (field) {
    case Field::kServicesEnforcement:
      extensions.services = FindWord(kServicesModes, value, report_);
      return;
    case Field::kSystemAppsAllow:
      extensions.system_apps_allow = FindWord(kSystemAppsWords, value, report_);
      return;
    case Field::kCurrentOriginDataId:
      return SetUnsignedInt(extensions.origin_data_revocation->current_origin_data_id, value);
    default:
      return SetUnsignedInt(extensions.origin_data_revocation->trusted_origin_data_id, value);
  }
}

// Plugins are checked and kept as text.
void PolicyBuilder::SetOfPlugin(Field field, const Value& value) {
  if (field == Field::kGuid && !RuleId::Parse(value.text())) {
    report_.Error(value.where(), "bad-guid",
                  fmt::format("{} is {}; a GUID without braces is allowed", value.name(),
                              Quote(value.text())));
  }
  if (field == Field::kAppidTypes && !IsAppidTypeList(value.text())) {
    report_.Error(value.where(), "bad-word",
                  fmt::format("AppidTypes is {}; a list of Hash, Path, Publisher is allowed",
                              Quote(value.text())));
  }
}

void PolicyBuilder::SetVersion(const Value& value) {
  policy_.version = TrimWhiteSpace(value.text());
  if (!IsDecimal(policy_.version)) {
    return report_.Error(
        value.where(), "bad-number",
        fmt::format("Version is {}; a decimal number is allowed", Quote(value.text())));
  }
  if (IsDecimalOne(policy_.version)) return;
  report_.BeyondSchema(value.where(), "policy-version",
                       fmt::format("Version is {}; only version 1 is known", Quote(value.text())));
}

void PolicyBuilder::SetCollectionType(const Value& value) {
  const std::string_view text = value.text();
  for (const RuleCollection& other : policy_.collections) {
    if (&other == collection_ || !EqualIgnoringCase(other.type_text, text)) continue;
    if (other.type_text == text) {
      report_.Error(value.where(), "duplicate-collection-type",
                    fmt::format("a second collection of type {}", Quote(text)));
    } else {
      report_.BeyondSchema(value.where(), "collection-type-differs-only-in-case",
                           fmt::format("type {} is {} but for case; there is one collection a type",
                                       Quote(text), Quote(other.type_text)));
    }
    break;
  }
  collection_->type_text = text;
  collection_->type = ParseCollectionType(text);
  summaries_.back().type = collection_->type ? ToString(*collection_->type) : std::string(text);
  if (!collection_->type) {
    report_.WarningUnlessStrict(
        value.where(), "unknown-collection-type",
        fmt::format("type {} is none of Exe, Dll, Script, Msi, Appx, ManagedInstaller: its rules "
                    "have no effect",
                    Quote(text)));
  } else if (text != ToString(*collection_->type)) {
    report_.Warning(
        value.where(), "collection-type-spelling",
        fmt::format("type {} is read as {}", Quote(text), ToString(*collection_->type)));
  }
}

void PolicyBuilder::SetUserOrGroupSid(const Value& value) {
  if (!MatchesSidType(value.text())) {
    return report_.Error(value.where(), "bad-sid",
                         fmt::format("UserOrGroupSid is {}; a SID like S-1-1-0 is allowed, no name",
                                     Quote(value.text())));
  }
  const Result<Sid> sid = Sid::Parse(value.text());
  if (!sid || sid->sub_authorities().empty()) {
    return report_.BeyondSchema(
        value.where(), "sid-not-parsed",
        fmt::format("UserOrGroupSid is {}: {}", Quote(value.text()),
                    sid ? "a SID has a sub-authority" : sid.error().message));
  }
  rule_->user_or_group_sid = *sid;
}

void PolicyBuilder::SetPublisherText(std::string& target, const Value& value, size_t min_length) {
  SetText(target, value, min_length, kUnlimited);
  if (value.text().size() <= kMaxPublisherTextLength) return;
  const size_t units = CountUtf16Units(value.text());
  if (units <= kMaxPublisherTextLength) return;
  report_.BeyondSchema(value.where(), "publisher-text-too-long",
                       fmt::format("{} has {} UTF-16 units; {} are allowed", value.name(), units,
                                   kMaxPublisherTextLength));
}

void PolicyBuilder::SetPath(const Value& value) {
  std::string& path = std::get<FilePathCondition>(*condition_).path;
  SetText(path, value, 1, kMaxPathLength);
  if (path.size() > kMaxPathLength && CountCodePoints(path) <= kMaxPathLength &&
      CountUtf16Units(path) > kMaxPathLength) {
    report_.BeyondSchema(value.where(), "path-too-long",
                         fmt::format("Path has {} UTF-16 units; {} are allowed",
                                     CountUtf16Units(path), kMaxPathLength));
  }
  AdviseOnPath(value, report_);
}

void PolicyBuilder::SetVersionSection(std::optional<FileVersion>& target, const Value& value) {
  const std::string_view text = value.text();
  if (text == "*") return;
  const Result<FileVersion> version = FileVersion::Parse(text);
  if (version) target = *version;
  if (!MatchesVersionPattern(text)) {
    return report_.Error(
        value.where(), "bad-version",
        fmt::format("{} is {}; allowed is * or four numbers of at most 5 digits with dots between",
                    value.name(), Quote(text)));
  }
  if (version) return;
  const bool is_part_too_large = std::ranges::count(text, '.') == 3;
  report_.BeyondSchema(value.where(),
                       is_part_too_large ? "version-part-too-large" : "version-separator",
                       fmt::format("{} is {}; {}", value.name(), Quote(text),
                                   is_part_too_large ? "a part is at most 65535"
                                                     : "the four numbers have dots between"));
}

void PolicyBuilder::SetText(std::string& target, const Value& value, size_t min_length,
                            size_t max_length) {
  target = value.text();
  // Bytes are never fewer than characters.
  const bool may_be_too_long = target.size() > max_length;
  const size_t length = may_be_too_long ? CountCodePoints(target) : target.size();
  if (length < min_length) {
    report_.Error(value.where(), "too-short", fmt::format("{} is empty", value.name()));
  } else if (length > max_length) {
    report_.Error(
        value.where(), "too-long",
        fmt::format("{} has {} characters; {} are allowed", value.name(), length, max_length));
  }
}

void PolicyBuilder::SetUnsignedInt(uint32_t& target, const Value& value) {
  const auto number = ParseUnsignedInt(TrimWhiteSpace(value.text()));
  if (number) {
    target = *number;
    return;
  }
  report_.Error(value.where(), "bad-number",
                fmt::format("{} is {}; a whole number up to 4294967295 is allowed", value.name(),
                            Quote(value.text())));
}

}  // namespace portcullis::applocker
