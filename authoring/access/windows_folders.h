// SPDX-License-Identifier: Apache-2.0
// What is known of who may write the folders of Windows: the shipped list, and what is described.
//
// Shape:   folders with an answer each; a folder below one of them has its answer, unless it has
//          one of its own. Macros in front stand for what `config` says. The answer is the same
//          whoever is asked about, for the list tells of ordinary users.
// Errors:  kNotFound for a folder that nothing is known of, kUnsupported for a path that is none of
//          Windows.
// Threads: immutable once made.
// Source:  the list: windows_folders_table.cc, which says where each is from.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/access/writable_trees.h"
#include "host/host_config.h"

namespace portcullis {

struct WindowsFolder {
  std::string path;  // `%WINDIR%\Tasks`, `C:\Apps`, without a backslash at the end
  bool is_writable = false;
  std::string why;  // of one that is: half a sentence
};

// The paths of Windows that a path in the spelling of rules stands for, without a macro, in upper
// case and without a backslash at the end.
Result<std::vector<std::string>> WindowsPathsOf(const std::string& path, const HostConfig& config);

// As Windows installs itself.
std::vector<WindowsFolder> KnownWindowsFolders();

class WindowsFolders final : public WritableTrees {
 public:
  // Of two answers for one folder the later counts.
  WindowsFolders(const std::vector<WindowsFolder>& folders, HostConfig config);

  Result<void> ForEachInTree(const std::string& folder, const Writers& writers,
                             const std::function<bool(const WritablePlace&)>& take) const override;
  Result<std::optional<WritablePlace>> FindOnPath(const std::string& file,
                                                  const Writers& writers) const override;

 private:
  const WindowsFolder* NearestAbove(std::string_view key) const;
  bool IsWritableBetween(std::string_view top, std::string_view key) const;
  // Until `take` says false, which is what comes back then.
  bool ForEachBelow(const std::string& top,
                    const std::function<bool(const WritablePlace&)>& take) const;

  HostConfig config_;
  std::map<std::string, WindowsFolder, std::less<>> known_;  // by keys of WindowsPathsOf
};

}  // namespace portcullis
