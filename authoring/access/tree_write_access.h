// SPDX-License-Identifier: Apache-2.0
// Who may write in a tree of Linux files: the folder, what is below it, and what its path means.
//
// Shape:   a path is followed from the root, component by component and link by link, and every
//          folder on the way is asked whether the writers may put another thing in place of the
//          next. Below a folder links are passed over: rules see real paths. A macro in front
//          stands for each of its directories in `config`.
// Limits:  kMaxLinks on one path, kMaxTreeEntries below one folder.
// Errors:  kUnsupported for a path that is none of a Linux host (C:\x), and for a macro that stands
//          for no folder there; kLimitExceeded; what the tree says.
// Lifetime: `tree` outlives this.
// Threads: reentrant.
// Source:  docs/authoring.md "Who may write"; path_resolution(7).
#pragma once

#include <string>

#include "authoring/access/file_tree.h"
#include "authoring/access/writable_trees.h"
#include "host/host_config.h"

namespace portcullis {

inline constexpr int kMaxLinks = 40;  // as the kernel has it
inline constexpr uint64_t kMaxTreeEntries = 20'000'000;

class TreeWriteAccess : public WritableTrees {
 public:
  TreeWriteAccess(const FileTree& tree, HostConfig config)
      : tree_(tree), config_(std::move(config)) {}

  Result<void> ForEachInTree(const std::string& folder, const Writers& writers,
                             const std::function<bool(const WritablePlace&)>& take) const override;
  Result<std::optional<WritablePlace>> FindOnPath(const std::string& file,
                                                  const Writers& writers) const override;

 private:
  const FileTree& tree_;
  const HostConfig config_;
};

// The paths of a Linux host that a path in the spelling of rules stands for, without a slash at the
// end; "" is the root.
Result<std::vector<std::string>> HostPathsOf(const std::string& path, const HostConfig& config);

}  // namespace portcullis
