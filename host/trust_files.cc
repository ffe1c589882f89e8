// SPDX-License-Identifier: Apache-2.0
#include "host/trust_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "formats/authenticode/trust_store.h"
#include "host/read_file.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

// Debian, Red Hat and SUSE keep the system's bundle in one of these.
constexpr const char* kSystemBundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/ca-bundle.pem"};

Result<void> AddFile(TrustStore& store, const std::string& path) {
  const auto bytes = ReadFile(path, authenticode::kMaxTrustBytes);
  if (!bytes) return Fail(bytes.error().code, fmt::format("{}: {}", path, bytes.error().message));
  TRY_VOID(store.Add(AsBytes(*bytes), path));  // names the path itself
  return {};
}

Result<void> AddDirectory(TrustStore& store, const std::string& path) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto entry = fs::directory_iterator(path, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path().string());
    if (files.size() > kMaxTrustFiles) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("{}: more than {} files", path, kMaxTrustFiles));
    }
  }
  if (error) return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, error.message()));
  std::ranges::sort(files);
  for (const std::string& file : files) {
    const auto added = AddFile(store, file);
    // A README beside the certificates is no reason to stop.
    if (!added && added.error().code != ErrorCode::kNotFound) return Unexpected(added.error());
  }
  return {};
}

Result<void> AddDefaults(TrustStore& store) {
  std::error_code error;
  if (fs::is_directory(kDefaultTrustDirectory, error)) {
    TRY_VOID(AddDirectory(store, kDefaultTrustDirectory));
  }
  for (const char* bundle : kSystemBundles) {
    if (!fs::exists(bundle, error)) continue;
    return AddFile(store, bundle);
  }
  return {};
}

}  // namespace

Result<TrustStore> LoadTrustStore(const std::vector<std::string>& files_and_directories) {
  TrustStore store;
  if (files_and_directories.empty()) TRY_VOID(AddDefaults(store));
  for (const std::string& path : files_and_directories) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      TRY_VOID(AddDirectory(store, path));
    } else {
      TRY_VOID(AddFile(store, path));
    }
  }
  return store;
}

}  // namespace portcullis
