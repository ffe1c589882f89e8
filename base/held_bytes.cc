// SPDX-License-Identifier: Apache-2.0
#include "base/held_bytes.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace portcullis {

HeldBytes CopyAligned(Bytes bytes) {
  constexpr std::align_val_t kAlignment{64};
  std::shared_ptr<void> copy(::operator new(std::max<size_t>(bytes.size(), 1), kAlignment),
                             [](void* at) { ::operator delete(at, kAlignment); });
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  const Bytes held(static_cast<const uint8_t*>(copy.get()), bytes.size());
  return {std::move(copy), held};
}

}  // namespace portcullis
