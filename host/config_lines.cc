// SPDX-License-Identifier: Apache-2.0
#include "host/config_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace portcullis {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr size_t kShownCharacters = 40;

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Unexpected OverLimit(size_t number, std::string_view message) {
  return Fail(ErrorCode::kLimitExceeded, fmt::format("line {}: {}", number, message));
}

// False: the line is empty or a comment.
Result<bool> ParseLine(std::string_view text, ConfigLine& line) {
  if (text.size() > kMaxConfigLine) {
    return OverLimit(line.number,
                     fmt::format("{} bytes, at most {} are read", text.size(), kMaxConfigLine));
  }
  text = Trim(text);
  if (text.empty() || text.front() == '#') return false;
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return MalformedLine(line, "expected NAME = VALUE");
  line.name = Trim(text.substr(0, equals));
  line.value = Trim(text.substr(equals + 1));
  if (line.value.find('\0') != std::string::npos) return MalformedLine(line, "a NUL byte");
  return true;
}

}  // namespace

Result<void> ForEachConfigLine(std::string_view text,
                               const std::function<Result<void>(const ConfigLine&)>& take) {
  if (text.size() > kMaxConfigBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} bytes, at most {} are read", text.size(), kMaxConfigBytes));
  }
  ConfigLine line;
  size_t values = 0;
  while (!text.empty()) {
    ++line.number;
    const size_t end = std::min(text.find('\n'), text.size());
    if (TRY(ParseLine(text.substr(0, end), line))) {
      if (++values > kMaxConfigValues) {
        return OverLimit(line.number, fmt::format("more than {} values", kMaxConfigValues));
      }
      TRY_VOID(take(line));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Unexpected MalformedLine(const ConfigLine& line, std::string_view message) {
  return Fail(ErrorCode::kMalformed, fmt::format("line {}: {}", line.number, message));
}

std::string ShownInConfig(std::string_view text) {
  std::string shown(text.substr(0, kShownCharacters));
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  return shown;
}

Result<uint32_t> ConfigNumber(const ConfigLine& line, uint32_t lowest, uint32_t highest) {
  uint32_t number = 0;
  const char* end = line.value.data() + line.value.size();
  const auto [stop, error] = std::from_chars(line.value.data(), end, number);
  if (error != std::errc() || stop != end || number < lowest || number > highest) {
    return MalformedLine(line, fmt::format("{} is not a number from {} to {}",
                                           ShownInConfig(line.value), lowest, highest));
  }
  return number;
}

}  // namespace portcullis
