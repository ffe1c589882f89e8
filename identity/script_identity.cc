// SPDX-License-Identifier: Apache-2.0
#include "identity/script_identity.h"

#include <algorithm>
#include <optional>

#include "formats/authenticode/signed_data.h"
#include "formats/script/signature_block.h"
#include "identity/signature_report.h"

namespace portcullis {
namespace {

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

Result<void> Judge(const ByteSource& source, const ScriptParts& parts,
                   const IdentifyOptions& options, FileIdentity& identity) {
  const authenticode::IndirectData& data = parts.signature->indirect_data();
  const auto digests = TRY(script::TakeTextDigests(source, *parts.block, data.algorithm));
  if (digests.empty()) {
    ReportSigner(*parts.signature, identity.signature);
    identity.signature.status = SignatureStatus::kBadDigest;
    identity.signature.reason =
        "the file was changed after it was signed: its text is not of the "
        "encoding that its byte order mark says";
    return {};
  }
  // Which of the two encodings the signer's machine saw in it, the signature alone tells.
  const auto named = std::ranges::find_if(
      digests, [&](const auto& digest) { return std::ranges::equal(digest, data.digest); });
  JudgeSignature(*parts.signature, named == digests.end() ? digests.front() : *named, options,
                 identity);
  return {};
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
