// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/chain.h"

#include <fmt/core.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/utc_time.h"
#include "formats/authenticode/oid.h"
#include "formats/authenticode/revocation.h"

namespace portcullis::authenticode {
namespace {

struct FreeUsages {
  void operator()(EXTENDED_KEY_USAGE* usages) const { EXTENDED_KEY_USAGE_free(usages); }
};
using AsnTimePtr = OpensslPtr<ASN1_TIME, ASN1_TIME_free>;
using UsagesPtr = std::unique_ptr<EXTENDED_KEY_USAGE, FreeUsages>;

enum class WhenAbsent : uint8_t { kAllows, kRefuses };

uint32_t UsageBit(Usage usage) {
  return usage == Usage::kCodeSigning ? uint32_t{XKU_CODE_SIGN} : uint32_t{XKU_TIMESTAMP};
}

bool AllowsUsage(X509* certificate, Usage usage, WhenAbsent when_absent) {
  if ((X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) == 0) {
    return when_absent == WhenAbsent::kAllows;
  }
  const uint32_t usages = X509_get_extended_key_usage(certificate);
  return (usages & (UsageBit(usage) | uint32_t{XKU_ANYEKU})) != 0;
}

// A certificate authority that may not vouch for code can not pass that right on. The anchor's own
// extension is not asked: to be an anchor is the administrator's decision.
std::optional<std::string> FindWrongUsage(const STACK_OF(X509) * chain, Usage usage) {
  const char* purpose = usage == Usage::kCodeSigning ? "code signing" : "time stamping";
  const int last = std::max(sk_X509_num(chain) - 1, 1);
  for (int i = 0; i < last; ++i) {
    // Whoever may stamp can date a signature back: that right must be spelled out.
    const bool must_list = usage == Usage::kTimeStamping && i == 0;
    const auto when_absent = must_list ? WhenAbsent::kRefuses : WhenAbsent::kAllows;
    if (AllowsUsage(sk_X509_value(chain, i), usage, when_absent)) continue;
    return fmt::format("{} is not for {}", i == 0 ? "its certificate" : "an authority in its chain",
                       purpose);
  }
  return std::nullopt;
}

// Windows refuses these since its updates KB2661254 and KB2862973: such keys can be factored, and
// such digests let anybody make a second certificate under the same signature.
constexpr int kMinKeyBits = 1024;
constexpr int kBrokenDigests[] = {NID_md2, NID_md4, NID_md5};

std::optional<std::string> FindWeakness(X509* certificate, const TrustStore* trust) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);  // null where OpenSSL does not know its kind
  const int kind = key == nullptr ? NID_undef : EVP_PKEY_get_base_id(key);
  const bool is_long = kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS || kind == EVP_PKEY_DSA;
  if (is_long && EVP_PKEY_get_bits(key) < kMinKeyBits) {
    return fmt::format("has a key of {} bits, at least {} are needed", EVP_PKEY_get_bits(key),
                       kMinKeyBits);
  }
  int digest = NID_undef;
  X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr);
  if (std::ranges::find(kBrokenDigests, digest) != std::end(kBrokenDigests)) {
    return fmt::format("is signed by {}, which is broken", OBJ_nid2sn(digest));
  }
  if (!IsRefusedDigest(trust, digest)) return std::nullopt;
  return fmt::format("is signed by {}, which weak-digests refuses", OBJ_nid2sn(digest));
}

// The anchor itself is not asked here either.
std::optional<std::string> FindWeakLink(const STACK_OF(X509) * chain, const TrustStore* trust) {
  for (int i = 0; i < sk_X509_num(chain) - 1; ++i) {
    const auto weakness = FindWeakness(sk_X509_value(chain, i), trust);
    if (!weakness) continue;
    return fmt::format("{} {}", i == 0 ? "its certificate" : "an authority in its chain",
                       *weakness);
  }
  return std::nullopt;
}

// Whoever disallows a certificate means it wherever it stands, as anchor too.
std::optional<std::string> FindDisallowed(const STACK_OF(X509) * chain, const TrustStore* trust) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    if (!IsDisallowed(*trust, sk_X509_value(chain, i))) continue;
    return fmt::format("{} is disallowed",
                       i == 0 ? "its certificate" : "an authority in its chain");
  }
  return std::nullopt;
}

// Why a chain that OpenSSL accepts is none all the same.
std::optional<std::string> FindFault(const STACK_OF(X509) * chain, const ChainQuestion& question) {
  auto fault = FindDisallowed(chain, question.anchors);
  if (!fault) fault = FindWrongUsage(chain, question.usage);
  if (!fault) fault = FindWeakLink(chain, question.anchors);
  return fault;
}

// The first of the chain to be revoked. The anchor is not asked: nobody is above it to say so.
struct Revocation {
  int64_t since = 0;
  bool is_leaf = false;
};
std::optional<Revocation> FindRevoked(const STACK_OF(X509) * chain, const TrustStore* trust) {
  std::optional<Revocation> first;
  for (int i = 0; i < sk_X509_num(chain) - 1; ++i) {
    const auto since = FindRevocation(*trust, sk_X509_value(chain, i), sk_X509_value(chain, i + 1));
    if (since && (!first || *since < first->since)) first = {*since, i == 0};
  }
  return first;
}

ChainResult Revoked(const Revocation& revocation) {
  const char* what = revocation.is_leaf ? "its certificate" : "an authority in its chain";
  return {ChainStatus::kRevoked,
          fmt::format("{} is revoked since {}", what, FormatUtcTime(revocation.since)),
          std::nullopt};
}

enum class Times : uint8_t { kChecked, kIgnored };

