// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/case_words.h"

#include <fmt/core.h>

#include <charconv>
#include <map>

namespace portcullis::testing {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

Result<CaseWords> CaseWords::Split(std::string_view line) {
  CaseWords words;
  for (size_t i = 0; i < line.size();) {
    if (IsBlank(line[i])) {
      ++i;
    } else if (line[i] == '#') {
      break;
    } else if (line[i] == '"') {
      const size_t end = line.find('"', i + 1);
      if (end == std::string_view::npos) return Fail(ErrorCode::kMalformed, "a quote has no end");
      words.words_.emplace_back(line.substr(i + 1, end - i - 1));
      i = end + 1;
    } else {
      size_t end = i;
      while (end < line.size() && !IsBlank(line[end])) ++end;
      words.words_.emplace_back(line.substr(i, end - i));
      i = end;
    }
  }
  return words;
}

bool CaseWords::Accept(std::string_view word) {
  if (empty() || words_[next_] != word) return false;
  ++next_;
  return true;
}

Result<std::string> CaseWords::Take(std::string_view what) {
  if (empty()) return Fail(ErrorCode::kMalformed, fmt::format("the line ends before {}", what));
  return words_[next_++];
}

Result<Sid> ParseCaseSid(std::string_view word) {
  namespace sids = well_known_sids;
  static const std::map<std::string_view, Sid> kNames = {{"Everyone", sids::kEveryone},
                                                         {"Users", sids::kUsers},
                                                         {"Administrators", sids::kAdministrators},
                                                         {"Service", sids::kService}};
  const auto found = kNames.find(word);
  return found != kNames.end() ? found->second : TRY(Sid::Parse(word));
}

Result<FileDigest> TakeDigest(CaseWords& words) {
  const std::string type = TRY(words.Take("the type of a hash"));
  FileDigest digest;
  if (type == "SHA256Flat") {
    digest.type = HashType::kSha256Flat;
  } else if (type == "SHA1") {
    digest.type = HashType::kSha1;
  } else if (type != "SHA256") {
    return Fail(ErrorCode::kMalformed, fmt::format("'{}' is no type of hash", type));
  }
  const std::string text = TRY(words.Take("the number of a digest"));
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > 255) {
    return Fail(ErrorCode::kMalformed, fmt::format("'{}' is no number below 256", text));
  }
  for (size_t i = 0; i < digest.size(); ++i) digest.bytes[i] = static_cast<uint8_t>(number);
  return digest;
}

Result<std::optional<FileVersion>> TakeVersionSection(CaseWords& words) {
  const std::string text = TRY(words.Take("a version"));
  if (text == "*") return std::optional<FileVersion>();
  return TRY(FileVersion::Parse(text));
}

Result<void> ApplySetting(CaseWords& words, MatchingSettings& settings) {
  static const std::map<std::string_view, bool MatchingSettings::*> kFlags = {
      {"stream_is_part_of_path", &MatchingSettings::stream_is_part_of_path},
      {"trailing_dots_and_spaces_count", &MatchingSettings::trailing_dots_and_spaces_count},
      {"network_paths_have_device_spelling", &MatchingSettings::network_paths_have_device_spelling},
      {"claimed_paths_count_as_verified", &MatchingSettings::claimed_paths_count_as_verified},
      {"question_mark_is_wildcard", &MatchingSettings::question_mark_is_wildcard},
      {"binary_name_is_substring", &MatchingSettings::binary_name_is_substring},
      {"lone_question_mark_is_any_name", &MatchingSettings::lone_question_mark_is_any_name},
      {"msi_authenticode_hash_matches", &MatchingSettings::msi_authenticode_hash_matches},
      {"scripts_use_exe_view", &MatchingSettings::scripts_use_exe_view},
      {"empty_collection_allows", &MatchingSettings::empty_collection_allows},
      {"packages_match_by_publisher_only", &MatchingSettings::packages_match_by_publisher_only}};
  const std::string name = TRY(words.Take("the name of a setting"));
  const std::string value = TRY(words.Take("the value of a setting"));
  if (name == "reported_rule" && (value == "first-in-policy" || value == "smallest-id")) {
    settings.reported_rule =
        value == "smallest-id" ? ReportedRule::kSmallestId : ReportedRule::kFirstInPolicy;
    return {};
  }
  if (name == "service_tokens" && (value == "accounts-and-group" || value == "group-alone")) {
    settings.service_tokens = value == "group-alone"
                                  ? ServiceTokens::kServiceGroupAlone
                                  : ServiceTokens::kSystemAccountsAndServiceGroup;
    return {};
  }
  const auto flag = kFlags.find(name);
  if (flag == kFlags.end() || (value != "on" && value != "off")) {
    return Fail(ErrorCode::kMalformed, fmt::format("no setting '{}' with value '{}'", name, value));
  }
  settings.*(flag->second) = value == "on";
  return {};
}

}  // namespace portcullis::testing
