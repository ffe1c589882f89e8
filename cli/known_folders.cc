// SPDX-License-Identifier: Apache-2.0
#include "cli/known_folders.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <cerrno>
#include <cstring>

#include "authoring/access/host_write_access.h"
#include "base/unique_fd.h"

namespace portcullis::cli {

Result<std::unique_ptr<KnownFolders>> KnownFolders::Load(
    ThisHost this_host, const std::optional<std::string>& description, const HostConfig& config) {
  auto folders = std::make_unique<KnownFolders>();
  if (this_host == ThisHost::kAsked) folders->host_ = TRY(HostWriteAccess::Load(config));
  if (description) TRY_VOID(folders->Describe(*description, config));
  std::vector<WindowsFolder> windows = KnownWindowsFolders();
  const auto& described = folders->description_.windows;
  windows.insert(windows.end(), described.begin(), described.end());
  folders->windows_ = std::make_unique<WindowsFolders>(windows, config);
  return folders;
}

Result<void> KnownFolders::Describe(const std::string& path, const HostConfig& config) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  auto read = ReadFolderDescription(fd.get(), config);
  if (!read) return Fail(read.error().code, fmt::format("{}: {}", path, read.error().message));
  description_ = *std::move(read);
  if (!description_.tree.empty()) {
    host_ = std::make_unique<TreeWriteAccess>(description_.tree, config);
  }
  return {};
}

}  // namespace portcullis::cli
