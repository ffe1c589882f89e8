// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/version_resource.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "base/utf.h"

namespace portcullis::pe {
namespace {

constexpr uint32_t kFixedFileInfoSignature = 0xFEEF04BD;
constexpr size_t kBlockAlignment = 4;
constexpr size_t kMaxBlocks = 4096;  // children of one block; shorter ones do not fit in 64 KiB

struct BlockHeader {
  le16 length;
  le16 value_length;
  le16 type;
};
static_assert(sizeof(BlockHeader) == 6);

struct FixedFileInfoStart {
  le32 signature;
  le32 structure_version;
  le32 file_version_high;
  le32 file_version_low;
};

struct Block {
  std::string key;
  Bytes value_and_children;  // from the value's boundary to the block's end
  size_t value_length = 0;   // as the header has it; words or bytes, by the compiler's whim
};

// The text up to a NUL or the end.
Bytes UntilNul(Bytes bytes) {
  size_t size = 0;
  while (size + 1 < bytes.size() && (bytes[size] != 0 || bytes[size + 1] != 0)) size += 2;
  return bytes.first(size);
}

// Reads the block that `reader` stands at and moves behind it. Boundaries count from the start of
// the resource, of which `reader` views the beginning.
Result<Block> ReadBlock(ByteReader& reader, Bytes resource) {
  const size_t start = reader.position();
  const auto header = TRY(reader.Read<BlockHeader>());
  if (header.length < sizeof(header)) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("version resource, offset {}: block of {} bytes, at least {} allowed",
                            start, header.length.value(), sizeof(header)));
  }
  TRY_VOID(reader.Skip(header.length - sizeof(header)));
  const size_t end = reader.position();

  const size_t key_start = start + sizeof(header);
  const Bytes key = UntilNul(resource.subspan(key_start, end - key_start));
  Block block{.key = Utf16LeToUtf8Lossy(key), .value_and_children = {}, .value_length = 0};
  block.value_length = header.value_length;
  const size_t value_start =
      (key_start + key.size() + 2 + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  if (value_start < end) {
    block.value_and_children = resource.subspan(value_start, end - value_start);
  }
  return block;
}

// The first child with this key, ignoring case, of the blocks in `area`. Damage ends the search.
std::optional<Block> FindChild(Bytes resource, Bytes area, std::string_view key) {
  if (area.empty()) return std::nullopt;
  const auto begin = static_cast<size_t>(area.data() - resource.data());
  ByteReader reader(resource.first(begin + area.size()), "version resource");
  if (!reader.Seek(begin)) return std::nullopt;
  const std::string wanted = UpperCase(key);
  for (size_t i = 0; i < kMaxBlocks && !reader.empty(); ++i) {
    auto block = ReadBlock(reader, resource);
    if (!block) return std::nullopt;
    if (UpperCase(block->key) == wanted) return *std::move(block);
    reader.AlignTo(kBlockAlignment);
  }
  return std::nullopt;
}

std::string FindString(Bytes resource, const Block& table, std::string_view name) {
  const auto found = FindChild(resource, table.value_and_children, name);
  if (!found || found->value_length == 0) return {};
  return Utf16LeToUtf8Lossy(UntilNul(found->value_and_children));
}

// "LLLLCCCC": the key of the string table that the first Translation pair names.
std::optional<std::string> FirstTranslation(Bytes resource, Bytes children) {
  const auto info = FindChild(resource, children, "VarFileInfo");
  if (!info) return std::nullopt;
  const auto translation = FindChild(resource, info->value_and_children, "Translation");
  if (!translation) return std::nullopt;
  ByteReader reader(translation->value_and_children, "version resource's Translation");
  const auto language = reader.Read<le16>();
  const auto code_page = reader.Read<le16>();
  if (translation->value_length < 4 || !language || !code_page) return std::nullopt;
  return fmt::format("{:04x}{:04x}", language->value(), code_page->value());
}

std::optional<uint64_t> FixedFileVersion(Bytes value) {
  ByteReader reader(value, "VS_FIXEDFILEINFO");
  const auto info = reader.Read<FixedFileInfoStart>();
  if (!info || info->signature != kFixedFileInfoSignature) return std::nullopt;
  return uint64_t{info->file_version_high} << 32 | info->file_version_low;
}

}  // namespace

Result<VersionResource> ParseVersionResource(Bytes bytes) {
  const Bytes resource = bytes.first(std::min<size_t>(bytes.size(), kMaxVersionBytes));
  ByteReader reader(resource, "version resource");
  const Block root = TRY(ReadBlock(reader, resource));
  if (UpperCase(root.key) != "VS_VERSION_INFO") {
    return Fail(ErrorCode::kMalformed, "version resource: the first key is not VS_VERSION_INFO");
  }
  const size_t value_size = std::min(root.value_length, root.value_and_children.size());
  VersionResource result;
  result.fixed_file_version = FixedFileVersion(root.value_and_children.first(value_size));

  const size_t children_start = (value_size + kBlockAlignment - 1) / kBlockAlignment *
                                kBlockAlignment;  // the value began on a boundary
  if (children_start >= root.value_and_children.size()) return result;
  const Bytes children = root.value_and_children.subspan(children_start);
  const auto translation = FirstTranslation(resource, children);
  if (!translation) return result;
  const auto strings = FindChild(resource, children, "StringFileInfo");
  if (!strings) return result;
  const auto table = FindChild(resource, strings->value_and_children, *translation);
  if (!table) return result;
  result.product_name = FindString(resource, *table, "ProductName");
  result.original_filename = FindString(resource, *table, "OriginalFilename");
  return result;
}

}  // namespace portcullis::pe
