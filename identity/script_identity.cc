// SPDX-License-Identifier: Apache-2.0
#include "identity/script_identity.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "formats/authenticode/signed_data.h"
#include "formats/script/signature_block.h"
#include "identity/signature_report.h"

namespace portcullis {
namespace {

using authenticode::DigestAlgorithm;
using authenticode::SignedData;

// What could be read of the file; what could not is absent, and the report says why.
struct ScriptParts {
  std::optional<script::SignatureBlock> block;
  std::optional<SignedData> signature;
};

Result<ScriptParts> ReadParts(const ByteSource& source, script::SignatureForm form,
                              SignatureReport& report) {
  ScriptParts parts;
  auto block = TRY(KeepOrExplain(script::FindSignatureBlock(source, form), report));
  if (!block) return parts;
  if (!block->has_value()) {
    report.status = SignatureStatus::kUnsigned;
    report.reason = "the file has no embedded signature";
    return parts;
  }
  parts.block = *std::move(block);
  parts.signature = TRY(KeepOrExplain(SignedData::Parse(parts.block->der), report));
  return parts;
}

using Digests = std::vector<std::vector<uint8_t>>;

// Which of the encodings the signer's machine saw in the text, the signature alone tells.
size_t NamedBy(const SignedData& signature, const Digests& digests) {
  const auto named = std::ranges::find(digests, signature.indirect_data().digest);
  return named == digests.end() ? 0 : static_cast<size_t>(named - digests.begin());
}

void ReportNoText(const SignedData& signature, SignatureReport& report) {
  ReportSigner(signature, report);
  report.status = SignatureStatus::kBadDigest;
  report.reason =
      "the file was changed after it was signed: its text is not of the encoding that its byte "
      "order mark says";
}

Result<void> Judge(const ByteSource& source, const ScriptParts& parts,
                   const IdentifyOptions& options, FileIdentity& identity) {
  const SignedData& signature = *parts.signature;
  const auto take_digests = [&](DigestAlgorithm algorithm) {
    return script::TakeTextDigests(source, *parts.block, algorithm);
  };
  const Digests digests = TRY(take_digests(signature.indirect_data().algorithm));
  const size_t named = NamedBy(signature, digests);
  if (digests.empty()) {
    ReportNoText(signature, identity.signature);
  } else {
    JudgeSignature(signature, digests[named], options, identity);
  }
  const auto take_digest = [&](DigestAlgorithm algorithm) -> Result<std::vector<uint8_t>> {
    Digests all = TRY(take_digests(algorithm));
    return named < all.size() ? std::move(all[named]) : std::vector<uint8_t>();
  };
  return AddDetails(signature, take_digest, options, identity);
}

}  // namespace

Result<void> ReadScriptSignature(const ByteSource& source, script::SignatureForm form,
                                 const IdentifyOptions& options, FileIdentity& identity) {
  const ScriptParts parts = TRY(ReadParts(source, form, identity.signature));
  if (parts.signature) TRY_VOID(Judge(source, parts, options, identity));
  ConcludeSignature(identity);
  return {};
}

}  // namespace portcullis
