// SPDX-License-Identifier: Apache-2.0
#include "formats/catalog/catalog_index.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "base/utf.h"

namespace portcullis::catalog {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;

constexpr std::string_view kMagic = "PORTCIDX";
constexpr size_t kDigestedHeader = 32;

struct Header {
  std::array<uint8_t, 8> magic;
  le32 version;
  le32 catalogs;
  le32 sha256_entries;
  le32 sha1_entries;
  le32 name_bytes;
  le32 zero;
  std::array<uint8_t, 32> checksum;
};
static_assert(sizeof(Header) == 64);

struct Record {
  le64 size;
  le64 mtime_ns;
  le64 ctime_ns;
  le64 inode;
  std::array<uint8_t, 32> sha256;
  le32 name_place;
  le32 name_size;
  le32 members;
  le32 zero;
};
static_assert(sizeof(Record) == 80);

Unexpected Malformed(std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("catalog index: {}", what));
}

Result<void> CheckLimit(uint64_t found, uint64_t allowed, std::string_view what) {
  if (found <= allowed) return {};
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("catalog index: {} {}, at most {} are allowed", found, what, allowed));
}

// A name of a file in the directory and of nothing else.
bool IsName(std::string_view name) {
  return !name.empty() && IsValidUtf8(name) && name.size() <= kMaxCatalogNameBytes && name != "." &&
         name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

Result<std::vector<uint8_t>> Checksum(Bytes index) {
  Digest digest = TRY(Digest::Create(DigestAlgorithm::kSha256));
  digest.Update(index.first(kDigestedHeader));
  digest.Update(index.subspan(sizeof(Header)));
  return digest.Finish();
}

template <size_t kSize>
IndexEntry<kSize> EntryAt(Bytes table, size_t place) {
  const Bytes bytes = table.subspan(place * (kSize + 4), kSize + 4);
  IndexEntry<kSize> entry;
  std::ranges::copy(bytes.first(kSize), entry.digest.begin());
  le32 catalog;
  std::memcpy(&catalog, bytes.data() + kSize, sizeof(catalog));
  entry.catalog = catalog;
  return entry;
}

template <size_t kSize>
Result<void> CheckTable(Bytes table, size_t catalogs, std::string_view what) {
  std::optional<IndexEntry<kSize>> former;
  for (size_t place = 0; place < table.size() / (kSize + 4); ++place) {
    const IndexEntry<kSize> entry = EntryAt<kSize>(table, place);
    if (entry.catalog >= catalogs) {
      return Malformed(fmt::format("{} entry {} is of catalog {}, there are {}", what, place,
                                   entry.catalog, catalogs));
    }
    if (former && !(*former < entry)) {
      return Malformed(fmt::format("{} entry {} is not in ascending order", what, place));
    }
    former = entry;
  }
  return {};
}

template <size_t kSize>
std::optional<uint32_t> FindIn(Bytes table, Bytes digest) {
  if (digest.size() != kSize) return std::nullopt;
  size_t low = 0;
  size_t high = table.size() / (kSize + 4);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const Bytes found = table.subspan(middle * (kSize + 4), kSize);
    if (std::ranges::lexicographical_compare(found, digest)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == table.size() / (kSize + 4)) return std::nullopt;
  const IndexEntry<kSize> entry = EntryAt<kSize>(table, low);
  if (!std::ranges::equal(entry.digest, digest)) return std::nullopt;
  return entry.catalog;
}

class Writer {
 public:
  template <typename T>
  void Number(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
      out_.push_back(static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i)));
    }
  }
  void Raw(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  template <size_t kSize>
  void Table(const std::vector<IndexEntry<kSize>>& entries) {
    for (const IndexEntry<kSize>& entry : entries) {
      Raw(entry.digest);
      Number(entry.catalog);
    }
  }
  std::vector<uint8_t>& out() { return out_; }

 private:
  std::vector<uint8_t> out_;
};

template <typename T>
void SortAndMerge(std::vector<T>& entries) {
  std::ranges::sort(entries);
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
}

Result<void> CheckContent(const IndexContent& content) {
  TRY_VOID(CheckLimit(content.catalogs.size(), kMaxCatalogs, "catalogs"));
  TRY_VOID(CheckLimit(content.sha256.size() + content.sha1.size(), kMaxIndexEntries, "entries"));
  for (size_t i = 0; i < content.catalogs.size(); ++i) {
    const std::string& name = content.catalogs[i].name;
    if (!IsName(name) || (i > 0 && content.catalogs[i - 1].name >= name)) {
      return Malformed(fmt::format("the name of catalog {} is none, or out of order", i));
    }
  }
  return {};
}

void WriteCatalog(const IndexedCatalog& catalog, size_t name_place, Writer& writer) {
  writer.Number(catalog.size);
  writer.Number(catalog.mtime_ns);
  writer.Number(catalog.ctime_ns);
  writer.Number(catalog.inode);
  writer.Raw(catalog.sha256);
  writer.Number(static_cast<uint32_t>(name_place));
  writer.Number(static_cast<uint32_t>(catalog.name.size()));
  writer.Number(catalog.members);
  writer.Number(uint32_t{0});
}

}  // namespace

