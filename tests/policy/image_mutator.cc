// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/image_mutator.h"

#include <algorithm>
#include <cstring>

#include "base/xxh64.h"
#include "formats/authenticode/digest.h"
#include "policy/compiled/image_format.h"

namespace portcullis::testing {
namespace {

using compiled::Header;
using compiled::RecordRef;
using compiled::SectionEntry;
using compiled::SectionKind;

template <typename T>
T Load(const std::string& file, size_t at) {
  T value = {};
  if (at <= file.size() && sizeof(T) <= file.size() - at) {
    std::memcpy(&value, file.data() + at, sizeof(T));
  }
  return value;
}

void Store(std::string& file, size_t at, uint64_t value, size_t size) {
  for (size_t i = 0; i < size && at + i < file.size(); ++i) {
    file[at + i] = static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

// What the file has at a place, or nothing where it is not that long.
Bytes Part(const std::string& file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return {};
  return AsBytes(file).subspan(offset, size);
}

size_t SectionsOf(const std::string& file) {
  const size_t room = file.size() / sizeof(SectionEntry);
  return std::min<size_t>({Load<Header>(file, 0).sections, compiled::kMaxSections, room});
}

size_t EntryAt(size_t i) { return sizeof(Header) + i * sizeof(SectionEntry); }

// Each record's checksum, where the table of records and its texts can be followed.
void ResealRecords(std::string& file, const SectionEntry& records, const SectionEntry& texts) {
  const uint64_t count = Load<le64>(file, records.offset);
  for (uint64_t i = 0; i < count && 8 + (i + 1) * sizeof(RecordRef) <= records.size; ++i) {
    const size_t at = records.offset + 8 + i * sizeof(RecordRef);
    const auto ref = Load<RecordRef>(file, at);
    if (ref.offset > texts.size || ref.size > texts.size - ref.offset) continue;
    const Bytes record = Part(file, texts.offset + ref.offset, ref.size);
    Store(file, at + offsetof(RecordRef, checksum), Xxh64(record), 4);
  }
}

}  // namespace

void Reseal(std::string& file) {
  if (file.size() < sizeof(Header)) return;
  const size_t sections = SectionsOf(file);
  Store(file, offsetof(Header, file_size), file.size(), 8);
  for (size_t i = 0; i + 1 < sections; ++i) {
    const auto entry = Load<SectionEntry>(file, EntryAt(i));
    const auto next = Load<SectionEntry>(file, EntryAt(i + 1));
    const bool are_rules = entry.kind == static_cast<uint32_t>(SectionKind::kRecords) &&
                           Part(file, entry.offset, entry.size).size() == entry.size;
    if (are_rules) ResealRecords(file, entry, next);
  }
  for (size_t i = 0; i < sections; ++i) {
    const auto entry = Load<SectionEntry>(file, EntryAt(i));
    Store(file, EntryAt(i) + offsetof(SectionEntry, checksum),
          Xxh64(Part(file, entry.offset, entry.size)), 8);
  }
  auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha256);
  digest->Update(AsBytes(file).first(compiled::kSha256At));
  digest->Update(AsBytes(file).subspan(sizeof(Header)));
  file.replace(compiled::kSha256At, 32, AsText(digest->Finish()));
  const std::string covered = file.substr(0, compiled::kChecksumAt) +
                              file.substr(sizeof(Header), sections * sizeof(SectionEntry));
  Store(file, compiled::kChecksumAt, Xxh64(AsBytes(covered)), 8);
}

void Tamper(std::string& file, Choices& choices) {
  static const std::vector<uint64_t> kValues = {0,          1,          2,          0x7FFFFFFF,
                                                0x80000000, 0x80000001, UINT32_MAX, UINT64_MAX};
  const auto below = [&](size_t end) {
    // More than a choice can say at once.
    return end <= 65536 ? choices.Below(end)
                        : (choices.Below(65536) * 65536 + choices.Below(65536)) % end;
  };
  for (size_t n = 1 + choices.Below(4); n > 0; --n) {
    size_t at = below(file.size());
    if (!choices.OneIn(4)) at = at / 4 * 4;
    const auto old = Load<le32>(file, at);
    switch (choices.Below(4)) {
      case 0:
        file[at] = static_cast<char>(choices.Below(256));
        break;
      case 1:
        Store(file, at, choices.Of(kValues), choices.OneIn(4) ? 8 : 4);
        break;
      case 2:
        Store(file, at, old + (choices.OneIn(2) ? 1U : UINT32_MAX), 4);
        break;
      default:
        Store(file, at, Load<le32>(file, below(file.size()) / 4 * 4), 4);
        break;
    }
  }
}

}  // namespace portcullis::testing
