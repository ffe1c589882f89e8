// SPDX-License-Identifier: Apache-2.0
#include "enforcement/host_health.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "host/read_file.h"

namespace portcullis::enforcement {
namespace {

using applocker::CollectionType;

constexpr size_t kMaxLoginUidBytes = 64;
constexpr std::string_view kNoLoginUid = "4294967295";

std::string Trimmed(std::string text) {
  text.erase(std::min(text.find_last_not_of(" \t\n") + 1, text.size()));
  return text;
}

std::optional<int64_t> ReadSysctl(const std::string& path) {
  const auto text = ReadFile(path, kMaxSysctlBytes);
  if (!text) return std::nullopt;
  const std::string number = Trimmed(*text);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return value;
}

Finding CheckMemoryFiles(const std::string& sysctls) {
  const auto value = ReadSysctl(sysctls + "/vm/memfd_noexec");
  const std::string subject = "vm.memfd_noexec";
  if (value == 2) return {subject, "2: no program can run from a memory file", false};
  const std::string found = value ? fmt::format("{}", *value) : "absent";
  return {subject,
          found +
              ": a program in a memory file (memfd_create) runs and nobody is asked; 2 forbids "
              "such programs",
          true};
}

// Any of several settings does.
Finding CheckUserNamespaces(const std::string& sysctls) {
  const auto most = ReadSysctl(sysctls + "/user/max_user_namespaces");
  const auto clone = ReadSysctl(sysctls + "/kernel/unprivileged_userns_clone");
  const auto restricted = ReadSysctl(sysctls + "/kernel/apparmor_restrict_unprivileged_userns");
  const std::string subject = "user namespaces";
  if (most == 0) return {subject, "user.max_user_namespaces is 0: nobody can make any", false};
  if (clone == 0) {
    return {subject, "kernel.unprivileged_userns_clone is 0: only root can make any", false};
  }
  if (restricted == 1) {
    return {subject, "AppArmor restricts those of ordinary users", false};
  }
  return {subject,
          "every user can mount a file system of his own in one and run its programs before it is "
          "marked; user.max_user_namespaces = 0 or kernel.unprivileged_userns_clone = 0 forbids it",
          true};
}

bool HasRules(const PolicySet& policies, size_t layer, CollectionType type) {
  const auto* collection = policies.layer(layer).Find(type);
  return collection != nullptr && !collection->rules.empty();
}

Finding AboutCollection(const PolicySet& policies, CollectionType type) {
  const std::string subject = fmt::format("{} rules", ToString(type));
  bool has_rules = false;
  bool enforces = false;
  for (size_t layer = 0; layer < policies.layers(); ++layer) {
    if (!HasRules(policies, layer, type)) continue;
    has_rules = true;
    enforces |= policies.layer(layer).Find(type)->mode() != applocker::EnforcementMode::kAuditOnly;
  }
  if (!has_rules) return {subject, "none: everything of this kind runs", true};
  if (!enforces) return {subject, "audited only: what they deny still runs", true};
  return {subject, "enforced", false};
}

}  // namespace

SessionCount CountSessions(const std::string& proc) {
  SessionCount count;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(proc, error)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto text = ReadFile(entry.path().string() + "/loginuid", kMaxLoginUidBytes);
    if (!text && text.error().code != ErrorCode::kIo) continue;
    ++count.processes;
    const std::string uid = text ? Trimmed(*text) : std::string();
    if (!uid.empty() && uid != kNoLoginUid) ++count.with_login_uid;
  }
  return count;
}

std::vector<Finding> CheckKernel(const KernelFeatures& features) {
  std::vector<Finding> findings;
  for (const FeatureReport& feature : Describe(features)) {
    const std::string text =
        feature.present ? "present" : fmt::format("absent: {}", feature.without);
    findings.push_back({feature.name, text, !feature.present && feature.required});
  }
  return findings;
}

std::vector<Finding> CheckSysctls(const std::string& sysctls) {
  return {CheckMemoryFiles(sysctls), CheckUserNamespaces(sysctls)};
}

std::vector<Finding> CheckMounts(const MarkTargets& targets,
                                 const std::vector<std::string>& configured) {
  if (!configured.empty()) {
    std::string paths;
    for (const std::string& path : configured) paths += (paths.empty() ? "" : ", ") + path;
    return {{"file-system",
             fmt::format("only what lies on {} is judged; programs elsewhere run unasked", paths),
             true}};
  }
  std::vector<Finding> findings;
  for (const UnmarkedFileSystem& unmarked : targets.unmarked) {
    findings.push_back(
        {unmarked.point, unmarked.reason + "; programs on it run unasked; mount it noexec", true});
  }
  if (!findings.empty()) return findings;
  return {{"mounts", "every file system that can hold programs is judged", false}};
}

Finding CheckServiceProcess(ServiceProcess setting, const SessionCount& sessions) {
  const std::string subject = fmt::format("service-process = {}", ToString(setting));
  if (setting == ServiceProcess::kNone) return {subject, "no process is left alone", false};
  const std::string none = fmt::format("none of {} processes has a login uid", sessions.processes);
  if (setting == ServiceProcess::kSystemAccount) {
    const char* text =
        "system accounts are left alone by Exe and Dll rules, and root outside a "
        "login session";
    if (sessions.with_login_uid > 0) return {subject, text, false};
    return {subject, fmt::format("{}; {}, so that root always is", text, none), true};
  }
  if (sessions.with_login_uid == 0) {
    return {subject,
            none +
                ": every process counts as a service's, and Exe and Dll rules leave it alone "
                "unless they say otherwise",
            true};
  }
  return {subject,
          fmt::format("{} of {} processes have no login uid and are left alone by Exe and Dll "
                      "rules unless these say otherwise",
                      sessions.processes - sessions.with_login_uid, sessions.processes),
          false};
}

std::vector<Finding> CheckPolicies(const PolicySet& policies) {
  std::vector<Finding> findings;
  for (const CollectionType type :
       {CollectionType::kExe, CollectionType::kDll, CollectionType::kScript}) {
    findings.push_back(AboutCollection(policies, type));
  }
  return findings;
}

}  // namespace portcullis::enforcement
