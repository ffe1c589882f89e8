// SPDX-License-Identifier: Apache-2.0
#include "host/former_file.h"

#include <fmt/core.h>

#include <filesystem>
#include <utility>

#include "host/read_file.h"
#include "host/replace_file.h"

namespace portcullis {

FormerFile::FormerFile(std::string file, uint64_t limit)
    : file_(std::move(file)), path_(file_ + ".former"), limit_(limit) {}

Result<std::optional<std::string>> FormerFile::Find() const {
  std::error_code error;
  if (!std::filesystem::exists(path_, error) && !error) return std::nullopt;
  auto content = ReadFile(path_, limit_);
  if (content) return *std::move(content);
  return Fail(content.error().code, fmt::format("{}: {}", path_, content.error().message));
}

Result<std::string> FormerFile::Read() const {
  auto content = TRY(Find());
  if (content) return *std::move(content);
  return Fail(ErrorCode::kNotFound, fmt::format("{}: no former file is kept", path_));
}

Result<void> FormerFile::Put(const std::optional<std::string>& content) const {
  if (content) {
    const auto put = ReplaceFileLike(path_, *content, file_);
    return put ? put : Fail(put.error().code, fmt::format("{}: {}", path_, put.error().message));
  }
  std::error_code error;
  std::filesystem::remove(path_, error);
  if (error) return Fail(ErrorCode::kIo, fmt::format("{}: {}", path_, error.message()));
  return {};
}

Result<void> FormerFile::Keep(const std::optional<std::string>& content) {
  kept_before_ = TRY(Find());
  TRY_VOID(Put(content));
  has_kept_ = true;
  return {};
}

Result<void> FormerFile::TakeBack() {
  if (!std::exchange(has_kept_, false)) return {};
  return Put(kept_before_);
}

}  // namespace portcullis
