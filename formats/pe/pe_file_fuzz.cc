// SPDX-License-Identifier: Apache-2.0
// Headers, certificate table and resource tree of a hostile PE file. Also holds that the covered
// ranges are ascending and inside the file, and that a found resource is.
#include <cstdint>
#include <cstdlib>

#include "formats/pe/authenticode_ranges.h"
#include "formats/pe/pe_file.h"
#include "formats/pe/resource_tree.h"
#include "formats/pe/version_resource.h"

namespace {

using namespace portcullis;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckRanges(const pe::AuthenticodeRanges& coverage, uint64_t size) {
  uint64_t end = 0;
  for (const pe::FileRange& range : coverage.ranges) {
    Require(range.size > 0 && range.offset >= end && range.offset <= size);
    Require(range.size <= size - range.offset);
    end = range.offset + range.size;
  }
  Require(coverage.zero_padding < 8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemorySource source(Bytes(data, size));
  (void)pe::ReadMzHeader(source);
  const auto file = pe::PeFile::Parse(source);
  if (!file) return 0;
  const auto table = pe::FindCertificateTable(*file, size);
  const auto place = table ? *table : std::nullopt;
  CheckRanges(pe::FindAuthenticodeRanges(*file, place, size), size);
  if (place) (void)pe::ReadEmbeddedSignature(source, *place);
  const auto resource = pe::FindVersionResource(source, *file);
  if (!resource || !*resource) return 0;
  const auto bytes = source.Copy((*resource)->offset, (*resource)->size, pe::kMaxVersionBytes);
  if (bytes) (void)pe::ParseVersionResource(*bytes);
  return 0;
}
