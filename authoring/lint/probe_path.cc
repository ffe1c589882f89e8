// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/probe_path.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "authoring/access/tree_write_access.h"
#include "authoring/access/windows_folders.h"
#include "policy/applocker/wildcard.h"

namespace portcullis::lint {
namespace {

constexpr std::string_view kProbeName = "portcullis-probe";

std::vector<std::string> Spellings(const std::string& path, const HostConfig& config) {
  std::vector<std::string> paths =
      WindowsPathsOf(path, config).value_or(std::vector<std::string>());
  for (std::string& of_host : HostPathsOf(path, config).value_or(std::vector<std::string>())) {
    std::ranges::replace(of_host, '/', '\\');
    paths.push_back(std::move(of_host));
  }
  return paths;
}

bool IsBelowOrSame(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '\\');
}

// Whether one of the folders is one of the places, or below it.
bool IsAtOrAbove(const std::vector<std::string>& places, const std::vector<std::string>& folders) {
  return std::ranges::any_of(folders, [&](const std::string& folder) {
    return std::ranges::any_of(
        places, [&](const std::string& place) { return IsBelowOrSame(folder, place); });
  });
}

std::vector<std::string> RestsBelowAny(const std::vector<std::string>& patterns,
                                       const std::vector<std::string>& folders) {
  std::vector<std::string> all;
  for (const std::string& pattern : patterns) {
    for (const std::string& folder : folders) {
      std::vector<std::string> rests = RestsBelow(pattern, folder);
      std::ranges::move(rests, std::back_inserter(all));
    }
  }
  return all;
}

std::vector<std::string> Examples(const std::vector<std::string>& patterns,
                                  std::span<const std::string_view> extensions) {
  std::vector<std::string> examples;
  for (const std::string& pattern : patterns) {
    for (const std::string_view extension : extensions) {
      std::string example = ExampleOf(pattern, extension);
      const bool is_new = examples.empty() || examples.back() != example;
      if (is_new) examples.push_back(std::move(example));
    }
  }
  return examples;
}

}  // namespace

std::vector<std::string> RestsBelow(std::string_view pattern, std::string_view folder) {
  using applocker::QuestionMark;
  const std::string front = std::string(folder) + '\\';
  std::vector<std::string> rests;
  for (size_t end = 0; end <= pattern.size() && rests.size() < kMaxRests; ++end) {
    const std::string_view head = pattern.substr(0, end);
    if (!applocker::WildcardMatch(head, front, QuestionMark::kWildcard)) continue;
    // A star that has come to the folder's end may go on.
    std::string rest;
    if (head.ends_with('*')) rest += '*';
    rest += pattern.substr(end);
    if (!rest.empty() && std::ranges::find(rests, rest) == rests.end()) {
      rests.push_back(std::move(rest));
    }
  }
  return rests;
}

std::string ExampleOf(std::string_view pattern, std::string_view extension) {
  std::string text;
  for (const char c : pattern) {
    if (c == '*') {
      text += kProbeName;
    } else {
      text += c == '?' ? 'x' : c;
    }
  }
  if (pattern.ends_with('*')) text += extension;
  return text;
}

ProbePath::ProbePath(const std::string& path, const HostConfig& config)
    : config_(config),
      split_(SplitAtWildcard(path).value_or(SplitPattern{path, ""})),
      spellings_(Spellings(path, config_)),
      folders_(Spellings(split_.folder, config_)) {}

ProbeFiles ProbePath::FilesIn(const std::string& place,
                              std::span<const std::string_view> extensions) const {
  const std::vector<std::string> places = Spellings(place, config_);
  // Who may put another folder in place of the path's own has all that it matches.
  const bool is_above = IsAtOrAbove(places, folders_);
  const std::string& folder = is_above ? split_.folder : place;
  const bool is_windows = IsForWindows(folder) || folder.ends_with('%');
  const std::string_view separator = folder.ends_with('/') ? "" : is_windows ? "\\" : "/";
  const std::vector<std::string> rests =
      is_above ? std::vector<std::string>{split_.rest} : RestsBelowAny(spellings_, places);
  ProbeFiles probes;
  for (const std::string& name : Examples(rests, extensions)) {
    probes.files.push_back(fmt::format("{}{}{}", folder, name.empty() ? "" : separator, name));
    if (is_windows) probes.streams.push_back(fmt::format("{}:{}", folder, name));
  }
  return probes;
}

}  // namespace portcullis::lint
