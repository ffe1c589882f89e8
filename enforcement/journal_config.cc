// SPDX-License-Identifier: Apache-2.0
#include "enforcement/journal_config.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace portcullis::enforcement {
namespace {

using eventlog::Rendering;

constexpr std::string_view kFilePrefix = "file:";

// A number and one letter behind it.
std::optional<std::pair<uint64_t, char>> NumberWithUnit(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || end - stop != 1) return std::nullopt;
  return std::pair(number, *stop);
}

Result<void> TakeSize(const ConfigLine& line, uint64_t& bytes) {
  const auto parsed = NumberWithUnit(line.value);
  unsigned shift = 0;
  if (parsed && parsed->second == 'M') shift = 20;
  if (parsed && parsed->second == 'G') shift = 30;
  if (shift == 0 || parsed->first > kMostStoreBytes >> shift ||
      parsed->first << shift < kLeastStoreBytes) {
    return MalformedLine(line, fmt::format("event-store-size is {}; allowed is {}M to {}G",
                                           ShownInConfig(line.value), kLeastStoreBytes >> 20,
                                           kMostStoreBytes >> 30));
  }
  bytes = parsed->first << shift;
  return {};
}

Result<void> TakeAge(const ConfigLine& line, std::chrono::hours& age) {
  const auto parsed = NumberWithUnit(line.value);
  uint32_t hours = 0;
  if (parsed && parsed->second == 'h') hours = 1;
  if (parsed && parsed->second == 'd') hours = 24;
  if (hours == 0 || parsed->first == 0 || parsed->first > kMaxStoreDays * 24 / hours) {
    return MalformedLine(line, fmt::format("event-store-age is {}; allowed is 1h to {}d",
                                           ShownInConfig(line.value), kMaxStoreDays));
  }
  age = std::chrono::hours(parsed->first * hours);
  return {};
}

// "PLACE" or "PLACE RENDERING".
Result<void> TakeSink(const ConfigLine& line, std::vector<SinkSetting>& sinks) {
  std::string_view place = line.value;
  std::optional<Rendering> rendering;
  if (const size_t space = place.rfind(' '); space != std::string_view::npos) {
    rendering = eventlog::ParseRendering(place.substr(space + 1));
    if (rendering) place = place.substr(0, place.find_last_not_of(' ', space) + 1);
  }
  SinkSetting sink;
  if (place == "journald") {
    sink = {SinkSetting::Kind::kJournald, "", Rendering::kJournald};
  } else if (place == "syslog") {
    sink = {SinkSetting::Kind::kSyslog, "", Rendering::kRfc5424};
  } else if (place.starts_with("file:/") && !place.ends_with('/')) {
    sink = {SinkSetting::Kind::kFile, std::string(place.substr(kFilePrefix.size())),
            Rendering::kEcs};
  } else {
    return MalformedLine(
        line, fmt::format("event-sink is {}; allowed are journald, syslog and file:/PATH, with a "
                          "rendering behind it: ecs, xml, ocsf, journald, rfc5424 or facts",
                          ShownInConfig(line.value)));
  }
  const bool is_journald = sink.kind == SinkSetting::Kind::kJournald;
  if (rendering && (*rendering == Rendering::kJournald) != is_journald) {
    return MalformedLine(line, "journald takes its own rendering, and nobody else does");
  }
  sink.rendering = rendering.value_or(sink.rendering);
  if (sinks.size() >= kMaxSinks) {
    return MalformedLine(line, fmt::format("more than {} event-sinks", kMaxSinks));
  }
  sinks.push_back(std::move(sink));
  return {};
}

Result<void> TakeText(const ConfigLine& line, std::string& text) {
  if (line.value.size() > kMaxNoticeText) {
    return MalformedLine(line, fmt::format("{} has {} bytes; allowed are {}", line.name,
                                           line.value.size(), kMaxNoticeText));
  }
  text = line.value;
  return {};
}

Result<void> TakeDirectory(const ConfigLine& line, std::string& directory) {
  if (!line.value.starts_with('/') || line.value == "/") {
    return MalformedLine(line, fmt::format("state-directory is {}; expected an absolute path",
                                           ShownInConfig(line.value)));
  }
  directory = line.value;
  while (directory.ends_with('/')) directory.pop_back();
  return {};
}

Result<void> TakeTellUser(const ConfigLine& line, NoticeSettings& notice) {
  const bool is_both = line.value == "both";
  if (!is_both && line.value != "no" && line.value != "terminal" && line.value != "desktop") {
    return MalformedLine(line,
                         fmt::format("tell-user is {}; allowed are no, terminal, desktop and both",
                                     ShownInConfig(line.value)));
  }
  notice.to_terminal = is_both || line.value == "terminal";
  notice.to_desktop = is_both || line.value == "desktop";
  return {};
}

}  // namespace

std::string SinkSetting::Name() const {
  switch (kind) {
    case Kind::kJournald:
      return "journald";
    case Kind::kSyslog:
      return "syslog";
    case Kind::kFile:
      break;
  }
  return std::string(kFilePrefix) + path;
}

bool IsJournalSetting(std::string_view name) {
  return name == "state-directory" || name.starts_with("event-s") || name.starts_with("tell-user");
}

Result<void> TakeJournalSetting(const ConfigLine& line, JournalConfig& config) {
  if (line.name == "state-directory") return TakeDirectory(line, config.state_directory);
  if (line.name == "event-store-size") return TakeSize(line, config.store.max_bytes);
  if (line.name == "event-store-age") return TakeAge(line, config.store.max_age);
  if (line.name == "event-sink") return TakeSink(line, config.sinks);
  if (line.name == "tell-user") return TakeTellUser(line, config.notice);
  if (line.name == "tell-user-text") return TakeText(line, config.notice.text);
  if (line.name == "tell-user-link") return TakeText(line, config.notice.link);
  return MalformedLine(
      line, fmt::format("no setting {}; known of the journal are event-sink, event-store-age, "
                        "event-store-size, state-directory, tell-user, tell-user-link and "
                        "tell-user-text",
                        ShownInConfig(line.name)));
}

}  // namespace portcullis::enforcement
