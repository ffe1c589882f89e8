// SPDX-License-Identifier: Apache-2.0
// A hostile index. The checksum is put right first: it keeps damage out, not malice.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "formats/catalog/catalog_index.h"

namespace {

using namespace portcullis;
using authenticode::DigestAlgorithm;

constexpr size_t kHeader = 64;
constexpr size_t kDigested = 32;

void MendChecksum(std::vector<uint8_t>& bytes) {
  if (bytes.size() < kHeader) return;
  auto digest = authenticode::Digest::Create(DigestAlgorithm::kSha256);
  if (!digest) std::abort();
  digest->Update(Bytes(bytes).first(kDigested));
  digest->Update(Bytes(bytes).subspan(kHeader));
  std::ranges::copy(digest->Finish(), bytes.begin() + kDigested);
}

void CheckAll(const catalog::CatalogIndex& index) {
  catalog::IndexContent content;
  for (size_t i = 0; i < index.catalogs(); ++i) content.catalogs.push_back(index.catalog(i));
  for (size_t i = 0; i < index.sha256_entries(); ++i) {
    content.sha256.push_back(index.sha256_entry(i));
    const auto found = index.Find(DigestAlgorithm::kSha256, content.sha256.back().digest);
    if (!found || *found > content.sha256.back().catalog) std::abort();
  }
  for (size_t i = 0; i < index.sha1_entries(); ++i) {
    content.sha1.push_back(index.sha1_entry(i));
    if (!index.Find(DigestAlgorithm::kSha1, content.sha1.back().digest)) std::abort();
  }
  // What was read can be written, and says the same again.
  const auto again = catalog::BuildIndex(content);
  if (!again || !catalog::CatalogIndex::Parse(*again)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint8_t> bytes(data, data + size);
  (void)catalog::CatalogIndex::Parse(bytes);
  MendChecksum(bytes);
  const auto index = catalog::CatalogIndex::Parse(bytes);
  if (index) CheckAll(*index);
  return 0;
}
