// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/page_hashes.h"

#include <algorithm>
#include <array>
#include <span>

namespace portcullis::pe {
namespace {

using authenticode::Digest;
using authenticode::PageHash;

constexpr uint64_t kChecksumSize = 4;
constexpr uint64_t kDirectoryEntrySize = 8;

// Goes through the list beside the file's pages.
class Comparison {
 public:
  Comparison(const ByteSource& source, const authenticode::PageHashes& listed)
      : source_(source), listed_(listed) {}

  Result<void> AddHeaders(const PeFile& pe) {
    const uint64_t size = std::min<uint64_t>({pe.size_of_headers, kPageSize, source_.size()});
    std::array<uint8_t, kPageSize> page = {};
    TRY_VOID(source_.ReadAt(0, std::span(page).first(size)));
    Digest digest = TRY(Digest::Create(listed_.algorithm));
    const auto update = [&](uint64_t begin, uint64_t end) {
      begin = std::min<uint64_t>(begin, page.size());
      end = std::clamp<uint64_t>(end, begin, page.size());
      digest.Update(Bytes(page).subspan(begin, end - begin));
    };
    update(0, pe.checksum_offset);
    const uint64_t behind_checksum = pe.checksum_offset + kChecksumSize;
    const uint64_t entry = pe.certificate_entry_offset.value_or(behind_checksum);
    update(behind_checksum, entry);
    update(pe.certificate_entry_offset ? entry + kDirectoryEntrySize : entry, page.size());
    Compare(0, digest.Finish());
    return {};
  }

  Result<void> AddSection(const Section& section) {
    const uint64_t end = uint64_t{section.raw_offset} + section.raw_size;
    for (uint64_t at = section.raw_offset; at < end && at < source_.size(); at += kPageSize) {
      const uint64_t size = std::min<uint64_t>({kPageSize, end - at, source_.size() - at});
      std::array<uint8_t, kPageSize> page = {};
      TRY_VOID(source_.ReadAt(at, std::span(page).first(size)));
      Digest digest = TRY(Digest::Create(listed_.algorithm));
      digest.Update(page);
      Compare(static_cast<uint32_t>(at), digest.Finish());
      if (IsFarBehind()) return {};  // a list of few pages and a file of many: enough is known
    }
    end_ = std::max(end_, end);
    return {};
  }

  uint64_t Finish() {
    const std::vector<uint8_t> zeros(listed_.pages.empty() ? 0 : listed_.pages[0].digest.size());
    Compare(static_cast<uint32_t>(end_), zeros);
    return differing_ + (listed_.pages.size() - std::min(next_, listed_.pages.size()));
  }

  bool IsFarBehind() const { return next_ > listed_.pages.size(); }

 private:
  void Compare(uint32_t offset, const std::vector<uint8_t>& digest) {
    const bool is_listed = next_ < listed_.pages.size();
    const bool is_same =
        is_listed && listed_.pages[next_].offset == offset && listed_.pages[next_].digest == digest;
    differing_ += is_same ? 0 : 1;
    ++next_;
  }

  const ByteSource& source_;
  const authenticode::PageHashes& listed_;
  size_t next_ = 0;
  uint64_t differing_ = 0;
  uint64_t end_ = 0;
};

}  // namespace

Result<uint64_t> CountDifferingPages(const ByteSource& source, const PeFile& pe,
                                     const authenticode::PageHashes& listed) {
  std::vector<Section> sections = pe.sections;
  std::erase_if(sections, [](const Section& section) { return section.raw_size == 0; });
  std::ranges::stable_sort(sections, {}, &Section::raw_offset);
  Comparison comparison(source, listed);
  TRY_VOID(comparison.AddHeaders(pe));
  for (const Section& section : sections) {
    TRY_VOID(comparison.AddSection(section));
    if (comparison.IsFarBehind()) break;
  }
  return comparison.Finish();
}

}  // namespace portcullis::pe
