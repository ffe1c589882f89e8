// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/combined_write_access.h"

#include <fmt/core.h>

#include "base/quote.h"
#include "policy/path_text.h"

namespace portcullis {
namespace {

Unexpected Unknown(const std::string& path) {
  return Fail(ErrorCode::kNotFound,
              fmt::format("nothing is known of who may write {}", Quote(path)));
}

}  // namespace

std::vector<const WritableTrees*> CombinedWriteAccess::Of(const std::string& path) const {
  const std::string_view rest = std::string_view(path).substr(FrontLength(path));
  const bool has_macro = path.starts_with('%');
  const bool is_linux = rest.starts_with('/') || (has_macro && linux_ != nullptr);
  const bool is_windows = !rest.starts_with('/') && (!has_macro || windows_ != nullptr);
  std::vector<const WritableTrees*> knowing;
  if (is_windows && windows_ != nullptr) knowing.push_back(windows_);
  if (is_linux && linux_ != nullptr) knowing.push_back(linux_);
  return knowing;
}

Result<void> CombinedWriteAccess::ForEachInTree(
    const std::string& folder, const Writers& writers,
    const std::function<bool(const WritablePlace&)>& take) const {
  const auto knowing = Of(folder);
  if (knowing.empty()) return Unknown(folder);
  bool goes_on = true;
  for (const WritableTrees* each : knowing) {
    if (!goes_on) break;
    TRY_VOID(each->ForEachInTree(
        folder, writers, [&](const WritablePlace& place) { return goes_on = take(place); }));
  }
  return {};
}

Result<std::optional<WritablePlace>> CombinedWriteAccess::FindOnPath(const std::string& file,
                                                                     const Writers& writers) const {
  const auto knowing = Of(file);
  if (knowing.empty()) return Unknown(file);
  for (const WritableTrees* each : knowing) {
    auto found = TRY(each->FindOnPath(file, writers));
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace portcullis
