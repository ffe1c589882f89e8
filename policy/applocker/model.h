// SPDX-License-Identifier: Apache-2.0
// An AppLocker policy as its XML has it. Names are those of Microsoft's schema.
//
// Shape:   AppLockerPolicy > RuleCollection > Rule > one condition and exceptions.
// Units:   text is UTF-8 as written (case kept); versions are packed (identity/file_identity.h).
// Limits:  policy/applocker/limits.h; a reader enforces them, the model does not.
// Lifetime: values; a Decision points into the model that its PolicySet holds.
// Threads: immutable once built.
// Source:  applocker-csp.md "Policy XSD Schema"; docs/formats/applocker-policy.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "identity/file_identity.h"
#include "security/sid.h"

namespace portcullis::applocker {

enum class CollectionType : uint8_t { kExe, kDll, kScript, kMsi, kAppx, kManagedInstaller };
inline constexpr size_t kCollectionTypes = 6;
const char* ToString(CollectionType type);  // canonical case: "Exe", "Dll", ...
std::optional<CollectionType> ParseCollectionType(std::string_view text);  // ignores case

enum class EnforcementMode : uint8_t { kNotConfigured, kEnabled, kAuditOnly };
const char* ToString(EnforcementMode mode);

enum class Action : uint8_t { kAllow, kDeny };
const char* ToString(Action action);

// A rule's Id: a GUID without braces. Ids that differ in the case of their digits are equal; the
// case they were written in is kept for printing.
struct RuleId {
  std::array<uint8_t, 16> bytes = {};  // in the order of the text
  uint32_t upper_case_digits = 0;      // bit i: hex digit i (of 32) was a capital letter

  static std::optional<RuleId> Parse(std::string_view text);
  std::string ToString() const;

  friend bool operator==(const RuleId& a, const RuleId& b) { return a.bytes == b.bytes; }
};

struct BinaryVersionRange {
  std::optional<FileVersion> low_section;   // absent: "*"
  std::optional<FileVersion> high_section;  // absent: "*"

  friend bool operator==(const BinaryVersionRange&, const BinaryVersionRange&) = default;
};

struct FilePublisherCondition {
  std::string publisher_name;
  std::string product_name;
  std::string binary_name;
  BinaryVersionRange binary_version_range;

  friend bool operator==(const FilePublisherCondition&, const FilePublisherCondition&) = default;
};

struct FilePathCondition {
  std::string path;

  friend bool operator==(const FilePathCondition&, const FilePathCondition&) = default;
};

struct FileHash {
  FileDigest digest;
  // For display only; matching never looks at them.
  std::optional<std::string> source_file_name;
  std::optional<std::string> source_file_length;  // an xs:integer as written

  friend bool operator==(const FileHash&, const FileHash&) = default;
};

struct FileHashCondition {
  std::vector<FileHash> hashes;  // any of them

  friend bool operator==(const FileHashCondition&, const FileHashCondition&) = default;
};

using Condition = std::variant<FilePublisherCondition, FilePathCondition, FileHashCondition>;

struct Rule {
  RuleId id;
  std::string name;
  std::string description;
  Sid user_or_group_sid;
  Action action = Action::kAllow;
  Condition condition;
  std::vector<Condition> exceptions;  // always empty in a FileHashRule
  // Which of the merged policies the rule came from; 0 in a policy that was just read.
  uint16_t source = 0;
  uint32_t line = 0;  // of its start tag, from 1; 0 where it was not read from text

  // Equality of what the XML says; where it stood does not count.
  friend bool operator==(const Rule& a, const Rule& b) {
    return a.id == b.id && a.name == b.name && a.description == b.description &&
           a.user_or_group_sid == b.user_or_group_sid && a.action == b.action &&
           a.condition == b.condition && a.exceptions == b.exceptions;
  }
};

enum class ServicesEnforcement : uint8_t { kNotConfigured, kEnabled, kServicesOnly };
const char* ToString(ServicesEnforcement mode);

struct OriginDataRevocation {
  uint32_t current_origin_data_id = 0;
  uint32_t trusted_origin_data_id = 0;

  friend bool operator==(const OriginDataRevocation&, const OriginDataRevocation&) = default;
};

struct RuleCollectionExtensions {
  std::optional<ServicesEnforcement> services;  // absent: no Services element
  bool has_redstone = false;                    // RedstoneExtensions is there
  std::optional<bool> system_apps_allow;        // absent: no SystemApps element
  std::optional<OriginDataRevocation> origin_data_revocation;
  std::string other_elements;  // what the schema lets stand besides, as XML, for a round trip

  friend bool operator==(const RuleCollectionExtensions&,
                         const RuleCollectionExtensions&) = default;
};

struct RuleCollection {
  // Absent for a type this project does not know; such a collection is kept but never judged by.
  std::optional<CollectionType> type;
  std::string type_text;                            // as written
  std::optional<EnforcementMode> enforcement_mode;  // absent attribute counts as NotConfigured
  std::vector<Rule> rules;
  std::optional<RuleCollectionExtensions> extensions;

  EnforcementMode mode() const {
    return enforcement_mode.value_or(EnforcementMode::kNotConfigured);
  }
  // Does not compare how the type was spelled when it is a known one.
  friend bool operator==(const RuleCollection& a, const RuleCollection& b) {
    return a.type == b.type && (a.type.has_value() || a.type_text == b.type_text) &&
           a.mode() == b.mode() && a.rules == b.rules && a.extensions == b.extensions;
  }
};

struct AppLockerPolicy {
  std::string version = "1";  // an xs:decimal as written
  std::vector<RuleCollection> collections;
  std::string policy_extensions;  // the PolicyExtensions element as XML; empty where there is none

  const RuleCollection* Find(CollectionType type) const;

  friend bool operator==(const AppLockerPolicy&, const AppLockerPolicy&) = default;
};

}  // namespace portcullis::applocker
