// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_signer.h"

#include <openssl/cms.h>
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <map>

namespace portcullis::testing {
namespace {

using Der = std::vector<uint8_t>;

template <typename T>
T Must(T value) {
  if (value) return value;
  ERR_print_errors_fp(stderr);
  std::abort();
}

template <auto kEncode, typename T>
Der Encode(T* value) {
  uint8_t* out = nullptr;
  const int size = Must(kEncode(value, &out));
  Der der(out, out + size);
  OPENSSL_free(out);
  return der;
}

// Keys are made once: what a test tells apart is the certificate.
std::shared_ptr<EVP_PKEY> Key(KeyKind kind, size_t index) {
  static std::map<std::pair<KeyKind, size_t>, std::shared_ptr<EVP_PKEY>> keys;
  auto& key = keys[{kind, index}];
  if (key) return key;
  static const std::map<KeyKind, unsigned> rsa_bits = {
      {KeyKind::kRsa512, 512}, {KeyKind::kRsa1024, 1024}, {KeyKind::kRsa2048, 2048}};
  EVP_PKEY* made = kind == KeyKind::kEc256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(rsa_bits.at(kind));
  key = std::shared_ptr<EVP_PKEY>(Must(made), EVP_PKEY_free);
  return key;
}

Der Tlv(uint8_t tag, const Der& content) {
  Der tlv = {tag};
  if (content.size() < 0x80) {
    tlv.push_back(static_cast<uint8_t>(content.size()));
  } else if (content.size() < 0x100) {
    tlv.push_back(0x81);
    tlv.push_back(static_cast<uint8_t>(content.size()));
  } else if (content.size() < 0x10000) {
    tlv.push_back(0x82);
    tlv.push_back(static_cast<uint8_t>(content.size() >> 8));
    tlv.push_back(static_cast<uint8_t>(content.size()));
  } else {
    tlv.push_back(0x84);
    for (const int shift : {24, 16, 8}) {
      tlv.push_back(static_cast<uint8_t>(content.size() >> shift));
    }
    tlv.push_back(static_cast<uint8_t>(content.size()));
  }
  for (const uint8_t byte : content) tlv.push_back(byte);
  return tlv;
}

Der Join(std::initializer_list<Der> parts) {
  Der all;
  for (const Der& part : parts) {
    for (const uint8_t byte : part) all.push_back(byte);  // gcc 12 misreads insert() here
  }
  return all;
}

Der Oid(const char* text) {
  ASN1_OBJECT* oid = Must(OBJ_txt2obj(text, 0));
  Der der = Encode<i2d_ASN1_OBJECT>(oid);
  ASN1_OBJECT_free(oid);
  return der;
}

Der Hash(const char* name, Bytes bytes) {
  Der digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  Must(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_get_digestbyname(name),
                  nullptr));
  digest.resize(size);
  return digest;
}

// What is signed, without the outer header: that is what the signature's own digest covers.
Der IndirectDataContent(const char* digest_name, const Der& file_digest) {
  const Der image = Tlv(0x30, Join({Tlv(0x03, {0}), Tlv(0xA0, Tlv(0xA2, Tlv(0x80, {})))}));
  const Der data = Tlv(0x30, Join({Oid("1.3.6.1.4.1.311.2.1.15"), image}));
  const Der algorithm = Tlv(0x30, Join({Oid(digest_name), {0x05, 0x00}}));
  return Join({data, Tlv(0x30, Join({algorithm, Tlv(0x04, file_digest)}))});
}

ASN1_STRING* Sequence(const Der& der) {
  ASN1_STRING* sequence = Must(ASN1_STRING_type_new(V_ASN1_SEQUENCE));
  Must(ASN1_STRING_set(sequence, der.data(), static_cast<int>(der.size())));
  return sequence;
}

void AddTimes(X509* x509, const CertificateSpec& spec) {
  Must(ASN1_TIME_set(X509_getm_notBefore(x509), spec.not_before));
  Must(ASN1_TIME_set(X509_getm_notAfter(x509), spec.not_after));
}

void AddSubject(X509* x509, const CertificateSpec& spec) {
  X509_NAME* name = X509_get_subject_name(x509);
  for (const auto& [label, value] : spec.subject) {
    const int type = spec.string_type.value_or(MBSTRING_UTF8);
    Must(X509_NAME_add_entry_by_txt(name, label.c_str(), type,
                                    reinterpret_cast<const uint8_t*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0));
  }
}

void AddExtension(X509* x509, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  CONF* sections = Must(NCONF_new(nullptr));  // policies want some, and use none
  X509V3_set_nconf(&context, sections);
  X509_EXTENSION* extension = Must(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  NCONF_free(sections);
  Must(X509_add_ext(x509, extension, -1));
  X509_EXTENSION_free(extension);
}

Der TimeStampToken(const StampSpec& stamp, const Der& stamped) {
  TS_TST_INFO* info = Must(TS_TST_INFO_new());
  TS_TST_INFO_set_version(info, 1);
  ASN1_OBJECT* policy = OBJ_txt2obj("1.2.3.4", 1);
  TS_TST_INFO_set_policy_id(info, policy);
  TS_MSG_IMPRINT* imprint = TS_MSG_IMPRINT_new();
  X509_ALGOR* algorithm = X509_ALGOR_new();
  X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr);
  TS_MSG_IMPRINT_set_algo(imprint, algorithm);
  Der hash = Hash("SHA256", stamped);
  TS_MSG_IMPRINT_set_msg(imprint, hash.data(), static_cast<int>(hash.size()));
  TS_TST_INFO_set_msg_imprint(info, imprint);
  ASN1_INTEGER* serial = ASN1_INTEGER_new();
  ASN1_INTEGER_set(serial, 7);
  TS_TST_INFO_set_serial(info, serial);
  ASN1_GENERALIZEDTIME* time = ASN1_GENERALIZEDTIME_set(nullptr, stamp.time);
  TS_TST_INFO_set_time(info, time);
  const Der der = Encode<i2d_TS_TST_INFO>(info);

  BIO* content = BIO_new_mem_buf(der.data(), static_cast<int>(der.size()));
  constexpr unsigned kFlags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_CADES;
  CMS_ContentInfo* cms = Must(
      CMS_sign(stamp.authority->x509.get(), stamp.authority->key.get(), nullptr, nullptr, kFlags));
  for (const Certificate* other : stamp.others) Must(CMS_add1_cert(cms, other->x509.get()));
  Must(CMS_set1_eContentType(cms, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)));
  CMS_set_detached(cms, 0);
  Must(CMS_final(cms, content, nullptr, kFlags));
  Der token = Encode<i2d_CMS_ContentInfo>(cms);
  CMS_ContentInfo_free(cms);
  BIO_free(content);
  ASN1_GENERALIZEDTIME_free(time);
  ASN1_INTEGER_free(serial);
  X509_ALGOR_free(algorithm);
  TS_MSG_IMPRINT_free(imprint);
  ASN1_OBJECT_free(policy);
  TS_TST_INFO_free(info);
  return token;
}

