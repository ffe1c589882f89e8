// SPDX-License-Identifier: Apache-2.0
// The preflight as commands run and print it.
//
// Errors:  what can not be read, with its name.
// Threads: one at a time.
// Source:  docs/roll-out.md; docs/cli-json.md has the members.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "enforcement/preflight.h"
#include "host/host_config.h"
#include "identity/catalog_store.h"
#include "identity/trust_store.h"
#include "policy/policy_set.h"

namespace portcullis::cli {

struct PreflightWorld {
  std::string root;  // stands for / where the needed files are looked for
  HostConfig host;
  ServiceProcess service_process = ServiceProcess::kLoginUid;
  const TrustStore* trust = nullptr;
  const CatalogStore* catalogs = nullptr;
  std::vector<std::string> file_systems;  // of service.conf
};
std::vector<enforcement::NeededFileBlocked> Preflight(const PolicySet& policies,
                                                      const PreflightWorld& world);

// For people, with each piece of advice once behind the files that it is for.
std::string TextOf(const std::vector<enforcement::NeededFileBlocked>& blocked);
// An object a line.
std::string JsonOf(const std::vector<enforcement::NeededFileBlocked>& blocked);

}  // namespace portcullis::cli
