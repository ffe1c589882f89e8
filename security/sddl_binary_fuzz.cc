// SPDX-License-Identifier: Apache-2.0
// Bytes in: what is read comes back equal from its bytes, and from its text as far as text can say
// it, which is why texts are compared there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "security/sddl.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const auto descriptor = SecurityDescriptor::Parse({data, size});
  if (!descriptor) return 0;
  const auto bytes = descriptor->Serialize();
  Require(bytes.has_value());
  Require(SecurityDescriptor::Parse(AsBytes(*bytes)) == *descriptor);
  const auto text = FormatSddl(*descriptor);
  if (!text) return 0;
  const auto again = ParseSddl(*text);
  Require(again.has_value());
  Require(FormatSddl(*again) == *text);
  return 0;
}
