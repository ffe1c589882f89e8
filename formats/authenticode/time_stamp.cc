// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/time_stamp.h"

#include <fmt/core.h>
#include <openssl/cms.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "formats/authenticode/asn1.h"
#include "formats/authenticode/chain.h"
#include "formats/authenticode/oid.h"
#include "formats/authenticode/signed_data.h"
#include "formats/authenticode/signer.h"

namespace portcullis::authenticode {
namespace {

constexpr std::string_view kOidTstInfo = "1.2.840.113549.1.9.16.1.4";
constexpr std::string_view kOidPkcs7Data = "1.2.840.113549.1.7.1";

using CmsPtr = OpensslPtr<CMS_ContentInfo, CMS_ContentInfo_free>;

struct FreeOwnedX509Stack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using OwnedX509StackPtr = std::unique_ptr<STACK_OF(X509), FreeOwnedX509Stack>;

Unexpected NotFound(std::string_view what) {
  return Fail(ErrorCode::kMalformed, std::string(what));
}

// All certificates that came with the file, the stamp's own (which may be null) first.
X509StackPtr Certificates(const STACK_OF(X509) * own, const PKCS7* outer) {
  const std::array<const STACK_OF(X509)*, 2> sources = {own, outer->d.sign->cert};
  X509StackPtr all(sk_X509_new_null());
  for (const STACK_OF(X509) * certificates : sources) {
    for (int i = 0; i < sk_X509_num(certificates); ++i) {
      sk_X509_push(all.get(), sk_X509_value(certificates, i));
    }
  }
  return all;
}

Result<void> CheckChain(X509* certificate, STACK_OF(X509) * certificates, const TrustStore* anchors,
                        int64_t time) {
  const ChainResult chain =
      VerifyChain({certificate, certificates, anchors, Usage::kTimeStamping, time});
  if (chain.status == ChainStatus::kTrusted) return {};
  return Fail(ErrorCode::kUntrusted, fmt::format("its signer is not trusted: {}", chain.reason));
}

const void* SignedAttribute(const CMS_SignerInfo* signer, int nid, int type) {
  constexpr int kOnlyOneWithOneValue = -3;
  return CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(nid), kOnlyOneWithOneValue, type);
}

// RFC 3161 names the stamping certificate inside what is signed; where it does, it must be so.
// Microsoft's tokens go on to name an attribute certificate, so only the first name is compared
// (OpenSSL's own check wants to find them all).
Result<void> CheckSigningCertificate(const CMS_SignerInfo* signer, X509* certificate) {
  struct Version {
    int nid;
    DigestAlgorithm default_algorithm;
  };
  for (const Version& version :
       {Version{NID_id_smime_aa_signingCertificate, DigestAlgorithm::kSha1},
        Version{NID_id_smime_aa_signingCertificateV2, DigestAlgorithm::kSha256}}) {
    const auto* der =
        static_cast<const ASN1_STRING*>(SignedAttribute(signer, version.nid, V_ASN1_SEQUENCE));
    if (der == nullptr) continue;
    const auto id = TRY(ParseSigningCertificate(AsBytes(der), version.default_algorithm));
    std::array<uint8_t, EVP_MAX_MD_SIZE> digest = {};
    unsigned size = 0;
    X509_digest(certificate, DigestType(id.algorithm), digest.data(), &size);
    if (!std::ranges::equal(id.digest, Bytes(digest).first(size))) {
      return Fail(ErrorCode::kUntrusted, "it names another certificate as its signer");
    }
  }
  return {};
}

Result<void> CheckImprint(TS_TST_INFO* info, Bytes stamped) {
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info);
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  const auto algorithm = DigestFromNid(OBJ_obj2nid(oid));
  if (!algorithm) return NotFound(fmt::format("digest by algorithm {}", OidText(oid)));
  Digest digest = TRY(Digest::Create(*algorithm));
  digest.Update(stamped);
  if (!std::ranges::equal(digest.Finish(), AsBytes(TS_MSG_IMPRINT_get_msg(imprint)))) {
    return Fail(ErrorCode::kUntrusted, "it stamps another signature");
  }
  return {};
}

// The token's one signer, whose signature over the token holds; its chain is not looked at.
struct Stamper {
  CMS_SignerInfo* signer = nullptr;
  X509* certificate = nullptr;
};
Result<Stamper> VerifyTokenSigner(CMS_ContentInfo* token, STACK_OF(X509) * certificates) {
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(token);
  if (sk_CMS_SignerInfo_num(signers) != 1) return NotFound("it has not exactly one signer");
  Stamper stamper{sk_CMS_SignerInfo_value(signers, 0), nullptr};
  const auto* type = static_cast<const ASN1_OBJECT*>(
      SignedAttribute(stamper.signer, NID_pkcs9_contentType, V_ASN1_OBJECT));
  if (type == nullptr || OidText(type) != kOidTstInfo) {
    return NotFound("its contentType attribute is not TSTInfo");
  }
  constexpr unsigned kOnlyArithmetic = CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY | CMS_NOINTERN;
  const BioPtr sink(BIO_new(BIO_s_null()));
  if (CMS_verify(token, certificates, nullptr, nullptr, sink.get(), kOnlyArithmetic) != 1) {
    return Fail(ErrorCode::kUntrusted,
                fmt::format("its signature does not hold: {}", TakeOpensslReason()));
  }
  CMS_SignerInfo_get0_algs(stamper.signer, nullptr, &stamper.certificate, nullptr, nullptr);
  if (stamper.certificate == nullptr) return NotFound("its signer's certificate is missing");
  return stamper;
}

