// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/windows_folders.h"

#include <fmt/core.h>

#include "base/quote.h"
#include "base/utf.h"
#include "host/lexical_path.h"
#include "policy/path_text.h"

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

// What Windows makes of a name: a stream is written where its file or folder may be, and dots and
// blanks at the end do not count.
std::string_view MeantName(std::string_view name) {
  name = name.substr(0, name.find(':'));
  const size_t last = name.find_last_not_of(". ");
  return name.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// The same of each name behind the drive or the macro. What nothing is left of means who knows
// what.
Result<std::string> WithoutStreams(const std::string& path) {
  const size_t front = FrontLength(path);
  std::string meant = path.substr(0, front);
  for (size_t begin = front; begin < path.size();) {
    const size_t end = std::min(path.find('\\', begin), path.size());
    const auto name = std::string_view(path).substr(begin, end - begin);
    const std::string_view kept = MeantName(name);
    if (kept.empty() && !name.empty()) return Unknown(path);
    meant += kept;
    if (end < path.size()) meant += '\\';
    begin = end + 1;
  }
  return meant;
}

}  // namespace

Result<std::vector<std::string>> WindowsPathsOf(const std::string& path, const HostConfig& config) {
  if (!IsWindowsPath(path)) {
    return Fail(ErrorCode::kUnsupported, fmt::format("{} is no path of Windows", Quote(path)));
  }
  std::string upper = UpperCase(NormalizeWindowsPath(path));
  while (upper.ends_with('\\')) upper.pop_back();
  upper = TRY(WithoutStreams(upper));
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
