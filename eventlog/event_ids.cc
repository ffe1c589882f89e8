// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_ids.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace portcullis::eventlog {
namespace {

using applocker::CollectionType;

constexpr std::string_view kService = "Portcullis/Service";
constexpr std::string_view kApplication = "Application";
constexpr std::string_view kPrograms = "Microsoft-Windows-AppLocker/EXE and DLL";
constexpr std::string_view kScripts = "Microsoft-Windows-AppLocker/MSI and Script";
constexpr std::string_view kPackages = "Microsoft-Windows-AppLocker/Packaged app-Execution";
constexpr std::string_view kInstalls = "Microsoft-Windows-AppLocker/Packaged app-Deployment";

// In order of the numbers.
constexpr auto kKinds = std::to_array<EventKind>({
    {EventId::kNote, Level::kInformation, kService, "note"},
    {EventId::kStarted, Level::kInformation, kService, "started"},
    {EventId::kStopping, Level::kInformation, kService, "stopping"},
    {EventId::kProcessReplaced, Level::kWarning, kService, "process-replaced"},
    {EventId::kRecordsLost, Level::kWarning, kService, "records-lost"},
    {EventId::kStoreSetAside, Level::kError, kService, "store-set-aside"},
    {EventId::kStoreTrimmed, Level::kInformation, kService, "store-trimmed"},
    {EventId::kPolicyConfirmed, Level::kInformation, kService, "policy-confirmed"},
    {EventId::kPolicyReverted, Level::kWarning, kService, "policy-reverted"},
    {EventId::kUserUnresolved, Level::kWarning, kService, "user-unresolved"},
    {EventId::kSrpDefaultLevel, Level::kWarning, kApplication, "srp-default-level"},
    {EventId::kSrpPathRule, Level::kWarning, kApplication, "srp-path-rule"},
    {EventId::kSrpCertificateRule, Level::kWarning, kApplication, "srp-certificate-rule"},
    {EventId::kSrpZoneOrHashRule, Level::kWarning, kApplication, "srp-zone-or-hash-rule"},
    {EventId::kSrpPolicyRule, Level::kWarning, kApplication, "srp-policy-rule"},
    {EventId::kPolicyFailed, Level::kError, kPrograms, "policy-failed"},
    {EventId::kPolicyApplied, Level::kInformation, kPrograms, "policy-applied"},
    {EventId::kProgramAllowed, Level::kInformation, kPrograms, "allowed"},
    {EventId::kProgramAudited, Level::kWarning, kPrograms, "audited"},
    {EventId::kProgramDenied, Level::kError, kPrograms, "denied"},
    {EventId::kScriptAllowed, Level::kInformation, kScripts, "allowed"},
    {EventId::kScriptAudited, Level::kWarning, kScripts, "audited"},
    {EventId::kScriptDenied, Level::kError, kScripts, "denied"},
    {EventId::kPackageAllowed, Level::kInformation, kPackages, "allowed"},
    {EventId::kPackageAudited, Level::kWarning, kPackages, "audited"},
    {EventId::kPackageDenied, Level::kError, kPackages, "denied"},
    {EventId::kInstallAllowed, Level::kInformation, kInstalls, "allowed"},
    {EventId::kInstallAudited, Level::kWarning, kInstalls, "audited"},
    {EventId::kInstallDenied, Level::kError, kInstalls, "denied"},
    {EventId::kNoPackageRules, Level::kError, kPackages, "no-package-rules"},
});
static_assert(std::ranges::is_sorted(kKinds, {}, &EventKind::id));

// The number of an allowed run; audited and denied follow it.
EventId FirstOf(std::optional<CollectionType> collection, bool is_installation) {
  switch (collection.value_or(CollectionType::kExe)) {
    case CollectionType::kExe:
    case CollectionType::kDll:
    case CollectionType::kManagedInstaller:  // judges nothing that runs
      return EventId::kProgramAllowed;
    case CollectionType::kScript:
    case CollectionType::kMsi:
      return EventId::kScriptAllowed;
    case CollectionType::kAppx:
      return is_installation ? EventId::kInstallAllowed : EventId::kPackageAllowed;
  }
  return EventId::kProgramAllowed;
}

constexpr std::array kFirsts = {EventId::kProgramAllowed, EventId::kScriptAllowed,
                                EventId::kPackageAllowed, EventId::kInstallAllowed};

}  // namespace

const char* ToString(Level level) {
  switch (level) {
    case Level::kError:
      return "Error";
    case Level::kWarning:
      return "Warning";
    case Level::kInformation:
      return "Information";
  }
  return "Information";
}

const char* ToString(Effect effect) {
  switch (effect) {
    case Effect::kAllowed:
      return "allowed";
    case Effect::kAudited:
      return "audited";
    case Effect::kDenied:
      return "denied";
  }
  return "allowed";
}

const EventKind* KindOf(EventId id) {
  const auto* const found = std::ranges::lower_bound(kKinds, id, {}, &EventKind::id);
  return found != kKinds.end() && found->id == id ? found : nullptr;
}

std::optional<EventId> ParseEventId(std::string_view number) {
  uint16_t value = 0;
  const char* const end = number.data() + number.size();
  const auto [rest, error] = std::from_chars(number.data(), end, value);
  const auto id = static_cast<EventId>(value);
  if (error != std::errc() || rest != end || KindOf(id) == nullptr) return std::nullopt;
  return id;
}

EventId IdOf(std::optional<CollectionType> collection, Effect effect, bool is_installation) {
  return static_cast<EventId>(static_cast<uint16_t>(FirstOf(collection, is_installation)) +
                              static_cast<uint16_t>(effect));
}

EventId SrpIdOf(std::optional<srp::RuleKind> kind, bool is_library) {
  if (!kind) return EventId::kSrpDefaultLevel;
  if (is_library) return EventId::kSrpPolicyRule;
  switch (*kind) {
    case srp::RuleKind::kPath:
      return EventId::kSrpPathRule;
    case srp::RuleKind::kCertificate:
      return EventId::kSrpCertificateRule;
    case srp::RuleKind::kHash:
    case srp::RuleKind::kUrlZone:
      break;
  }
  return EventId::kSrpZoneOrHashRule;
}

std::optional<Effect> EffectOf(EventId id) {
  if (id >= EventId::kSrpDefaultLevel && id <= EventId::kSrpPolicyRule) return Effect::kDenied;
  for (const EventId first : kFirsts) {
    const int offset = static_cast<int>(id) - static_cast<int>(first);
    if (offset >= 0 && offset <= static_cast<int>(Effect::kDenied)) {
      return static_cast<Effect>(offset);
    }
  }
  return std::nullopt;
}

}  // namespace portcullis::eventlog