Result<std::vector<uint8_t>> BuildIndex(IndexContent content) {
  TRY_VOID(CheckContent(content));
  SortAndMerge(content.sha256);
  SortAndMerge(content.sha1);
  std::string names;
  for (const IndexedCatalog& catalog : content.catalogs) names += catalog.name;

  Writer writer;
  writer.out().reserve(sizeof(Header) + content.catalogs.size() * sizeof(Record) +
                       content.sha256.size() * 36 + content.sha1.size() * 24 + names.size());
  writer.Raw(AsBytes(kMagic));
  writer.Number(kIndexVersion);
  writer.Number(static_cast<uint32_t>(content.catalogs.size()));
  writer.Number(static_cast<uint32_t>(content.sha256.size()));
  writer.Number(static_cast<uint32_t>(content.sha1.size()));
  writer.Number(static_cast<uint32_t>(names.size()));
  writer.Number(uint32_t{0});
  writer.Raw(std::array<uint8_t, 32>());
  size_t name_place = 0;
  for (const IndexedCatalog& catalog : content.catalogs) {
    WriteCatalog(catalog, name_place, writer);
    name_place += catalog.name.size();
  }
  writer.Table(content.sha256);
  writer.Table(content.sha1);
  writer.Raw(AsBytes(names));
  std::ranges::copy(TRY(Checksum(writer.out())), writer.out().begin() + kDigestedHeader);
  return std::move(writer.out());
}

Result<CatalogIndex> CatalogIndex::Parse(Bytes bytes) {
  TRY_VOID(CheckLimit(bytes.size(), kMaxIndexBytes, "bytes"));
  ByteReader reader(bytes, "catalog index");
  const auto header = TRY(reader.Read<Header>());
  if (!std::ranges::equal(header.magic, AsBytes(kMagic))) {
    return Malformed("it does not begin as one: PORTCIDX is expected at offset 0");
  }
  if (header.version != kIndexVersion) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("catalog index: version {} at offset 8, {} is read; make it anew with "
                            "`portcullis catalog index`",
                            header.version.value(), kIndexVersion));
  }
  TRY_VOID(CheckLimit(header.catalogs, kMaxCatalogs, "catalogs"));
  TRY_VOID(CheckLimit(uint64_t{header.sha256_entries} + header.sha1_entries, kMaxIndexEntries,
                      "entries"));
  CatalogIndex index;
  index.catalogs_ = header.catalogs;
  index.records_ = TRY(reader.ReadBytes(uint64_t{header.catalogs} * sizeof(Record)));
  index.sha256_ = TRY(reader.ReadBytes(uint64_t{header.sha256_entries} * kSha256Stride));
  index.sha1_ = TRY(reader.ReadBytes(uint64_t{header.sha1_entries} * kSha1Stride));
  index.names_ = TRY(reader.ReadBytes(header.name_bytes));
  if (!reader.empty()) {
    return Malformed(
        fmt::format("{} bytes follow its end at offset {}", reader.remaining(), reader.offset()));
  }
  if (!std::ranges::equal(TRY(Checksum(bytes)), header.checksum)) {
    return Malformed("its checksum at offset 32 is not that of its bytes: it was damaged");
  }
  TRY_VOID(index.Check());
  return index;
}

Result<void> CatalogIndex::Check() const {
  std::string_view former;
  for (size_t i = 0; i < catalogs_; ++i) {
    Record record;
    std::memcpy(&record, records_.data() + i * sizeof(Record), sizeof(Record));
    const uint64_t end = uint64_t{record.name_place} + record.name_size;
    if (end > names_.size()) {
      return Malformed(fmt::format("the name of catalog {} ends at {}, names have {} bytes", i, end,
                                   names_.size()));
    }
    const std::string_view name = AsText(names_).substr(record.name_place, record.name_size);
    if (!IsName(name) || name <= former) {
      return Malformed(fmt::format("the name of catalog {} is none, or out of order", i));
    }
    former = name;
  }
  TRY_VOID(CheckTable<32>(sha256_, catalogs_, "SHA-256"));
  return CheckTable<20>(sha1_, catalogs_, "SHA-1");
}

IndexedCatalog CatalogIndex::catalog(size_t number) const {
  Record record;
  std::memcpy(&record, records_.subspan(number * sizeof(Record), sizeof(Record)).data(),
              sizeof(Record));
  IndexedCatalog catalog;
  catalog.name = AsText(names_).substr(record.name_place, record.name_size);
  catalog.size = record.size;
  catalog.mtime_ns = static_cast<int64_t>(record.mtime_ns.value());
  catalog.ctime_ns = static_cast<int64_t>(record.ctime_ns.value());
  catalog.inode = record.inode;
  catalog.sha256 = record.sha256;
  catalog.members = record.members;
  return catalog;
}

std::optional<uint32_t> CatalogIndex::Find(DigestAlgorithm algorithm, Bytes digest) const {
  if (algorithm == DigestAlgorithm::kSha256) return FindIn<32>(sha256_, digest);
  if (algorithm == DigestAlgorithm::kSha1) return FindIn<20>(sha1_, digest);
  return std::nullopt;
}

Sha256Entry CatalogIndex::sha256_entry(size_t place) const { return EntryAt<32>(sha256_, place); }
Sha1Entry CatalogIndex::sha1_entry(size_t place) const { return EntryAt<20>(sha1_, place); }

}  // namespace portcullis::catalog
