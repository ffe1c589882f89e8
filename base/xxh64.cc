// SPDX-License-Identifier: Apache-2.0
#include "base/xxh64.h"

// The library's own code, compiled in: nothing more is loaded when a program starts.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace portcullis {

uint64_t Xxh64(Bytes bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

}  // namespace portcullis
