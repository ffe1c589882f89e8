// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_words.h"

#include <fmt/core.h>

namespace portcullis::eventlog {

const char* DecisionWord(Effect effect) {
  switch (effect) {
    case Effect::kAllowed:
      return "allow";
    case Effect::kAudited:
      return "audit-deny";
    case Effect::kDenied:
      return "deny";
  }
  return "allow";
}

const char* ModeWord(applocker::EnforcementMode mode) {
  switch (mode) {
    case applocker::EnforcementMode::kEnabled:
      return "enforce";
    case applocker::EnforcementMode::kAuditOnly:
      return "audit";
    case applocker::EnforcementMode::kNotConfigured:
      return "not-configured";
  }
  return "not-configured";
}

const char* ActionWord(Operation operation) {
  return operation == Operation::kExecute ? "exec" : ToString(operation);
}

std::string_view FileNameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string FqbnOf(const EventFile& file) {
  if (!file.publisher) return std::string(kUnset);
  const FullyQualifiedBinaryName& name = *file.publisher;
  const uint64_t version = name.version.packed;
  return fmt::format("{}\\{}\\{}\\{}.{}.{}.{:02}", name.publisher, name.product, name.binary,
                     version >> 48, version >> 32 & 0xFFFF, version >> 16 & 0xFFFF,
                     version & 0xFFFF);
}

std::string EventUid(const Event& event, const Origin& origin) {
  if (event.sequence == 0 || origin.stream.empty()) return {};
  return fmt::format("{}-{}", origin.stream, event.sequence);
}

int SyslogSeverity(const Event& event) {
  if (const auto effect = EffectOf(event.id)) return 6 - static_cast<int>(*effect);
  switch (KindOrNote(event.id).level) {
    case Level::kError:
      return 3;
    case Level::kWarning:
      return 4;
    case Level::kInformation:
      return 6;
  }
  return 6;
}

const EventKind& KindOrNote(EventId id) {
  const EventKind* const kind = KindOf(id);
  return kind != nullptr ? *kind : *KindOf(EventId::kNote);
}

}  // namespace portcullis::eventlog
