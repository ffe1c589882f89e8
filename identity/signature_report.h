// SPDX-License-Identifier: Apache-2.0
// What the signed kinds have in common: how a signature becomes a report and a publisher. For the
// .cc files of this folder.
//
// Errors:  KeepOrExplain passes kIo on; any other error of a part of the file becomes the report.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "formats/authenticode/signed_data.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis {

// The value, or nullopt and the reason in `report`; what can not be read at all ends everything.
template <typename T>
Result<std::optional<T>> KeepOrExplain(Result<T> result, SignatureReport& report) {
  if (result) return std::optional<T>(*std::move(result));
  if (result.error().code == ErrorCode::kIo) return Unexpected(std::move(result).error());
  report.status = SignatureStatus::kMalformed;
  report.reason = std::move(result).error().message;
  return std::optional<T>();
}

// The names in the signer's certificate, whether or not the signature holds.
void ReportSigner(const authenticode::SignedData& signature, SignatureReport& report);

authenticode::VerifyOptions VerifyOptionsOf(const IdentifyOptions& options);

// Everything in the report but the names.
void ReportVerification(const authenticode::Verification& verification, SignatureReport& report);

// Judges the signature; `digest` is the file's by the algorithm that the signature names.
void JudgeSignature(const authenticode::SignedData& signature, Bytes digest,
                    const IdentifyOptions& options, FileIdentity& identity);

// The file's digest by an algorithm that a nested signature names; an error where it can not be
// taken.
using TakeDigest = std::function<Result<std::vector<uint8_t>>(authenticode::DigestAlgorithm)>;

// Adds what is to be shown of `signature`, judged already, and of those nested in it. Where details
// are not asked for, does nothing.
Result<void> AddDetails(const authenticode::SignedData& signature, const TakeDigest& take_digest,
                        const IdentifyOptions& options, FileIdentity& identity);

// The same for a trust list, which says itself all that it signs, as those nested in it do.
void AddListDetails(const authenticode::SignedData& signature, const IdentifyOptions& options,
                    FileIdentity& identity);

// What follows from the report: the defect where it is malformed, the publisher where it is valid.
// `version_info` is filled before.
void ConcludeSignature(FileIdentity& identity);

}  // namespace portcullis
