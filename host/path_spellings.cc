// SPDX-License-Identifier: Apache-2.0
// Windows puts the macro into the file's attribute and not into the rule (reference 2.2): a rule
// stays text, and a file has one spelling for each macro whose directory it stands in. This file
// makes that set.
//
// Spellings are made of directories, as prefixes that end in a separator; a file's name is put
// behind each. A tree of a million files so costs a walk over the table per directory only.
#include "host/path_spellings.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/utf.h"
#include "host/lexical_path.h"

namespace portcullis {
namespace {

// Windows' text in one form for comparing: upper case, and `\` for both separators.
std::string Comparable(std::string_view path) {
  std::string upper = UpperCase(path);
  std::ranges::replace(upper, '/', '\\');
  return upper;
}

bool IsAtOrBelowOnWindows(std::string_view upper_path, std::string_view upper_directory) {
  return upper_path.starts_with(upper_directory) && (upper_path.size() == upper_directory.size() ||
                                                     upper_path[upper_directory.size()] == '\\');
}

void AddOnce(std::vector<PathSpelling>& spellings, PathSpelling spelling) {
  const auto same = std::ranges::find(spellings, spelling.text, &PathSpelling::text);
  if (same == spellings.end()) {
    spellings.push_back(std::move(spelling));
  } else if (spelling.verified) {
    same->verified = true;
  }
}

// `\\?\C:\x`, `\\.\C:\x`, `\??\C:\x` and `\\?\UNC\server\share` are C:\x and \\server\share.
std::string WithoutDevicePrefix(std::string_view path) {
  if (!path.starts_with('\\'))
    return std::string(path);  // no prefix of Windows, but a path of this host
  const std::string upper = Comparable(path.substr(0, 8));
  if (upper.starts_with("\\\\?\\UNC\\")) return "\\\\" + std::string(path.substr(8));
  for (const std::string_view prefix : {"\\\\?\\", "\\\\.\\", "\\??\\"}) {
    if (upper.starts_with(prefix) && path.size() > prefix.size()) {
      return std::string(path.substr(prefix.size()));
    }
  }
  return std::string(path);
}

// Where `separators` separators and the component behind them end. Bytes can not be counted: the
// other case of a character may take another number of them.
size_t EndOfComponents(std::string_view path, std::ptrdiff_t separators) {
  size_t end = path.find_first_of("\\/");
  for (; separators > 0 && end != std::string_view::npos; --separators) {
    end = path.find_first_of("\\/", end + 1);
  }
  return std::min(end, path.size());
}

// The length of a macro at the front, percent signs included; 0 where there is none.
size_t MacroLength(std::string_view path) {
  if (!path.starts_with('%')) return 0;
  const size_t end = path.find('%', 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

// A path without a root: nothing says what it is relative to.
bool IsRelativeOnHost(std::string_view path) {
  return !path.starts_with('/') && !path.starts_with('%') && !IsWindowsPath(path) &&
         path.find('/') != std::string_view::npos;
}

std::string NormalText(const std::string& path) {
  const size_t macro_length = MacroLength(path);
  const std::string_view rest = std::string_view(path).substr(macro_length);
  if (rest.starts_with('/')) return path.substr(0, macro_length) + NormalizeHostPath(rest);
  const bool is_windows = macro_length == 0 ? IsWindowsPath(path) : rest.starts_with('\\');
  return is_windows ? NormalizeWindowsPath(path) : path;
}

}  // namespace

Result<TreeMapping> TreeMapping::Parse(std::string_view text) {
  size_t equals = text.rfind('=');
  while (equals != std::string_view::npos && !IsWindowsPath(text.substr(equals + 1))) {
    equals = equals == 0 ? std::string_view::npos : text.rfind('=', equals - 1);
  }
  if (equals == std::string_view::npos || equals == 0) {
    return Fail(ErrorCode::kMalformed,
                "expected DIR=WINPATH with a Windows path such as C:, C:\\Apps, \\\\server\\share "
                "or %PROGRAMFILES%");
  }
  if (text.find('\0') != std::string_view::npos) return Fail(ErrorCode::kMalformed, "a NUL byte");
  TreeMapping mapping{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
  std::ranges::replace(mapping.windows_path, '/', '\\');
  while (mapping.windows_path.back() == '\\') mapping.windows_path.pop_back();
  return mapping;
}

Result<void> TreeMapping::Resolve() {
  std::error_code error;
  const auto real = std::filesystem::canonical(directory, error);
  if (error) return Fail(ErrorCode::kIo, error.message());
  if (!std::filesystem::is_directory(real, error)) {
    return Fail(ErrorCode::kUnsupported, "is not a directory");
  }
  directory = real == "/" ? std::string() : real.string();
  return {};
}

std::vector<PathSpelling> DirectorySpellings::Of(std::string_view name) const {
  std::vector<PathSpelling> spellings;
  spellings.reserve(prefixes_.size());
  // No file of Windows has a backslash in its name: such a spelling would lie about the directory,
  // so it can only count against the file.
  const bool lies = is_windows_ && name.find('\\') != std::string_view::npos;
  for (const PathSpelling& prefix : prefixes_) {
    std::string text;
    text.reserve(prefix.text.size() + name.size());
    text.append(prefix.text).append(name);
    spellings.push_back({std::move(text), prefix.verified && !lies, prefix.case_sensitive});
  }
  return spellings;
}

PathSpeller::PathSpeller(HostConfig config, MountTable mounts, std::vector<TreeMapping> mappings)
    : config_(std::move(config)), mounts_(std::move(mounts)), mappings_(std::move(mappings)) {
  for (const PathMacro& macro : config_.macros) {
    for (const std::string& directory : macro.windows) {
      std::string comparable = Comparable(directory);
      const auto separators = std::ranges::count(comparable, '\\');
      windows_.push_back({macro.name, std::move(comparable), separators});
    }
  }
}

const TreeMapping* PathSpeller::FindMapping(const std::string& path) const {
  const TreeMapping* mapping = nullptr;
  for (const TreeMapping& candidate : mappings_) {
    if (IsAtOrBelow(path, candidate.directory) &&
        (mapping == nullptr || candidate.directory.size() > mapping->directory.size())) {
      mapping = &candidate;
    }
  }
  return mapping;
}

DirectorySpellings PathSpeller::ForDirectory(const std::string& real_directory,
                                             DirectoryCase names) const {
  DirectorySpellings result;
  const TreeMapping* const mapping = FindMapping(real_directory);
  if (mapping != nullptr) {
    result.is_windows_ = true;
    std::string rest = real_directory.substr(mapping->directory.size());
    const bool lies = rest.find('\\') != std::string::npos;
    std::ranges::replace(rest, '/', '\\');
    for (PathSpelling& spelling : ForText(mapping->windows_path + rest)) {
      spelling.text += '\\';
      spelling.verified &= !lies;
      result.prefixes_.push_back(std::move(spelling));
    }
    return result;
  }
  const Mount* mount = mounts_.Find(real_directory);
  AddHost(result.prefixes_, real_directory, mount);
  const bool sensitive =
      names == DirectoryCase::kSensitive && (mount == nullptr || !mount->ignores_case);
  for (PathSpelling& prefix : result.prefixes_) {
    prefix.text += '/';
    prefix.case_sensitive = sensitive;
  }
  return result;
}

std::vector<PathSpelling> PathSpeller::Claimed(const std::string& path) const {
  const TreeMapping* const mapping = FindMapping(path);
  std::vector<PathSpelling> spellings = ForText(
      mapping == nullptr ? path : mapping->windows_path + path.substr(mapping->directory.size()));
  for (PathSpelling& spelling : spellings) spelling.verified = false;
  return spellings;
}

void PathSpeller::AddClaimed(DirectorySpellings& spellings, const std::string& directory) const {
  if (spellings.is_windows_ != IsMapped(directory)) return;
  const char separator = spellings.is_windows_ ? '\\' : '/';
  for (PathSpelling& spelling : Claimed(directory)) {
    if (!spelling.text.ends_with(separator)) spelling.text += separator;
    const bool is_known = std::ranges::find(spellings.prefixes_, spelling.text,
                                            &PathSpelling::text) != spellings.prefixes_.end();
    if (!is_known) spellings.prefixes_.push_back(std::move(spelling));
  }
}

// The medium's own macros first, then the table from the most specific on.
void PathSpeller::AddHost(std::vector<PathSpelling>& spellings, const std::string& path,
                          const Mount* mount) const {
  spellings.push_back({path, true, true});
  const auto below_mount = [&](std::string_view macro) {
    AddOnce(spellings, {std::string(macro) + path.substr(mount->point.size()), true, true});
  };
  if (mount != nullptr && mount->medium.is_removable) below_mount("%REMOVABLE%");
  if (mount != nullptr && mount->medium.is_hot_plug) below_mount("%HOT%");
  // What is mounted at the root is the system's own drive, whatever it is made of.
  const bool is_elsewhere =
      mount != nullptr && !mount->point.empty() &&
      (mount->medium.is_removable || mount->medium.is_hot_plug || mount->is_network);
  for (const PathMacro& macro : config_.macros) {
    if (is_elsewhere && macro.name == "%OSDRIVE%") continue;
    for (const std::string& directory : macro.directories) {
      if (!IsAtOrBelow(path, directory)) continue;
      AddOnce(spellings, {macro.name + path.substr(directory.size()), true, true});
    }
  }
}

void PathSpeller::AddWindows(std::vector<PathSpelling>& spellings, const std::string& path,
                             bool verified) const {
  AddOnce(spellings, {path, verified, false});
  const std::string comparable = Comparable(path);
  for (const WindowsDirectory& directory : windows_) {
    if (!IsAtOrBelowOnWindows(comparable, directory.comparable)) continue;
    const size_t cut = EndOfComponents(path, directory.separators);
    AddOnce(spellings, {directory.macro + path.substr(cut), verified, false});
  }
}

std::vector<PathSpelling> PathSpeller::ForText(std::string_view text) const {
  std::vector<PathSpelling> spellings;
  const std::string path = NormalText(WithoutDevicePrefix(text));
  const size_t macro_length = MacroLength(path);
  if (macro_length == 0) {
    if (path.starts_with('/')) {
      AddHost(spellings, path, nullptr);
    } else {
      AddWindows(spellings, path, true);
      if (IsRelativeOnHost(path)) AddOnce(spellings, {NormalizeHostPath(path), false, true});
    }
    return spellings;
  }
  const std::string name = UpperCase(path.substr(0, macro_length));
  const std::string rest = path.substr(macro_length);
  const bool is_host = rest.starts_with('/');
  spellings.push_back({name + rest, true, is_host});
  const PathMacro* macro = config_.Find(name);
  if (macro == nullptr) return spellings;
  // A macro of several directories leaves open which one is meant. The first is the usual one; the
  // others may count against the file, but never for it.
  bool verified = true;
  for (const std::string& directory : is_host ? macro->directories : macro->windows) {
    std::vector<PathSpelling> expanded;
    if (is_host) {
      AddHost(expanded, directory + rest, nullptr);
    } else {
      AddWindows(expanded, directory + rest, verified);
    }
    for (PathSpelling& spelling : expanded) {
      spelling.verified = verified;
      AddOnce(spellings, std::move(spelling));
    }
    verified = false;
  }
  return spellings;
}

}  // namespace portcullis
