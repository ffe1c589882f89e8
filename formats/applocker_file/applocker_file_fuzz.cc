// SPDX-License-Identifier: Apache-2.0
// Reads any bytes as a *.AppLocker file. What is found lies in the file.
#include <cstdint>
#include <cstdlib>

#include "formats/applocker_file/applocker_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;  // NOLINT(google-build-using-namespace)
  const auto file = applocker_file::Parse({data, size});
  if (!file) return 0;
  if (file->descriptor_offset + file->descriptor.size() > size) std::abort();
  for (const auto& text : file->texts) {
    if (text.offset + 2 > size || text.sddl.empty()) std::abort();
    if (text.sddl.size() > 4 * applocker_file::kMaxTextCharacters) std::abort();
  }
  return 0;
}
