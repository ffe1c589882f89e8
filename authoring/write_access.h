// SPDX-License-Identifier: Apache-2.0
// Who may put a file of their own where a rule allows it: the question behind every path rule.
//
// Shape:   an interface, since the answer comes from this host's file systems, from a description
//          of another host's, or from what is known of Windows' folders. Folders are absolute paths
//          without a wildcard and without a separator at the end, in the spelling of rules ('/' or
//          '\' separates, a macro may stand in front).
// Errors:  what can not be found out. Who asks takes that for writable: a doubt speaks against a
//          rule.
// Threads: reentrant.
// Source:  docs/authoring.md "Who may write".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace portcullis {

// Whose writing is asked about; never root's, for whom no rule is a barrier.
struct Writers {
  // Anybody but root: Everyone, Authenticated Users, a group whose members can not be told.
  bool anybody = true;
  // Else this account with its groups, the primary one too.
  uint32_t uid = 0;
  std::vector<uint32_t> groups;
};

struct WritablePlace {
  std::string path;  // the folder or file that they may write
  std::string why;   // half a sentence: "its mode (1777) lets everybody write"
};

class WriteAccess {
 public:
  virtual ~WriteAccess() = default;

  // The first place at or below `folder` where one of the writers may create, replace or change a
  // file, or above it where they may put another folder in place of one on its path. Absent: none.
  virtual Result<std::optional<WritablePlace>> FindInTree(const std::string& folder,
                                                          const Writers& writers) const = 0;
  // The same of one file: its bytes, and what its name means.
  virtual Result<std::optional<WritablePlace>> FindOnPath(const std::string& file,
                                                          const Writers& writers) const = 0;
};

}  // namespace portcullis
