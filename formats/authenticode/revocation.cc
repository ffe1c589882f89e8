// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/revocation.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <limits>

#include "formats/authenticode/chain.h"

namespace portcullis::authenticode {
namespace {

// From the beginning of time where the list's date can not be read: it is revoked all the same.
int64_t RevokedSince(const X509_REVOKED* entry) {
  return ToUnixTime(X509_REVOKED_get0_revocationDate(entry)).value_or(0);
}

// The list's entry for the certificate; null where it has none.
const X509_REVOKED* EntryOf(X509_CRL* list, X509* certificate) {
  X509_REVOKED* entry = nullptr;
  // 2: the entry takes back what a former list said.
  return X509_CRL_get0_by_cert(list, &entry, certificate) == 1 ? entry : nullptr;
}

// The issuer's name, its key, and its right to sign lists. The signature is looked at last: a list
// may have megabytes.
bool IsBy(X509_CRL* list, X509* issuer) {
  if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) != 0) return false;
  if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0) return false;
  const bool holds = X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return holds;
}

}  // namespace

unsigned long NameHash(const X509_NAME* name) {
  int ok = 0;
  return X509_NAME_hash_ex(name, nullptr, nullptr, &ok);
}

std::optional<int64_t> FindRevocation(const TrustStore& trust, X509* certificate, X509* issuer) {
  std::optional<int64_t> since;
  const auto& lists = trust.anchors().revocation_lists;
  const auto [first, last] = lists.equal_range(NameHash(X509_get_issuer_name(certificate)));
  for (auto list = first; list != last; ++list) {
    const X509_REVOKED* entry = EntryOf(list->second.get(), certificate);
    if (entry == nullptr || !IsBy(list->second.get(), issuer)) continue;
    since = std::min(since.value_or(std::numeric_limits<int64_t>::max()), RevokedSince(entry));
  }
  return since;
}

bool IsDisallowed(const TrustStore& trust, const X509* certificate) {
  const auto& disallowed = trust.anchors().disallowed;
  return !disallowed.empty() && disallowed.contains(DigestOf(certificate));
}

}  // namespace portcullis::authenticode
