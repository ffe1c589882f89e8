// SPDX-License-Identifier: Apache-2.0
// Which policies the service is about when the command line names none.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace portcullis::cli {

inline constexpr const char* kDefaultPolicy = "/etc/portcullis/policy.xml";

inline std::vector<std::string> PolicyFiles(const Options& options) {
  return options.policies.empty() ? std::vector<std::string>{kDefaultPolicy} : options.policies;
}

}  // namespace portcullis::cli
