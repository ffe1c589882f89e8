// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/signed_data.h"

#include <fmt/core.h>

#include <algorithm>

#include "formats/authenticode/certificate_description.h"
#include "formats/authenticode/chain.h"
#include "formats/authenticode/names.h"
#include "formats/authenticode/oid.h"
#include "formats/authenticode/openssl.h"
#include "formats/authenticode/signer.h"
#include "formats/authenticode/time_stamp.h"

namespace portcullis::authenticode {

struct SignedData::State {
  Pkcs7Ptr pkcs7;
  PKCS7_SIGNER_INFO* signer = nullptr;  // in `pkcs7`, as is the certificate
  X509* certificate = nullptr;          // null where the signature does not hold it
  ContentKind kind = ContentKind::kIndirectData;
  Bytes content;  // what is signed, in `pkcs7`
  IndirectData indirect_data;
  SignerNames names;
};

namespace {

Unexpected Malformed(std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("signature: {}", what));
}

Result<Pkcs7Ptr> ParsePkcs7(Bytes der) {
  const uint8_t* next = der.data();
  Pkcs7Ptr pkcs7(d2i_PKCS7(nullptr, &next, static_cast<long>(der.size())));
  if (!pkcs7) return Malformed(fmt::format("not PKCS#7: {}", TakeOpensslReason()));
  ERR_clear_error();
  if (!PKCS7_type_is_signed(pkcs7.get()) || pkcs7->d.sign == nullptr) {
    return Malformed("PKCS#7, but not signed data");
  }
  const int certificates = sk_X509_num(pkcs7->d.sign->cert);
  if (certificates > static_cast<int>(kMaxCertificates)) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("signature: {} certificates, at most {}",
                                                       certificates, kMaxCertificates));
  }
  return pkcs7;
}

std::string_view ContentType(ContentKind kind) {
  return kind == ContentKind::kTrustList ? kOidTrustList : kOidSpcIndirectData;
}

// The SEQUENCE that is signed, with its header: the digest is over what stands behind that.
Result<Bytes> FindContent(const PKCS7* pkcs7, ContentKind kind) {
  const PKCS7* content = pkcs7->d.sign->contents;
  if (content == nullptr || OidText(content->type) != ContentType(kind)) {
    return Malformed(fmt::format(
        "its content is of another type than {}",
        kind == ContentKind::kTrustList ? "a certificate trust list" : "SpcIndirectDataContent"));
  }
  const ASN1_TYPE* value = content->d.other;
  if (value == nullptr || value->type != V_ASN1_SEQUENCE) {
    return Malformed("its content is missing");
  }
  return AsBytes(value->value.sequence);
}

Result<Bytes> WithoutHeader(Bytes element) {
  const uint8_t* next = element.data();
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int flags =
      ASN1_get_object(&next, &length, &tag, &tag_class, static_cast<long>(element.size()));
  const auto header = static_cast<size_t>(next - element.data());
  // 0x80 reports an error; the low bit an indefinite length, which DER does not have.
  if ((flags & 0x81) != 0 || static_cast<size_t>(length) != element.size() - header) {
    ERR_clear_error();
    return Malformed("its content is not DER");
  }
  return element.subspan(header);
}

SignerNames NamesOf(const X509* certificate) {
  if (certificate == nullptr) return {};
  const X509_NAME* subject = X509_get_subject_name(certificate);
  SignerNames names = {DisplayName(subject), DisplayName(X509_get_issuer_name(certificate)),
                       PublisherName(subject), X500Name(subject)};
  std::array<uint8_t, 20> thumbprint = {};
  if (X509_digest(certificate, EVP_sha1(), thumbprint.data(), nullptr) == 1) {
    names.thumbprint = thumbprint;
  }
  return names;
}

Verification Judged(Judgement judgement, std::string reason) {
  Verification verification;
  verification.judgement = judgement;
  verification.reason = std::move(reason);
  return verification;
}

// Expiry of a signing certificate is forgiven to what was stamped while it was valid, unless the
// certificate says that its signatures end with it.
bool StampCounts(X509* certificate, const TimeStamp& stamp) {
  return stamp.time.has_value() && !ListsUsage(certificate, kOidLifetimeSigning);
}

std::string ExpiryReason(const ChainResult& chain, const TimeStamp& stamp, bool stamp_counts) {
  if (stamp_counts) return fmt::format("when it was time-stamped: {}", chain.reason);
  if (stamp.time) return fmt::format("{}, and its time stamp does not extend it", chain.reason);
  if (!stamp.reason.empty()) return fmt::format("{} ({})", chain.reason, stamp.reason);
  return fmt::format("{}, and there is no time stamp", chain.reason);
}

// Why the administrator's weak-digests refuses it, or nullopt.
std::optional<std::string> FindRefusedDigest(const IndirectData& file,
                                             const PKCS7_SIGNER_INFO* signer,
                                             const TrustStore* trust) {
  const int nids[] = {DigestNid(file.algorithm), OBJ_obj2nid(signer->digest_alg->algorithm)};
  for (const int nid : nids) {
    if (!IsRefusedDigest(trust, nid)) continue;
    return fmt::format("it rests on {}, which weak-digests refuses", OBJ_nid2sn(nid));
  }
  return std::nullopt;
}

}  // namespace

