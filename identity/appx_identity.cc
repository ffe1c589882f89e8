// SPDX-License-Identifier: Apache-2.0
// The signature is over the package's bytes as they lie in the file, so its digests are compared
// before anything is believed of the rest; what a reader could take in two ways is refused even
// where they agree.
#include "identity/appx_identity.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "base/quote.h"
#include "base/utf.h"
#include "formats/appx/block_map.h"
#include "formats/appx/manifest.h"
#include "formats/appx/parts.h"
#include "formats/appx/signature.h"
#include "formats/authenticode/signed_data.h"
#include "formats/zip/entry_stream.h"
#include "formats/zip/layout.h"
#include "identity/file_hasher.h"
#include "identity/pe_identity.h"
#include "identity/signature_report.h"

namespace portcullis {
namespace {

using appx::Covered;
using appx::PartDigest;
using authenticode::Digest;
using authenticode::DigestAlgorithm;
using authenticode::SignedData;

// Whatever the name of the program or package, rules and events have this as its binary.
constexpr std::string_view kBinaryName = "APPX";
constexpr size_t kPieceBytes = 64 << 10;

struct Signature {
  const zip::Entry* entry = nullptr;
  SignedData data;
  std::vector<PartDigest> stored;
};

// What is wrong with the package, the first of it.
struct Fault {
  SignatureStatus status = SignatureStatus::kMalformed;
  std::string reason;
};

Unexpected Malformed(std::string what) { return Fail(ErrorCode::kMalformed, std::move(what)); }

class PackageLook {
 public:
  PackageLook(const ByteSource& source, const IdentifyOptions& options, FileIdentity& identity)
      : source_(source), options_(options), identity_(identity) {}

  Result<void> Run() {
    TRY_VOID(Keep(Open()));
    const bool has_directory = directory_.has_value() && !fault_;
    is_unreadable_ = !has_directory;
    std::optional<Signature> signature;
    if (has_directory) {
      signature = TRY(ReadSignature());
      if (!fault_) TRY_VOID(Keep(CheckFront()));
      if (!manifest_) TRY_VOID(Keep(ReadManifest()));
    }
    TRY_VOID(TakeFileDigests(signature));
    if (signature) TRY_VOID(JudgePackage(*signature));
    const bool is_changed = identity_.signature.status == SignatureStatus::kBadDigest;
    if (has_directory && !fault_ && !is_changed) TRY_VOID(Keep(CheckBlocks()));
    if (!fault_ && signature && !is_changed) TRY_VOID(Keep(ComparePublisher(*signature)));
    Conclude(signature.has_value());
    return {};
  }
  // Of a package that is encrypted.
  Result<void> TakeWholeFileDigests() { return TakeFileDigests(std::nullopt); }

 private:
  // What can not be read at all ends everything; any other error is a fault of the package.
  Result<void> Keep(Result<void> step) {
    if (step) return {};
    if (step.error().code == ErrorCode::kIo) return step;
    if (fault_) return {};
    const bool other_content = step.error().code == ErrorCode::kUntrusted;
    fault_ = {other_content ? SignatureStatus::kBadDigest : SignatureStatus::kMalformed,
              std::move(step).error().message};
    return {};
  }

  Result<void> Open() {
    directory_ = TRY(zip::Directory::Read(source_));
    return zip::CheckExpansion(directory_->entries(), source_.size());
  }

  Result<std::optional<Signature>> ReadSignature() {
    const zip::Entry* entry = directory_->Find(appx::kSignatureName);
    if (entry == nullptr) return std::optional<Signature>();
    auto signature = ParseSignature(*entry);
    if (signature) return std::optional<Signature>(*std::move(signature));
    has_bad_signature_ = true;
    TRY_VOID(Keep(Unexpected(std::move(signature).error())));
    return std::optional<Signature>();
  }

  Result<Signature> ParseSignature(const zip::Entry& entry) const {
    const auto p7x = TRY(zip::ReadWhole(source_, entry, appx::kMaxSignatureBytes));
    auto data = TRY(SignedData::Parse(TRY(appx::UnwrapP7x(p7x))));
    auto stored = TRY(appx::ParsePartDigests(data.indirect_data()));
    return Signature{&entry, std::move(data), std::move(stored)};
  }

  // Everything that does not take unpacking the files.
  Result<void> CheckFront() {
    const auto order = TRY(zip::CheckLayout(source_, *directory_));
    parts_ = TRY(appx::Parts::Index(*directory_));
    const zip::Entry* signature = parts_->Find(appx::kSignatureName);
    if (signature != nullptr && order.back() != signature) {
      return Malformed("package: the signature is not its last part");
    }
    for (const std::string_view name : {appx::kContentTypesName, appx::kBlockMapName}) {
      if (parts_->Find(name) == nullptr) {
        return Malformed(fmt::format("package: it has no {}", name));
      }
    }
    TRY_VOID(ReadManifest());
    return CheckBundle();
  }

