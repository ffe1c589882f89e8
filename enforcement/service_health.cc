// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_health.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>

namespace portcullis::enforcement {
namespace {

using api::Metric;

constexpr const char* kId = "service";
constexpr const char* kReload =
    "portcullis policy check the files, then systemctl reload portcullis";

Finding Unreachable(const std::string& socket, const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
      return {kId, "service", error.message + ": every program runs, and nobody is asked",
              "systemctl enable --now portcullis"};
    case ErrorCode::kUntrusted:
      return {kId, "service", "it may not be asked: " + error.message, "run doctor as root"};
    default:
      return {kId, socket, error.message, "journalctl -u portcullis says what became of it"};
  }
}

std::string Listed(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) text += (text.empty() ? "" : ", ") + file;
  return text.empty() ? "nothing" : text;
}

bool MeansToEnforce(const api::PolicyStatus& policy) {
  return std::ranges::any_of(policy.collections, [](const api::CollectionStatus& one) {
    return one.rules > 0 && one.mode != "AuditOnly";
  });
}

std::vector<Finding> Differences(const api::ServiceStatus& status,
                                 const std::vector<PolicyFileState>& files) {
  std::vector<Finding> findings;
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const PolicyFileState& file : files) paths.push_back(file.path);
  if (status.policy.more_files == 0 && paths != status.policy.files) {
    findings.push_back(
        {kId, "policy in force",
         fmt::format("it judges by {}, and not by {}", Listed(status.policy.files), Listed(paths)),
         "name the service's policies to doctor, or give the service these"});
    return findings;
  }
  const auto read_ns = static_cast<int64_t>(status[Metric::kPolicyLoadedAt]);
  for (const PolicyFileState& file : files) {
    if (file.changed_ns && *file.changed_ns < read_ns) continue;
    const char* what = file.changed_ns ? "changed after the policy in force was read from it"
                                       : "is gone, and what was read from it is in force";
    findings.push_back({kId, file.path, what, kReload});
  }
  return findings;
}

}  // namespace

std::vector<PolicyFileState> ReadPolicyFiles(const std::vector<std::string>& paths) {
  std::vector<PolicyFileState> files;
  for (const std::string& path : paths) {
    struct stat status {};
    PolicyFileState file{path, std::nullopt};
    // Unlike the time of modification it can not be set back, and a renaming sets it too.
    if (stat(path.c_str(), &status) == 0) {
      file.changed_ns = status.st_ctim.tv_sec * int64_t{1'000'000'000} + status.st_ctim.tv_nsec;
    }
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<Finding> CheckService(const std::string& socket,
                                  const Result<api::ServiceStatus>& status,
                                  const std::vector<PolicyFileState>& files) {
  if (socket.empty()) {
    return {{kId, "control-socket = none", "whether the service runs can not be asked",
             "name a path in service.conf, or leave the setting out"}};
  }
  if (!status) return {Unreachable(socket, status.error())};
  std::vector<Finding> findings = Differences(*status, files);
  if (!status->refused.empty()) {
    findings.push_back({kId, "last reload", "it was refused: " + status->refused, kReload});
  }
  if ((*status)[Metric::kEnforcing] == 0 && MeansToEnforce(status->policy)) {
    findings.push_back({kId, "service", "it denies nothing, though its policy enforces",
                        "start it without --observe; see rescue-mode for a rescue boot"});
  }
  if ((*status)[Metric::kGateReady] == 0) {
    findings.push_back({kId, "service", "no gate answers: the failure policy does",
                        "journalctl -u portcullis says why no gate can start"});
  }
  if (findings.empty()) {
    findings.push_back({kId, "service",
                        fmt::format("runs, with generation {} of its policy in force",
                                    (*status)[Metric::kGeneration]),
                        ""});
  }
  return findings;
}

}  // namespace portcullis::enforcement
