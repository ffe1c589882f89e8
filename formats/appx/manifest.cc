// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/manifest.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "base/utf.h"
#include "formats/appx/xml_values.h"
#include "formats/authenticode/digest.h"
#include "formats/xml/parser.h"

namespace portcullis::appx {
namespace {

// Each version of Windows has namespaces of its own for the same elements; all begin so.
constexpr std::string_view kNamespaces = "http://schemas.microsoft.com/appx/";

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.';
}
bool IsWord(std::string_view text) { return std::ranges::all_of(text, IsWordCharacter); }

class Reader final : public xml::Handler {
 public:
  void OnStartTag(const xml::StartTag& tag, xml::Cursor& cursor) override {
    ++depth_;
    const bool is_ours = tag.name.uri.starts_with(kNamespaces);
    if (depth_ == 1) return Root(tag, is_ours, cursor);
    if (!is_ours) return;
    if (depth_ == 2 && tag.name.local == "Identity") return Identity(tag, cursor);
    if (depth_ == 2) in_packages_ = manifest_.is_bundle && tag.name.local == "Packages";
    if (depth_ == 3 && in_packages_ && tag.name.local == "Package") Package(tag, cursor);
  }
  void OnEndTag(xml::Cursor& /*cursor*/) override { --depth_; }
  void OnText(std::string_view /*text*/, xml::Cursor& /*cursor*/) override {}
  void OnCdata(xml::Cursor& /*cursor*/) override {}

  Result<Manifest> Take() {
    if (fault_) return Unexpected(*std::move(fault_));
    if (identities_ == 0) return Fail(ErrorCode::kMalformed, "manifest: it has no Identity");
    return std::move(manifest_);
  }

 private:
  void Stop(xml::Cursor& cursor, ErrorCode code, std::string_view what) {
    const xml::Position place = cursor.Here();
    fault_ = {code, fmt::format("manifest, line {}: {}", place.line, what)};
    cursor.Stop();
  }
  void Refuse(xml::Cursor& cursor, std::string_view what) {
    Stop(cursor, ErrorCode::kMalformed, what);
  }

  void Root(const xml::StartTag& tag, bool is_ours, xml::Cursor& cursor) {
    manifest_.is_bundle = tag.name.local == "Bundle";
    if (is_ours && (manifest_.is_bundle || tag.name.local == "Package")) return;
    Refuse(cursor, "the first element is neither Package nor Bundle of Microsoft's schemas");
  }

  void Identity(const xml::StartTag& tag, xml::Cursor& cursor) {
    if (++identities_ > 1) return Refuse(cursor, "a second Identity");
    const auto text = [&](std::string_view name) {
      return std::string(FindAttribute(tag, name).value_or(""));
    };
    manifest_.name = text("Name");
    manifest_.publisher = text("Publisher");
    manifest_.version = text("Version");
    manifest_.architecture = text("ProcessorArchitecture");
    manifest_.resource_id = text("ResourceId");
    const size_t length = manifest_.name.size();
    if (length < kMinNameCharacters || length > kMaxNameCharacters || !IsWord(manifest_.name)) {
      return Refuse(cursor,
                    fmt::format("the package's name is {}; it has {} to {} of the "
                                "characters a-z, A-Z, 0-9, - and .",
                                Quote(manifest_.name), kMinNameCharacters, kMaxNameCharacters));
    }
    if (manifest_.publisher.empty()) return Refuse(cursor, "the Identity has no Publisher");
    if (manifest_.publisher.size() > kMaxPublisherBytes) {
      return Stop(cursor, ErrorCode::kLimitExceeded,
                  fmt::format("a publisher of {} bytes, at most {}", manifest_.publisher.size(),
                              kMaxPublisherBytes));
    }
    for (const std::string& word : {manifest_.architecture, manifest_.resource_id}) {
      if (word.size() <= kMaxWordCharacters && IsWord(word)) continue;
      return Refuse(cursor, fmt::format("{} is no architecture and no resource id", Quote(word)));
    }
  }

  void Package(const xml::StartTag& tag, xml::Cursor& cursor) {
    if (manifest_.packages.size() == kMaxBundlePackages) {
      return Stop(cursor, ErrorCode::kLimitExceeded,
                  fmt::format("more than {} packages in a bundle", kMaxBundlePackages));
    }
    const auto offset = FindAttribute(tag, "Offset");
    if (!offset) return;  // of a flat bundle: it lies beside the bundle
    BundlePackage package;
    package.file_name = FindAttribute(tag, "FileName").value_or("");
    const auto size = ParseNumber(FindAttribute(tag, "Size").value_or(""));
    package.offset = ParseNumber(*offset);
    if (package.file_name.empty() || package.file_name.size() > kMaxFileNameBytes || !size ||
        !package.offset) {
      return Refuse(cursor, "a Package without a FileName, Size and Offset that can be read");
    }
    package.size = *size;
    manifest_.packages.push_back(std::move(package));
  }

  Manifest manifest_;
  size_t depth_ = 0;
  size_t identities_ = 0;
  bool in_packages_ = false;
  std::optional<Error> fault_;
};

// Five bits a character. Letters that people take for digits are left out.
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kIdBytes = 8;

std::vector<uint8_t> Utf16Le(std::string_view text) {
  std::vector<uint8_t> bytes;
  const auto put = [&](char32_t unit) {
    bytes.push_back(static_cast<uint8_t>(unit));
    bytes.push_back(static_cast<uint8_t>(unit >> 8));
  };
  while (!text.empty()) {
    const auto point = FirstCodePoint(text).value_or(CodePoint{0xFFFD, 1});
    text.remove_prefix(point.length);
    if (point.value < 0x10000) {
      put(point.value);
    } else {
      put(0xD800 + ((point.value - 0x10000) >> 10));
      put(0xDC00 + (point.value & 0x3FF));
    }
  }
  return bytes;
}

}  // namespace

Result<Manifest> ParseManifest(xml::ByteStream& stream) {
  Reader reader;
  if (auto refusal = xml::Parse(stream, reader)) {
    if (refusal->code == ErrorCode::kIo) return Fail(refusal->code, refusal->message);
    return Fail(refusal->code,
                fmt::format("manifest, line {}: {}", refusal->position.line, refusal->message));
  }
  return reader.Take();
}

std::string PublisherId(std::string_view publisher) {
  auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha256);
  if (!digest) return {};
  digest->Update(Utf16Le(publisher));
  const auto hash = digest->Finish();
  std::string id;
  // 64 bits and one zero make 13 characters.
  for (size_t bit = 0; bit < kIdBytes * 8; bit += 5) {
    unsigned value = 0;
    for (size_t i = bit; i < bit + 5; ++i) {
      const bool is_set = i < kIdBytes * 8 && (hash[i / 8] >> (7 - i % 8) & 1) != 0;
      value = value << 1 | unsigned{is_set};
    }
    id += kDigits[value];
  }
  return id;
}

}  // namespace portcullis::appx
