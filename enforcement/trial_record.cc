// SPDX-License-Identifier: Apache-2.0
#include "enforcement/trial_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "host/config_lines.h"

namespace portcullis::enforcement {
namespace {

constexpr size_t kLines = 6;
constexpr size_t kIdDigits = 32;
constexpr size_t kDigestDigits = 64;
constexpr size_t kMaxBootId = 64;

bool IsHex(std::string_view text, size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kMaxBootId &&
         std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7F; });
}

Result<uint64_t> NumberOf(const ConfigLine& line) {
  uint64_t number = 0;
  const char* const end = line.value.data() + line.value.size();
  const auto [stop, error] = std::from_chars(line.value.data(), end, number);
  const uint64_t most = std::numeric_limits<int64_t>::max();
  if (error == std::errc() && stop == end && number <= most) return number;
  return MalformedLine(line, fmt::format("{} is no number", line.name));
}

Result<void> TakeText(const ConfigLine& line, bool is_good, std::string& text) {
  if (!is_good) return MalformedLine(line, fmt::format("{} is malformed", line.name));
  text = line.value;
  return {};
}

Result<void> TakeLine(const ConfigLine& line, TrialRecord& record) {
  const std::string& value = line.value;
  if (line.name == "id") return TakeText(line, IsHex(value, kIdDigits), record.id);
  if (line.name == "policy") return TakeText(line, value.starts_with('/'), record.policy);
  if (line.name == "boot-id") return TakeText(line, IsWord(value), record.boot_id);
  if (line.name == "former-sha256") {
    return TakeText(line, IsHex(value, kDigestDigits), record.former_sha256);
  }
  if (line.name == "former-size") {
    record.former_size = TRY(NumberOf(line));
    return {};
  }
  if (line.name == "deadline-ns") {
    record.deadline_ns = static_cast<int64_t>(TRY(NumberOf(line)));
    return {};
  }
  return MalformedLine(line, fmt::format("no line {}", ShownInConfig(line.name)));
}

}  // namespace

Result<TrialRecord> TrialRecord::Parse(std::string_view text) {
  if (text.size() > kMaxTrialRecord) {
    return Fail(
        ErrorCode::kLimitExceeded,
        fmt::format("a trial's record of {} bytes; allowed are {}", text.size(), kMaxTrialRecord));
  }
  TrialRecord record;
  std::set<std::string> seen;
  TRY_VOID(ForEachConfigLine(text, [&](const ConfigLine& line) -> Result<void> {
    if (!seen.insert(line.name).second) return MalformedLine(line, "stands a second time");
    return TakeLine(line, record);
  }));
  if (seen.size() != kLines) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("{} lines of a trial's record; expected are {}", seen.size(), kLines));
  }
  return record;
}

std::string TrialRecord::ToText() const {
  return fmt::format(
      "policy = {}\nboot-id = {}\ndeadline-ns = {}\nformer-size = {}\nformer-sha256 = {}\n"
      "id = {}\n",
      policy, boot_id, deadline_ns, former_size, former_sha256, id);
}

}  // namespace portcullis::enforcement
