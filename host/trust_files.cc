// SPDX-License-Identifier: Apache-2.0
#include "host/trust_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "formats/authenticode/trust_store.h"
#include "host/config_lines.h"
#include "host/read_file.h"
#include "host/trust_settings.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

// Debian, Red Hat and SUSE keep the system's bundle in one of these.
constexpr const char* kSystemBundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/ca-bundle.pem"};

using Reader = Result<size_t> (TrustStore::*)(Bytes, std::string_view);

Result<void> AddFile(TrustStore& store, const std::string& path, Reader reader) {
  const auto bytes = ReadFile(path, authenticode::kMaxTrustBytes);
  if (!bytes) return Fail(bytes.error().code, fmt::format("{}: {}", path, bytes.error().message));
  TRY_VOID((store.*reader)(AsBytes(*bytes), path));  // names the path itself
  return {};
}

// The regular files of a directory, by name.
Result<std::vector<std::string>> FilesOf(const std::string& path) {
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
  return files;
}

Result<void> AddFilesOf(TrustStore& store, const std::string& path, Reader reader) {
  for (const std::string& file : TRY(FilesOf(path))) {
    const auto added = AddFile(store, file, reader);
    // A README beside the certificates is no reason to stop.
    if (!added && added.error().code != ErrorCode::kNotFound) return Unexpected(added.error());
  }
  return {};
}

Result<void> ApplySettings(TrustStore& store, const std::string& path) {
  const auto text = ReadFile(path, kMaxConfigBytes);
  if (!text) return Fail(text.error().code, fmt::format("{}: {}", path, text.error().message));
  const auto settings = TrustSettings::Parse(*text);
  if (!settings) {
    return Fail(settings.error().code, fmt::format("{}: {}", path, settings.error().message));
  }
  store.set_weak_digests(settings->weak_digests);
  return {};
}

// What each part of a trust directory is for. Only the certificates must be there.
Result<void> AddDirectory(TrustStore& store, const std::string& path) {
  std::error_code ignored;
  TRY_VOID(AddFilesOf(store, path, &TrustStore::Add));
  if (const std::string lists = path + "/crl"; fs::is_directory(lists, ignored)) {
    TRY_VOID(AddFilesOf(store, lists, &TrustStore::AddRevocationLists));
  }
  if (const std::string taken = path + "/disallowed"; fs::is_directory(taken, ignored)) {
    TRY_VOID(AddFilesOf(store, taken, &TrustStore::Disallow));
  }
  if (const std::string settings = path + "/trust.conf"; fs::exists(settings, ignored)) {
    TRY_VOID(ApplySettings(store, settings));
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
    return AddFile(store, bundle, &TrustStore::Add);
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
      TRY_VOID(AddFile(store, path, &TrustStore::Add));
    }
  }
  return store;
}

}  // namespace portcullis
