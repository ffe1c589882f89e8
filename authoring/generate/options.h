// SPDX-License-Identifier: Apache-2.0
// What kind of rules `policy new` makes.
//
// Threads: values; `write_access` is asked on the caller's thread.
// Source:  section 8.3 of the reference (New-AppLockerPolicy) and 8.6 (the wizard).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authoring/write_access.h"
#include "policy/applocker/model.h"
#include "policy/request.h"
#include "security/sid.h"

namespace portcullis {

enum class RuleType : uint8_t { kPublisher, kPath, kHash };
const char* ToString(RuleType type);  // "publisher", "path", "hash"
std::optional<RuleType> ParseRuleType(std::string_view text);

// How much of what a signed file says of itself its rule asks for, from the widest to the narrowest
// rule.
enum class PublisherLevel : uint8_t { kAllSigned, kPublisher, kProduct, kFile, kVersion };
std::optional<PublisherLevel> ParsePublisherLevel(std::string_view text);  // "all-signed", ...

// Which versions a rule of level kVersion is for, seen from the file's.
enum class VersionChoice : uint8_t { kAtLeast, kExactly, kAtMost, kAny };
std::optional<VersionChoice> ParseVersionChoice(std::string_view text);  // "at-least", ...

// One rule a file (files that make the same rule share it), or one for as many as a rule can be
// for.
enum class Grouping : uint8_t { kNone, kOptimize };

// A file that no rule can be made for: an error, or passed over and counted.
enum class MissingInformation : uint8_t { kRefuse, kSkip };

struct GenerateOptions {
  // In order of preference: each file gets the first that is possible for it.
  std::vector<RuleType> types = {RuleType::kPublisher, RuleType::kHash};
  Sid user = well_known_sids::kEveryone;
  std::string prefix;  // names begin with it and a colon
  Grouping grouping = Grouping::kNone;
  MissingInformation missing = MissingInformation::kRefuse;
  // Absent: kVersion, and kProduct for groups.
  std::optional<PublisherLevel> level;
  VersionChoice version = VersionChoice::kAtLeast;

  // Who may write where. Null: nothing is known, and path rules for such paths are for single
  // files.
  const WriteAccess* here_access = nullptr;     // paths of a host, for files that were seen here
  const WriteAccess* host_access = nullptr;     // the same for files of other hosts
  const WriteAccess* windows_access = nullptr;  // paths of Windows
  // Whose writing counts, here and on other hosts: there an account may be in other groups.
  Writers here_writers;
  Writers writers;
  // Folders, spelled as PreferredSpelling would, that may be allowed as a whole though no file is
  // directly in them: those that were selected, as the wizard has it.
  std::vector<PathSpelling> whole_folders;

  applocker::EnforcementMode mode = applocker::EnforcementMode::kNotConfigured;
  std::optional<applocker::ServicesEnforcement> services;
  bool allow_windows = false;
  bool default_rules = false;
  bool deny_known_bypasses = false;

  PublisherLevel LevelToUse() const {
    return level.value_or(grouping == Grouping::kOptimize ? PublisherLevel::kProduct
                                                          : PublisherLevel::kVersion);
  }
};

}  // namespace portcullis
