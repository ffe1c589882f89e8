// SPDX-License-Identifier: Apache-2.0
#include "authoring/known_bypasses.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "authoring/shipped_text.h"
#include "base/utc_time.h"

namespace portcullis {
namespace {

using applocker::BinaryVersionRange;

constexpr size_t kFields = 11;
using Fields = std::array<std::string_view, kFields>;

Unexpected Wrong(std::string_view field, std::string_view allowed) {
  return Fail(ErrorCode::kMalformed, fmt::format("`{}` is not {}", field, allowed));
}

Result<Fields> SplitFields(std::string_view line) {
  Fields fields;
  size_t count = 0;
  while (true) {
    const size_t tab = line.find('\t');
    if (count < kFields) fields[count] = line.substr(0, tab);
    ++count;
    if (tab == std::string_view::npos) break;
    line.remove_prefix(tab + 1);
  }
  if (count != kFields) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("{} fields between tabs, {} are needed", count, kFields));
  }
  for (std::string_view& field : fields) {
    if (field.empty()) return Fail(ErrorCode::kMalformed, "an empty field is written -");
    if (field == "-") field = {};
  }
  return fields;
}

// "*", or "LOW-HIGH" of which each may be "*".
Result<BinaryVersionRange> ParseVersions(std::string_view text) {
  BinaryVersionRange range;
  if (text == "*") return range;
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return Wrong("versions", "* or LOW-HIGH");
  const std::string_view low = text.substr(0, dash);
  const std::string_view high = text.substr(dash + 1);
  if (low != "*") range.low_section = TRY(FileVersion::Parse(low));
  if (high != "*") range.high_section = TRY(FileVersion::Parse(high));
  return range;
}

Result<BypassPlatform> ParsePlatform(std::string_view text) {
  if (text == "windows") return BypassPlatform::kWindows;
  if (text == "linux") return BypassPlatform::kLinux;
  return Wrong("platform", "windows or linux");
}

// Half a sentence that goes on from "It": "runs", "is".
bool BeginsWithVerb(std::string_view why) {
  const std::string_view word = why.substr(0, why.find(' '));
  const bool is_lower =
      std::ranges::all_of(word, [](char letter) { return letter >= 'a' && letter <= 'z'; });
  return word.size() > 1 && is_lower && word.ends_with('s');
}

// What one platform has and the other has not.
Result<void> Check(const KnownBypass& bypass) {
  if (bypass.name.empty() || bypass.why.empty()) return Wrong("name and why", "given");
  if (!BeginsWithVerb(bypass.why)) return Wrong("why", "begun with a verb: runs, is");
  const bool is_windows = bypass.platform == BypassPlatform::kWindows;
  if (bypass.file_name.empty() || bypass.file_name.find_first_of("/\\") != std::string::npos) {
    return Wrong("file_name", "the name of a file");
  }
  if (bypass.file_name.find_first_not_of("*?.") == std::string::npos) {
    return Wrong("file_name", "a name: it is any");
  }
  if (bypass.publisher.empty() == is_windows || bypass.product.empty() == is_windows) {
    return Wrong("publisher and product", "given on Windows, and there alone");
  }
  if (!bypass.source.starts_with("https://")) return Wrong("source", "an https address");
  if (bypass.added.size() != sizeof("2026-11-30") - 1 || !ParseUtcTime(bypass.added)) {
    return Wrong("added", "a date: YYYY-MM-DD");
  }
  return {};
}

Result<KnownBypass> ParseRow(std::string_view line) {
  const Fields fields = TRY(SplitFields(line));
  KnownBypass bypass;
  bypass.name = fields[0];
  bypass.platform = TRY(ParsePlatform(fields[1]));
  const auto collection = applocker::ParseCollectionType(fields[2]);
  if (!collection) return Wrong("collection", "Exe, Dll, Script, Msi or Appx");
  bypass.collection = *collection;
  bypass.file_name = fields[3];
  bypass.publisher = fields[4];
  bypass.product = fields[5];
  bypass.versions = TRY(ParseVersions(fields[6]));
  bypass.source = fields[7];
  bypass.added = fields[8];
  bypass.needed_by = fields[9];
  bypass.why = fields[10];
  TRY_VOID(Check(bypass));
  return bypass;
}

}  // namespace

const char* ToString(BypassPlatform platform) {
  return platform == BypassPlatform::kWindows ? "windows" : "linux";
}

Result<std::vector<KnownBypass>> ParseKnownBypasses(std::string_view text) {
  if (text.size() > kMaxBypassBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} bytes, at most {} are allowed", text.size(), kMaxBypassBytes));
  }
  std::vector<KnownBypass> bypasses;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (bypasses.size() == kMaxBypasses) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("line {}: more than {} rows", number, kMaxBypasses));
    }
    auto row = ParseRow(line);
    if (!row) {
      return Fail(row.error().code, fmt::format("line {}: {}", number, row.error().message));
    }
    bypasses.push_back(*std::move(row));
  }
  return bypasses;
}

const std::vector<KnownBypass>& KnownBypasses() {
  // A test reads what is shipped, so that this can not fail.
  static const std::vector<KnownBypass> bypasses =
      ParseKnownBypasses(KnownBypassesText()).value_or(std::vector<KnownBypass>());
  return bypasses;
}

applocker::Condition ConditionOf(const KnownBypass& bypass) {
  if (bypass.platform == BypassPlatform::kLinux) {
    return applocker::FilePathCondition{"*/" + bypass.file_name};
  }
  return applocker::FilePublisherCondition{bypass.publisher, bypass.product, bypass.file_name,
                                           bypass.versions};
}

}  // namespace portcullis
