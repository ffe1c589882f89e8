// SPDX-License-Identifier: Apache-2.0
// Collections: modes, what is missing beside them, who is locked out.
#include <fmt/core.h>

#include <algorithm>

#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"
#include "base/quote.h"

namespace portcullis::lint {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::EnforcementMode;
using applocker::RuleCollection;
using applocker::ServicesEnforcement;

bool HasRules(const Context& context, CollectionType type) {
  const RuleCollection* const collection = context.policy().Find(type);
  return collection != nullptr && !collection->rules.empty();
}

bool IsEnforced(const RuleCollection& collection) {
  return !collection.rules.empty() && collection.mode() != EnforcementMode::kAuditOnly;
}

bool IsEnforcedExe(const CheckRun& run) {
  return run.collection.type == CollectionType::kExe && IsEnforced(run.collection);
}

void AuditOnly(const CheckRun& run) {
  const bool is_wanted = run.collection.type == CollectionType::kManagedInstaller;
  if (is_wanted || run.collection.rules.empty()) return;
  if (run.collection.mode() == EnforcementMode::kAuditOnly) run.Tell("is AuditOnly");
}

void NotConfigured(const CheckRun& run) {
  const bool is_told =
      !run.collection.rules.empty() && run.collection.mode() == EnforcementMode::kNotConfigured;
  if (is_told) run.Tell("is NotConfigured and has rules");
}

void NoRules(const CheckRun& run) {
  if (run.collection.rules.empty() && run.collection.mode() == EnforcementMode::kEnabled) {
    run.Tell("is Enabled and has no rules");
  }
}

void UnknownType(const CheckRun& run) {
  if (!run.collection.type) {
    run.Tell(fmt::format("{} is no collection of AppLocker", Quote(run.collection.type_text)));
  }
}

void PackagedAppsBlocked(const CheckRun& run) {
  if (IsEnforcedExe(run) && !HasRules(run.context, CollectionType::kAppx)) {
    run.Tell("is enforced, and there are no rules for packaged apps");
  }
}

void NoScriptRules(const CheckRun& run) {
  if (IsEnforcedExe(run) && !HasRules(run.context, CollectionType::kScript)) {
    run.Tell("is enforced, and there are no rules for scripts");
  }
}

void NoInstallerRules(const CheckRun& run) {
  if (IsEnforcedExe(run) && !HasRules(run.context, CollectionType::kMsi)) {
    run.Tell("is enforced, and there are no rules for installers");
  }
}

void NoLibraryRules(const CheckRun& run) {
  if (IsEnforcedExe(run) && !HasRules(run.context, CollectionType::kDll)) {
    run.Tell("is enforced, and there are no rules for libraries");
  }
}

bool HasAllow(const RuleCollection& collection) {
  return std::ranges::any_of(collection.rules,
                             [](const auto& rule) { return rule.action == Action::kAllow; });
}

bool Judges(const CheckRun& run) {
  return run.collection.type && !run.collection.rules.empty() &&
         run.collection.type != CollectionType::kManagedInstaller;
}

void DenyOnly(const CheckRun& run) {
  if (!Judges(run) || HasAllow(run.collection)) return;
  run.Tell("has deny rules and no allow rule");
}

FullyQualifiedBinaryName WindowsPublisher(std::string binary) {
  return {"O=MICROSOFT CORPORATION, L=REDMOND, S=WASHINGTON, C=US",
          "MICROSOFT® WINDOWS® OPERATING SYSTEM", std::move(binary),
          FileVersion::Of(10, 0, 19041, 1)};
}

bool AllowsSystem(const CheckRun& run, const AccessToken& user) {
  const CollectionType type = *run.collection.type;
  const bool is_library = type == CollectionType::kDll;
  const Probe of_windows{
      type,
      is_library ? "C:\\Windows\\System32\\user32.dll" : "C:\\Windows\\System32\\userinit.exe",
      WindowsPublisher(is_library ? "USER32.DLL" : "USERINIT.EXE"), true};
  const Probe of_linux{
      type, is_library ? "/usr/lib/x86_64-linux-gnu/libc.so.6" : "/usr/bin/sh", {}, false};
  return run.context.Allows(of_windows, user) || run.context.Allows(of_linux, user);
}

void SystemLockedOut(const CheckRun& run) {
  const bool is_asked =
      run.collection.type == CollectionType::kExe || run.collection.type == CollectionType::kDll;
  if (!is_asked || !HasAllow(run.collection)) return;
  if (AllowsSystem(run, Context::OrdinaryUser(well_known_sids::kUsers))) return;
  run.Tell("denies ordinary users the programs of the system itself");
}

void AdministratorsLockedOut(const CheckRun& run) {
  const bool is_asked =
      Judges(run) && HasAllow(run.collection) && run.collection.type != CollectionType::kAppx;
  if (!is_asked) return;
  const Probe probe{*run.collection.type, "C:\\Setup\\portcullis-probe.tool", {}, false};
  const Probe of_linux{*run.collection.type, "/root/portcullis-probe", {}, false};
  const AccessToken administrator = Context::Administrator();
  if (run.context.Allows(probe, administrator) || run.context.Allows(of_linux, administrator))
    return;
  run.Tell("has no rule by which administrators may run what is new");
}

bool LeavesServicesAlone(const RuleCollection& collection) {
  return !collection.extensions || !collection.extensions->services ||
         *collection.extensions->services == ServicesEnforcement::kNotConfigured;
}

void ServicesExempt(const CheckRun& run) {
  const bool is_asked =
      run.collection.type == CollectionType::kExe || run.collection.type == CollectionType::kDll;
  if (is_asked && IsEnforced(run.collection) && LeavesServicesAlone(run.collection)) {
    run.Tell("leaves service processes alone");
  }
}

void ManagedInstaller(const CheckRun& run) {
  const bool is_asked =
      run.collection.type == CollectionType::kManagedInstaller && !run.collection.rules.empty();
  if (!is_asked) return;
  for (const CollectionType needed : {CollectionType::kExe, CollectionType::kDll}) {
    const RuleCollection* const collection = run.context.policy().Find(needed);
    const bool is_there = collection != nullptr && !collection->rules.empty();
    if (is_there && !LeavesServicesAlone(*collection)) continue;
    run.Tell(fmt::format("needs rules and Services in the collection {}", ToString(needed)));
  }
}

constexpr Check kChecks[] = {
    {{"audit-only", Severity::kWarning, "A collection that only audits blocks nothing.",
      "Set EnforcementMode=\"Enabled\" once its events are clean."},
     nullptr,
     AuditOnly},
    {{"not-configured", Severity::kWarning,
      "Rules are enforced where the mode is NotConfigured, unless another policy says otherwise.",
      "Say Enabled or AuditOnly."},
     nullptr,
     NotConfigured},
    {{"no-rules", Severity::kWarning,
      "A collection without rules allows everything, whatever its mode.",
      "Give it rules, the default rules to begin with."},
     nullptr,
     NoRules},
    {{"unknown-collection", Severity::kWarning, "A collection of another type enforces nothing.",
      "Write Exe, Dll, Script, Msi, Appx or ManagedInstaller."},
     nullptr,
     UnknownType},
    {{"packaged-apps-blocked", Severity::kWarning,
      "Where Exe is enforced and Appx has no rules Windows blocks every packaged app (event 8027).",
      "Add rules to Appx, the default rule to begin with."},
     nullptr,
     PackagedAppsBlocked},
    {{"no-script-rules", Severity::kWarning,
      "Without Script rules users run whatever scripts they like, and PowerShell is not limited.",
      "Add rules to Script, the default rules to begin with."},
     nullptr,
     NoScriptRules},
    {{"no-installer-rules", Severity::kNote,
      "Without Msi rules users install whatever packages they like.",
      "Add rules to Msi, the default rules to begin with."},
     nullptr,
     NoInstallerRules},
    {{"no-library-rules", Severity::kNote,
      "Without Dll rules an allowed program loads whatever libraries it is given.",
      "Add rules to Dll, and measure what they cost."},
     nullptr,
     NoLibraryRules},
    {{"deny-only", Severity::kError,
      "Where a collection has rules all that none of them allows is denied.",
      "Add the default rules, which allow what the system needs, unless another policy does."},
     nullptr,
     DenyOnly},
    {{"system-locked-out", Severity::kError,
      "Nobody can log on where the system's own programs are denied.",
      "Add the default rule for the Windows folder, or rules for its publisher, unless another "
      "policy does."},
     nullptr,
     SystemLockedOut},
    {{"administrators-locked-out", Severity::kNote,
      "Administrators are judged like everybody, also when they install or mend something.",
      "Add the default rule that allows Administrators all files."},
     nullptr,
     AdministratorsLockedOut},
    {{"services-exempt", Severity::kNote,
      "By default Exe and Dll rules judge no service process, so what runs as a service runs all.",
      "Set Services to Enabled in RuleCollectionExtensions, after an audit."},
     nullptr,
     ServicesExempt},
    {{"managed-installer-alone", Severity::kWarning,
      "Windows tracks managed installers only while Exe and Dll have rules with Services set.",
      "Add a harmless rule and Services to Exe and Dll."},
     nullptr,
     ManagedInstaller},
};

}  // namespace

std::span<const Check> CollectionChecks() { return kChecks; }

}  // namespace portcullis::lint
