// SPDX-License-Identifier: Apache-2.0
// A message between control process and supervisor has one spelling.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "enforcement/control_link.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis::enforcement;
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  const auto number = DecodeReloadRequest({data, size});
  if (number && EncodeReloadRequest(*number) != packet) std::abort();
  const auto outcome = DecodeOutcome({data, size});
  if (outcome && outcome->why.size() <= kMaxOutcomeText && EncodeOutcome(*outcome) != packet) {
    std::abort();
  }
  return 0;
}
