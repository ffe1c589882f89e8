// SPDX-License-Identifier: Apache-2.0
// Follows a path to what it means, and finds who could make it mean something else.
//
// Threads: reentrant.
// Source:  path_resolution(7); docs/authoring.md "Who may write".
#pragma once

#include <optional>
#include <string>

#include "authoring/access/file_tree.h"

namespace portcullis {

struct PathEnd {
  // Where one of the writers may put another thing in place of a component, or make the first that
  // is missing, or the first that the tree knows nothing of; nothing else is known then.
  std::optional<WritablePlace> place;
  std::string real;              // links followed; "" is the root
  std::optional<FileNode> node;  // what stands there; absent: nothing does
};

// `path` is absolute and normal (host/lexical_path.h) without a slash at the end. kLimitExceeded
// for more than kMaxLinks links.
Result<PathEnd> FollowPath(const FileTree& tree, const std::string& path, const Writers& writers);

// "" is shown as "/".
std::string ShownHostPath(const std::string& path);

}  // namespace portcullis
