// SPDX-License-Identifier: Apache-2.0
// A tree of files that can be asked who owns what: of this host, or described.
//
// Shape:   paths are absolute, without a slash at the end; "" is the root. No component of a path
//          that is asked for is a link, but for the last.
// Errors:  what can not be found out (a folder that can not be read).
// Threads: reentrant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "authoring/access/file_rights.h"
#include "base/result.h"

namespace portcullis {

struct FileNode {
  // Others (devices, sockets, files of the kernel's own file systems) are no place for programs.
  enum class Kind : uint8_t { kFolder, kFile, kLink, kOther };
  Kind kind = Kind::kFile;
  FileRights rights;
  std::string target;  // of a link, as it is written
};

class FileTree {
 public:
  virtual ~FileTree() = default;
  // Whether nothing stands where nothing is found. Else nothing is known of what is not found.
  virtual bool is_complete() const = 0;
  // What stands there, a link as itself. Absent: nothing does.
  virtual Result<std::optional<FileNode>> Find(const std::string& path) const = 0;
  // The names in a folder, in the order of their bytes.
  virtual Result<std::vector<std::string>> NamesIn(const std::string& folder) const = 0;
};

}  // namespace portcullis
