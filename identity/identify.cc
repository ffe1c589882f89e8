// SPDX-License-Identifier: Apache-2.0
#include "identity/identify.h"

#include <fmt/core.h>

#include <algorithm>

#include "formats/script/script.h"
#include "identity/appx_identity.h"
#include "identity/catalog_identity.h"
#include "identity/content_kind.h"
#include "identity/file_hasher.h"
#include "identity/msi_identity.h"
#include "identity/pe_identity.h"
#include "identity/script_identity.h"

namespace portcullis {
namespace {

using authenticode::DigestAlgorithm;

// Whether Authenticode knows signatures of such a file, read by this version or not.
bool CanBeSigned(FileKind kind, std::string_view name) {
  switch (kind) {
    case FileKind::kPe:
    case FileKind::kMsi:
    case FileKind::kMsp:
    case FileKind::kMst:
    case FileKind::kAppx:
    case FileKind::kCab:
    case FileKind::kCatalog:
      return true;
    case FileKind::kScript:
      return script::CanBeSigned(script::ExtensionOf(name));
    default:
      return false;
  }
}

// Why a file of a kind whose signatures are not read has no publisher. Formats that can be signed
// are named as such, so that nobody takes "not read" for "not signed".
std::string WhyUnsigned(FileKind kind, std::string_view name) {
  if (kind == FileKind::kEmpty) return "the file is empty";
  if (kind == FileKind::kScript) return "scripts of this kind carry no signature";
  return CanBeSigned(kind, name)
             ? fmt::format("signatures in files of kind {} are not read by this version",
                           ToString(kind))
             : fmt::format("files of kind {} carry no Authenticode signature", ToString(kind));
}

// All other kinds: the digest that Authenticode takes of such a file is the flat one (reference
// section 4), so each type's candidate is over the whole file.
Result<void> IdentifyFlat(const ByteSource& source, std::string_view name,
                          const IdentifyOptions& options, FileIdentity& identity) {
  if (identity.kind == FileKind::kCatalog) {
    TRY_VOID(IdentifyCatalog(source, options, identity));
  } else {
    identity.signature.reason = WhyUnsigned(identity.kind, name);
  }
  std::vector<DigestJob> jobs = {WholeFileJob(DigestAlgorithm::kSha256, source.size())};
  const bool with_sha1 = options.hashing != Hashing::kWithoutSha1 && source.size() > 0;
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

// A script's hashes are flat too; its signature is over its text.
Result<void> IdentifyScript(const ByteSource& source, std::string_view name,
                            const IdentifyOptions& options, FileIdentity& identity) {
  TRY_VOID(IdentifyFlat(source, name, options, identity));
  const auto form = script::SignatureFormOf(script::ExtensionOf(name));
  return form ? ReadScriptSignature(source, *form, options, identity) : Result<void>();
}

Result<void> CheckSize(const ByteSource& source, const IdentifyOptions& options) {
  if (source.size() <= options.max_hashed_bytes) return {};
  return Fail(ErrorCode::kLimitExceeded, fmt::format("the file has {} bytes, at most {} are read",
                                                     source.size(), options.max_hashed_bytes));
}

// What a look at the front of the file tells.
Result<void> Classify(const ByteSource& source, std::string_view name, FileIdentity& identity) {
  ContentKind content = TRY(ClassifyContent(source, name));
  identity.kind = content.kind;
  identity.size = source.size();
  identity.is_library = content.is_library;
  identity.is_program = content.is_program;
  identity.defect = std::move(content.defect);
  return {};
}

Result<void> IdentifyByKind(const ByteSource& source, std::string_view name,
                            const IdentifyOptions& options, FileIdentity& identity) {
  switch (identity.kind) {
    case FileKind::kPe:
      return IdentifyPe(source, options, identity);
    case FileKind::kAppx:
      return IdentifyAppx(source, options, identity);
    case FileKind::kMsi:
    case FileKind::kMsp:
    case FileKind::kMst:
      return IdentifyMsi(source, options, identity);
    case FileKind::kScript:
      return IdentifyScript(source, name, options, identity);
    default:
      return IdentifyFlat(source, name, options, identity);
  }
}

// Those of a copy of the file that nobody looks into: one more reading of it.
Result<void> TakeWeakFlat(const ByteSource& source, const IdentifyOptions& options,
                          FileIdentity& identity) {
  const std::array jobs = {WholeFileJob(DigestAlgorithm::kMd5, source.size()),
                           WholeFileJob(DigestAlgorithm::kSha1, source.size())};
  const auto digests = TRY(TakeDigests(source, jobs, options.max_threads));
  std::ranges::copy(digests[0], identity.flat_md5.emplace().begin());
  std::ranges::copy(digests[1], identity.flat_sha1.emplace().begin());
  return {};
}

Result<void> IdentifyContent(const ByteSource& source, std::string_view name,
                             const IdentifyOptions& options, FileIdentity& identity) {
  // Catalogs may know the file by a digest that no rule asks for.
  IdentifyOptions wider = options;
  const bool asks_by_sha1 = options.catalogs != nullptr && options.catalogs->has_sha1();
  if (asks_by_sha1 && wider.hashing == Hashing::kWithoutSha1) wider.hashing = Hashing::kAll;
  TRY_VOID(IdentifyByKind(source, name, wider, identity));
  AskCatalogs(options, identity);
  if (options.hashing == Hashing::kAllAndWeakFlat) return TakeWeakFlat(source, options, identity);
  if (options.hashing == Hashing::kAll) return {};
  std::erase_if(identity.hashes,
                [](const FileHashCandidate& hash) { return hash.digest.type == HashType::kSha1; });
  return {};
}

// `front` is what was told before the error.
FileIdentity WithoutContent(FileIdentity front, UnknownAttributes unknown, const Error& error) {
  front.unknown = unknown;
  front.defect = error.message;
  if (unknown.publisher) front.signature.reason = error.message;
  return front;
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
  TRY_VOID(CheckSize(source, options));
  FileIdentity identity;
  TRY_VOID(Classify(source, name_hint, identity));
  TRY_VOID(IdentifyContent(source, name_hint, options, identity));
  return identity;
}

FileIdentity IdentifyOrUnknown(const ByteSource& source, std::string_view name_hint,
                               const IdentifyOptions& options) {
  FileIdentity front;
  front.size = source.size();
  if (auto done = Classify(source, name_hint, front); !done) {
    return WithoutContent(std::move(front), {.hash = true, .publisher = true}, done.error());
  }
  FileIdentity identity = front;
  Result<void> done = CheckSize(source, options);
  if (done) done = IdentifyContent(source, name_hint, options, identity);
  if (done) return identity;
  // Any file may be in a catalog.
  const bool can_be_in_catalog = options.catalogs != nullptr && !options.catalogs->empty();
  const bool can_be_signed = can_be_in_catalog || CanBeSigned(front.kind, name_hint);
  if (!can_be_signed) front.signature.reason = WhyUnsigned(front.kind, name_hint);
  return WithoutContent(std::move(front), {.hash = true, .publisher = can_be_signed}, done.error());
}

FileIdentity UnknownIdentity(std::string why) {
  return WithoutContent({}, {.hash = true, .publisher = true},
                        Error{ErrorCode::kIo, std::move(why)});
}

}  // namespace portcullis
