// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/file_facts.h"

#include <algorithm>

namespace portcullis::srp {
namespace {

// Who signed something else did not sign this.
bool IsOfThisFile(SignatureStatus status) {
  return status != SignatureStatus::kUnsigned && status != SignatureStatus::kMalformed &&
         status != SignatureStatus::kBadDigest;
}

}  // namespace

FileFacts FactsOf(const FileIdentity& identity) {
  FileFacts facts;
  facts.unknown = identity.unknown;
  const bool is_seen = !identity.unknown.hash || identity.size > 0;
  if (is_seen) facts.size = identity.size;
  // What it is nobody knows either then.
  facts.is_installer =
      IsInstaller(identity.kind) || (!is_seen && identity.kind == FileKind::kUnknown);
  if (!identity.unknown.hash) {
    facts.md5 = identity.flat_md5;
    facts.sha1 = identity.flat_sha1;
    facts.sha256 = identity.sha256;
  }
  if (!identity.unknown.publisher && IsOfThisFile(identity.signature.status)) {
    facts.signer = identity.signature.signer_thumbprint;
    facts.signature_is_valid = identity.signature.status == SignatureStatus::kValid;
  }
  return facts;
}

}  // namespace portcullis::srp
