// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/certificate_description.h"

#include <fmt/core.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "formats/authenticode/chain.h"
#include "formats/authenticode/names.h"
#include "formats/authenticode/oid.h"

namespace portcullis::authenticode {
namespace {

using BignumPtr = OpensslPtr<BIGNUM, BN_free>;
using PoliciesPtr = OpensslPtr<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;
using UsagesPtr = OpensslPtr<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;

std::string SerialNumber(const X509* certificate) {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* hex = number ? BN_bn2hex(number.get()) : nullptr;
  std::string text = hex != nullptr ? hex : "";
  OPENSSL_free(hex);
  return text;
}

std::string Thumbprint(const X509* certificate, const EVP_MD* type) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest = {};
  unsigned size = 0;
  X509_digest(certificate, type, digest.data(), &size);
  return HexUpper(Bytes(digest).first(size));
}

std::string KeyText(const X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);  // null where its kind is not known
  if (key == nullptr) return "";
  const char* name = EVP_PKEY_get0_type_name(key);
  return fmt::format("{} {}", name != nullptr ? name : "?", EVP_PKEY_get_bits(key));
}

std::vector<std::string> Usages(const X509* certificate) {
  const UsagesPtr usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  std::vector<std::string> names;
  const int count = usages ? sk_ASN1_OBJECT_num(usages.get()) : 0;
  names.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    names.push_back(DigestName(sk_ASN1_OBJECT_value(usages.get(), i)));
  }
  ERR_clear_error();
  return names;
}

bool HasPolicy(const X509* certificate, std::string_view oid) {
  const PoliciesPtr policies(static_cast<CERTIFICATEPOLICIES*>(
      X509_get_ext_d2i(certificate, NID_certificate_policies, nullptr, nullptr)));
  ERR_clear_error();
  for (int i = 0; i < sk_POLICYINFO_num(policies.get()); ++i) {
    if (OidText(sk_POLICYINFO_value(policies.get(), i)->policyid) == oid) return true;
  }
  return false;
}

}  // namespace

std::string DigestName(const ASN1_OBJECT* algorithm) {
  const int nid = OBJ_obj2nid(algorithm);
  return nid == NID_undef ? OidText(algorithm) : OBJ_nid2sn(nid);
}

CertificateDescription DescribeCertificate(X509* certificate) {
  CertificateDescription text;
  text.subject = DisplayName(X509_get_subject_name(certificate));
  text.issuer = DisplayName(X509_get_issuer_name(certificate));
  text.serial_number = SerialNumber(certificate);
  text.not_before = ToUnixTime(X509_get0_notBefore(certificate));
  text.not_after = ToUnixTime(X509_get0_notAfter(certificate));
  text.sha1 = Thumbprint(certificate, EVP_sha1());
  text.sha256 = Thumbprint(certificate, EVP_sha256());
  text.key = KeyText(certificate);
  text.signature_algorithm = OBJ_nid2sn(X509_get_signature_nid(certificate));
  text.usages = Usages(certificate);
  text.is_ev = HasPolicy(certificate, kOidEvCodeSigning);
  text.is_lifetime_signing = ListsUsage(certificate, kOidLifetimeSigning);
  return text;
}

}  // namespace portcullis::authenticode
