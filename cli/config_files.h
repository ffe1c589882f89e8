// SPDX-License-Identifier: Apache-2.0
// Reads host.conf and service.conf from where the command line says.
//
// Shape:   without a path the default place, and the defaults where nothing is there.
// Errors:  those of the file and of its text; messages name the file.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "enforcement/service_config.h"
#include "host/host_config.h"

namespace portcullis::cli {

Result<HostConfig> LoadHostConfig(const std::optional<std::string>& path);
Result<enforcement::ServiceConfig> LoadServiceConfig(const std::optional<std::string>& path);

}  // namespace portcullis::cli
