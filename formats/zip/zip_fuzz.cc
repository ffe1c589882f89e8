// SPDX-License-Identifier: Apache-2.0
// Whatever the directory lists lies in the file once its layout is found right, and what unpacks
// has the size that the directory says.
#include <cstdint>
#include <cstdlib>

#include "formats/zip/entry_stream.h"
#include "formats/zip/layout.h"

using namespace portcullis;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kEnough = 1 << 20;
  const MemorySource source(Bytes(data, size));
  const auto directory = zip::Directory::Read(source);
  if (!directory) return 0;
  const auto order = zip::CheckLayout(source, *directory);
  for (const zip::Entry& entry : directory->entries()) {
    if (order && entry.packed_size > size) std::abort();
    const auto content = zip::ReadWhole(source, entry, kEnough);
    if (content && content->size() != entry.size) std::abort();
  }
  return 0;
}
