// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include "formats/zip/zip_names.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<std::string_view, 2> kNames = {"AppxManifest.xml", "a/b"};
  const portcullis::MemorySource source(portcullis::Bytes(data, size));
  (void)portcullis::zip::HoldsAnyOf(source, kNames);
  return 0;
}