SignedData::SignedData(std::unique_ptr<State> state) : state_(std::move(state)) {}
SignedData::SignedData(SignedData&&) noexcept = default;
SignedData& SignedData::operator=(SignedData&&) noexcept = default;
SignedData::~SignedData() = default;

const IndirectData& SignedData::indirect_data() const { return state_->indirect_data; }
const SignerNames& SignedData::names() const { return state_->names; }

Bytes SignedData::content() const { return state_->content; }

Result<SignedData> SignedData::Parse(Bytes der, ContentKind kind) {
  auto state = std::make_unique<State>();
  state->kind = kind;
  state->pkcs7 = TRY(ParsePkcs7(der));
  const Bytes element = TRY(FindContent(state->pkcs7.get(), kind));
  state->content = TRY(WithoutHeader(element));
  if (kind == ContentKind::kIndirectData) state->indirect_data = TRY(ParseIndirectData(element));

  STACK_OF(PKCS7_SIGNER_INFO)* signers = PKCS7_get_signer_info(state->pkcs7.get());
  if (sk_PKCS7_SIGNER_INFO_num(signers) < 1) return Malformed("it has no signer");
  state->signer = sk_PKCS7_SIGNER_INFO_value(signers, 0);
  state->certificate = FindSignerCertificate(state->signer, state->pkcs7->d.sign->cert);
  state->names = NamesOf(state->certificate);
  return SignedData(std::move(state));
}

Verification SignedData::Verify(Bytes file_digest, const VerifyOptions& options) const {
  // A trust list holds no digest of the file it stands in.
  if (state_->kind != ContentKind::kIndirectData ||
      !std::ranges::equal(file_digest, state_->indirect_data.digest)) {
    return Judged(Judgement::kBadDigest, "the file was changed after it was signed");
  }
  return VerifyContent(options);
}

Verification SignedData::VerifyOwnContent(const VerifyOptions& options) const {
  if (state_->kind != ContentKind::kTrustList) {
    return Judged(Judgement::kBadDigest, "it signs a digest, which was not compared");
  }
  return VerifyContent(options);
}

Verification SignedData::VerifyContent(const VerifyOptions& options) const {
  if (state_->certificate == nullptr) {
    return Judged(Judgement::kUntrusted, "the signer's certificate is not in the signature");
  }
  const auto holds = VerifySigner(state_->pkcs7.get(), state_->signer, state_->certificate,
                                  {ContentType(state_->kind), state_->content});
  if (!holds) return Judged(Judgement::kBadDigest, holds.error().message);
  if (auto refused = FindRefusedDigest(state_->indirect_data, state_->signer, options.trust)) {
    return Judged(Judgement::kUntrusted, *std::move(refused));
  }

  const TimeStamp stamp = FindTimeStamp(state_->pkcs7.get(), state_->signer, options.trust);
  const bool stamp_counts = StampCounts(state_->certificate, stamp);
  const ChainResult chain =
      VerifyChain({state_->certificate, state_->pkcs7->d.sign->cert, options.trust,
                   Usage::kCodeSigning, stamp_counts ? *stamp.time : options.at});
  Verification result;
  result.time_stamp = stamp.time;
  // What a time stamp has settled no clock unsettles.
  if (!stamp_counts) result.changes_at = chain.changes_at;
  switch (chain.status) {
    case ChainStatus::kRevoked:
      result.judgement = Judgement::kRevoked;
      result.reason = chain.reason;
      break;
    case ChainStatus::kUntrusted:
      result.judgement = Judgement::kUntrusted;
      result.reason = chain.reason;
      break;
    case ChainStatus::kExpired:
      result.judgement = Judgement::kExpired;
      result.reason = ExpiryReason(chain, stamp, stamp_counts);
      break;
    case ChainStatus::kTrusted:
      result.judgement = Judgement::kValid;
      result.is_windows_signed = ListsUsage(state_->certificate, kOidWindowsSystemComponent);
      break;
  }
  return result;
}

SignatureDescription SignedData::Describe(const VerifyOptions& options) const {
  SignatureDescription description;
  description.signer_digest = DigestName(state_->signer->digest_alg->algorithm);
  if (state_->certificate == nullptr) return description;
  STACK_OF(X509)* certificates = state_->pkcs7->d.sign->cert;
  for (const X509Ptr& certificate :
       BuildChain({state_->certificate, certificates, options.trust, Usage::kCodeSigning, 0})) {
    description.chain.push_back(DescribeCertificate(certificate.get()));
  }
  const TimeStamp stamp = FindTimeStamp(state_->pkcs7.get(), state_->signer, options.trust);
  if (stamp.signer) {
    description.stamp_form = stamp.form;
    description.stamp_signer = DescribeCertificate(stamp.signer.get());
  }
  return description;
}

std::vector<Bytes> SignedData::NestedSignatures() const {
  auto nested = UnauthenticatedValues(state_->signer, kOidNestedSignature);
  nested.resize(std::min(nested.size(), kMaxNestedSignatures));
  return nested;
}

}  // namespace portcullis::authenticode
