// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/windows_folders.h"

#include <fmt/core.h>

#include "base/quote.h"
#include "base/utf.h"
#include "host/lexical_path.h"

namespace portcullis {
namespace {

// The folder above; absent: there is none.
std::optional<std::string_view> Above(std::string_view key) {
  const size_t end = key.rfind('\\');
  return end == std::string_view::npos ? std::nullopt : std::optional(key.substr(0, end));
}

Unexpected Unknown(const std::string& path) {
  return Fail(ErrorCode::kNotFound,
              fmt::format("nothing is known of who may write {}", Quote(path)));
}

}  // namespace

Result<std::vector<std::string>> WindowsPathsOf(const std::string& path, const HostConfig& config) {
  if (!IsWindowsPath(path)) {
    return Fail(ErrorCode::kUnsupported, fmt::format("{} is no path of Windows", Quote(path)));
  }
  std::string upper = UpperCase(NormalizeWindowsPath(path));
  while (upper.ends_with('\\')) upper.pop_back();
  if (!upper.starts_with('%')) return std::vector<std::string>{upper};
  const size_t front = upper.find('%', 1) + 1;
  const PathMacro* const macro = config.Find(upper.substr(0, front));
  if (macro == nullptr || macro->windows.empty()) return Unknown(path);
  std::vector<std::string> keys;
  for (const std::string& directory : macro->windows) {
    keys.push_back(UpperCase(directory) + upper.substr(front));
  }
  return keys;
}

WindowsFolders::WindowsFolders(const std::vector<WindowsFolder>& folders, HostConfig config)
    : config_(std::move(config)) {
  for (const WindowsFolder& folder : folders) {
    const auto keys = WindowsPathsOf(folder.path, config_);
    if (!keys) continue;
    for (const std::string& key : *keys) known_.insert_or_assign(key, folder);
  }
}

const WindowsFolder* WindowsFolders::NearestAbove(std::string_view key) const {
  for (std::optional<std::string_view> at = key; at; at = Above(*at)) {
    const auto found = known_.find(*at);
    if (found != known_.end()) return &found->second;
  }
  return nullptr;
}

bool WindowsFolders::IsWritableBetween(std::string_view top, std::string_view key) const {
  for (auto at = Above(key); at && at->size() > top.size(); at = Above(*at)) {
    const auto found = known_.find(*at);
    if (found != known_.end() && found->second.is_writable) return true;
  }
  return false;
}

bool WindowsFolders::ForEachBelow(const std::string& top,
                                  const std::function<bool(const WritablePlace&)>& take) const {
  const std::string front = top + "\\";
  for (auto at = known_.lower_bound(front); at != known_.end(); ++at) {
    const auto& [key, folder] = *at;
    if (!key.starts_with(front)) break;
    if (!folder.is_writable || IsWritableBetween(top, key)) continue;
    if (!take({folder.path, folder.why})) return false;
  }
  return true;
}

Result<void> WindowsFolders::ForEachInTree(
    const std::string& folder, const Writers&,
    const std::function<bool(const WritablePlace&)>& take) const {
  for (const std::string& key : TRY(WindowsPathsOf(folder, config_))) {
    const WindowsFolder* const above = NearestAbove(key);
    if (above == nullptr) return Unknown(folder);
    const bool goes_on =
        above->is_writable ? take({above->path, above->why}) : ForEachBelow(key, take);
    if (!goes_on) break;
  }
  return {};
}

Result<std::optional<WritablePlace>> WindowsFolders::FindOnPath(const std::string& file,
                                                                const Writers&) const {
  for (const std::string& key : TRY(WindowsPathsOf(file, config_))) {
    const WindowsFolder* const above = NearestAbove(key);
    if (above == nullptr) return Unknown(file);
    if (above->is_writable) return WritablePlace{above->path, above->why};
  }
  return std::nullopt;
}

}  // namespace portcullis
