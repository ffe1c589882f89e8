// SPDX-License-Identifier: Apache-2.0
// What a signature says of itself and its certificates, in words: to be shown, not to decide by.
//
// Units:   times are seconds since 1970-01-01 UTC; numbers and digests are upper-case hex.
// Threads: values.
// Source:  RFC 5280; docs/formats/authenticode.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::authenticode {

struct CertificateDescription {
  std::string subject;  // in certificate order
  std::string issuer;   // the same
  std::string serial_number;
  std::optional<int64_t> not_before;
  std::optional<int64_t> not_after;
  std::string sha1;  // of the DER: Windows' thumbprint
  std::string sha256;
  std::string key;                   // "RSA 2048", "EC 256"
  std::string signature_algorithm;   // "RSA-SHA256"
  std::vector<std::string> usages;   // extended key usages: OpenSSL's name, or the number
  bool is_ev = false;                // lists CA/Browser Forum's policy for EV code signing
  bool is_lifetime_signing = false;  // a time stamp does not outlive it
};

struct SignatureDescription {
  std::string signer_digest;  // "SHA256"
  // From the signer on towards an anchor, as far as they are known; empty where the signature does
  // not hold the signer's.
  std::vector<CertificateDescription> chain;
  std::string stamp_form;  // of a time stamp that holds; empty without one
  std::optional<CertificateDescription> stamp_signer;
};

}  // namespace portcullis::authenticode
