// SPDX-License-Identifier: Apache-2.0
// For tests: places that users may write, planted by path.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "authoring/write_access.h"

namespace portcullis {

class FakeWriteAccess final : public WriteAccess {
 public:
  explicit FakeWriteAccess(std::vector<std::string> writable) : writable_(std::move(writable)) {}

  Result<std::optional<WritablePlace>> FindInTree(const std::string& folder,
                                                  const Writers&) const override {
    ++asked_;
    if (folder == unknown) return Fail(ErrorCode::kIo, "is not there");
    for (const std::string& place : writable_) {
      if (IsAtOrBelow(place, folder) || IsAtOrBelow(folder, place)) return Found(place);
    }
    return std::nullopt;
  }
  Result<std::optional<WritablePlace>> FindOnPath(const std::string& file,
                                                  const Writers&) const override {
    for (const std::string& place : writable_) {
      if (IsAtOrBelow(file, place)) return Found(place);
    }
    return std::nullopt;
  }

  // Whether a rule for this pattern would allow what somebody puts into a planted place.
  bool Covers(const std::string& pattern) const {
    if (!pattern.ends_with('*')) return false;
    const std::string folder = pattern.substr(0, pattern.size() - 2);
    return std::ranges::any_of(writable_,
                               [&](const auto& place) { return IsAtOrBelow(place, folder); });
  }
  size_t asked() const { return asked_; }

  std::string unknown;  // a folder that nothing can be found out about

 private:
  static bool IsAtOrBelow(const std::string& path, const std::string& folder) {
    if (folder == "/") return path.starts_with('/');
    if (!path.starts_with(folder)) return false;
    return path.size() == folder.size() || path[folder.size()] == '/' ||
           path[folder.size()] == '\\';
  }
  static std::optional<WritablePlace> Found(const std::string& place) {
    return WritablePlace{place, "it was planted so"};
  }

  std::vector<std::string> writable_;
  mutable size_t asked_ = 0;
};

}  // namespace portcullis
