// SPDX-License-Identifier: Apache-2.0
// The input as a manifest, as a signature's digests, and as a package whose map is its last entry.
#include <cstdint>
#include <cstdlib>

#include "formats/appx/block_map.h"
#include "formats/appx/manifest.h"
#include "formats/appx/parts.h"
#include "formats/appx/signature.h"

using namespace portcullis;

namespace {

void ReadAsManifest(const ByteSource& source) {
  xml::SourceStream stream(source);
  const auto manifest = appx::ParseManifest(stream);
  if (!manifest) return;
  if (manifest->name.size() > appx::kMaxNameCharacters || manifest->publisher.empty()) std::abort();
  if (appx::PublisherId(manifest->publisher).size() != 13) std::abort();
}

void ReadAsDigests(Bytes bytes) {
  const authenticode::IndirectData indirect{
      "", authenticode::DigestAlgorithm::kSha256, {bytes.begin(), bytes.end()}};
  const auto digests = appx::ParsePartDigests(indirect);
  if (digests && appx::JoinPartDigests(*digests) != indirect.digest) std::abort();
}

void ReadAsPackage(const ByteSource& source) {
  const auto directory = zip::Directory::Read(source);
  if (!directory || directory->entries().empty()) return;
  const auto parts = appx::Parts::Index(*directory);
  if (!parts) return;
  const zip::Entry& map = directory->entries().back();
  (void)appx::CheckBlockMap(source, *parts, map, {&map});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(data, size);
  const MemorySource source(bytes);
  ReadAsManifest(source);
  ReadAsDigests(bytes);
  ReadAsPackage(source);
  return 0;
}
