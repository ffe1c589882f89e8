// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/block_map.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/base64.h"
#include "base/quote.h"
#include "formats/appx/xml_values.h"
#include "formats/authenticode/digest.h"
#include "formats/xml/parser.h"
#include "formats/zip/entry_stream.h"
#include "formats/zip/layout.h"

namespace portcullis::appx {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;

constexpr std::string_view kNamespace = "http://schemas.microsoft.com/appx/2010/blockmap";

std::optional<DigestAlgorithm> AlgorithmOf(std::string_view uri) {
  if (uri == "http://www.w3.org/2001/04/xmlenc#sha256") return DigestAlgorithm::kSha256;
  if (uri == "http://www.w3.org/2001/04/xmldsig-more#sha384") return DigestAlgorithm::kSha384;
  if (uri == "http://www.w3.org/2001/04/xmlenc#sha512") return DigestAlgorithm::kSha512;
  return std::nullopt;
}

// One file of the map, unpacked as its blocks are named.
struct OpenFile {
  const zip::Entry* entry = nullptr;
  zip::EntryStream stream;
  uint64_t left = 0;         // bytes that no block has covered
  uint64_t packed_left = 0;  // of what the blocks' own sizes add up to
};

class Checker final : public xml::Handler {
 public:
  Checker(const ByteSource& source, const Parts& parts) : source_(source), parts_(parts) {}

  void OnStartTag(const xml::StartTag& tag, xml::Cursor& cursor) override {
    ++depth_;
    if (tag.name.uri != kNamespace) {
      if (depth_ == 1) Keep(Malformed("its first element is not BlockMap"), cursor);
      return;
    }
    if (depth_ == 1) {
      Keep(Root(tag), cursor);
    } else if (depth_ == 2 && tag.name.local == "File") {
      Keep(File(tag), cursor);
    } else if (depth_ == 3 && tag.name.local == "Block" && file_) {
      Keep(Block(tag), cursor);
    } else {
      Keep(Malformed(fmt::format("{} has no place in it", Quote(tag.name.local))), cursor);
    }
  }
  void OnEndTag(xml::Cursor& cursor) override {
    if (depth_-- == 2 && file_) Keep(EndFile(), cursor);
  }
  void OnText(std::string_view /*text*/, xml::Cursor& /*cursor*/) override {}
  void OnCdata(xml::Cursor& /*cursor*/) override {}

  const Result<void>& result() const { return result_; }
  const std::unordered_set<const zip::Entry*>& seen() const { return seen_; }

 private:
  static Unexpected Malformed(std::string_view what) {
    return Fail(ErrorCode::kMalformed, fmt::format("block map: {}", what));
  }
  Unexpected FileFault(std::string_view what) const {
    return Malformed(fmt::format("{} {}", Quote(file_->entry->name), what));
  }
  void Keep(Result<void> step, xml::Cursor& cursor) {
    if (step) return;
    result_ = std::move(step);
    cursor.Stop();
  }

  Result<void> Root(const xml::StartTag& tag) {
    const auto method = FindAttribute(tag, "HashMethod").value_or("");
    const auto algorithm = AlgorithmOf(method);
    if (tag.name.local != "BlockMap") return Malformed("its first element is not BlockMap");
    if (!algorithm) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("block map: hashes by {}, read are SHA-256, SHA-384 and SHA-512",
                              Quote(method)));
    }
    algorithm_ = *algorithm;
    return {};
  }

  Result<void> File(const xml::StartTag& tag) {
    const auto name = FindAttribute(tag, "Name").value_or("");
    const zip::Entry* entry = parts_.Find(name);
    if (entry == nullptr) {
      return Malformed(fmt::format("it names {}, which is not in the package", Quote(name)));
    }
    if (!seen_.insert(entry).second) {
      return Malformed(fmt::format("it names {} twice", Quote(name)));
    }
    if (ParseNumber(FindAttribute(tag, "Size").value_or("")) != entry->size) {
      return Malformed(fmt::format("{} has another size than it says", Quote(name)));
    }
    const auto place = TRY(zip::ReadLocalPlace(source_, *entry));
    const auto header_size = FindAttribute(tag, "LfhSize");
    if (header_size && ParseNumber(*header_size) != place.header_size) {
      return Malformed(fmt::format("{} has a local header of another size", Quote(name)));
    }
    file_.emplace(OpenFile{entry, TRY(zip::EntryStream::Open(source_, *entry)), entry->size,
                           entry->packed_size});
    return {};
  }

  Result<void> Block(const xml::StartTag& tag) {
    if (file_->left == 0) return FileFault("has more blocks than content");
    if (const auto packed = FindAttribute(tag, "Size")) {
      const auto size = ParseNumber(*packed);
      if (!size || *size > file_->packed_left)
        return FileFault("has blocks of another packed size");
      file_->packed_left -= *size;
    } else if (file_->entry->method != zip::kStored) {
      return FileFault("is packed, and a block has no size");
    }
    const auto size = static_cast<size_t>(std::min<uint64_t>(file_->left, kBlockBytes));
    Digest digest = TRY(Digest::Create(algorithm_));
    for (size_t filled = 0; filled < size;) {
      const size_t got = TRY(file_->stream.ReadSome(std::span(block_).first(size - filled)));
      if (got == 0) return FileFault("ends early");
      digest.Update(Bytes(block_).first(got));
      filled += got;
    }
    file_->left -= size;
    const auto hash = digest.Finish();
    if (FindAttribute(tag, "Hash") != Base64(AsText(hash))) {
      return Fail(ErrorCode::kUntrusted,
                  fmt::format("block map: {} has other content than its hashes say, before byte {}",
                              Quote(file_->entry->name), file_->entry->size - file_->left));
    }
    return {};
  }

  Result<void> EndFile() {
    if (file_->left > 0) return FileFault("has fewer blocks than content");
    // Reads the end of the packed content too, where checksum and size are compared.
    if (TRY(file_->stream.ReadSome(block_)) != 0) return FileFault("unpacks to more than it says");
    file_.reset();
    return {};
  }

  const ByteSource& source_;
  const Parts& parts_;
  DigestAlgorithm algorithm_ = DigestAlgorithm::kSha256;
  size_t depth_ = 0;
  std::optional<OpenFile> file_;
  std::unordered_set<const zip::Entry*> seen_;
  std::vector<uint8_t> block_ = std::vector<uint8_t>(kBlockBytes);
  Result<void> result_;
};

}  // namespace

Result<void> CheckBlockMap(const ByteSource& source, const Parts& parts, const zip::Entry& map,
                           const std::unordered_set<const zip::Entry*>& exempt) {
  zip::EntryStream stream = TRY(zip::EntryStream::Open(source, map));
  Checker checker(source, parts);
  const auto refusal = xml::Parse(stream, checker);
  TRY_VOID(Result<void>(checker.result()));
  if (refusal) {
    if (refusal->code == ErrorCode::kIo) return Fail(refusal->code, refusal->message);
    return Fail(refusal->code,
                fmt::format("block map, line {}: {}", refusal->position.line, refusal->message));
  }
  for (const zip::Entry* file : parts.files()) {
    if (checker.seen().contains(file) || exempt.contains(file)) continue;
    return Fail(
        ErrorCode::kMalformed,
        fmt::format("block map: it does not name {}, which is in the package", Quote(file->name)));
  }
  return {};
}

}  // namespace portcullis::appx
