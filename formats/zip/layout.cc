// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/layout.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "formats/zip/records.h"

namespace portcullis::zip {
namespace {

constexpr size_t kMaxHeaderTail = 2 * 0xFFFF;  // name and extra fields

Unexpected Contradicts(const Entry& entry, std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("ZIP: the local header of {} has another {} than "
                                                 "the directory",
                                                 Quote(entry.name), what));
}

// With a data descriptor the header may leave sizes and checksum out.
bool Agrees(uint64_t local, uint64_t directory, bool has_descriptor) {
  return local == directory || (has_descriptor && local == 0);
}

Result<void> CompareHeader(const LocalHeader& header, Bytes tail, const Entry& entry) {
  if (header.flags != entry.flags) return Contradicts(entry, "flags");
  if (header.method != entry.method) return Contradicts(entry, "method");
  if (AsText(tail.first(header.name_length)) != entry.name) return Contradicts(entry, "name");
  const bool has_descriptor = (entry.flags & kFlagDescriptor) != 0;
  Extents extents{header.size, header.packed_size, std::nullopt};
  TRY_VOID(ReadZip64Extra(tail.subspan(header.name_length), extents));
  if (!Agrees(header.crc32, entry.crc32, has_descriptor)) return Contradicts(entry, "checksum");
  if (!Agrees(extents.size, entry.size, has_descriptor) ||
      !Agrees(extents.packed_size, entry.packed_size, has_descriptor)) {
    return Contradicts(entry, "size");
  }
  return {};
}

// A descriptor has a signature or none, and sizes of 32 or 64 bits.
bool IsDescriptor(Bytes bytes, const Entry& entry) {
  ByteReader reader(bytes, "ZIP");
  const bool has_signature = bytes.size() == 16 || bytes.size() == 24;
  const bool is_wide = bytes.size() == 20 || bytes.size() == 24;
  if (has_signature && reader.Read<le32>().value() != kDescriptorSignature) return false;
  if (reader.Read<le32>().value() != entry.crc32) return false;
  const auto number = [&] {
    return is_wide ? reader.Read<le64>().value().value() : reader.Read<le32>().value().value();
  };
  return number() == entry.packed_size && number() == entry.size;
}

// What stands between the content of `entry`, which ends at `end`, and whatever begins at `next`.
Result<void> CheckGap(const ByteSource& source, const Entry& entry, uint64_t end, uint64_t next) {
  const auto fault = [&](std::string_view what) {
    return Fail(ErrorCode::kMalformed, fmt::format("ZIP: {} {}", Quote(entry.name), what));
  };
  if (end > next) return fault("overlaps what follows it");
  const uint64_t gap = next - end;
  if ((entry.flags & kFlagDescriptor) == 0) {
    return gap == 0 ? Result<void>() : fault("is followed by bytes that belong to no entry");
  }
  constexpr std::array<uint64_t, 4> kSizes = {12, 16, 20, 24};
  if (std::ranges::find(kSizes, gap) == kSizes.end()) {
    return fault("is followed by no data descriptor, or by more than that");
  }
  const auto bytes = TRY(source.Copy(end, gap, gap));
  if (!IsDescriptor(bytes, entry)) return fault("has a data descriptor that contradicts it");
  return {};
}

}  // namespace

Result<LocalPlace> ReadLocalPlace(const ByteSource& source, const Entry& entry) {
  const auto bytes = TRY(source.Copy(entry.local_offset, sizeof(LocalHeader), sizeof(LocalHeader)));
  const auto header = TRY(ByteReader(bytes, "ZIP", entry.local_offset).Read<LocalHeader>());
  if (header.signature != kLocalSignature) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("ZIP, offset {}: no local header, which the directory has {} at",
                            entry.local_offset, Quote(entry.name)));
  }
  const uint64_t tail_size = uint64_t{header.name_length} + header.extra_length;
  const auto tail =
      TRY(source.Copy(entry.local_offset + sizeof(LocalHeader), tail_size, kMaxHeaderTail));
  TRY_VOID(CompareHeader(header, tail, entry));
  const uint64_t header_size = sizeof(LocalHeader) + tail_size;
  const uint64_t content_offset = entry.local_offset + header_size;  // within the file: just read
  if (entry.packed_size > source.size() - content_offset) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("ZIP: {} ends behind the end of the file", Quote(entry.name)));
  }
  return LocalPlace{header_size, content_offset};
}

Result<std::vector<const Entry*>> CheckLayout(const ByteSource& source,
                                              const Directory& directory) {
  std::vector<const Entry*> order;
  order.reserve(directory.entries().size());
  for (const Entry& entry : directory.entries()) order.push_back(&entry);
  std::ranges::stable_sort(order, {}, &Entry::local_offset);
  const uint64_t first = order.empty() ? directory.offset() : order.front()->local_offset;
  if (first != 0) {
    return Fail(ErrorCode::kMalformed, "ZIP: bytes that belong to no entry stand at its start");
  }
  for (size_t i = 0; i < order.size(); ++i) {
    const LocalPlace place = TRY(ReadLocalPlace(source, *order[i]));
    const bool is_last = i + 1 == order.size();
    const uint64_t next = is_last ? directory.offset() : order[i + 1]->local_offset;
    const uint64_t end = place.content_offset + order[i]->packed_size;
    TRY_VOID(CheckGap(source, *order[i], end, next));
  }
  return order;
}

}  // namespace portcullis::zip
