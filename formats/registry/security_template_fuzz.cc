// SPDX-License-Identifier: Apache-2.0
// A hostile security template: what is read and written again is read as the same changes.
#include <cstdint>
#include <cstdlib>

#include "formats/registry/security_template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const Bytes bytes(data, size);
  (void)registry::LooksLikeSecurityTemplate(bytes);
  auto changes = registry::ParseSecurityTemplate(bytes);
  if (!changes) return 0;
  const auto written = registry::BuildSecurityTemplate(*changes);
  if (!written) return 0;  // an empty text within a list, say
  auto again = registry::ParseSecurityTemplate(AsBytes(*written));
  if (!again || again->size() != changes->size()) std::abort();
  for (size_t i = 0; i < changes->size(); ++i) {
    changes->at(i).place = again->at(i).place;
    if (changes->at(i) != again->at(i)) std::abort();
  }
  return 0;
}
