// SPDX-License-Identifier: Apache-2.0
#include "cli/config_files.h"

#include <fmt/core.h>

#include <filesystem>

#include "host/read_file.h"

namespace portcullis::cli {
namespace {

// `Config` has Parse, and is its defaults for an empty text.
template <typename Config>
Result<Config> Load(const std::optional<std::string>& path, const char* default_path) {
  std::error_code error;
  if (!path && !std::filesystem::exists(default_path, error)) return Config::Parse("");
  const std::string name = path.value_or(default_path);
  const auto text = ReadFile(name, kMaxConfigBytes);
  if (!text) return Fail(text.error().code, fmt::format("{}: {}", name, text.error().message));
  auto config = Config::Parse(*text);
  if (!config) {
    return Fail(config.error().code, fmt::format("{}: {}", name, config.error().message));
  }
  return config;
}

}  // namespace

Result<HostConfig> LoadHostConfig(const std::optional<std::string>& path) {
  return Load<HostConfig>(path, kDefaultHostConfig);
}

Result<enforcement::ServiceConfig> LoadServiceConfig(const std::optional<std::string>& path) {
  return Load<enforcement::ServiceConfig>(path, enforcement::kDefaultServiceConfig);
}

}  // namespace portcullis::cli
