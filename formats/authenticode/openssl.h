// SPDX-License-Identifier: Apache-2.0
// OpenSSL's types as values that free themselves, for the .cc files of this folder alone.
//
// Limits:  kMaxChainDepth.
// Errors:  after a call that failed, TakeOpensslReason() says why and empties OpenSSL's queue.
// Threads: OpenSSL's rules: what is only read may be shared.
// Source:  docs/decisions/0005-openssl.md.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"
#include "formats/authenticode/digest.h"
#include "formats/authenticode/trust_store.h"

namespace portcullis::authenticode {

inline constexpr int kMaxChainDepth = 16;

template <auto kFree>
struct OpensslFree {
  template <typename T>
  void operator()(T* value) const {
    kFree(value);
  }
};
template <typename T, auto kFree>
using OpensslPtr = std::unique_ptr<T, OpensslFree<kFree>>;

using BioPtr = OpensslPtr<BIO, BIO_free_all>;
using DigestTypePtr = OpensslPtr<EVP_MD, EVP_MD_free>;
using Pkcs7Ptr = OpensslPtr<PKCS7, PKCS7_free>;
using SignerInfoPtr = OpensslPtr<PKCS7_SIGNER_INFO, PKCS7_SIGNER_INFO_free>;
using TstInfoPtr = OpensslPtr<TS_TST_INFO, TS_TST_INFO_free>;
using X509CrlPtr = OpensslPtr<X509_CRL, X509_CRL_free>;
using X509Ptr = OpensslPtr<X509, X509_free>;
using X509StorePtr = OpensslPtr<X509_STORE, X509_STORE_free>;
using X509StoreCtxPtr = OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free>;

// A stack that does not own what is in it.
struct FreeX509Stack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using X509StackPtr = std::unique_ptr<STACK_OF(X509), FreeX509Stack>;

using CertificateDigest = std::array<uint8_t, 32>;  // SHA-256 of the DER
CertificateDigest DigestOf(const X509* certificate);

struct TrustStore::Anchors {
  X509StorePtr store;
  size_t count = 0;
  // By X509_NAME_hash_ex of the issuer, which is not proof of being the same name.
  std::multimap<unsigned long, X509CrlPtr> revocation_lists;
  std::set<CertificateDigest> disallowed;
  WeakDigests weak_digests = WeakDigests::kAccept;
};

int DigestNid(DigestAlgorithm algorithm);
std::optional<DigestAlgorithm> DigestFromNid(int nid);
const EVP_MD* DigestType(DigestAlgorithm algorithm);  // nullptr where OpenSSL does not offer it

inline std::string TakeOpensslReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = reason != nullptr ? reason : "no reason given";
  ERR_clear_error();
  return text;
}

inline Bytes AsBytes(const ASN1_STRING* text) {
  return {ASN1_STRING_get0_data(text), static_cast<size_t>(ASN1_STRING_length(text))};
}

}  // namespace portcullis::authenticode
