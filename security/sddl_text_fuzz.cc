// SPDX-License-Identifier: Apache-2.0
// Text in: what is read prints, encodes and comes back equal on both ways.
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
  const std::optional<Sid> domain = Sid{5, {21, 1, 2, 3}};
  const auto descriptor = ParseSddl(AsText({data, size}), domain);
  if (!descriptor) return 0;
  const auto bytes = descriptor->Serialize();
  Require(bytes.has_value());
  Require(SecurityDescriptor::Parse(AsBytes(*bytes)) == *descriptor);
  const auto text = FormatSddl(*descriptor, domain);
  Require(text.has_value());
  Require(ParseSddl(*text, domain) == *descriptor);
  return 0;
}
