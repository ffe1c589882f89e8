// SPDX-License-Identifier: Apache-2.0
#include "host/file_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/unique_fd.h"
#include "host/lexical_path.h"

namespace portcullis {
namespace {

enum class EntryKind : uint8_t { kFile, kDirectory, kOther };

struct Entry {
  std::string name;
  EntryKind kind = EntryKind::kOther;
};

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Error System() { return {ErrorCode::kIo, std::strerror(errno)}; }

EntryKind KindOf(int directory, const dirent& entry) {
  if (entry.d_type == DT_REG) return EntryKind::kFile;
  if (entry.d_type == DT_DIR) return EntryKind::kDirectory;
  if (entry.d_type != DT_UNKNOWN) return EntryKind::kOther;
  struct stat status {};
  if (fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return EntryKind::kFile;
  if (S_ISREG(status.st_mode)) return EntryKind::kFile;
  return S_ISDIR(status.st_mode) ? EntryKind::kDirectory : EntryKind::kOther;
}

Result<std::vector<Entry>> ReadEntries(DIR* directory) {
  std::vector<Entry> entries;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(directory);
    if (entry == nullptr && errno != 0) return Unexpected(System());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const EntryKind kind = KindOf(dirfd(directory), *entry);
    if (kind != EntryKind::kOther) entries.push_back({std::string(name), kind});
  }
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

DirectoryCase CaseOf(int directory) {
  int flags = 0;
  if (ioctl(directory, FS_IOC_GETFLAGS, &flags) != 0) return DirectoryCase::kSensitive;
  return (flags & FS_CASEFOLD_FL) != 0 ? DirectoryCase::kIgnored : DirectoryCase::kSensitive;
}

DirectoryCase CaseOf(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.valid() ? CaseOf(fd.get()) : DirectoryCase::kSensitive;
}

Result<std::string> RealPath(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return Unexpected(System());
  std::string result(real);
  std::free(real);
  return result == "/" ? std::string() : result;
}

std::string Joined(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + '/' + name;
}

}  // namespace

struct FileWalk::Level {
  std::shared_ptr<const WalkedDirectory> directory;
  std::vector<Entry> entries;
  size_t next = 0;
};

std::vector<PathSpelling> WalkItem::Spellings() const {
  std::vector<PathSpelling> spellings = directory->spellings.Of(name);
  for (const PathSpelling& claim : claimed) {
    if (std::ranges::find(spellings, claim.text, &PathSpelling::text) == spellings.end()) {
      spellings.push_back(claim);
    }
  }
  return spellings;
}

std::string WalkItem::ShownPath() const {
  return typed.empty() ? Joined(directory->shown, name) : typed;
}

void FileWalk::Problem(const std::string& shown, Error error) {
  WalkItem item;
  item.typed = shown;
  item.problem = std::move(error);
  sink_(std::move(item));
}

// The target of such a link would be judged by this host's own macros.
bool FileWalk::LeavesMappedTree(const std::string& asked, const std::string& real) const {
  if (speller_.IsMapped(real)) return false;
  const auto folder = RealPath(asked.substr(0, asked.rfind('/') + 1));
  return speller_.IsMapped(asked) || (folder && speller_.IsMapped(*folder));
}

void FileWalk::Argument(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return Problem(path, System());
  const auto real = RealPath(path);
  if (!real) return Problem(path, real.error());
  const std::string asked = AbsolutePath(path);
  if (LeavesMappedTree(asked, *real)) {
    return Problem(path, {ErrorCode::kUnsupported,
                          "is a link out of its mapped tree, to a file of this host"});
  }
  if (S_ISDIR(status.st_mode)) {
    if (directories_ == Directories::kWalk) return Tree(path, *real);
    return Problem(path, {ErrorCode::kUnsupported, "is a directory; -r walks it"});
  }
  const size_t slash = real->rfind('/');
  auto directory = std::make_shared<WalkedDirectory>();
  directory->real = real->substr(0, slash);
  directory->spellings = speller_.ForDirectory(
      directory->real, CaseOf(directory->real.empty() ? "/" : directory->real));
  WalkItem item;
  item.directory = std::move(directory);
  item.name = real->substr(slash + 1);
  item.typed = path;
  // What was asked for may be a link: /usr/bin/python and not /usr/bin/python3.
  if (asked != *real && speller_.IsMapped(asked) == item.directory->spellings.is_windows()) {
    item.claimed = speller_.Claimed(asked);
  }
  sink_(std::move(item));
}

std::optional<FileWalk::Level> FileWalk::Enter(const std::string& shown, const std::string& real) {
  const Mount* mount = speller_.mounts().Find(real);
  if (mount != nullptr && mount->is_synthetic) {
    ++skipped_synthetic_;
    return std::nullopt;
  }
  // The real path held no link when it was made; one that came since is not followed.
  Directory directory;
  const std::string path = real.empty() ? "/" : real;
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0) directory.reset(fdopendir(fd));
  if (directory == nullptr) {
    Problem(shown, System());
    return std::nullopt;
  }
  Level level;
  auto entries = ReadEntries(directory.get());
  if (!entries) {
    Problem(shown, entries.error());
    return std::nullopt;
  }
  level.entries = *std::move(entries);
  auto walked = std::make_shared<WalkedDirectory>();
  walked->shown = shown;
  walked->real = real;
  walked->spellings = speller_.ForDirectory(real, CaseOf(dirfd(directory.get())));
  const std::string asked = AbsolutePath(shown);
  if (asked != path) speller_.AddClaimed(walked->spellings, asked);
  level.directory = std::move(walked);
  return level;
}

void FileWalk::Tree(const std::string& shown, const std::string& real) {
  std::vector<Level> levels;
  const auto enter = [&](const std::string& shown_path, const std::string& real_path) {
    if (auto level = Enter(shown_path, real_path)) levels.push_back(*std::move(level));
  };
  enter(shown, real);
  while (!levels.empty()) {
    Level& level = levels.back();
    if (level.next == level.entries.size()) {
      levels.pop_back();
      continue;
    }
    Entry& entry = level.entries[level.next++];
    const std::string real_path = level.directory->real + "/" + entry.name;
    if (real_path.size() > kMaxWalkPath) {
      Problem(Joined(level.directory->shown, entry.name),
              {ErrorCode::kLimitExceeded, "its path is longer than 4095 bytes"});
    } else if (entry.kind == EntryKind::kDirectory) {
      enter(Joined(level.directory->shown, entry.name), real_path);
    } else {
      WalkItem item;
      item.directory = level.directory;
      item.name = std::move(entry.name);
      sink_(std::move(item));
    }
  }
}

}  // namespace portcullis
