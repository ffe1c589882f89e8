// SPDX-License-Identifier: Apache-2.0
#include "enforcement/host_health.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "enforcement/writable_places.h"
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
  if (value == 2) {
    return {"memory-files", subject, "2: no program can run from a memory file", ""};
  }
  const std::string found = value ? fmt::format("{}", *value) : "absent";
  return {
      "memory-files", subject,
      found + ": a program in a memory file (memfd_create) runs and nobody is asked",
      value ? "set vm.memfd_noexec = 2" : "run Linux 6.3 or newer, and set vm.memfd_noexec = 2"};
}

// Any of several settings does.
Finding CheckUserNamespaces(const std::string& sysctls) {
  const auto most = ReadSysctl(sysctls + "/user/max_user_namespaces");
  const auto clone = ReadSysctl(sysctls + "/kernel/unprivileged_userns_clone");
  const auto restricted = ReadSysctl(sysctls + "/kernel/apparmor_restrict_unprivileged_userns");
  const auto fine = [](const char* text) {
    return Finding{"user-namespaces", "user namespaces", text, ""};
  };
  if (most == 0) return fine("user.max_user_namespaces is 0: nobody can make any");
  if (clone == 0) return fine("kernel.unprivileged_userns_clone is 0: only root can make any");
  if (restricted == 1) return fine("AppArmor restricts those of ordinary users");
  return {"user-namespaces", "user namespaces",
          "every user can mount a file system of his own in one, and its programs run unasked",
          "set user.max_user_namespaces = 0, or kernel.unprivileged_userns_clone = 0 on Debian"};
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
  if (!has_rules) {
    return {
        "collections", subject, "none: everything of this kind runs",
        fmt::format("write {} rules: the default rules and what your users need", ToString(type))};
  }
  if (!enforces) {
    return {"collections", subject, "audited only: what they deny still runs",
            fmt::format("set EnforcementMode=\"Enabled\" when the log shows no surprise")};
  }
  return {"collections", subject, "enforced", ""};
}

Finding AboutPlace(const WritablePlace& place) {
  std::string examples;
  for (const std::string& folder : place.examples) {
    examples += (examples.empty() ? "" : ", ") + folder;
  }
  if (place.folders > place.examples.size()) {
    examples += fmt::format(" and {} more", place.folders - place.examples.size());
  }
  return {"writable-places", fmt::format("{} rule \"{}\"", ToString(place.collection), place.rule),
          fmt::format("whoever may write {} runs there what he likes", examples),
          "except these folders from the rule, allow by publisher or hash, or make them root's"};
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
    const bool weakens = !feature.present && feature.required;
    findings.push_back(
        {"kernel", feature.name, text,
         weakens ? "run a kernel that has it (CONFIG_FANOTIFY_ACCESS_PERMISSIONS), as root" : ""});
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
    return {{"mounts", "file-system",
             fmt::format("only what lies on {} is judged; programs elsewhere run unasked", paths),
             "take the file-system lines out of service.conf"}};
  }
  std::vector<Finding> findings;
  for (const UnmarkedFileSystem& unmarked : targets.unmarked) {
    findings.push_back({"mounts", unmarked.point, unmarked.reason + "; programs on it run unasked",
                        "mount it noexec"});
  }
  if (!findings.empty()) return findings;
  return {{"mounts", "mounts", "every file system that can hold programs is judged", ""}};
}

Finding CheckServiceProcess(ServiceProcess setting, const SessionCount& sessions) {
  const std::string subject = fmt::format("service-process = {}", ToString(setting));
  const auto finding = [&](std::string text, std::string remedy) {
    return Finding{"service-processes", subject, std::move(text), std::move(remedy)};
  };
  if (setting == ServiceProcess::kNone) return finding("no process is left alone", "");
  const std::string none = fmt::format("none of {} processes has a login uid", sessions.processes);
  if (setting == ServiceProcess::kSystemAccount) {
    const std::string text =
        "system accounts are left alone by Exe and Dll rules, and root outside a login session";
    if (sessions.with_login_uid > 0) return finding(text, "");
    return finding(fmt::format("{}; {}, so that root always is", text, none),
                   "have pam_loginuid set the login uid, or set service-process = none");
  }
  if (sessions.with_login_uid == 0) {
    return finding(none +
                       ": every process counts as a service's, and Exe and Dll rules leave it "
                       "alone unless they say otherwise",
                   "have pam_loginuid set the login uid; where no session does, set "
                   "service-process = system-account or none");
  }
  return finding(fmt::format("{} of {} processes have no login uid and are left alone by Exe and "
                             "Dll rules unless these say otherwise",
                             sessions.processes - sessions.with_login_uid, sessions.processes),
                 "");
}

std::vector<Finding> CheckPolicies(const PolicySet& policies) {
  std::vector<Finding> findings;
  for (const CollectionType type :
       {CollectionType::kExe, CollectionType::kDll, CollectionType::kScript}) {
    findings.push_back(AboutCollection(policies, type));
  }
  return findings;
}

std::vector<Finding> CheckWritablePlaces(const PolicySet& policies, const PathSpeller& speller,
                                         const std::vector<std::string>& points) {
  const WritablePlaces found = FindWritablePlaces(policies, speller, points);
  std::vector<Finding> findings;
  for (const WritablePlace& place : found.places) findings.push_back(AboutPlace(place));
  if (!found.is_complete) {
    findings.push_back({"writable-places", "folders",
                        fmt::format("only the first {} were looked at", found.looked_at),
                        "look at the rest by policy test of a file in them"});
  }
  if (!findings.empty()) return findings;
  return {{"writable-places", "folders",
           fmt::format("of {} none that others than root may write lets a new file run",
                       found.looked_at),
           ""}};
}

}  // namespace portcullis::enforcement