// What a time stamp that holds says, and who says it.
struct Stamped {
  int64_t time = 0;
  X509Ptr signer;
};
Stamped StampedBy(int64_t time, X509* signer) {
  X509_up_ref(signer);
  return {time, X509Ptr(signer)};
}

// PKCS#7 in OpenSSL knows no attribute certificates, and Microsoft's tokens have some: read as CMS.
Result<Stamped> VerifyToken(Bytes der, PKCS7* outer, Bytes stamped, const TrustStore* anchors) {
  const uint8_t* next = der.data();
  const CmsPtr token(d2i_CMS_ContentInfo(nullptr, &next, static_cast<long>(der.size())));
  if (!token || OBJ_obj2nid(CMS_get0_type(token.get())) != NID_pkcs7_signed) {
    return NotFound(fmt::format("the token is no signed data: {}", TakeOpensslReason()));
  }
  ASN1_OCTET_STRING** content = CMS_get0_content(token.get());
  if (content == nullptr || *content == nullptr ||
      OidText(CMS_get0_eContentType(token.get())) != kOidTstInfo) {
    return NotFound("the token holds no TSTInfo");
  }
  const uint8_t* info_der = ASN1_STRING_get0_data(*content);
  const TstInfoPtr info(d2i_TS_TST_INFO(nullptr, &info_der, ASN1_STRING_length(*content)));
  if (!info) return NotFound(fmt::format("its TSTInfo can not be read: {}", TakeOpensslReason()));
  TRY_VOID(CheckImprint(info.get(), stamped));
  const auto time = ToUnixTime(TS_TST_INFO_get_time(info.get()));
  if (!time) return NotFound("its time can not be read");

  const OwnedX509StackPtr own(CMS_get1_certs(token.get()));
  if (sk_X509_num(own.get()) > static_cast<int>(kMaxCertificates)) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("the token has {} certificates, at most {}",
                                                       sk_X509_num(own.get()), kMaxCertificates));
  }
  const X509StackPtr certificates = Certificates(own.get(), outer);
  const Stamper stamper = TRY(VerifyTokenSigner(token.get(), certificates.get()));
  TRY_VOID(CheckSigningCertificate(stamper.signer, stamper.certificate));
  TRY_VOID(CheckChain(stamper.certificate, certificates.get(), anchors, *time));
  return StampedBy(*time, stamper.certificate);
}

Result<Stamped> VerifyCounterSignature(Bytes der, PKCS7* outer, Bytes stamped,
                                       const TrustStore* anchors) {
  const uint8_t* next = der.data();
  const SignerInfoPtr signer(d2i_PKCS7_SIGNER_INFO(nullptr, &next, static_cast<long>(der.size())));
  if (!signer) {
    return NotFound(fmt::format("the counter-signature is no SignerInfo: {}", TakeOpensslReason()));
  }
  const X509StackPtr certificates = Certificates(nullptr, outer);
  X509* certificate = FindSignerCertificate(signer.get(), certificates.get());
  if (certificate == nullptr) return NotFound("its signer's certificate is missing");
  TRY_VOID(VerifySigner(outer, signer.get(), certificate, {kOidPkcs7Data, stamped}));

  const ASN1_TYPE* value = PKCS7_get_signed_attribute(signer.get(), NID_pkcs9_signingTime);
  const bool is_time =
      value != nullptr && (value->type == V_ASN1_UTCTIME || value->type == V_ASN1_GENERALIZEDTIME);
  const auto time = is_time ? ToUnixTime(value->value.asn1_string) : std::nullopt;
  if (!time) return NotFound("its signingTime is missing");
  TRY_VOID(CheckChain(certificate, certificates.get(), anchors, *time));
  return StampedBy(*time, certificate);
}

using Verifier = Result<Stamped> (*)(Bytes, PKCS7*, Bytes, const TrustStore*);
struct Form {
  std::string_view oid;
  std::string_view name;
  Verifier verify;
};
constexpr Form kForms[] = {
    {kOidRfc3161CounterSign, "RFC 3161", VerifyToken},
    {kOidPkcs9CounterSignature, "PKCS#9 counter-signature", VerifyCounterSignature}};

}  // namespace

TimeStamp FindTimeStamp(PKCS7* owner, const PKCS7_SIGNER_INFO* signer, const TrustStore* anchors) {
  TimeStamp result;
  const Bytes stamped = AsBytes(signer->enc_digest);
  for (const Form& form : kForms) {
    auto values = UnauthenticatedValues(signer, form.oid);
    values.resize(std::min(values.size(), kMaxTimeStamps));
    for (const Bytes value : values) {
      auto good = form.verify(value, owner, stamped, anchors);
      if (good) return {good->time, "", std::move(good->signer), form.name};
      if (result.reason.empty()) result.reason = "time stamp: " + good.error().message;
    }
  }
  return result;
}

}  // namespace portcullis::authenticode
