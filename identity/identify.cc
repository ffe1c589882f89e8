// SPDX-License-Identifier: Apache-2.0
#include "identity/identify.h"

#include <fmt/core.h>

#include <algorithm>

#include "formats/script/script.h"
#include "identity/content_kind.h"
#include "identity/file_hasher.h"
#include "identity/pe_identity.h"

namespace portcullis {
namespace {

using authenticode::DigestAlgorithm;

// Why a file that is not PE has no publisher. Formats that can be signed are named as such, so that
// nobody takes "not read" for "not signed".
std::string WhyUnsigned(FileKind kind, std::string_view name) {
  switch (kind) {
    case FileKind::kEmpty:
      return "the file is empty";
    case FileKind::kMsi:
    case FileKind::kAppx:
    case FileKind::kCab:
    case FileKind::kCatalog:
      return fmt::format("signatures in files of kind {} are not read by this version",
                         ToString(kind));
    case FileKind::kScript:
      if (script::CanBeSigned(script::ExtensionOf(name))) {
        return "signatures in scripts are not read by this version";
      }
      return "scripts of this kind carry no signature";
    default:
      return fmt::format("files of kind {} carry no Authenticode signature", ToString(kind));
  }
}

// All but PE: the digest that Authenticode takes of such a file is the flat one (reference
// section 4), so each type's candidate is over the whole file.
Result<void> IdentifyFlat(const ByteSource& source, std::string_view name,
                          const IdentifyOptions& options, FileIdentity& identity) {
  identity.signature.reason = WhyUnsigned(identity.kind, name);
  std::vector<DigestJob> jobs = {WholeFileJob(DigestAlgorithm::kSha256, source.size())};
  const bool with_sha1 = options.hashing == Hashing::kAll && source.size() > 0;
  if (with_sha1) jobs.push_back(WholeFileJob(DigestAlgorithm::kSha1, source.size()));

  const auto digests = TRY(TakeDigests(source, jobs, options.max_threads));
  SetWholeFileDigest(identity, digests[0]);
  if (source.size() == 0) return {};  // nothing to hash: AppLocker has no hash of an empty file
  for (const HashType type : {HashType::kSha256, HashType::kSha256Flat}) {
    identity.hashes.push_back(MakeCandidate(type, HashForm::kFlat, digests[0]));
  }
  if (with_sha1) {
    identity.hashes.push_back(MakeCandidate(HashType::kSha1, HashForm::kFlat, digests[1]));
  }
  return {};
}

}  // namespace

FileHashCandidate MakeCandidate(HashType type, HashForm form, Bytes digest) {
  FileHashCandidate candidate{{type, {}}, form};
  const size_t size = std::min(digest.size(), candidate.digest.bytes.size());
  std::ranges::copy(digest.first(size), candidate.digest.bytes.begin());
  return candidate;
}

void SetWholeFileDigest(FileIdentity& identity, Bytes sha256) {
  std::ranges::copy(sha256.first(identity.sha256.size()), identity.sha256.begin());
}

Result<FileIdentity> Identify(const ByteSource& source, std::string_view name_hint,
                              const IdentifyOptions& options) {
  if (source.size() > options.max_hashed_bytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("the file has {} bytes, at most {} are read",
                                                       source.size(), options.max_hashed_bytes));
  }
  const ContentKind content = TRY(ClassifyContent(source, name_hint));
  FileIdentity identity;
  identity.kind = content.kind;
  identity.size = source.size();
  identity.is_library = content.is_library;
  identity.is_program = content.is_program;
  identity.defect = content.defect;
  if (content.kind == FileKind::kPe) {
    TRY_VOID(IdentifyPe(source, options, identity));
  } else {
    TRY_VOID(IdentifyFlat(source, name_hint, options, identity));
  }
  return identity;
}

}  // namespace portcullis
