// SPDX-License-Identifier: Apache-2.0
// The folders of a host that is elsewhere: one JSON object a line.
//
// Shape:   of a Linux host
//              {"path":"/opt","type":"d","owner":0,"group":0,"mode":"0755"}
//          with `type` d, f, l, s, p, c, b or D (`find -printf %y`; absent: d), `target` of a link,
//          `acl` as getfacl -n prints it (["user:1000:rwx","group::r-x","mask::rwx","other::r-x"];
//          what is missing of group:: and other:: is as the mode says) and `file_system`, where
//          that is a network's, say. A file or folder that is not described counts as one that
//          anybody writes, so the files and folders below a folder must be described too. Of
//          Windows
//              {"path":"C:\\Apps","writable":true,"why":"Users may modify it"}
//          beside the known list, whose answers it takes the place of.
// Limits:  kMaxFolderLine bytes a line, kMaxDescribedFolders lines, kMaxDescribedAcl entries.
// Errors:  what is wrong and in which member, with the line.
// Threads: immutable once read.
// Source:  docs/authoring.md "Who may write".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/access/file_tree.h"
#include "authoring/access/windows_folders.h"

namespace portcullis {

inline constexpr size_t kMaxFolderLine = 1 << 20;
inline constexpr size_t kMaxDescribedFolders = 5'000'000;
inline constexpr size_t kMaxDescribedAcl = 1000;
inline constexpr size_t kMaxDescribedPath = 32767;

class DescribedFileTree final : public FileTree {
 public:
  // kMalformed for a path that was added before.
  Result<void> Add(const std::string& path, const FileNode& node);
  bool empty() const { return nodes_.empty(); }

  bool is_complete() const override { return false; }
  Result<std::optional<FileNode>> Find(const std::string& path) const override;
  Result<std::vector<std::string>> NamesIn(const std::string& folder) const override;

 private:
  std::map<std::string, FileNode> nodes_;  // "" is the root
};

struct FolderDescription {
  DescribedFileTree tree;
  std::vector<WindowsFolder> windows;
};

// Adds one line.
Result<void> AddDescribedFolder(std::string_view line, const HostConfig& config,
                                FolderDescription& description);
Result<FolderDescription> ReadFolderDescription(int fd, const HostConfig& config);

}  // namespace portcullis
