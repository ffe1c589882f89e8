// SPDX-License-Identifier: Apache-2.0
#include "identity/signature_report.h"

#include "base/utf.h"

namespace portcullis {
namespace {

using authenticode::Judgement;
using authenticode::SignedData;
using authenticode::Verification;

SignatureStatus StatusOf(Judgement judgement) {
  switch (judgement) {
    case Judgement::kBadDigest:
      return SignatureStatus::kBadDigest;
    case Judgement::kRevoked:
      return SignatureStatus::kRevoked;
    case Judgement::kUntrusted:
      return SignatureStatus::kUntrusted;
    case Judgement::kExpired:
      return SignatureStatus::kExpired;
    case Judgement::kValid:
      return SignatureStatus::kValid;
  }
  return SignatureStatus::kUntrusted;
}

FullyQualifiedBinaryName BinaryName(const std::string& publisher,
                                    const std::optional<VersionInfo>& version) {
  FullyQualifiedBinaryName name;
  name.publisher = publisher;
  if (!version) return name;
  name.product = UpperCase(version->product_name);
  name.binary = UpperCase(version->original_filename);
  name.version = version->file_version;
  return name;
}

// Returns when time alone may change the report.
std::optional<UnixTime> Judge(const SignedData& signature, Bytes digest,
                              const IdentifyOptions& options, SignatureReport& report) {
  ReportSigner(signature, report);
  const Verification verification = signature.Verify(digest, VerifyOptionsOf(options));
  ReportVerification(verification, report);
  return verification.changes_at;
}

SignatureDetails Describe(const SignedData& signature, const SignatureReport& report,
                          const IdentifyOptions& options) {
  SignatureDetails details;
  details.report = report;
  if (!signature.indirect_data().digest.empty()) {
    details.digest_algorithm = ToString(signature.indirect_data().algorithm);
    details.digest = HexUpper(signature.indirect_data().digest);
  }
  details.description = signature.Describe(VerifyOptionsOf(options));
  return details;
}

}  // namespace

void ReportSigner(const SignedData& signature, SignatureReport& report) {
  report.subject = signature.names().subject;
  report.issuer = signature.names().issuer;
  report.publisher_name = signature.names().publisher_name;
  report.signer_thumbprint = signature.names().thumbprint;
}

authenticode::VerifyOptions VerifyOptionsOf(const IdentifyOptions& options) {
  return {.trust = options.trust, .at = options.at};
}

void ReportVerification(const Verification& verification, SignatureReport& report) {
  report.status = StatusOf(verification.judgement);
  report.reason = verification.reason;
  report.timestamp = verification.time_stamp;
  report.is_windows_signed = verification.is_windows_signed;
}

void JudgeSignature(const SignedData& signature, Bytes digest, const IdentifyOptions& options,
                    FileIdentity& identity) {
  identity.valid_until = Judge(signature, digest, options, identity.signature);
}

Result<void> AddDetails(const SignedData& signature, const TakeDigest& take_digest,
                        const IdentifyOptions& options, FileIdentity& identity) {
  if (options.details == Details::kNone) return {};
  identity.signatures.push_back(Describe(signature, identity.signature, options));
  for (const Bytes der : signature.NestedSignatures()) {
    SignatureReport report;
    const auto nested = TRY(KeepOrExplain(SignedData::Parse(der), report));
    if (!nested) {
      identity.signatures.emplace_back().report = report;
      continue;
    }
    const auto digest = TRY(take_digest(nested->indirect_data().algorithm));
    Judge(*nested, digest, options, report);
    identity.signatures.push_back(Describe(*nested, report, options));
  }
  return {};
}

void AddListDetails(const SignedData& signature, const IdentifyOptions& options,
                    FileIdentity& identity) {
  if (options.details == Details::kNone) return;
  identity.signatures.push_back(Describe(signature, identity.signature, options));
  for (const Bytes der : signature.NestedSignatures()) {
    SignatureReport report;
    const auto nested = SignedData::Parse(der, authenticode::ContentKind::kTrustList);
    if (!nested) {
      report.status = SignatureStatus::kMalformed;
      report.reason = nested.error().message;
      identity.signatures.emplace_back().report = report;
      continue;
    }
    ReportSigner(*nested, report);
    ReportVerification(nested->VerifyOwnContent(VerifyOptionsOf(options)), report);
    identity.signatures.push_back(Describe(*nested, report, options));
  }
}

void ConcludeSignature(FileIdentity& identity) {
  if (identity.signature.status == SignatureStatus::kMalformed) {
    identity.defect = identity.signature.reason;
  }
  if (identity.signature.status == SignatureStatus::kValid) {
    identity.publisher = BinaryName(identity.signature.publisher_name, identity.version_info);
  }
}

}  // namespace portcullis
