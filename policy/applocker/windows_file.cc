// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/windows_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/utf.h"
#include "formats/applocker_file/applocker_file.h"
#include "policy/applocker/descriptor/decompiler.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/rule_sddl.h"

namespace portcullis::applocker {
namespace {

using applocker_file::AppLockerFile;
using applocker_file::RuleText;

// What the two spellings of a rule say, without the case of its texts.
bool SaysTheSame(const Rule& a, const Rule& b) {
  if (a.action != b.action || a.user_or_group_sid != b.user_or_group_sid) return false;
  const auto upper = [](Condition condition) {
    if (auto* path = std::get_if<FilePathCondition>(&condition)) path->path = UpperCase(path->path);
    if (auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
      publisher->publisher_name = UpperCase(publisher->publisher_name);
      publisher->product_name = UpperCase(publisher->product_name);
      publisher->binary_name = UpperCase(publisher->binary_name);
    }
    return condition;
  };
  return upper(a.condition) == upper(b.condition) &&
         std::ranges::equal(a.exceptions, b.exceptions, {}, upper, upper);
}

// Of a text that ends in "...".
bool IsBeginningOf(std::string_view cut, const Rule& rule) {
  const auto whole = RuleToSddl(rule);
  return whole && whole->starts_with(cut.substr(0, cut.size() - 3));
}

// The texts stand in the order of the entries, as far as they can be compared.
bool AreTextsOf(const std::vector<RuleText>& texts, const std::vector<Rule>& rules) {
  if (texts.size() != rules.size()) return false;
  bool is_one_equal = false;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].is_cut) {
      if (!IsBeginningOf(texts[i].sddl, rules[i])) return false;
      continue;
    }
    const auto rule = RuleFromSddl(texts[i].sddl);
    if (!rule || !SaysTheSame(*rule, rules[i])) return false;
    is_one_equal = true;
  }
  return is_one_equal;
}

void TakeTexts(const std::vector<RuleText>& texts, std::vector<Rule>& rules) {
  for (size_t i = 0; i < texts.size(); ++i) {
    if (const auto id = RuleId::Parse(texts[i].guid)) rules[i].id = *id;
    if (!texts[i].name.empty()) rules[i].name = texts[i].name;
  }
}

void AddNotes(const AppLockerFile& file, const DecompiledDescriptor& read,
              std::vector<std::string>& notes) {
  notes = file.notes;
  for (const UnreadAce& unread : read.unread) {
    notes.push_back(
        fmt::format("entry {} of the descriptor, at offset {}, is no rule that can be "
                    "read: {}",
                    unread.index, file.descriptor_offset + unread.offset, unread.reason));
  }
  if (read.rules.size() != file.rules) {
    notes.push_back(
        fmt::format("{} rules by the header, {} were read", file.rules, read.rules.size()));
  }
  if (file.service_mode != 0) {
    notes.push_back(fmt::format("the mode for services is {}; which one that is is not known",
                                file.service_mode));
  }
}

}  // namespace

Result<WindowsFile> ReadWindowsFile(Bytes bytes, std::optional<CollectionType> type) {
  const AppLockerFile file = TRY(applocker_file::Parse(bytes));
  auto read = DecompileDescriptor(file.descriptor);
  if (!read) {
    return Fail(read.error().code, fmt::format("AppLocker file: the descriptor at offset {}: {}",
                                               file.descriptor_offset, read.error().message));
  }
  if (read->rules.size() > kMaxRulesPerCollection) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("AppLocker file: {} rules; at most {}",
                                                       read->rules.size(), kMaxRulesPerCollection));
  }
  WindowsFile result;
  AddNotes(file, *read, result.notes);
  result.collection.type = type;
  result.collection.type_text = type ? ToString(*type) : "Unknown";
  result.collection.enforcement_mode =
      file.enforces ? EnforcementMode::kEnabled : EnforcementMode::kAuditOnly;
  if (file.allows_windows) result.collection.extensions.emplace().system_apps_allow = true;
  result.collection.rules = std::move(read->rules);
  if (AreTextsOf(file.texts, result.collection.rules)) {
    TakeTexts(file.texts, result.collection.rules);
  } else if (!file.texts.empty()) {
    result.notes.emplace_back(
        "it can not be told which rules the names and ids in the file are of");
  }
  return result;
}

std::optional<CollectionType> TypeOfWindowsFile(std::string_view path) {
  constexpr std::string_view kEnding = ".APPLOCKER";
  const std::string name = UpperCase(path.substr(path.find_last_of('/') + 1));
  if (!name.ends_with(kEnding)) return std::nullopt;
  return ParseCollectionType(name.substr(0, name.size() - kEnding.size()));
}

}  // namespace portcullis::applocker
