// SPDX-License-Identifier: Apache-2.0
// What a file held before it was replaced, kept beside it, so that it can be put back.
//
// Shape:   for FILE the file FILE.former, with FILE's owner and mode. Keep it before FILE is
//          replaced; take that back where the replacement failed.
// Errors:  kNotFound where nothing is kept; kIo and the like with the system's reason; messages
//          name the kept file.
// Threads: one at a time, who holds the lock of what is replaced.
// Source:  docs/roll-out.md "Going back".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace portcullis {

class FormerFile {
 public:
  // `limit` bytes at most are kept and read.
  FormerFile(std::string file, uint64_t limit);

  const std::string& path() const { return path_; }
  Result<std::string> Read() const;
  // `content` is what the file holds now; absent where there is no file: then none is kept.
  Result<void> Keep(const std::optional<std::string>& content);
  // What was kept before Keep is kept again; nothing where Keep was not called.
  Result<void> TakeBack();

 private:
  Result<std::optional<std::string>> Find() const;
  Result<void> Put(const std::optional<std::string>& content) const;

  std::string file_;
  std::string path_;
  uint64_t limit_;
  bool has_kept_ = false;
  std::optional<std::string> kept_before_;
};

}  // namespace portcullis
