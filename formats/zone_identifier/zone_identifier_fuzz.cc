// SPDX-License-Identifier: Apache-2.0
// Any bytes as a stream and as an address: a zone there is, or none.
#include <cstdlib>

#include "formats/zone_identifier/zone_identifier.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const portcullis::Bytes bytes(data, size);
  const auto of_stream = portcullis::ParseZoneIdentifier(bytes);
  const auto of_url = portcullis::ZoneOfUrl(portcullis::AsText(bytes));
  if (of_stream.value_or(0) > 4 || of_url.value_or(0) > 4) std::abort();
  return 0;
}
