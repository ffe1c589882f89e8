// SPDX-License-Identifier: Apache-2.0
// XXH64: a fast checksum that finds accidents, not attacks.
//
// Units:   bytes in, 64 bits out; the seed is 0.
// Errors:  none.
// Threads: pure.
// Source:  libxxhash; docs/decisions/0018-compiled-policy-files.md says why.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace portcullis {

uint64_t Xxh64(Bytes bytes);

}  // namespace portcullis
