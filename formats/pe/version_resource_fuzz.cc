// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>

#include "base/utf.h"
#include "formats/pe/version_resource.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto version = portcullis::pe::ParseVersionResource({data, size});
  if (!version) return 0;
  if (!portcullis::IsValidUtf8(version->product_name)) std::abort();
  if (!portcullis::IsValidUtf8(version->original_filename)) std::abort();
  return 0;
}
