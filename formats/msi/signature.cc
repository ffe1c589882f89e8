// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/signature.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace portcullis::msi {
namespace {

using authenticode::Digest;
using cfb::Entry;
using cfb::EntryKind;

constexpr std::u16string_view kSignatureName =
    u"\x0005"
    u"DigitalSignature";
constexpr std::u16string_view kMetadataName =
    u"\x0005"
    u"MsiDigitalSignatureEx";
constexpr size_t kPieceBytes = 256 << 10;

Result<std::optional<std::vector<uint8_t>>> ReadStream(const cfb::CompoundFile& file,
                                                       std::u16string_view name, uint64_t limit) {
  const Entry* entry = file.Find(file.root(), name);
  if (entry == nullptr || entry->kind != EntryKind::kStream) return std::nullopt;
  const cfb::Stream stream = file.Open(*entry);
  return TRY(stream.Copy(0, stream.size(), limit));
}

// Calls `enter` at each storage, `visit` at each stream that is covered and `leave` behind a
// storage's children. Storages nest no deeper than kMaxStorageDepth.
template <typename Visitor>
Result<void> Walk(const cfb::CompoundFile& file, const Entry& storage, Visitor& visitor) {
  visitor.Enter(storage);
  for (const uint32_t index : storage.children) {
    const Entry& child = file.entry(index);
    const bool is_signature = storage.kind == EntryKind::kRoot &&
                              (child.name == kSignatureName || child.name == kMetadataName);
    if (is_signature) continue;
    if (child.kind == EntryKind::kStream) {
      TRY_VOID(visitor.Visit(child));
    } else {
      TRY_VOID(Walk(file, child, visitor));
    }
  }
  visitor.Leave(storage);
  return {};
}

class MetadataDigest {
 public:
  explicit MetadataDigest(Digest digest) : digest_(std::move(digest)) {}

  void Enter(const Entry& storage) {
    AddName(storage);
    digest_.Update(storage.class_id);
    AddTail(storage);
  }
  Result<void> Visit(const Entry& stream) {
    AddName(stream);
    AddNumber(stream.size_field);
    AddTail(stream);
    return {};
  }
  void Leave(const Entry& /*storage*/) {}
  std::vector<uint8_t> Finish() { return digest_.Finish(); }

 private:
  template <typename T>
  void AddNumber(T value) {
    std::array<uint8_t, sizeof(T)> bytes = {};
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
    digest_.Update(bytes);
  }
  // The root has neither a name nor times here: they change whenever the file is written.
  void AddName(const Entry& entry) {
    if (entry.kind == EntryKind::kRoot) return;
    for (const char16_t unit : entry.name) AddNumber(static_cast<uint16_t>(unit));
  }
  void AddTail(const Entry& entry) {
    AddNumber(entry.state_bits);
    if (entry.kind == EntryKind::kRoot) return;
    AddNumber(entry.created);
    AddNumber(entry.modified);
  }

  Digest digest_;
};

class ContentDigest {
 public:
  ContentDigest(const cfb::CompoundFile& file, std::span<Digest> digests)
      : file_(file),
        digests_(digests),
        buffer_(std::make_unique_for_overwrite<uint8_t[]>(kPieceBytes)) {}

  void Enter(const Entry& /*storage*/) {}
  Result<void> Visit(const Entry& entry) {
    const cfb::Stream stream = file_.Open(entry);
    for (uint64_t offset = 0; offset < stream.size();) {
      const auto size =
          static_cast<size_t>(std::min<uint64_t>(stream.size() - offset, kPieceBytes));
      const std::span<uint8_t> piece(buffer_.get(), size);
      TRY_VOID(stream.ReadAt(offset, piece));
      Update(piece);
      offset += size;
    }
    return {};
  }
  void Leave(const Entry& storage) { Update(storage.class_id); }

 private:
  void Update(Bytes bytes) {
    for (Digest& digest : digests_) digest.Update(bytes);
  }

  const cfb::CompoundFile& file_;
  std::span<Digest> digests_;
  std::unique_ptr<uint8_t[]> buffer_;
};

}  // namespace

Result<std::optional<std::vector<uint8_t>>> ReadSignature(const cfb::CompoundFile& file) {
  return ReadStream(file, kSignatureName, kMaxSignatureBytes);
}

Result<std::optional<std::vector<uint8_t>>> ReadMetadataDigest(const cfb::CompoundFile& file) {
  return ReadStream(file, kMetadataName, kMaxMetadataDigestBytes);
}

Result<std::vector<uint8_t>> DigestMetadata(const cfb::CompoundFile& file,
                                            authenticode::DigestAlgorithm algorithm) {
  MetadataDigest digest(TRY(Digest::Create(algorithm)));
  TRY_VOID(Walk(file, file.root(), digest));
  return digest.Finish();
}

Result<void> DigestContent(const cfb::CompoundFile& file, std::span<Digest> digests) {
  ContentDigest content(file, digests);
  return Walk(file, file.root(), content);
}

}  // namespace portcullis::msi