  Result<void> ReadManifest() {
    const zip::Entry* package = directory_->Find(appx::kManifestName);
    const zip::Entry* bundle = directory_->Find(appx::kBundleManifestName);
    if ((package == nullptr) == (bundle == nullptr)) {
      return Malformed(package == nullptr ? "package: it has no manifest"
                                          : "package: it has a package's and a bundle's manifest");
    }
    auto stream = TRY(zip::EntryStream::Open(source_, package != nullptr ? *package : *bundle));
    auto manifest = TRY(appx::ParseManifest(stream));
    if (manifest.is_bundle != (bundle != nullptr)) {
      return Malformed("package: its manifest is of the other kind than its name says");
    }
    const auto version = TRY(FileVersion::Parse(manifest.version));
    identity_.package = {manifest.name,        manifest.publisher, version, manifest.architecture,
                         manifest.resource_id, manifest.is_bundle, false};
    identity_.version_info = {manifest.name, std::string(kBinaryName), version};
    manifest_ = std::move(manifest);
    return {};
  }

  // The packages in a bundle lie where its manifest says, as they are.
  Result<void> CheckBundle() {
    for (const appx::BundlePackage& package : manifest_->packages) {
      const zip::Entry* entry = parts_->Find(package.file_name);
      const auto fault = [&](std::string_view what) {
        return Malformed(fmt::format("bundle: {} {}", Quote(package.file_name), what));
      };
      if (entry == nullptr) return fault("is named and not in it");
      const auto place = TRY(zip::ReadLocalPlace(source_, *entry));
      if (entry->method != zip::kStored || entry->size != package.size ||
          place.content_offset != package.offset) {
        return fault("is not where the manifest says, or not so large");
      }
      if (!payload_.insert(entry).second) return fault("is named twice");
    }
    return {};
  }

  Result<void> TakeFileDigests(const std::optional<Signature>& signature) {
    std::vector<DigestJob> jobs = {WholeFileJob(DigestAlgorithm::kSha256, source_.size())};
    const bool with_sha1 = options_.hashing != Hashing::kWithoutSha1;
    if (with_sha1) jobs.push_back(WholeFileJob(DigestAlgorithm::kSha1, source_.size()));
    if (signature) {
      jobs.push_back(
          WholeFileJob(signature->data.indirect_data().algorithm, signature->entry->local_offset));
    }
    auto digests = TRY(TakeDigests(source_, jobs, options_.max_threads));
    SetWholeFileDigest(identity_, digests[0]);
    for (const HashType type : {HashType::kSha256, HashType::kSha256Flat}) {
      identity_.hashes.push_back(MakeCandidate(type, HashForm::kFlat, digests[0]));
    }
    if (with_sha1) {
      identity_.hashes.push_back(MakeCandidate(HashType::kSha1, HashForm::kFlat, digests[1]));
    }
    if (signature) files_digest_ = std::move(digests.back());
    return {};
  }

  // Empty where there is nothing to digest, or it can not be unpacked: equal to no digest.
  Result<std::vector<uint8_t>> TakePartDigest(std::string_view name, DigestAlgorithm algorithm) {
    const zip::Entry* entry = directory_->Find(name);
    if (entry == nullptr) return std::vector<uint8_t>();
    auto digest = DigestContent(*entry, algorithm);
    if (digest || digest.error().code == ErrorCode::kIo) return digest;
    return std::vector<uint8_t>();
  }

  Result<std::vector<uint8_t>> DigestContent(const zip::Entry& entry,
                                             DigestAlgorithm algorithm) const {
    auto stream = TRY(zip::EntryStream::Open(source_, entry));
    auto digest = TRY(Digest::Create(algorithm));
    std::vector<uint8_t> piece(kPieceBytes);
    for (;;) {
      const size_t size = TRY(stream.ReadSome(piece));
      if (size == 0) return digest.Finish();
      digest.Update(Bytes(piece).first(size));
    }
  }

  Result<std::vector<uint8_t>> TakeDigest(const Signature& signature, Covered covered) {
    const DigestAlgorithm algorithm = signature.data.indirect_data().algorithm;
    switch (covered) {
      case Covered::kFiles:
        return files_digest_;
      case Covered::kDirectory:
        return appx::TakeDirectoryDigest(*directory_, *signature.entry, algorithm);
      case Covered::kContentTypes:
        return TakePartDigest(appx::kContentTypesName, algorithm);
      case Covered::kBlockMap:
        return TakePartDigest(appx::kBlockMapName, algorithm);
      case Covered::kCodeIntegrity:
        return TakePartDigest(appx::kCodeIntegrityName, algorithm);
    }
    return std::vector<uint8_t>();
  }

