// SPDX-License-Identifier: Apache-2.0
// All bytes of an open file, to be looked at for as long as somebody holds them.
//
// Shape:   a copy in memory of its own, which nobody changes any more; or, where that was asked for
//          and nobody but root and who asks can write the file, a private mapping of it, which is
//          there at once. The bytes begin at a page.
// Limits:  `limit` bytes: kLimitExceeded.
// Errors:  kIo; kUnsupported for what is not a regular file; kTruncated for a file that shrinks
//          while it is copied. Messages do not name the file.
// Lifetime: whoever holds `owner` keeps the bytes. A mapped file that is cut short meanwhile ends
//          the process at the next look (SIGBUS): so what lives long takes a copy.
// Threads: reentrant.
#pragma once

#include <cstdint>

#include "base/held_bytes.h"
#include "base/result.h"

namespace portcullis {

enum class Holding : uint8_t { kCopy, kMapWhereSafe };

Result<HeldBytes> HoldFile(int borrowed_fd, uint64_t limit, Holding holding);

}  // namespace portcullis
