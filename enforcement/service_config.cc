// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "host/config_lines.h"

namespace portcullis::enforcement {
namespace {

template <typename Value>
struct Word {
  std::string_view text;
  Value value;
};

constexpr std::array<Word<FailurePolicy>, 2> kFailurePolicies = {
    {{"deny", FailurePolicy::kDeny}, {"allow", FailurePolicy::kAllow}}};
constexpr std::array<Word<ServiceProcess>, 3> kServiceProcesses = {
    {{"login-uid", ServiceProcess::kLoginUid},
     {"system-account", ServiceProcess::kSystemAccount},
     {"none", ServiceProcess::kNone}}};
constexpr std::array<Word<RecordAllowed>, 3> kRecordAllowed = {{{"once", RecordAllowed::kOnce},
                                                                {"every", RecordAllowed::kEvery},
                                                                {"none", RecordAllowed::kNone}}};
constexpr std::array<Word<OtherRoots>, 2> kOtherRoots = {
    {{"judge", OtherRoots::kJudge}, {"allow", OtherRoots::kAllow}}};
constexpr std::array<Word<RescueMode>, 2> kRescueModes = {
    {{"observe", RescueMode::kObserve}, {"enforce", RescueMode::kEnforce}}};

constexpr std::array<Word<SrpBesideAppLocker>, 2> kSrpBesideAppLocker = {
    {{"ignored", SrpBesideAppLocker::kIgnored}, {"asked", SrpBesideAppLocker::kAsked}}};

constexpr std::string_view kKnown =
    "ask-socket, budget, control-group, control-socket, event-sink, event-store-age, "
    "event-store-size, "
    "failure-policy, file-system, "
    "inspectors, interpreter, loader, other-roots, record-allowed, rescue-mode, "
    "service-process, srp-beside-applocker, state-directory, tell-user, tell-user-link, "
    "tell-user-text and wine-loader";

template <typename Value, size_t kWords>
Result<void> Choose(const ConfigLine& line, const std::array<Word<Value>, kWords>& words,
                    Value& value) {
  std::string allowed;
  for (const auto& word : words) {
    if (word.text == line.value) {
      value = word.value;
      return {};
    }
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", word.text);
  }
  return MalformedLine(
      line, fmt::format("{} is {}; allowed are {}", line.name, ShownInConfig(line.value), allowed));
}

Result<void> AddPath(const ConfigLine& line, std::vector<std::string>& paths) {
  if (!line.value.starts_with('/')) {
    return MalformedLine(line,
                         fmt::format("{} is not an absolute path", ShownInConfig(line.value)));
  }
  paths.push_back(line.value);
  return {};
}

Result<void> ReadSocketPath(const ConfigLine& line, std::string& path) {
  if (line.value == "none") {
    path.clear();
    return {};
  }
  // Below a folder, which is the service's own.
  if (line.value.starts_with('/') && line.value.rfind('/') > 0 && !line.value.ends_with('/')) {
    path = line.value;
    return {};
  }
  return MalformedLine(line,
                       fmt::format("{} is {}; allowed are none and the absolute path of a file "
                                   "in a folder of the service's own",
                                   line.name, ShownInConfig(line.value)));
}

Result<void> ReadControlGroup(const ConfigLine& line, std::string& group) {
  if (line.value.empty()) return MalformedLine(line, "control-group names no group");
  group = line.value;
  return {};
}

Result<void> ReadBudget(const ConfigLine& line, std::chrono::milliseconds& budget) {
  const auto duration = ParseDuration(line.value);
  if (!duration || *duration < kMinBudget || *duration > kMaxBudget) {
    return MalformedLine(
        line, fmt::format("budget is {}; allowed is {}ms to {}ms", ShownInConfig(line.value),
                          kMinBudget.count(), kMaxBudget.count()));
  }
  budget = *duration;
  return {};
}

class Parser {
 public:
  Result<void> Line(const ConfigLine& line) {
    if (line.name == "file-system") return AddPath(line, config.file_systems);
    if (line.name == "interpreter") return AddPath(line, config.loads.interpreters);
    if (line.name == "loader") return AddPath(line, config.loads.loaders);
    if (line.name == "wine-loader") return AddPath(line, config.loads.wine_loaders);
    if (line.name == "event-sink") return TakeJournalSetting(line, config.journal);
    if (!seen_.insert(line.name).second) {
      return MalformedLine(line, fmt::format("{} is set a second time", ShownInConfig(line.name)));
    }
    return SingleValue(line);
  }

  ServiceConfig config;

 private:
  Result<void> SingleValue(const ConfigLine& line) {
    if (IsJournalSetting(line.name)) return TakeJournalSetting(line, config.journal);
    if (line.name == "control-socket") return ReadSocketPath(line, config.control.socket);
    if (line.name == "ask-socket") return ReadSocketPath(line, config.ask_socket);
    if (line.name == "control-group") return ReadControlGroup(line, config.control.group);
    if (line.name == "budget") return ReadBudget(line, config.budget);
    if (line.name == "failure-policy") return Choose(line, kFailurePolicies, config.failure_policy);
    if (line.name == "other-roots") return Choose(line, kOtherRoots, config.other_roots);
    if (line.name == "record-allowed") return Choose(line, kRecordAllowed, config.record_allowed);
    if (line.name == "rescue-mode") return Choose(line, kRescueModes, config.rescue_mode);
    if (line.name == "srp-beside-applocker") {
      return Choose(line, kSrpBesideAppLocker, config.srp_beside_applocker);
    }
    if (line.name == "service-process") {
      return Choose(line, kServiceProcesses, config.service_process);
    }
    if (line.name == "inspectors") {
      config.inspectors = TRY(ConfigNumber(line, 1, kMaxInspectors));
      return {};
    }
    return MalformedLine(
        line, fmt::format("no setting {}; known are {}", ShownInConfig(line.name), kKnown));
  }

  std::set<std::string> seen_;
};

}  // namespace

Result<ServiceConfig> ServiceConfig::Parse(std::string_view text) {
  Parser parser;
  TRY_VOID(ForEachConfigLine(text, [&](const ConfigLine& line) { return parser.Line(line); }));
  return std::move(parser.config);
}

const char* ToString(ServiceProcess meaning) {
  for (const auto& word : kServiceProcesses) {
    if (word.value == meaning) return word.text.data();
  }
  return "unknown";
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(stop, static_cast<size_t>(end - stop));
  if (error == std::errc() && unit == "ms") return std::chrono::milliseconds(number);
  if (error == std::errc() && unit == "s") return std::chrono::seconds(number);
  if (error == std::errc() && unit == "min") return std::chrono::minutes(number);
  return Fail(ErrorCode::kMalformed, "expected a number and ms, s or min, such as 20s");
}

}  // namespace portcullis::enforcement
