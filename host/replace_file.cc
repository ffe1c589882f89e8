// SPDX-License-Identifier: Apache-2.0
#include "host/replace_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/unique_fd.h"

namespace portcullis {
namespace {

Unexpected Refused(const char* step) {
  return Fail(ErrorCode::kIo, fmt::format("{}: {}", step, std::strerror(errno)));
}

Result<void> WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Refused("writing");
    content.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

// The mode before the owner: who is not the owner may not be allowed to change it.
Result<void> Fill(int fd, std::string_view content, const std::string& path, mode_t new_mode) {
  TRY_VOID(WriteAll(fd, content));
  struct stat former {};
  const bool is_there = stat(path.c_str(), &former) == 0;
  if (fchmod(fd, is_there ? former.st_mode & 07777 : new_mode) != 0) return Refused("the mode");
  struct stat made {};
  if (fstat(fd, &made) != 0) return Refused("fstat");
  const bool is_owned = made.st_uid == former.st_uid && made.st_gid == former.st_gid;
  if (is_there && !is_owned && fchown(fd, former.st_uid, former.st_gid) != 0) {
    return Refused("the owner");
  }
  if (fsync(fd) != 0) return Refused("fsync");
  return {};
}

}  // namespace

Result<void> SyncFolder(const std::string& folder) {
  const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) return Refused("writing the folder to the disk");
  return {};
}

namespace {

// Where the file is, or will be; what is there and no file is left alone.
Result<std::filesystem::path> TargetOf(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  // A bare name that is not there yet stays relative else.
  const auto full = fs::absolute(path, error);
  if (error) return Fail(ErrorCode::kIo, error.message());
  auto target = fs::weakly_canonical(full, error);
  if (error) return Fail(ErrorCode::kIo, error.message());
  const auto type = fs::status(target, error).type();
  if (type == fs::file_type::regular || type == fs::file_type::not_found) return target;
  return Fail(ErrorCode::kUnsupported, "is not a regular file");
}

}  // namespace

namespace {

std::string NameBeside(const std::filesystem::path& target) {
  return fmt::format("{}/.{}.XXXXXX", target.parent_path().string(), target.filename().string());
}

// Owner and mode are those of `like`; absent, those of what is replaced.
Result<void> Replace(const std::string& path, std::string_view content, const std::string* like,
                     mode_t new_mode) {
  const auto target = TRY(TargetOf(path));
  const std::string folder = target.parent_path();
  std::string made = NameBeside(target);
  const UniqueFd fd(mkostemp(made.data(), O_CLOEXEC));
  if (!fd.valid()) return Refused("making a file beside it");
  auto filled = Fill(fd.get(), content, like == nullptr ? target.string() : *like, new_mode);
  if (filled && rename(made.c_str(), target.c_str()) != 0) filled = Refused("rename");
  if (!filled) {
    unlink(made.c_str());
    return filled;
  }
  return SyncFolder(folder);
}

}  // namespace

Result<void> CheckReplaceable(const std::string& path) {
  std::string made = NameBeside(TRY(TargetOf(path)));
  const UniqueFd fd(mkostemp(made.data(), O_CLOEXEC));
  if (!fd.valid()) return Refused("making a file beside it");
  unlink(made.c_str());
  return {};
}

Result<void> ReplaceFile(const std::string& path, std::string_view content, mode_t new_mode) {
  return Replace(path, content, nullptr, new_mode);
}

Result<void> ReplaceFileLike(const std::string& path, std::string_view content,
                             const std::string& like) {
  return Replace(path, content, &like, 0600);
}

}  // namespace portcullis
