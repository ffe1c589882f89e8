// SPDX-License-Identifier: Apache-2.0
// Reads anything as service.conf; what is accepted keeps to the ranges that the service relies on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "enforcement/service_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  using namespace portcullis::enforcement;
  const auto config = ServiceConfig::Parse(AsText({data, size}));
  if (!config) return 0;
  if (config->budget < kMinBudget || config->budget > kMaxBudget) std::abort();
  if (config->inspectors < 1 || config->inspectors > kMaxInspectors) std::abort();
  for (const auto* paths : {&config->file_systems, &config->loads.interpreters,
                            &config->loads.loaders, &config->loads.wine_loaders}) {
    for (const std::string& path : *paths) {
      if (!path.starts_with('/') || path.find('\0') != std::string::npos) std::abort();
    }
  }
  return 0;
}
