// SPDX-License-Identifier: Apache-2.0
// Writes files so that a crash or a power failure leaves the former content or the new one.
//
// Shape:   ReplaceFile puts new content in the place of a file, whose owner and mode stay; where no
//          file is, it makes one with `new_mode`. A path that is a link has its target replaced.
// Errors:  kIo with the step and the system's reason; then the former content is in place, unless
//          the message says that only the folder could not be written to the disk.
// Threads: reentrant.
// Source:  rename(2), fsync(2): the name is on the disk when its folder is.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis {

Result<void> ReplaceFile(const std::string& path, std::string_view content, mode_t new_mode = 0644);

// The same, and it has the owner and the mode of the file `like`, which is there.
Result<void> ReplaceFileLike(const std::string& path, std::string_view content,
                             const std::string& like);

// Whether ReplaceFile could put a file there now; it fails as that would.
Result<void> CheckReplaceable(const std::string& path);

// A rename or a removal that was made in `folder` outlives a power failure from here on.
Result<void> SyncFolder(const std::string& folder);

}  // namespace portcullis
