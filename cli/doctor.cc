// SPDX-License-Identifier: Apache-2.0
// `portcullis doctor`: what of this host makes enforcement weaker.
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "api/control_client.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/policy_file.h"
#include "cli/preflight_report.h"
#include "cli/service_policies.h"
#include "cli/text.h"
#include "enforcement/host_health.h"
#include "enforcement/mount_watch.h"
#include "enforcement/service_health.h"
#include "host/boot_mode.h"
#include "host/catalog_files.h"
#include "host/mount_table.h"
#include "host/path_variables.h"
#include "host/trust_files.h"

namespace portcullis::cli {
namespace {

using enforcement::Finding;
using Columns = std::vector<Column>;

void Append(std::vector<Finding>& findings, std::vector<Finding> more) {
  std::ranges::move(more, std::back_inserter(findings));
}

// What is looked at: the configuration, as the service would read it.
struct Host {
  HostConfig config;
  enforcement::ServiceConfig service;
  Result<MountTable> mounts;
  enforcement::MarkTargets targets;
};

Result<Host> ReadHost(const Options& options) {
  HostConfig config = TRY(LoadHostConfig(options.host_config));
  auto service = TRY(LoadServiceConfig(options.service_config));
  auto mounts = MountTable::OfThisProcess(config.network_file_systems);
  auto targets =
      enforcement::FileSystemsToMark(mounts.value_or(MountTable()), service.file_systems);
  return Host{std::move(config), std::move(service), std::move(mounts), std::move(targets)};
}

std::vector<Finding> AboutMounts(const Host& host) {
  if (!host.mounts) {
    return {{"mounts", "mounts", host.mounts.error().message, "run doctor where /proc is mounted"}};
  }
  return CheckMounts(host.targets, host.service.file_systems);
}

// A policy that can not be read enforces nothing.
std::vector<Finding> AboutPolicies(const Options& options, const Host& host, Io& io) {
  const auto refused = [](const std::string& why) {
    return std::vector<Finding>{{"policy", "policy", why,
                                 "write a policy there, or name one; see portcullis policy check"}};
  };
  auto policies = ReadNamedPolicies(PolicyFiles(options), io, {});
  if (!policies) return refused(policies.error().message);
  const auto set = PolicySet::Builder()
                       .AddMergedLayer(*std::move(policies))
                       .SetSrpEnvironment(PathEnvironment(host.config))
                       .SetSrpBesideAppLocker(host.service.srp_beside_applocker)
                       .Build();
  if (!set) return refused(set.error().message);
  std::vector<Finding> findings = enforcement::CheckPolicies(*set);
  const PathSpeller speller(host.config, host.mounts.value_or(MountTable()), {});
  Append(findings, enforcement::CheckWritablePlaces(*set, speller, host.targets.points));
  const auto trust = LoadTrustStore(options.trust);
  const auto catalogs = LoadCatalogs(options.catalogs, CatalogAccess::kWhenNeeded);
  const PreflightWorld world{"",
                             host.config,
                             host.service.service_process,
                             trust ? &*trust : nullptr,
                             catalogs ? catalogs->get() : nullptr,
                             host.service.file_systems};
  Append(findings, enforcement::CheckNeededFiles(Preflight(*set, world)));
  return findings;
}

std::vector<Finding> AboutService(const Options& options, const Host& host) {
  const std::string& socket = host.service.control.socket;
  const auto status = socket.empty()
                          ? Result<api::ServiceStatus>(Fail(ErrorCode::kNotFound, "not asked"))
                          : api::AskForStatus(socket);
  return CheckService(socket, status, enforcement::ReadPolicyFiles(PolicyFiles(options)));
}

std::vector<std::string> OwnFiles(const Options& options) {
  std::vector<std::string> files = PolicyFiles(options);
  files.push_back(options.service_config.value_or(enforcement::kDefaultServiceConfig));
  files.push_back(options.host_config.value_or(kDefaultHostConfig));
  return files;
}

Result<std::vector<Finding>> Examine(const Options& options, Io& io) {
  const Host host = TRY(ReadHost(options));
  std::vector<Finding> findings = CheckKernel(enforcement::KernelFeatures::Probe());
  Append(findings, enforcement::CheckSysctls());
  Append(findings, AboutMounts(host));
  findings.push_back(
      CheckServiceProcess(host.service.service_process, enforcement::CountSessions()));
  Append(findings, enforcement::CheckSettings(host.service));
  Append(findings, enforcement::CheckOwnFiles(OwnFiles(options)));
  findings.push_back(enforcement::CheckStartedAtBoot());
  Append(findings, AboutService(options, host));
  findings.push_back(enforcement::CheckRescue(host.service.rescue_mode, ReadBootMode()));
  Append(findings, AboutPolicies(options, host, io));
  return findings;
}

std::string LineOf(const Finding& finding, const Columns& columns) {
  std::string line = TableRow(columns, {finding.weakens() ? "WEAK" : "ok",
                                        Printable(finding.subject), Printable(finding.text)});
  if (finding.weakens()) line += TableRow(columns, {"", "", "-> " + Printable(finding.remedy)});
  return line;
}

std::string JsonOf(const Finding& finding) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("id", finding.id)
      .Bytes("subject", finding.subject)
      .Bytes("text", finding.text)
      .Bool("weakens", finding.weakens());
  finding.weakens() ? json.Bytes("remedy", finding.remedy) : json.Null("remedy");
  json.EndObject();
  return line + '\n';
}

}  // namespace

ExitStatus RunDoctor(const Options& options, Io& io) {
  const auto findings = Examine(options, io);
  if (!findings) {
    PrintError(io, findings.error().message);
    return ExitStatus::kFailed;
  }
  if (geteuid() != 0) {
    PrintError(io, "not root: what only root may try counts as absent");
  }
  const Columns columns = {{"", 4}, {"SUBJECT", 32}, {"", 0}};
  for (const Finding& finding : *findings) {
    io.out.Write(options.json ? JsonOf(finding) : LineOf(finding, columns));
  }
  const bool is_weak = std::ranges::any_of(*findings, &Finding::weakens);
  return is_weak ? ExitStatus::kFound : ExitStatus::kDone;
}

}  // namespace portcullis::cli
