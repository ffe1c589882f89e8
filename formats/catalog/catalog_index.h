// SPDX-License-Identifier: Apache-2.0
// Which catalog holds a digest: one file for a whole directory of catalogs, searched where it lies.
//
// Shape:   little-endian; a header of 64 bytes, then four tables:
//              header    8 bytes "PORTCIDX", u32 version, u32 catalogs, u32 SHA-256 entries,
//                        u32 SHA-1 entries, u32 bytes of names, u32 zero, 32 bytes SHA-256 of the
//                        32 bytes before and of all behind
//              catalogs  80 bytes each, names ascending: u64 size, i64 mtime, i64 ctime, u64 inode,
//                        32 bytes SHA-256 of the catalog, u32 place of its name, u32 its length,
//                        u32 members, u32 zero
//              SHA-256   36 bytes each, ascending: digest, u32 number of the catalog
//              SHA-1     24 bytes each, the same
//              names     the bytes of all names
// Units:   times are nanoseconds since 1970-01-01 UTC.
// Limits:  kMaxCatalogs, kMaxIndexEntries, kMaxIndexBytes, kMaxCatalogNameBytes.
// Errors:  kTruncated, kMalformed, kLimitExceeded; kUnsupported for another version. Messages say
//          what was found and what is allowed.
// Lifetime: a CatalogIndex points into the bytes it was parsed from.
// Threads: immutable.
// Source:  docs/formats/catalog.md.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/authenticode/digest.h"

namespace portcullis::catalog {

inline constexpr uint32_t kIndexVersion = 1;
inline constexpr size_t kMaxCatalogs = 20'000;
inline constexpr size_t kMaxIndexEntries = 4'000'000;
inline constexpr size_t kMaxIndexBytes = 160 << 20;
inline constexpr size_t kMaxCatalogNameBytes = 255;

// A catalog as it was when it was indexed.
struct IndexedCatalog {
  std::string name;  // in its directory
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  uint64_t inode = 0;
  std::array<uint8_t, 32> sha256 = {};
  uint32_t members = 0;

  friend bool operator==(const IndexedCatalog&, const IndexedCatalog&) = default;
};

template <size_t kSize>
struct IndexEntry {
  std::array<uint8_t, kSize> digest = {};
  uint32_t catalog = 0;

  friend auto operator<=>(const IndexEntry&, const IndexEntry&) = default;
};
using Sha256Entry = IndexEntry<32>;
using Sha1Entry = IndexEntry<20>;

struct IndexContent {
  std::vector<IndexedCatalog> catalogs;  // names ascending; an entry names one by its place here
  std::vector<Sha256Entry> sha256;       // in any order; what is there twice is written once
  std::vector<Sha1Entry> sha1;
};

// The index's bytes; kLimitExceeded, kMalformed for names that are none or not ascending.
Result<std::vector<uint8_t>> BuildIndex(IndexContent content);

class CatalogIndex {
 public:
  CatalogIndex() = default;  // of no catalog
  static Result<CatalogIndex> Parse(Bytes bytes);

  size_t catalogs() const { return catalogs_; }
  size_t sha256_entries() const { return sha256_.size() / kSha256Stride; }
  size_t sha1_entries() const { return sha1_.size() / kSha1Stride; }

  IndexedCatalog catalog(size_t number) const;
  // The first catalog, by its name, that holds the digest.
  std::optional<uint32_t> Find(authenticode::DigestAlgorithm algorithm, Bytes digest) const;

  Sha256Entry sha256_entry(size_t place) const;
  Sha1Entry sha1_entry(size_t place) const;

 private:
  static constexpr size_t kSha256Stride = 36;
  static constexpr size_t kSha1Stride = 24;

  Result<void> Check() const;

  size_t catalogs_ = 0;
  Bytes records_;
  Bytes sha256_;
  Bytes sha1_;
  Bytes names_;
};

}  // namespace portcullis::catalog
