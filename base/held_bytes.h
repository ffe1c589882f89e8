// SPDX-License-Identifier: Apache-2.0
// Bytes, and what keeps them where they are.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace portcullis {

struct HeldBytes {
  std::shared_ptr<const void> owner;
  Bytes bytes;
};

// A copy that begins at a multiple of 64, a cache line.
HeldBytes CopyAligned(Bytes bytes);

}  // namespace portcullis