// Returns OpenSSL's verdict, X509_V_OK or why not; `context` then holds the chain.
int RunVerification(X509_STORE_CTX* context, const ChainQuestion& question, Times times) {
  X509_STORE* store = question.anchors->anchors().store.get();
  if (X509_STORE_CTX_init(context, store, question.leaf, question.intermediates) != 1) {
    return X509_V_ERR_OUT_OF_MEM;
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  // Signatures outlive the strength of their day: SHA-1 and RSA of 1024 bits are judged like
  // others. What is weaker than Windows takes, FindWeakness finds.
  X509_VERIFY_PARAM_set_auth_level(parameters, 0);
  X509_VERIFY_PARAM_set_depth(parameters, kMaxChainDepth);
  // Every certificate an administrator names is an anchor, one in the middle of a chain too.
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (times == Times::kChecked) {
    X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(question.at));
  } else {
    flags |= X509_V_FLAG_NO_CHECK_TIME;  // of no effect where a time is set
  }
  X509_VERIFY_PARAM_set_flags(parameters, flags);
  if (X509_verify_cert(context) == 1) return X509_V_OK;
  const int error = X509_STORE_CTX_get_error(context);
  ERR_clear_error();
  return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

struct Validity {
  std::optional<int64_t> latest_start;
  std::optional<int64_t> first_end;
};

Validity CommonValidity(const STACK_OF(X509) * chain) {
  Validity validity;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* certificate = sk_X509_value(chain, i);
    const auto start = ToUnixTime(X509_get0_notBefore(certificate));
    const auto end = ToUnixTime(X509_get0_notAfter(certificate));
    if (start) validity.latest_start = std::max(validity.latest_start.value_or(*start), *start);
    if (end) validity.first_end = std::min(validity.first_end.value_or(*end), *end);
  }
  return validity;
}

ChainResult Untrusted(std::string reason) {
  return {ChainStatus::kUntrusted, std::move(reason), std::nullopt};
}

// Of a chain that OpenSSL accepts at the time in question.
ChainResult JudgeTimelyChain(X509_STORE_CTX* context, const ChainQuestion& question) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  const auto revocation = FindRevoked(chain, question.anchors);
  if (revocation && revocation->since <= question.at) return Revoked(*revocation);
  if (auto fault = FindFault(chain, question)) return Untrusted(*std::move(fault));
  ChainResult trusted{ChainStatus::kTrusted, "", CommonValidity(chain).first_end};
  if (revocation) {
    trusted.changes_at =
        std::min(trusted.changes_at.value_or(revocation->since), revocation->since);
  }
  return trusted;
}

// Of one that it refuses for its times alone.
ChainResult JudgeUntimelyChain(X509_STORE_CTX* context, const ChainQuestion& question,
                               const char* why) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  const auto revocation = FindRevoked(chain, question.anchors);
  if (revocation && revocation->since <= question.at) return Revoked(*revocation);
  if (auto fault = FindFault(chain, question)) return Untrusted(*std::move(fault));
  ChainResult expired{ChainStatus::kExpired, why, std::nullopt};
  const auto start = CommonValidity(chain).latest_start;
  if (start && *start > question.at) expired.changes_at = start;
  return expired;
}

}  // namespace

std::optional<int64_t> ToUnixTime(const ASN1_TIME* time) {
  static const AsnTimePtr epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (time == nullptr || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return int64_t{days} * 86400 + seconds;
}

bool ListsUsage(X509* certificate, std::string_view oid) {
  const UsagesPtr usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  if (!usages) {
    ERR_clear_error();
    return false;
  }
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    if (OidText(sk_ASN1_OBJECT_value(usages.get(), i)) == oid) return true;
  }
  return false;
}

bool IsRefusedDigest(const TrustStore* trust, int nid) {
  if (trust == nullptr) return false;
  const WeakDigests weak = trust->anchors().weak_digests;
  return (nid == NID_md5 && weak != WeakDigests::kAccept) ||
         (nid == NID_sha1 && weak == WeakDigests::kRefuseSha1);
}

ChainResult VerifyChain(const ChainQuestion& question) {
  if (question.anchors == nullptr || question.anchors->empty()) {
    return Untrusted("there are no trust anchors");
  }
  const X509StoreCtxPtr checked(X509_STORE_CTX_new());
  const int verdict = RunVerification(checked.get(), question, Times::kChecked);
  if (verdict == X509_V_OK) return JudgeTimelyChain(checked.get(), question);
  // Was it time alone?
  const X509StoreCtxPtr timeless(X509_STORE_CTX_new());
  const int without_times = RunVerification(timeless.get(), question, Times::kIgnored);
  if (without_times != X509_V_OK) {
    return Untrusted(X509_verify_cert_error_string(without_times));
  }
  return JudgeUntimelyChain(timeless.get(), question, X509_verify_cert_error_string(verdict));
}

std::vector<X509Ptr> BuildChain(const ChainQuestion& question) {
  std::vector<X509Ptr> chain;
  const auto add = [&](X509* certificate) {
    X509_up_ref(certificate);
    chain.emplace_back(certificate);
  };
  const TrustStore none;
  ChainQuestion asked = question;
  if (asked.anchors == nullptr) asked.anchors = &none;
  const X509StoreCtxPtr context(X509_STORE_CTX_new());
  RunVerification(context.get(), asked, Times::kIgnored);
  const STACK_OF(X509)* found = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(found); ++i) add(sk_X509_value(found, i));
  if (chain.empty()) add(question.leaf);
  return chain;
}

}  // namespace portcullis::authenticode
