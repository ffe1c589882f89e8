// SPDX-License-Identifier: Apache-2.0
#include "identity/catalog_identity.h"

#include <fmt/core.h>

#include <algorithm>

#include "formats/catalog/catalog.h"
#include "identity/signature_report.h"

namespace portcullis {
namespace {

// How Windows looks a file up: by what it hashes of a PE file, of any other by the whole.
Bytes DigestOf(const FileIdentity& identity, HashType type) {
  const auto found = std::ranges::find(
      identity.hashes, type, [](const FileHashCandidate& hash) { return hash.digest.type; });
  if (found == identity.hashes.end()) return {};
  return Bytes(found->digest.bytes).first(found->digest.size());
}

void EndSooner(std::optional<UnixTime>& end, const std::optional<UnixTime>& other) {
  if (other) end = std::min(end.value_or(*other), *other);
}

// An answer that the catalog does not change, but may at another time or once it is mended.
void ExplainCatalog(const CatalogFinding& finding, FileIdentity& identity) {
  SignatureReport of_catalog;
  ReportVerification(finding.verification, of_catalog);
  identity.signature.reason +=
      fmt::format("{}the catalog {}, which lists it, {}",
                  identity.signature.reason.empty() ? "" : "; ", finding.name,
                  finding.problem.empty()
                      ? fmt::format("is {}: {}", ToString(of_catalog.status), of_catalog.reason)
                      : fmt::format("is not used: {}", finding.problem));
}

void JudgeCatalog(const catalog::Catalog& parsed, const IdentifyOptions& options,
                  FileIdentity& identity) {
  const catalog::TrustList& list = parsed.list();
  identity.catalog = CatalogSummary{list.version(), list.members(), list.digests()};
  SignatureReport& report = identity.signature;
  report.status = SignatureStatus::kUnsigned;
  report.reason = "the catalog has no signature";
  const authenticode::SignedData* signature = parsed.signature();
  if (signature == nullptr) return;
  ReportSigner(*signature, report);
  const auto verification = signature->VerifyOwnContent(VerifyOptionsOf(options));
  ReportVerification(verification, report);
  identity.valid_until = verification.changes_at;
  AddListDetails(*signature, options, identity);
}

}  // namespace

Result<void> IdentifyCatalog(const ByteSource& source, const IdentifyOptions& options,
                             FileIdentity& identity) {
  SignatureReport& report = identity.signature;
  const auto bytes =
      TRY(KeepOrExplain(source.Copy(0, source.size(), catalog::kMaxCatalogBytes), report));
  if (bytes) {
    const auto parsed = TRY(KeepOrExplain(catalog::Catalog::Parse(*bytes), report));
    if (parsed) JudgeCatalog(*parsed, options, identity);
  }
  ConcludeSignature(identity);
  return {};
}

void AskCatalogs(const IdentifyOptions& options, FileIdentity& identity) {
  // A package's signature stands in the package.
  if (options.catalogs == nullptr || identity.kind == FileKind::kAppx) return;
  if (identity.signature.status == SignatureStatus::kValid) return;
  const auto finding =
      options.catalogs->Find(DigestOf(identity, HashType::kSha256),
                             DigestOf(identity, HashType::kSha1), VerifyOptionsOf(options));
  if (!finding) return;
  EndSooner(identity.valid_until, finding->verification.changes_at);
  const bool is_trusted = finding->problem.empty() &&
                          finding->verification.judgement == authenticode::Judgement::kValid;
  if (!is_trusted) return ExplainCatalog(*finding, identity);
  SignatureReport& report = identity.signature;
  report = SignatureReport();
  report.catalog = finding->name;
  report.subject = finding->signer.subject;
  report.issuer = finding->signer.issuer;
  report.publisher_name = finding->signer.publisher_name;
  report.signer_thumbprint = finding->signer.thumbprint;
  ReportVerification(finding->verification, report);
  ConcludeSignature(identity);
}

}  // namespace portcullis
