// SPDX-License-Identifier: Apache-2.0
#include "identity/msi_identity.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "formats/authenticode/signed_data.h"
#include "formats/cfb/compound_file.h"
#include "formats/msi/installer.h"
#include "formats/msi/signature.h"
#include "identity/file_hasher.h"
#include "identity/pe_identity.h"
#include "identity/signature_report.h"

namespace portcullis {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using authenticode::SignedData;

// What could be read of the file; what could not is absent, and the report says why.
struct MsiParts {
  std::optional<cfb::CompoundFile> file;
  std::optional<SignedData> signature;
  std::optional<std::vector<uint8_t>> metadata_digest;  // as the file has it
};

Result<MsiParts> ReadParts(const ByteSource& source, SignatureReport& report) {
  MsiParts parts;
  parts.file = TRY(KeepOrExplain(cfb::CompoundFile::Parse(source), report));
  if (!parts.file) return parts;
  const auto signature = TRY(KeepOrExplain(msi::ReadSignature(*parts.file), report));
  if (!signature) return parts;
  if (!signature->has_value()) {
    report.status = SignatureStatus::kUnsigned;
    report.reason = "the file has no embedded signature";
    return parts;
  }
  const auto metadata = TRY(KeepOrExplain(msi::ReadMetadataDigest(*parts.file), report));
  if (!metadata) return parts;
  parts.metadata_digest = *metadata;
  parts.signature = TRY(KeepOrExplain(SignedData::Parse(**signature), report));
  return parts;
}

// The digests of what a signature covers.
struct ContentDigests {
  std::vector<uint8_t> sha256;         // of the content alone: the same with and without signature
  std::vector<uint8_t> signed_digest;  // what the signature should hold; empty without one
  bool metadata_differs = false;
};

Result<ContentDigests> TakeContentDigests(const MsiParts& parts) {
  ContentDigests result;
  std::vector<Digest> digests;
  digests.push_back(TRY(Digest::Create(DigestAlgorithm::kSha256)));
  if (parts.signature) {
    const DigestAlgorithm algorithm = parts.signature->indirect_data().algorithm;
    digests.push_back(TRY(Digest::Create(algorithm)));
    if (parts.metadata_digest) {
      const auto metadata = TRY(msi::DigestMetadata(*parts.file, algorithm));
      result.metadata_differs = metadata != *parts.metadata_digest;
      digests.back().Update(metadata);
    }
  }
  TRY_VOID(msi::DigestContent(*parts.file, digests));
  result.sha256 = digests.front().Finish();
  if (parts.signature) result.signed_digest = digests.back().Finish();
  return result;
}

// Reference section 4: the flat digest first, what Authenticode covers as the second candidate.
Result<void> TakeHashes(const ByteSource& source, const std::optional<ContentDigests>& content,
                        const IdentifyOptions& options, FileIdentity& identity) {
  std::vector<DigestJob> jobs = {WholeFileJob(DigestAlgorithm::kSha256, source.size())};
  const bool with_sha1 = options.hashing != Hashing::kWithoutSha1;
  if (with_sha1) jobs.push_back(WholeFileJob(DigestAlgorithm::kSha1, source.size()));
  const auto digests = TRY(TakeDigests(source, jobs, options.max_threads));

  SetWholeFileDigest(identity, digests[0]);
  const auto add = [&](HashType type, HashForm form, Bytes digest) {
    identity.hashes.push_back(MakeCandidate(type, form, digest));
  };
  add(HashType::kSha256, HashForm::kFlat, digests[0]);
  if (content) add(HashType::kSha256, HashForm::kAuthenticode, content->sha256);
  add(HashType::kSha256Flat, HashForm::kFlat, digests[0]);
  if (with_sha1) add(HashType::kSha1, HashForm::kFlat, digests[1]);
  return {};
}

// The digest that a nested signature should hold: the metadata's stands in front of the content.
Result<std::vector<uint8_t>> TakeDigestBy(DigestAlgorithm algorithm, const MsiParts& parts) {
  std::vector<Digest> digests;
  digests.push_back(TRY(Digest::Create(algorithm)));
  if (parts.metadata_digest) {
    digests.back().Update(TRY(msi::DigestMetadata(*parts.file, algorithm)));
  }
  TRY_VOID(msi::DigestContent(*parts.file, digests));
  return digests.back().Finish();
}

void Judge(const MsiParts& parts, const ContentDigests& content, const IdentifyOptions& options,
           FileIdentity& identity) {
  if (!content.metadata_differs) {
    JudgeSignature(*parts.signature, content.signed_digest, options, identity);
    return;
  }
  ReportSigner(*parts.signature, identity.signature);
  identity.signature.status = SignatureStatus::kBadDigest;
  identity.signature.reason = "names, sizes or times in the file were changed after it was signed";
}

// Patches and transforms name no product of their own.
bool HasProperties(const cfb::CompoundFile& file) {
  const auto kind = msi::KindOfClass(file.root().class_id);
  return kind.value_or(msi::InstallerKind::kPackage) == msi::InstallerKind::kPackage;
}

// The reason in `defect` where the database is damaged.
Result<std::optional<VersionInfo>> ReadVersionInfo(const cfb::CompoundFile& file,
                                                   std::string& defect) {
  SignatureReport damage;  // only its reason is used
  const auto properties = TRY(KeepOrExplain(msi::ReadProperties(file), damage));
  if (!properties) {
    defect = damage.reason;
    return std::nullopt;
  }
  return VersionInfo{properties->product_name, properties->product_code,
                     ParseProductVersion(properties->product_version)};
}

}  // namespace

FileVersion ParseProductVersion(std::string_view text) {
  constexpr int kParts = 4;
  constexpr uint32_t kMaxPart = 65535;
  uint64_t packed = 0;
  bool goes_on = true;
  for (int part = 0; part < kParts; ++part) {
    uint32_t value = 0;
    if (goes_on) {
      const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc::result_out_of_range || value > kMaxPart) return {};
      text.remove_prefix(static_cast<size_t>(stop - text.data()));
      goes_on = text.starts_with('.');
      if (goes_on) text.remove_prefix(1);
    }
    packed = packed << 16 | value;
  }
  return {packed};
}

Result<void> IdentifyMsi(const ByteSource& source, const IdentifyOptions& options,
                         FileIdentity& identity) {
  const MsiParts parts = TRY(ReadParts(source, identity.signature));
  std::optional<ContentDigests> content;
  if (parts.file) {
    if (HasProperties(*parts.file)) {
      identity.version_info = TRY(ReadVersionInfo(*parts.file, identity.defect));
    }
    content = TRY(TakeContentDigests(parts));
  }
  TRY_VOID(TakeHashes(source, content, options, identity));
  if (parts.signature) {
    Judge(parts, *content, options, identity);
    const auto take_digest = [&](DigestAlgorithm algorithm) {
      return TakeDigestBy(algorithm, parts);
    };
    TRY_VOID(AddDetails(*parts.signature, take_digest, options, identity));
  }
  ConcludeSignature(identity);
  return {};
}

}  // namespace portcullis