Der CounterSignature(const StampSpec& stamp, const Der& stamped) {
  PKCS7_SIGNER_INFO* signer = Must(PKCS7_SIGNER_INFO_new());
  Must(PKCS7_SIGNER_INFO_set(signer, stamp.authority->x509.get(), stamp.authority->key.get(),
                             EVP_sha256()));
  Must(PKCS7_add_signed_attribute(signer, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                  OBJ_nid2obj(NID_pkcs7_data)));
  ASN1_TIME* time = Must(ASN1_TIME_set(nullptr, stamp.time));
  Must(PKCS7_add_signed_attribute(signer, NID_pkcs9_signingTime, time->type, time));
  const Der hash = Hash("SHA256", stamped);
  Must(PKCS7_add1_attrib_digest(signer, hash.data(), static_cast<int>(hash.size())));
  Must(PKCS7_SIGNER_INFO_sign(signer));
  Der der = Encode<i2d_PKCS7_SIGNER_INFO>(signer);
  PKCS7_SIGNER_INFO_free(signer);
  return der;
}

void AddStamp(PKCS7* pkcs7, PKCS7_SIGNER_INFO* signer, const StampSpec& stamp) {
  Der stamped(signer->enc_digest->data, signer->enc_digest->data + signer->enc_digest->length);
  if (stamp.stamps_another_signature) stamped.back() ^= 1;
  if (stamp.form == StampForm::kCounterSignature) {
    Must(PKCS7_add_certificate(pkcs7, stamp.authority->x509.get()));
    Must(PKCS7_add_attribute(signer, NID_pkcs9_countersignature, V_ASN1_SEQUENCE,
                             Sequence(CounterSignature(stamp, stamped))));
    return;
  }
  static const int kRfc3161Nid =
      OBJ_create("1.3.6.1.4.1.311.3.3.1", "MsRfc3161", "Microsoft RFC 3161 counter-signature");
  Must(PKCS7_add_attribute(signer, kRfc3161Nid, V_ASN1_SEQUENCE,
                           Sequence(TimeStampToken(stamp, stamped))));
}

