// SPDX-License-Identifier: Apache-2.0
// Whether the service runs, and whether it judges by what the files say.
//
// Shape:   findings with the id "service" (finding.h).
// Errors:  none: a service that can not be asked weakens.
// Threads: pure but for ReadPolicyFiles.
// Source:  docs/control.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/service_status.h"
#include "base/result.h"
#include "enforcement/finding.h"

namespace portcullis::enforcement {

struct PolicyFileState {
  std::string path;
  std::optional<int64_t> changed_ns;  // when anything of the file last changed; none: it is absent
};
std::vector<PolicyFileState> ReadPolicyFiles(const std::vector<std::string>& paths);

// `socket`: where it was asked; empty: the configuration says that it can not be.
// `files`: what the service is to judge by.
std::vector<Finding> CheckService(const std::string& socket,
                                  const Result<api::ServiceStatus>& status,
                                  const std::vector<PolicyFileState>& files);

}  // namespace portcullis::enforcement
