// SPDX-License-Identifier: Apache-2.0
// A hostile Registry.pol: what is read is written again byte for byte. Its data is taken for a
// certificate of a store as well.
#include <cstdint>
#include <cstdlib>

#include "formats/registry/certificate_blob.h"
#include "formats/registry/registry_change.h"
#include "formats/registry/regpol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const Bytes bytes(data, size);
  const auto entries = registry::ParseRegistryPol(bytes);
  if (!entries) return 0;
  for (const registry::Entry& entry : *entries) {
    (void)registry::TextOf(entry);
    (void)registry::TextsOf(entry);
    (void)registry::NumberOf(entry);
    (void)registry::SpecialOf(entry.value);
    const auto properties = registry::ParseCertificateBlob(entry.data);
    if (properties && registry::BuildCertificateBlob(*properties) != entry.data) std::abort();
  }
  (void)registry::ChangesOf(*entries);
  const auto again = registry::BuildRegistryPol(*entries);
  if (!again || *again != AsText(bytes)) std::abort();
  return 0;
}
