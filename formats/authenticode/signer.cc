// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/signer.h"

#include <fmt/core.h>

#include "formats/authenticode/oid.h"

namespace portcullis::authenticode {
namespace {

// OpenSSL compares the messageDigest attribute and leaves this one to us: without the check a
// signature over one kind of content could stand for another.
Result<void> CheckContentType(PKCS7_SIGNER_INFO* signer, std::string_view wanted) {
  if (sk_X509_ATTRIBUTE_num(signer->auth_attr) <= 0) return {};
  const ASN1_TYPE* value = PKCS7_get_signed_attribute(signer, NID_pkcs9_contentType);
  if (value == nullptr || value->type != V_ASN1_OBJECT) {
    return Fail(ErrorCode::kMalformed, "signature: the contentType attribute is missing");
  }
  if (OidText(value->value.object) != wanted) {
    return Fail(ErrorCode::kUntrusted, fmt::format("it signs content of type {}, not {}",
                                                   OidText(value->value.object), wanted));
  }
  return {};
}

}  // namespace

X509* FindSignerCertificate(const PKCS7_SIGNER_INFO* signer, STACK_OF(X509) * certificates) {
  if (certificates == nullptr) return nullptr;
  const PKCS7_ISSUER_AND_SERIAL* name = signer->issuer_and_serial;
  return X509_find_by_issuer_and_serial(certificates, name->issuer, name->serial);
}

Result<void> VerifySigner(PKCS7* owner, PKCS7_SIGNER_INFO* signer, X509* certificate,
                          const SignedContent& content) {
  TRY_VOID(CheckContentType(signer, content.content_type));
  const int nid = OBJ_obj2nid(signer->digest_alg->algorithm);
  const auto algorithm = DigestFromNid(nid);
  if (!algorithm) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("its signer digests by algorithm {}, read are MD5, SHA-1, SHA-256, "
                            "SHA-384, SHA-512",
                            OidText(signer->digest_alg->algorithm)));
  }
  // PKCS7_signatureVerify takes the content's digest out of a chain of BIOs.
  BioPtr digest(BIO_new(BIO_f_md()));
  BIO_set_md(digest.get(), DigestType(*algorithm));
  BIO_push(digest.get(), BIO_new(BIO_s_null()));
  if (!content.bytes.empty()) {
    BIO_write(digest.get(), content.bytes.data(), static_cast<int>(content.bytes.size()));
  }
  ERR_clear_error();
  if (PKCS7_signatureVerify(digest.get(), owner, signer, certificate) != 1) {
    return Fail(ErrorCode::kUntrusted,
                fmt::format("its signer's signature does not hold: {}", TakeOpensslReason()));
  }
  return {};
}

std::vector<Bytes> UnauthenticatedValues(const PKCS7_SIGNER_INFO* signer, std::string_view oid) {
  std::vector<Bytes> values;
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(signer->unauth_attr); ++i) {
    X509_ATTRIBUTE* attribute = sk_X509_ATTRIBUTE_value(signer->unauth_attr, i);
    if (OidText(X509_ATTRIBUTE_get0_object(attribute)) != oid) continue;
    for (int j = 0; j < X509_ATTRIBUTE_count(attribute); ++j) {
      const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(attribute, j);
      if (value->type == V_ASN1_SEQUENCE) values.push_back(AsBytes(value->value.sequence));
    }
  }
  return values;
}

}  // namespace portcullis::authenticode
