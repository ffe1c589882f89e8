// SPDX-License-Identifier: Apache-2.0
// The one place with ASN.1 templates: OpenSSL's macros make the parser from the structs.
#include "formats/authenticode/asn1.h"

#include <fmt/core.h>
#include <openssl/asn1t.h>

#include "formats/authenticode/oid.h"
#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {
namespace {

struct SpcAttributeTypeAndOptionalValue {
  ASN1_OBJECT* type;
  ASN1_TYPE* value;
};

struct SpcIndirectDataContent {
  SpcAttributeTypeAndOptionalValue* data;
  X509_SIG* message_digest;  // OpenSSL's name for DigestInfo
};

struct EssCertificateId {
  X509_ALGOR* algorithm;  // absent in version 1, and in version 2 where it is SHA-256
  ASN1_OCTET_STRING* hash;
  ASN1_TYPE* issuer_and_serial;
};
DEFINE_STACK_OF(EssCertificateId)

struct SigningCertificate {
  STACK_OF(EssCertificateId) * certificates;
  ASN1_TYPE* policies;
};

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
ASN1_SEQUENCE(SpcAttributeTypeAndOptionalValue) =
    {
        ASN1_SIMPLE(SpcAttributeTypeAndOptionalValue, type, ASN1_OBJECT),
        ASN1_OPT(SpcAttributeTypeAndOptionalValue, value, ASN1_ANY),
} static_ASN1_SEQUENCE_END(SpcAttributeTypeAndOptionalValue)

        ASN1_SEQUENCE(SpcIndirectDataContent) =
            {
                ASN1_SIMPLE(SpcIndirectDataContent, data, SpcAttributeTypeAndOptionalValue),
                ASN1_SIMPLE(SpcIndirectDataContent, message_digest, X509_SIG),
} static_ASN1_SEQUENCE_END(SpcIndirectDataContent)

                ASN1_SEQUENCE(EssCertificateId) =
                    {
                        ASN1_OPT(EssCertificateId, algorithm, X509_ALGOR),
                        ASN1_SIMPLE(EssCertificateId, hash, ASN1_OCTET_STRING),
                        ASN1_OPT(EssCertificateId, issuer_and_serial, ASN1_ANY),
} static_ASN1_SEQUENCE_END(EssCertificateId)

                        ASN1_SEQUENCE(SigningCertificate) =
                            {
                                ASN1_SEQUENCE_OF(SigningCertificate, certificates,
                                                 EssCertificateId),
                                ASN1_OPT(SigningCertificate, policies, ASN1_ANY),
} static_ASN1_SEQUENCE_END(SigningCertificate)
#pragma GCC diagnostic pop

                                namespace {

  template <typename T>
  using ItemPtr = std::unique_ptr<T, void (*)(T*)>;

  template <typename T, const ASN1_ITEM* (*kItem)()>
  ItemPtr<T> ParseItem(Bytes der) {
    const uint8_t* next = der.data();
    ItemPtr<T> item(
        reinterpret_cast<T*>(ASN1_item_d2i(nullptr, &next, static_cast<long>(der.size()), kItem())),
        [](T* value) { ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(value), kItem()); });
    if (item && next != der.data() + der.size()) item.reset();
    return item;
  }

}  // namespace

Result<IndirectData> ParseIndirectData(Bytes der) {
  const auto content = ParseItem<SpcIndirectDataContent, SpcIndirectDataContent_it>(der);
  if (!content) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("signature: its content is no SpcIndirectDataContent: {}",
                            TakeOpensslReason()));
  }
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_OCTET_STRING* digest = nullptr;
  X509_SIG_get0(content->message_digest, &algorithm, &digest);
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
  const auto known = DigestFromNid(OBJ_obj2nid(oid));
  if (!known) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("signature: the file's digest is by algorithm {}, read are MD5, SHA-1, "
                            "SHA-256, SHA-384, SHA-512",
                            OidText(oid)));
  }
  const Bytes bytes = AsBytes(digest);
  IndirectData data{OidText(content->data->type), *known, {bytes.begin(), bytes.end()}, {}};
  const ASN1_TYPE* value = content->data->value;
  if (value != nullptr && value->type == V_ASN1_SEQUENCE) {
    const Bytes element = AsBytes(value->value.sequence);
    data.type_value.assign(element.begin(), element.end());
  }
  return data;
}

Result<CertificateId> ParseSigningCertificate(Bytes der, DigestAlgorithm default_algorithm) {
  const auto named = ParseItem<SigningCertificate, SigningCertificate_it>(der);
  if (!named || sk_EssCertificateId_num(named->certificates) < 1) {
    return Fail(
        ErrorCode::kMalformed,
        fmt::format("signature: its SigningCertificate can not be read: {}", TakeOpensslReason()));
  }
  const EssCertificateId* first = sk_EssCertificateId_value(named->certificates, 0);
  auto algorithm = std::optional(default_algorithm);
  if (first->algorithm != nullptr) {
    algorithm = DigestFromNid(OBJ_obj2nid(first->algorithm->algorithm));
  }
  if (!algorithm) {
    return Fail(ErrorCode::kUnsupported,
                "signature: its SigningCertificate digests by an unknown algorithm");
  }
  const Bytes hash = AsBytes(first->hash);
  return CertificateId{*algorithm, {hash.begin(), hash.end()}};
}

}  // namespace portcullis::authenticode
