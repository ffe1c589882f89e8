// SPDX-License-Identifier: Apache-2.0
// Every way to write where a file stands, as rules may spell it.
//
// Shape:   a file of this host: its real path and one spelling for each macro above it
//          (`/usr/bin/ls`, `%SYSTEM32%/ls`, `%WINDIR%/bin/ls`, `%OSDRIVE%/usr/bin/ls`), all
//          verified. Windows paths: the same for a path that is only text. A mapped tree
//          (--map ./image=C:) is spelled as if it stood on Windows.
// Limits:  one spelling a macro value.
// Errors:  none but for a mapping that can not be read.
// Threads: immutable once made.
// Source:  reference 2.2; docs/linux-paths.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/host_config.h"
#include "host/mount_table.h"
#include "policy/request.h"

namespace portcullis {

// A tree of this host that is judged as if it stood at a path of Windows.
struct TreeMapping {
  std::string directory;     // real path; "" is the root
  std::string windows_path;  // `C:`, `\\server\share`, `%OSDRIVE%\apps`; no backslash at the end

  // "DIR=WINPATH": the last `=` with a Windows path behind it parts them. Only text: Resolve makes
  // `directory` a real path, and fails where it is none.
  static Result<TreeMapping> Parse(std::string_view text);
  Result<void> Resolve();
};

// The spellings of all files in one directory differ only in the name: they are made once.
class DirectorySpellings {
 public:
  // `name` is the file's name in the directory: no slash in it.
  std::vector<PathSpelling> Of(std::string_view name) const;
  bool is_windows() const { return is_windows_; }

 private:
  friend class PathSpeller;
  std::vector<PathSpelling> prefixes_;  // each ends in its separator
  bool is_windows_ = false;
};

// Whether the directory itself looks names up without case (ext4 and f2fs can; asked of the disk).
enum class DirectoryCase : uint8_t { kSensitive, kIgnored };

class PathSpeller {
 public:
  PathSpeller(HostConfig config, MountTable mounts, std::vector<TreeMapping> mappings);

  // `real_directory` is absolute and resolved, without a slash at the end; "" is the root.
  DirectorySpellings ForDirectory(const std::string& real_directory,
                                  DirectoryCase names = DirectoryCase::kSensitive) const;
  // How a caller named a file or directory whose real path is another (by a link, say). These count
  // against a file but never for it. `path` is absolute and normal (host/lexical_path.h); in a
  // mapped tree it is spelled as the mapping says.
  std::vector<PathSpelling> Claimed(const std::string& path) const;
  // Adds those of a directory. A mapped tree stands where the mapping says, whatever else it is
  // called.
  void AddClaimed(DirectorySpellings& spellings, const std::string& directory) const;
  bool IsMapped(const std::string& path) const { return FindMapping(path) != nullptr; }
  // A path that is only text: of Windows, of a host, or one with a macro in front. It is brought
  // into normal form first. A relative path is taken as written; deny rules see it below the root
  // of a host as well, where its separators are slashes.
  std::vector<PathSpelling> ForText(std::string_view path) const;

  const MountTable& mounts() const { return mounts_; }
  const HostConfig& config() const { return config_; }

 private:
  // The longest mapping that `path` is in; none where it stands on this host alone.
  const TreeMapping* FindMapping(const std::string& path) const;
  void AddHost(std::vector<PathSpelling>& spellings, const std::string& path,
               const Mount* mount) const;
  void AddWindows(std::vector<PathSpelling>& spellings, const std::string& path,
                  bool verified) const;

  // A Windows directory of the table, made ready for comparing.
  struct WindowsDirectory {
    std::string macro;
    std::string comparable;
    std::ptrdiff_t separators;
  };

  HostConfig config_;
  std::vector<WindowsDirectory> windows_;
  MountTable mounts_;
  std::vector<TreeMapping> mappings_;
};

}  // namespace portcullis
