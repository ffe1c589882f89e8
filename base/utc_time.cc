// SPDX-License-Identifier: Apache-2.0
#include "base/utc_time.h"

#include <fmt/core.h>

#include <chrono>
#include <optional>

namespace portcullis {
namespace {

constexpr int kFirstYear = 1970;

// Takes exactly `digits` decimal digits off the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeOneOf(std::string_view& text, std::string_view choices) {
  if (text.empty() || choices.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int64_t> TakeDate(std::string_view& text) {
  const auto year = TakeNumber(text, 4);
  if (!year || *year < kFirstYear || !TakeOneOf(text, "-")) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeOneOf(text, "-")) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * int64_t{86'400};
}

std::optional<int64_t> TakeTimeOfDay(std::string_view& text) {
  const auto hour = TakeNumber(text, 2);
  if (!hour || *hour > 23 || !TakeOneOf(text, ":")) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  if (TakeOneOf(text, ":")) {
    const auto given = TakeNumber(text, 2);
    if (!given || *given > 59) return std::nullopt;
    second = *given;
  }
  TakeOneOf(text, "Z");
  return *hour * 3600 + *minute * 60 + second;
}

}  // namespace

Result<int64_t> ParseUtcTime(std::string_view text) {
  std::string_view rest = text;
  const auto date = TakeDate(rest);
  std::optional<int64_t> time = 0;
  if (date && !rest.empty()) time = TakeOneOf(rest, "T ") ? TakeTimeOfDay(rest) : std::nullopt;
  if (!date || !time || !rest.empty()) {
    return Fail(ErrorCode::kMalformed,
                "not a time: expected YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, in UTC");
  }
  return *date + *time;
}

std::string FormatUtcTime(int64_t seconds) {
  const std::chrono::sys_seconds moment{std::chrono::seconds(seconds)};
  const auto days = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(moment - days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string FormatUtcNanoseconds(int64_t nanoseconds, int digits) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t seconds = nanoseconds / kSecond;
  int64_t rest = nanoseconds % kSecond;
  if (rest < 0) {  // before 1970
    rest += kSecond;
    --seconds;
  }
  std::string text = FormatUtcTime(seconds);
  text.back() = '.';  // the Z
  text.append(fmt::format("{:09}", rest), 0, static_cast<size_t>(digits));
  return text + 'Z';
}

}  // namespace portcullis