// All of them in one attribute, as Microsoft's tools do.
void AddNested(PKCS7_SIGNER_INFO* signer, const std::vector<Der>& nested) {
  static const int kNestedNid =
      OBJ_create("1.3.6.1.4.1.311.2.4.1", "MsNested", "Microsoft nested signature");
  X509_ATTRIBUTE* attribute =
      Must(X509_ATTRIBUTE_create(kNestedNid, V_ASN1_SEQUENCE, Sequence(nested.front())));
  for (size_t i = 1; i < nested.size(); ++i) {
    Must(X509_ATTRIBUTE_set1_data(attribute, V_ASN1_SEQUENCE, nested[i].data(),
                                  static_cast<int>(nested[i].size())));
  }
  if (signer->unauth_attr == nullptr) signer->unauth_attr = Must(sk_X509_ATTRIBUTE_new_null());
  Must(sk_X509_ATTRIBUTE_push(signer->unauth_attr, attribute));
}

}  // namespace

std::vector<uint8_t> Certificate::Der() const { return Encode<i2d_X509>(x509.get()); }

std::string Certificate::Pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  Must(PEM_write_bio_X509(bio, x509.get()));
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

Certificate MakeCertificate(const CertificateSpec& spec) {
  const std::shared_ptr<X509> x509(Must(X509_new()), X509_free);
  const auto key = Key(spec.key, spec.is_authority ? 0 : 1);
  const Certificate self{x509, key};
  const Certificate& issuer = spec.issuer != nullptr ? *spec.issuer : self;
  X509_set_version(x509.get(), X509_VERSION_3);
  Must(ASN1_INTEGER_set_int64(X509_get_serialNumber(x509.get()), spec.serial));
  AddSubject(x509.get(), spec);
  AddTimes(x509.get(), spec);
  Must(X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer.x509.get())));
  Must(X509_set_pubkey(x509.get(), key.get()));
  if (spec.is_authority) AddExtension(x509.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!spec.extended_key_usage.empty()) {
    AddExtension(x509.get(), NID_ext_key_usage, spec.extended_key_usage.c_str());
  }
  if (!spec.key_usage.empty()) AddExtension(x509.get(), NID_key_usage, spec.key_usage.c_str());
  if (!spec.policies.empty()) {
    AddExtension(x509.get(), NID_certificate_policies, spec.policies.c_str());
  }
  Must(X509_sign(x509.get(), issuer.key.get(), EVP_get_digestbyname(spec.digest)));
  return self;
}

