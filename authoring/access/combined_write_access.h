// SPDX-License-Identifier: Apache-2.0
// One answer from what is known of a Linux host and of Windows, by what a path looks like.
//
// Shape:   a path with '/' in front is asked of the one, `C:\x` and `\\server\share` of the other;
//          one with a macro of both. Either may be absent.
// Errors:  kNotFound where nothing is known of the kind of the path.
// Lifetime: what it is made of outlives it.
// Threads: reentrant.
#pragma once

#include "authoring/access/writable_trees.h"

namespace portcullis {

class CombinedWriteAccess final : public WritableTrees {
 public:
  CombinedWriteAccess(const WritableTrees* linux_host, const WritableTrees* windows)
      : linux_(linux_host), windows_(windows) {}

  Result<void> ForEachInTree(const std::string& folder, const Writers& writers,
                             const std::function<bool(const WritablePlace&)>& take) const override;
  Result<std::optional<WritablePlace>> FindOnPath(const std::string& file,
                                                  const Writers& writers) const override;

 private:
  // Those that know of such a path.
  std::vector<const WritableTrees*> Of(const std::string& path) const;

  const WritableTrees* linux_;
  const WritableTrees* windows_;
};

}  // namespace portcullis
