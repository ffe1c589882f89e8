// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/windows_folders.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/quote.h"
#include "base/utf.h"
#include "host/lexical_path.h"

namespace portcullis {
namespace {

bool IsAtOrBelowFolder(std::string_view key, std::string_view folder) {
  return key.starts_with(folder) && (key.size() == folder.size() || key[folder.size()] == '\\');
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
    for (const std::string& key : *keys) {
      std::erase_if(known_, [&](const Known& known) { return known.key == key; });
      known_.push_back({key, folder});
    }
  }
  std::ranges::sort(known_, {}, &Known::key);
}

const WindowsFolders::Known* WindowsFolders::NearestAbove(std::string_view key) const {
  const Known* nearest = nullptr;
  for (const Known& known : known_) {
    if (!IsAtOrBelowFolder(key, known.key)) continue;
    if (nearest == nullptr || known.key.size() > nearest->key.size()) nearest = &known;
  }
  return nearest;
}

Result<void> WindowsFolders::ForEachInTree(
    const std::string& folder, const Writers&,
    const std::function<bool(const WritablePlace&)>& take) const {
  bool goes_on = true;
  for (const std::string& key : TRY(WindowsPathsOf(folder, config_))) {
    const Known* const above = NearestAbove(key);
    if (above == nullptr) return Unknown(folder);
    if (above->folder.is_writable) {
      goes_on = goes_on && take({above->folder.path, above->folder.why});
      continue;
    }
    const Known* last = nullptr;
    for (const Known& known : known_) {
      const bool is_below = known.key.size() > key.size() && IsAtOrBelowFolder(known.key, key);
      const bool is_told = last != nullptr && IsAtOrBelowFolder(known.key, last->key);
      if (!is_below || is_told || !known.folder.is_writable) continue;
      last = &known;
      goes_on = goes_on && take({known.folder.path, known.folder.why});
    }
  }
  return {};
}

Result<std::optional<WritablePlace>> WindowsFolders::FindOnPath(const std::string& file,
                                                                const Writers&) const {
  for (const std::string& key : TRY(WindowsPathsOf(file, config_))) {
    const Known* const above = NearestAbove(key);
    if (above == nullptr) return Unknown(file);
    if (above->folder.is_writable) return WritablePlace{above->folder.path, above->folder.why};
  }
  return std::nullopt;
}

}  // namespace portcullis
