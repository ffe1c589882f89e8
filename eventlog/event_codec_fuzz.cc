// SPDX-License-Identifier: Apache-2.0
// What the journal decodes, the gate would have encoded to the same bytes: nothing in a message is
// passed over, and one event has one spelling.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "eventlog/event_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis::eventlog;
  const auto event = DecodeEvent({data, size});
  if (event && EncodeEvent(*event) != std::string_view(reinterpret_cast<const char*>(data), size)) {
    std::abort();
  }
  return 0;
}
