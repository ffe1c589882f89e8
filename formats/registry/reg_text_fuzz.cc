// SPDX-License-Identifier: Apache-2.0
// A hostile .reg text: what is read and written again is read as the same changes.
#include <cstdint>
#include <cstdlib>

#include "formats/registry/reg_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const Bytes bytes(data, size);
  auto changes = registry::ParseRegText(bytes);
  if (!changes) return 0;
  if (!registry::LooksLikeRegText(bytes)) std::abort();
  const auto written = registry::BuildRegText(*changes);
  if (!written) return 0;  // a key that begins with two '-', say
  auto again = registry::ParseRegText(AsBytes(*written));
  if (!again || again->size() != changes->size()) std::abort();
  for (size_t i = 0; i < changes->size(); ++i) {
    changes->at(i).place = again->at(i).place;
    if (changes->at(i) != again->at(i)) std::abort();
  }
  return 0;
}
