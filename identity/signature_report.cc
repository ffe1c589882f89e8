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

}  // namespace

void ReportSigner(const SignedData& signature, SignatureReport& report) {
  report.subject = signature.names().subject;
  report.issuer = signature.names().issuer;
  report.publisher_name = signature.names().publisher_name;
}

void JudgeSignature(const SignedData& signature, Bytes digest, const IdentifyOptions& options,
                    FileIdentity& identity) {
  SignatureReport& report = identity.signature;
  ReportSigner(signature, report);
  const Verification verification =
      signature.Verify(digest, {.trust = options.trust, .at = options.at});
  report.status = StatusOf(verification.judgement);
  report.reason = verification.reason;
  report.timestamp = verification.time_stamp;
  report.is_windows_signed = verification.is_windows_signed;
  identity.valid_until = verification.changes_at;
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
