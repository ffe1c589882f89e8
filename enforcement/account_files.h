// SPDX-License-Identifier: Apache-2.0
// Whether accounts may have changed since they were last read.
//
// Threads: reentrant.
#pragma once

#include <array>

#include "enforcement/file_key.h"

namespace portcullis::enforcement {

// The state of the files that accounts stand in.
using AccountFiles = std::array<FileKey, 2>;
inline AccountFiles ReadAccountFiles() {
  AccountFiles files;
  files[0] = ReadFileStatus("/etc/passwd").value_or(FileStatus()).key;
  files[1] = ReadFileStatus("/etc/group").value_or(FileStatus()).key;
  return files;
}

}  // namespace portcullis::enforcement
