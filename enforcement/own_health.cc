// SPDX-License-Identifier: Apache-2.0
// The part of host_health.h that is about the service itself: its settings, its files, its start.
#include <fmt/core.h>
#include <sys/stat.h>

#include <climits>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "enforcement/host_health.h"
#include "host/write_guard.h"

namespace portcullis::enforcement {
namespace {

constexpr const char* kWantedBy = "/etc/systemd/system/{}.wants/portcullis.service";

std::optional<std::string> RealPath(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (real == nullptr) return std::nullopt;
  return std::string(real.get());
}

Finding CheckOwnFile(const std::string& file, const std::string& real) {
  struct stat status {};
  const std::string id = "own-files";
  if (stat(real.c_str(), &status) != 0 || !OnlyRootMayWrite(real, status)) {
    return {id, file, "others than root may change it, and with it what runs",
            fmt::format("chown root:root {0}; chmod go-w {0}; setfacl -b {0}", file)};
  }
  if (!OnlyRootMayRename(real)) {
    return {id, file, "others than root may put another file in its place",
            "let root own every folder above it, without write permission for others"};
  }
  return {id, file, "only root may change it", ""};
}

}  // namespace

std::vector<Finding> CheckOwnFiles(const std::vector<std::string>& files) {
  std::vector<Finding> findings;
  for (const std::string& file : files) {
    if (const auto real = RealPath(file)) findings.push_back(CheckOwnFile(file, *real));
  }
  return findings;
}

std::vector<Finding> CheckSettings(const ServiceConfig& service) {
  std::vector<Finding> findings;
  if (service.failure_policy == FailurePolicy::kAllow) {
    findings.push_back({"failure-policy", "failure-policy = allow",
                        "what the service could not judge in time runs",
                        "set failure-policy = deny once the service has proved itself"});
  } else {
    findings.push_back({"failure-policy", "failure-policy = deny",
                        "what the service could not judge in time is refused", ""});
  }
  if (service.other_roots == OtherRoots::kAllow) {
    findings.push_back({"other-roots", "other-roots = allow",
                        "containers, and chroots that root made, run everything unasked",
                        "set other-roots = judge"});
  } else {
    findings.push_back(
        {"other-roots", "other-roots = judge", "containers and chroots are judged too", ""});
  }
  return findings;
}

Finding CheckRescue(RescueMode setting, BootMode mode) {
  const std::string id = "rescue";
  if (mode == BootMode::kEmergency) {
    return {id, "emergency boot", "the service is not started: everything runs", "boot normally"};
  }
  if (setting == RescueMode::kEnforce) {
    return {id, "rescue-mode = enforce",
            "a rescue boot enforces too; an emergency boot and init= on the kernel's command line "
            "do not",
            ""};
  }
  if (mode == BootMode::kRescue) {
    return {id, "rescue boot", "nothing is denied: rescue-mode is observe",
            "boot normally, or set rescue-mode = enforce"};
  }
  return {id, "rescue-mode = observe",
          "a rescue boot denies nothing: whoever may choose what is booted may run what he likes",
          ""};
}

Finding CheckStartedAtBoot(const std::string& root) {
  namespace fs = std::filesystem;
  const std::string id = "started-at-boot";
  std::error_code error;
  const auto is_wanted = [&](const char* target) {
    return fs::exists(
        fs::symlink_status(root + fmt::format(fmt::runtime(kWantedBy), target), error));
  };
  if (is_wanted("basic.target")) {
    return {id, "portcullis.service", "is started at boot", ""};
  }
  return {id, "portcullis.service",
          "the service manager does not start it at boot: after the next one everything runs",
          "systemctl enable --now portcullis"};
}

}  // namespace portcullis::enforcement