  Result<void> JudgePackage(const Signature& signature) {
    std::vector<PartDigest> real;
    std::string changed;
    for (const PartDigest& stored : signature.stored) {
      real.push_back({stored.covered, TRY(TakeDigest(signature, stored.covered))});
      if (real.back().digest == stored.digest) continue;
      changed += fmt::format("{}{}", changed.empty() ? "" : ", ", ToString(stored.covered));
    }
    const auto joined = appx::JoinPartDigests(real);
    JudgeSignature(signature.data, joined, options_, identity_);
    identity_.signature.publisher_name = UpperCase(signature.data.names().x500_name);
    if (!changed.empty()) {
      identity_.signature.reason += fmt::format(": {} differ from its digests", changed);
    }
    // A nested signature would have digests of its own kinds, which nobody makes.
    const auto take_digest = [&](DigestAlgorithm) -> Result<std::vector<uint8_t>> {
      return joined;
    };
    return AddDetails(signature.data, take_digest, options_, identity_);
  }

  Result<void> CheckBlocks() {
    const zip::Entry* map = parts_->Find(appx::kBlockMapName);
    std::unordered_set<const zip::Entry*> exempt = payload_;
    for (const std::string_view name : {appx::kBlockMapName, appx::kSignatureName,
                                        appx::kContentTypesName, appx::kCodeIntegrityName}) {
      exempt.insert(parts_->Find(name));
    }
    return appx::CheckBlockMap(source_, *parts_, *map, exempt);
  }

  Result<void> ComparePublisher(const Signature& signature) const {
    const bool covers_catalog = std::ranges::find(signature.stored, Covered::kCodeIntegrity,
                                                  &PartDigest::covered) != signature.stored.end();
    if (!covers_catalog && parts_->Find(appx::kCodeIntegrityName) != nullptr) {
      return Malformed("package: its signature has no digest of CodeIntegrity.cat");
    }
    const std::string& subject = signature.data.names().x500_name;
    if (subject.empty() || manifest_->publisher == subject) return {};
    return Malformed(fmt::format("package: its publisher {} is not the signer's subject {}",
                                 Quote(manifest_->publisher), Quote(subject)));
  }

  // A changed package is named as such whatever else is wrong with it; a fault outranks the chain.
  void Conclude(bool has_signature) {
    SignatureReport& report = identity_.signature;
    if (fault_) identity_.defect = fault_->reason;
    if (!has_signature && !has_bad_signature_) {
      report.status = is_unreadable_ ? SignatureStatus::kMalformed : SignatureStatus::kUnsigned;
      report.reason = is_unreadable_ ? fault_->reason : "the package has no signature";
    } else if (fault_ && report.status != SignatureStatus::kBadDigest) {
      report.status = fault_->status;
      report.reason = fault_->reason;
      report.is_windows_signed = false;
      identity_.valid_until.reset();
    }
    if (report.status != SignatureStatus::kValid) return;
    identity_.publisher = {report.publisher_name, UpperCase(manifest_->name),
                           std::string(kBinaryName), identity_.package->version};
  }

  const ByteSource& source_;
  const IdentifyOptions& options_;
  FileIdentity& identity_;
  std::optional<zip::Directory> directory_;
  std::optional<appx::Parts> parts_;
  std::optional<appx::Manifest> manifest_;
  std::unordered_set<const zip::Entry*> payload_;  // the packages in a bundle
  std::vector<uint8_t> files_digest_;
  std::optional<Fault> fault_;
  bool has_bad_signature_ = false;
  bool is_unreadable_ = false;  // not even a look at the entries is possible, or safe
};

}  // namespace

std::string PackageFamilyName(const PackageIdentity& package) {
  return fmt::format("{}_{}", package.name, appx::PublisherId(package.publisher));
}

Result<void> IdentifyAppx(const ByteSource& source, const IdentifyOptions& options,
                          FileIdentity& identity) {
  const uint64_t size = std::min<uint64_t>(source.size(), appx::kEncryptedHeadBytes);
  const auto head = TRY(source.Copy(0, size, appx::kEncryptedHeadBytes));
  PackageLook look(source, options, identity);
  if (zip::IsZip(head)) return look.Run();
  PackageIdentity package;
  package.is_encrypted = true;
  package.is_bundle = appx::IsEncryptedBundle(head);
  identity.package = package;
  identity.signature.reason = "an encrypted package: its content and its signature can not be read";
  return look.TakeWholeFileDigests();
}

}  // namespace portcullis
