// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/xml_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/utc_time.h"

namespace portcullis::srp {
namespace {

constexpr uint64_t kTicksASecond = 10'000'000;
constexpr uint64_t kUnixEpoch = 116'444'736'000'000'000;
// 2262-01-01: nanoseconds since 1970 end a little later.
constexpr uint64_t kEndOfMoments = kUnixEpoch + 9'214'646'400 * kTicksASecond;

constexpr std::string_view kMoment = "YYYY-MM-DDThh:mm:ss.fffffffZ";
constexpr size_t kSecondsSize = 19;
constexpr size_t kFraction = 20;
constexpr size_t kFractionSize = 7;

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

template <typename Number>
std::optional<Number> ParseDigits(std::string_view text) {
  if (!IsDigits(text)) return std::nullopt;
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<bool> ParseBool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<uint32_t> ParseUnsigned32(std::string_view text) {
  return ParseDigits<uint32_t>(text);
}
std::optional<uint64_t> ParseUnsigned64(std::string_view text) {
  return ParseDigits<uint64_t>(text);
}

std::string FileTimeText(uint64_t file_time) {
  if (file_time < kUnixEpoch || file_time >= kEndOfMoments) return fmt::format("{}", file_time);
  return FormatUtcNanoseconds(static_cast<int64_t>((file_time - kUnixEpoch) * 100), kFractionSize);
}

std::optional<uint64_t> ParseFileTime(std::string_view text) {
  if (text.size() != kMoment.size()) return ParseUnsigned64(text);
  const auto fraction = ParseUnsigned64(text.substr(kFraction, kFractionSize));
  if (!fraction || text[10] != 'T' || text[kSecondsSize] != '.' || !text.ends_with('Z')) {
    return std::nullopt;
  }
  const auto seconds = ParseUtcTime(text.substr(0, kSecondsSize));
  if (!seconds || *seconds < 0) return std::nullopt;
  return kUnixEpoch + static_cast<uint64_t>(*seconds) * kTicksASecond + *fraction;
}

}  // namespace portcullis::srp
