// SPDX-License-Identifier: Apache-2.0
#include "identity/pe_identity.h"

#include <algorithm>
#include <optional>

#include "formats/authenticode/page_hashes.h"
#include "formats/authenticode/signed_data.h"
#include "formats/pe/authenticode_ranges.h"
#include "formats/pe/page_hashes.h"
#include "formats/pe/pe_file.h"
#include "formats/pe/resource_tree.h"
#include "formats/pe/version_resource.h"
#include "identity/file_hasher.h"
#include "identity/signature_report.h"

namespace portcullis {
namespace {

using authenticode::DigestAlgorithm;
using authenticode::SignedData;

// What could be read of the file; what could not is absent, and the report says why.
struct PeParts {
  std::optional<pe::PeFile> headers;
  std::optional<pe::AuthenticodeRanges> ranges;
  std::optional<SignedData> signature;
};

Result<PeParts> ReadParts(const ByteSource& source, SignatureReport& report) {
  PeParts parts;
  parts.headers = TRY(KeepOrExplain(pe::PeFile::Parse(source), report));
  if (!parts.headers) return parts;
  const auto table =
      TRY(KeepOrExplain(pe::FindCertificateTable(*parts.headers, source.size()), report));
  parts.ranges =
      pe::FindAuthenticodeRanges(*parts.headers, table.value_or(std::nullopt), source.size());
  if (!table) return parts;

  std::optional<std::vector<uint8_t>> der;
  if (table->has_value()) {
    auto read = TRY(KeepOrExplain(pe::ReadEmbeddedSignature(source, **table), report));
    if (!read) return parts;
    der = *std::move(read);
  }
  if (!der) {
    report.status = SignatureStatus::kUnsigned;
    report.reason = "the file has no embedded signature";
    return parts;
  }
  parts.signature = TRY(KeepOrExplain(SignedData::Parse(*der), report));
  return parts;
}

// The digests of one PE file, and what each is for.
class PeDigests {
 public:
  static Result<PeDigests> Take(const ByteSource& source, const PeParts& parts,
                                const IdentifyOptions& options) {
    PeDigests digests;
    digests.Add(WholeFileJob(DigestAlgorithm::kSha256, source.size()));
    const bool with_sha1 = options.hashing != Hashing::kWithoutSha1;
    if (parts.ranges) {
      digests.sha256_ = digests.Add({DigestAlgorithm::kSha256, *parts.ranges});
      if (with_sha1) digests.sha1_ = digests.Add({DigestAlgorithm::kSha1, *parts.ranges});
    }
    if (parts.signature) {
      digests.signed_ = digests.Add({parts.signature->indirect_data().algorithm, *parts.ranges});
    }
    digests.results_ = TRY(TakeDigests(source, digests.jobs_, options.max_threads));
    return digests;
  }

  Bytes whole_file() const { return results_[0]; }
  // By the algorithm that the signature names.
  Bytes signed_digest() const { return results_[*signed_]; }

  // In the order a hash rule tries them: reference section 4.
  std::vector<FileHashCandidate> Candidates() const {
    std::vector<FileHashCandidate> candidates;
    const auto add = [&](HashType type, HashForm form, std::optional<size_t> index) {
      if (index) candidates.push_back(MakeCandidate(type, form, results_[*index]));
    };
    // A file whose Authenticode digest is not defined is a plain file to a hash rule.
    if (!sha256_) add(HashType::kSha256, HashForm::kFlat, 0);
    add(HashType::kSha256, HashForm::kAuthenticode, sha256_);
    add(HashType::kSha256Flat, HashForm::kFlat, 0);
    add(HashType::kSha1, HashForm::kAuthenticode, sha1_);
    return candidates;
  }

 private:
  // The job's index; that of an earlier one where the two are the same.
  size_t Add(DigestJob job) {
    for (size_t i = 1; i < jobs_.size(); ++i) {
      if (jobs_[i].algorithm == job.algorithm) return i;
    }
    jobs_.push_back(std::move(job));
    return jobs_.size() - 1;
  }

  std::vector<DigestJob> jobs_;
  std::vector<std::vector<uint8_t>> results_;
  std::optional<size_t> sha256_, sha1_, signed_;
};

// The version resource, if the file has one; the reason in `defect` if it is damaged.
Result<std::optional<VersionInfo>> ReadVersionInfo(const ByteSource& source, const pe::PeFile& pe,
                                                   std::string& defect) {
  SignatureReport damage;  // only its reason is used
  const auto place = TRY(KeepOrExplain(pe::FindVersionResource(source, pe), damage));
  defect = damage.reason;
  if (!place || !place->has_value()) return std::nullopt;
  const uint64_t size = std::min((*place)->size, pe::kMaxVersionBytes);
  const auto bytes =
      TRY(KeepOrExplain(source.Copy((*place)->offset, size, pe::kMaxVersionBytes), damage));
  defect = damage.reason;
  if (!bytes) return std::nullopt;
  auto version = pe::ParseVersionResource(*bytes);
  if (!version) {
    defect = version.error().message;
    return std::nullopt;
  }
  if (!version->fixed_file_version) return std::nullopt;
  return VersionInfo{version->product_name, version->original_filename,
                     FileVersion{*version->fixed_file_version}};
}

// What there is to show of the signatures, and whether the pages are those that they list.
Result<void> AddPeDetails(const ByteSource& source, const PeParts& parts,
                          const IdentifyOptions& options, FileIdentity& identity) {
  const auto take_digest = [&](DigestAlgorithm algorithm) -> Result<std::vector<uint8_t>> {
    const std::vector<DigestJob> jobs = {{algorithm, *parts.ranges}};
    return TRY(TakeDigests(source, jobs, options.max_threads)).front();
  };
  TRY_VOID(AddDetails(*parts.signature, take_digest, options, identity));
  if (identity.signatures.empty()) return {};
  const auto listed = authenticode::ParsePageHashes(parts.signature->indirect_data().type_value);
  if (!listed || !listed->has_value()) return {};
  const authenticode::PageHashes& pages = **listed;
  identity.signatures.front().pages = {ToString(pages.algorithm), pages.pages.size(),
                                       TRY(pe::CountDifferingPages(source, *parts.headers, pages))};
  return {};
}

}  // namespace

Result<void> IdentifyPe(const ByteSource& source, const IdentifyOptions& options,
                        FileIdentity& identity) {
  const PeParts parts = TRY(ReadParts(source, identity.signature));
  identity.is_library = parts.headers && parts.headers->is_dll;
  identity.is_program = !identity.is_library;
  if (parts.headers) {
    identity.version_info = TRY(ReadVersionInfo(source, *parts.headers, identity.defect));
  }

  const PeDigests digests = TRY(PeDigests::Take(source, parts, options));
  SetWholeFileDigest(identity, digests.whole_file());
  identity.hashes = digests.Candidates();
  if (parts.signature) {
    JudgeSignature(*parts.signature, digests.signed_digest(), options, identity);
    TRY_VOID(AddPeDetails(source, parts, options, identity));
  }
  ConcludeSignature(identity);
  return {};
}

}  // namespace portcullis
