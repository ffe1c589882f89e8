// SPDX-License-Identifier: Apache-2.0
#include "cli/event_query.h"

#include <fmt/core.h>

#include <charconv>

#include "base/quote.h"
#include "base/utc_time.h"

namespace portcullis::cli {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kLongestAge = int64_t{100} * 366 * 86'400;  // in seconds

std::optional<int64_t> SecondsOf(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86'400;
    case 'w':
      return 7 * 86'400;
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const bool is_digits = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!is_digits || error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<int64_t> ParseAge(std::string_view text) {
  if (text.ends_with("min")) text.remove_suffix(2);  // as in service.conf
  if (text.empty()) return std::nullopt;
  const auto unit = SecondsOf(text.back());
  text.remove_suffix(1);
  const auto number = ParseNumber(text);
  if (!unit || !number || *number > kLongestAge / *unit) return std::nullopt;
  return *number * *unit;
}

// Takes "+hh:mm" or "-hh:mm" off the end of a time; in seconds.
std::optional<int64_t> TakeOffset(std::string_view& text) {
  constexpr size_t kOffsetSize = 6;
  if (text.size() < sizeof("2026-11-25T14:00") - 1 + kOffsetSize) return 0;
  const std::string_view offset = text.substr(text.size() - kOffsetSize);
  if ((offset[0] != '+' && offset[0] != '-') || offset[3] != ':') return 0;
  const auto hours = ParseNumber(offset.substr(1, 2));
  const auto minutes = ParseNumber(offset.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  text.remove_suffix(kOffsetSize);
  return (offset[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

// Takes a fraction of a second out of a time; in nanoseconds.
std::optional<int64_t> TakeFraction(std::string& text) {
  const size_t point = text.find('.');
  if (point == std::string::npos) return 0;
  const size_t end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  std::string digits = text.substr(point + 1, end - point - 1);
  if (digits.empty()) return std::nullopt;
  digits.resize(9, '0');
  text.erase(point, end - point);
  return ParseNumber(digits);
}

Result<std::optional<int64_t>> Moment(const char* option, const std::optional<std::string>& text,
                                      int64_t now_ns) {
  if (!text) return std::optional<int64_t>();
  const auto moment = ParseMoment(*text, now_ns);
  if (moment) return std::optional(*moment);
  return Fail(ErrorCode::kMalformed,
              fmt::format("{} {}: {}", option, Quote(*text), moment.error().message));
}

Result<std::vector<eventlog::EventId>> ParseIds(const std::vector<std::string>& lists) {
  std::vector<eventlog::EventId> ids;
  for (const std::string& text : SplitList(lists)) {
    const auto id = eventlog::ParseEventId(text);
    if (!id) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("--id {}: no event has this number; 8004 is a denied program, the "
                              "manual has all",
                              Quote(text)));
    }
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace

Result<int64_t> ParseMoment(std::string_view text, int64_t now_ns) {
  if (const auto age = ParseAge(text)) return now_ns - *age * kSecond;
  const auto offset = TakeOffset(text);
  std::string rest(text);
  const auto fraction = TakeFraction(rest);
  const auto seconds = ParseUtcTime(rest);
  // Of the years that a time may have all but the last centuries can be counted in nanoseconds.
  constexpr int64_t kLast = INT64_MAX / kSecond - 86'400;
  if (offset && fraction && seconds && *seconds < kLast) {
    return (*seconds - *offset) * kSecond + *fraction;
  }
  return Fail(ErrorCode::kMalformed,
              "not a time: expected an age (90s, 30m, 2h, 7d), YYYY-MM-DD or "
              "YYYY-MM-DDThh:mm:ssZ");
}

Result<eventlog::EventFilter> ParseEventFilter(const EventOptions& options, int64_t now_ns) {
  eventlog::EventFilter filter;
  filter.since_ns = TRY(Moment("--since", options.since, now_ns));
  filter.until_ns = TRY(Moment("--until", options.until, now_ns));
  filter.ids = TRY(ParseIds(options.ids));
  filter.user = options.user.value_or("");
  filter.path = options.path.value_or("");
  filter.request_id = options.request.value_or("");
  if (!filter.path.empty() && filter.path.front() != '/') {
    return Fail(ErrorCode::kMalformed,
                fmt::format("--path {}: a whole path is needed", Quote(filter.path)));
  }
  return filter;
}

}  // namespace portcullis::cli
