// SPDX-License-Identifier: Apache-2.0
// `portcullis doctor`: what of this host makes enforcement weaker.
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/policy_file.h"
#include "cli/service_policies.h"
#include "cli/text.h"
#include "enforcement/host_health.h"
#include "enforcement/mount_watch.h"
#include "host/mount_table.h"

namespace portcullis::cli {
namespace {

using enforcement::Finding;

const std::vector<Column>& Columns() {
  static const std::vector<Column> columns = {{"", 4}, {"SUBJECT", 40}, {"", 0}};
  return columns;
}

void Append(std::vector<Finding>& findings, std::vector<Finding> more) {
  std::ranges::move(more, std::back_inserter(findings));
}

// A policy that can not be read enforces nothing.
std::vector<Finding> AboutPolicies(const Options& options, Io& io) {
  auto policies = ReadNamedPolicies(PolicyFiles(options), io, {});
  if (!policies) return {{"policy", policies.error().message, true}};
  const auto set = PolicySet::Builder().AddMergedLayer(*std::move(policies)).Build();
  if (!set) return {{"policy", set.error().message, true}};
  return enforcement::CheckPolicies(*set);
}

Result<std::vector<Finding>> Examine(const Options& options, Io& io) {
  const HostConfig host = TRY(LoadHostConfig(options.host_config));
  const auto service = TRY(LoadServiceConfig(options.service_config));
  std::vector<Finding> findings = CheckKernel(enforcement::KernelFeatures::Probe());
  Append(findings, enforcement::CheckSysctls());
  const auto mounts = MountTable::OfThisProcess(host.network_file_systems);
  Append(findings, mounts ? enforcement::CheckMounts(
                                enforcement::FileSystemsToMark(*mounts, service.file_systems),
                                service.file_systems)
                          : std::vector<Finding>{{"mounts", mounts.error().message, true}});
  findings.push_back(CheckServiceProcess(service.service_process, enforcement::CountSessions()));
  Append(findings, AboutPolicies(options, io));
  return findings;
}

std::string LineOf(const Finding& finding, bool as_json) {
  if (!as_json) {
    return TableRow(Columns(), {finding.weakens ? "WEAK" : "ok", Printable(finding.subject),
                                Printable(finding.text)});
  }
  std::string line;
  JsonWriter(line)
      .BeginObject()
      .Bytes("subject", finding.subject)
      .Bytes("text", finding.text)
      .Bool("weakens", finding.weakens)
      .EndObject();
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
  for (const Finding& finding : *findings) io.out.Write(LineOf(finding, options.json));
  const bool is_weak = std::ranges::any_of(*findings, &Finding::weakens);
  return is_weak ? ExitStatus::kFound : ExitStatus::kDone;
}

}  // namespace portcullis::cli
