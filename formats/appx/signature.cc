// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/signature.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/quote.h"

namespace portcullis::appx {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;

constexpr std::string_view kP7xMagic = "PKCX";
constexpr std::string_view kDigestsMagic = "APPX";
constexpr size_t kWordBytes = 4;

struct Word {
  std::string_view text;
  Covered covered;
  const char* name;
};
constexpr std::array kWords = {
    Word{"AXPC", Covered::kFiles, "the files"},
    Word{"AXCD", Covered::kDirectory, "the central directory"},
    Word{"AXCT", Covered::kContentTypes, "[Content_Types].xml"},
    Word{"AXBM", Covered::kBlockMap, "the block map"},
    Word{"AXCI", Covered::kCodeIntegrity, "CodeIntegrity.cat"},
};

Unexpected Malformed(std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("package signature: {}", what));
}

Result<size_t> DigestBytes(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha256:
      return size_t{32};
    case DigestAlgorithm::kSha384:
      return size_t{48};
    case DigestAlgorithm::kSha512:
      return size_t{64};
    default:
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("package signature: digests by {}, read are SHA-256, SHA-384 and "
                              "SHA-512",
                              ToString(algorithm)));
  }
}

bool Holds(const std::vector<PartDigest>& digests, Covered covered) {
  return std::ranges::find(digests, covered, &PartDigest::covered) != digests.end();
}

}  // namespace

const char* ToString(Covered covered) { return kWords[static_cast<size_t>(covered)].name; }

Result<Bytes> UnwrapP7x(Bytes p7x) {
  if (AsText(p7x).starts_with(kP7xMagic)) return p7x.subspan(kP7xMagic.size());
  return Malformed("AppxSignature.p7x does not begin with PKCX");
}

Result<std::vector<PartDigest>> ParsePartDigests(const authenticode::IndirectData& indirect) {
  const size_t digest_bytes = TRY(DigestBytes(indirect.algorithm));
  ByteReader reader(indirect.digest, "package signature");
  if (AsText(TRY(reader.ReadBytes(kDigestsMagic.size()))) != kDigestsMagic) {
    return Malformed("it is not over a package");
  }
  std::vector<PartDigest> digests;
  while (!reader.empty()) {
    const std::string_view text = AsText(TRY(reader.ReadBytes(kWordBytes)));
    const auto word = std::ranges::find(kWords, text, &Word::text);
    if (word == kWords.end()) {
      return Malformed(fmt::format("it has a digest of {}, which is not known", Quote(text)));
    }
    if (Holds(digests, word->covered)) {
      return Malformed(fmt::format("it has two digests of {}", word->name));
    }
    const Bytes digest = TRY(reader.ReadBytes(digest_bytes));
    digests.push_back({word->covered, {digest.begin(), digest.end()}});
  }
  for (const Word& word : kWords) {
    if (word.covered != Covered::kCodeIntegrity && !Holds(digests, word.covered)) {
      return Malformed(fmt::format("it has no digest of {}", word.name));
    }
  }
  return digests;
}

std::vector<uint8_t> JoinPartDigests(const std::vector<PartDigest>& digests) {
  std::vector<uint8_t> joined;
  const auto add = [&](Bytes bytes) {
    for (const uint8_t byte : bytes) joined.push_back(byte);  // gcc 12 misreads insert() here
  };
  add(AsBytes(kDigestsMagic));
  for (const PartDigest& digest : digests) {
    add(AsBytes(kWords[static_cast<size_t>(digest.covered)].text));
    add(digest.digest);
  }
  return joined;
}

// Signing put the signature's entry where the directory had been and moved that behind it. Taken
// back: the directory without the entry, end records that say so, both at the entry's place.
Result<std::vector<uint8_t>> TakeDirectoryDigest(const zip::Directory& directory,
                                                 const zip::Entry& signature,
                                                 DigestAlgorithm algorithm) {
  Digest digest = TRY(Digest::Create(algorithm));
  const Bytes all = directory.bytes();
  const auto start = static_cast<size_t>(signature.record.data() - all.data());
  digest.Update(all.first(start));
  digest.Update(all.subspan(start + signature.record.size()));
  digest.Update(directory.EndRecordsOf({.offset = signature.local_offset,
                                        .size = all.size() - signature.record.size(),
                                        .count = directory.entries().size() - 1}));
  return digest.Finish();
}

}  // namespace portcullis::appx
