// SPDX-License-Identifier: Apache-2.0
// Reads anything as anchors, as revocation lists and as disallowed certificates. What was refused
// must have added nothing.
#include <cstdint>
#include <cstdlib>

#include "formats/authenticode/trust_store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const Bytes bytes(data, size);
  authenticode::TrustStore store;
  const auto anchors = store.Add(bytes, "a");
  if (store.empty() == anchors.has_value()) std::abort();
  (void)store.AddRevocationLists(bytes, "a");
  (void)store.Disallow(bytes, "a");
  return 0;
}