std::vector<uint8_t> MakeRevocationList(const RevocationListSpec& spec) {
  X509_CRL* list = Must(X509_CRL_new());
  X509_CRL_set_version(list, X509_CRL_VERSION_2);
  Must(X509_CRL_set_issuer_name(list, X509_get_subject_name(spec.issuer->x509.get())));
  ASN1_TIME* time = Must(ASN1_TIME_set(nullptr, spec.this_update));
  Must(X509_CRL_set1_lastUpdate(list, time));
  ASN1_INTEGER* number = Must(ASN1_INTEGER_new());
  for (const auto& [serial, since] : spec.revoked) {
    X509_REVOKED* entry = Must(X509_REVOKED_new());
    Must(ASN1_INTEGER_set_int64(number, serial));
    Must(X509_REVOKED_set_serialNumber(entry, number));
    Must(ASN1_TIME_set(time, since));
    Must(X509_REVOKED_set_revocationDate(entry, time));
    Must(X509_CRL_add0_revoked(list, entry));
  }
  ASN1_INTEGER_free(number);
  ASN1_TIME_free(time);
  if (!spec.extension.first.empty()) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, nullptr, nullptr, nullptr, list, 0);
    X509_EXTENSION* extension = Must(X509V3_EXT_conf(
        nullptr, &context, spec.extension.first.c_str(), spec.extension.second.c_str()));
    Must(X509_CRL_add_ext(list, extension, -1));
    X509_EXTENSION_free(extension);
  }
  Must(X509_CRL_sign(list, spec.issuer->key.get(), EVP_sha256()));
  Der der = Encode<i2d_X509_CRL>(list);
  X509_CRL_free(list);
  if (spec.break_signature) der.back() ^= 1;
  return der;
}

std::vector<uint8_t> Sign(Bytes content, const SignSpec& spec) {
  return SignDigest(Hash(spec.digest_name, content), spec);
}

std::vector<uint8_t> SignDigest(Bytes digest, const SignSpec& spec) {
  return SignContent(IndirectDataContent(spec.digest_name, Der(digest.begin(), digest.end())),
                     spec);
}

std::vector<uint8_t> SignContent(Bytes content, const SignSpec& spec) {
  const Der inner(content.begin(), content.end());
  PKCS7* pkcs7 = Must(PKCS7_new());
  Must(PKCS7_set_type(pkcs7, NID_pkcs7_signed));
  PKCS7_SIGNER_INFO* signer =
      Must(PKCS7_add_signature(pkcs7, spec.signer->x509.get(), spec.signer->key.get(),
                               EVP_get_digestbyname(spec.digest_name)));
  if (!spec.leave_signer_out) Must(PKCS7_add_certificate(pkcs7, spec.signer->x509.get()));
  for (const Certificate* other : spec.others) {
    Must(PKCS7_add_certificate(pkcs7, other->x509.get()));
  }
  PKCS7* signed_content = pkcs7->d.sign->contents;  // made by PKCS7_set_type
  signed_content->type = Must(OBJ_txt2obj(spec.content_type, 1));
  signed_content->d.other = Must(ASN1_TYPE_new());
  ASN1_TYPE_set(signed_content->d.other, V_ASN1_SEQUENCE, Sequence(Tlv(0x30, inner)));

  Must(PKCS7_add_signed_attribute(signer, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                  OBJ_txt2obj(spec.content_type, 1)));
  const Der hash = Hash(spec.digest_name, inner);
  Must(PKCS7_add1_attrib_digest(signer, hash.data(), static_cast<int>(hash.size())));
  Must(PKCS7_SIGNER_INFO_sign(signer));
  if (spec.break_signature) signer->enc_digest->data[signer->enc_digest->length - 1] ^= 1;
  if (spec.stamp) AddStamp(pkcs7, signer, *spec.stamp);
  if (!spec.nested.empty()) AddNested(signer, spec.nested);
  Der der = Encode<i2d_PKCS7>(pkcs7);
  PKCS7_free(pkcs7);
  return der;
}

}  // namespace portcullis::testing
