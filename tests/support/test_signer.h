// SPDX-License-Identifier: Apache-2.0
// A certificate authority, signers and a time-stamping authority that live as long as a test.
//
// Shape:   MakeCertificate issues; SignDigest makes an Authenticode signature of a digest.
// Errors:  none are expected: a failing OpenSSL call aborts the test program.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

struct x509_st;
struct evp_pkey_st;

namespace portcullis::testing {

struct Certificate {
  std::shared_ptr<x509_st> x509;
  std::shared_ptr<evp_pkey_st> key;

  std::vector<uint8_t> Der() const;
  std::string Pem() const;
};

enum class KeyKind : uint8_t { kEc256, kRsa512, kRsa1024, kRsa2048 };

struct CertificateSpec {
  // Short names of OpenSSL ("C", "ST", "O") or dotted numbers, and the values, in this order.
  std::vector<std::pair<std::string, std::string>> subject = {{"CN", "Test"}};
  std::optional<int> string_type = {};  // an ASN.1 type for every value, V_ASN1_BMPSTRING say
  int64_t not_before = 0;
  int64_t not_after = 0;
  std::string extended_key_usage = {};  // as openssl.cnf has it: "codeSigning"; empty for none
  std::string key_usage = {};           // the same
  std::string policies = {};            // the same
  bool is_authority = false;
  const Certificate* issuer = nullptr;  // none: signed by itself
  KeyKind key = KeyKind::kEc256;
  const char* digest = "SHA256";
  int64_t serial = 1;  // may be negative
};
Certificate MakeCertificate(const CertificateSpec& spec);

struct RevocationListSpec {
  const Certificate* issuer = nullptr;
  std::vector<std::pair<int64_t, int64_t>> revoked = {};  // serial number, time
  int64_t this_update = 0;
  bool break_signature = false;
  // Name and value as openssl.cnf has it: {"issuingDistributionPoint", "critical,indirectCRL:TRUE"}
  std::pair<std::string, std::string> extension = {};
};
// In DER.
std::vector<uint8_t> MakeRevocationList(const RevocationListSpec& spec);

enum class StampForm : uint8_t { kRfc3161, kCounterSignature };
struct StampSpec {
  StampForm form = StampForm::kRfc3161;
  const Certificate* authority = nullptr;
  int64_t time = 0;
  bool stamps_another_signature = false;
  std::vector<const Certificate*> others = {};  // put in a token beside its signer's
};

struct SignSpec {
  const Certificate* signer = nullptr;
  std::vector<const Certificate*> others = {};  // put in beside the signer's
  bool leave_signer_out = false;
  const char* digest_name = "SHA256";  // of the file and of the signature
  std::optional<StampSpec> stamp = {};
  bool break_signature = false;
  const char* content_type = "1.3.6.1.4.1.311.2.1.4";
  std::vector<std::vector<uint8_t>> nested = {};  // the DER of signatures that this one holds
};
// DER of the PKCS#7 over `content`, the bytes that the file's digest covers.
std::vector<uint8_t> Sign(Bytes content, const SignSpec& spec);
// The same where the digest is taken already, or is none: packages have several in its place.
std::vector<uint8_t> SignDigest(Bytes digest, const SignSpec& spec);
// The same over content of another kind: what stands in its SEQUENCE, `spec.content_type` its type.
std::vector<uint8_t> SignContent(Bytes content, const SignSpec& spec);

}  // namespace portcullis::testing
