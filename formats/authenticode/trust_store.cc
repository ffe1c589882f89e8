// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/trust_store.h"

#include <fmt/core.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <vector>

#include "formats/authenticode/oid.h"
#include "formats/authenticode/openssl.h"
#include "formats/authenticode/revocation.h"

namespace portcullis::authenticode {
namespace {

constexpr std::string_view kPemMark = "-----BEGIN ";
constexpr uint8_t kDerSequence = 0x30;

// What TrustStore reads: how OpenSSL does, and the word for it.
struct CertificateForm {
  using Ptr = X509Ptr;
  static constexpr const char* kWhat = "certificate";
  static X509* FromDer(const uint8_t** next, long size) { return d2i_X509(nullptr, next, size); }
  static X509* FromPem(BIO* bio) { return PEM_read_bio_X509(bio, nullptr, nullptr, nullptr); }
};
struct RevocationListForm {
  using Ptr = X509CrlPtr;
  static constexpr const char* kWhat = "revocation list";
  static X509_CRL* FromDer(const uint8_t** next, long size) {
    return d2i_X509_CRL(nullptr, next, size);
  }
  static X509_CRL* FromPem(BIO* bio) {
    return PEM_read_bio_X509_CRL(bio, nullptr, nullptr, nullptr);
  }
};

template <typename Form>
Result<std::vector<typename Form::Ptr>> ReadDer(Bytes bytes, std::string_view name) {
  // A text, an empty file: nothing that was meant to be one.
  if (bytes.empty() || bytes[0] != kDerSequence) return {};
  const uint8_t* next = bytes.data();
  std::vector<typename Form::Ptr> read;
  read.emplace_back(Form::FromDer(&next, static_cast<long>(bytes.size())));
  if (!read.back() || next != bytes.data() + bytes.size()) {
    return Fail(ErrorCode::kMalformed, fmt::format("{}: neither PEM nor one DER {}: {}", name,
                                                   Form::kWhat, TakeOpensslReason()));
  }
  return read;
}

// One block at a time, so that a refusal can say which one it was.
template <typename Form>
Result<std::vector<typename Form::Ptr>> ReadPem(Bytes bytes, std::string_view name) {
  const BioPtr bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  std::vector<typename Form::Ptr> read;
  while (true) {
    ERR_clear_error();
    typename Form::Ptr next(Form::FromPem(bio.get()));
    if (!next) break;
    read.push_back(std::move(next));
  }
  const auto error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return Fail(ErrorCode::kMalformed, fmt::format("{}: {} {}: {}", name, Form::kWhat,
                                                   read.size() + 1, TakeOpensslReason()));
  }
  ERR_clear_error();
  return read;
}

// All of them, at least one and `room` at most.
template <typename Form>
Result<std::vector<typename Form::Ptr>> ReadAll(Bytes bytes, std::string_view name, size_t room,
                                                size_t limit) {
  if (bytes.size() > kMaxTrustBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: {} bytes of {}s, at most {}", name,
                                                       bytes.size(), Form::kWhat, kMaxTrustBytes));
  }
  const bool is_pem = AsText(bytes).find(kPemMark) != std::string_view::npos;
  auto read = TRY(is_pem ? ReadPem<Form>(bytes, name) : ReadDer<Form>(bytes, name));
  if (read.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("{}: no {} in it", name, Form::kWhat));
  }
  if (read.size() > room) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: more than {} {}s", name, limit, Form::kWhat));
  }
  return read;
}

// One that says more than we understand may say that it does not mean what it seems to.
Result<void> CheckIsUnderstood(X509_CRL* list, std::string_view name) {
  for (int i = 0; i < X509_CRL_get_ext_count(list); ++i) {
    X509_EXTENSION* extension = X509_CRL_get_ext(list, i);
    if (X509_EXTENSION_get_critical(extension) == 0) continue;
    const ASN1_OBJECT* oid = X509_EXTENSION_get_object(extension);
    if (OBJ_obj2nid(oid) == NID_delta_crl) continue;  // lists what came since: no less revoked
    if (OBJ_obj2nid(oid) != NID_issuing_distribution_point) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("{}: its critical extension {} is not known", name, OidText(oid)));
    }
    using PointPtr = OpensslPtr<ISSUING_DIST_POINT, ISSUING_DIST_POINT_free>;
    const PointPtr point(static_cast<ISSUING_DIST_POINT*>(
        X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, nullptr, nullptr)));
    if (!point || point->indirectCRL > 0) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("{}: it lists certificates of other authorities too", name));
    }
  }
  return {};
}

size_t CountObjects(X509_STORE* store) {
  return static_cast<size_t>(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)));
}

}  // namespace

TrustStore::TrustStore() : anchors_(std::make_unique<Anchors>()) {
  anchors_->store.reset(X509_STORE_new());
}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

size_t TrustStore::size() const { return anchors_->count; }

Result<size_t> TrustStore::Add(Bytes bytes, std::string_view name) {
  const auto certificates =
      TRY(ReadAll<CertificateForm>(bytes, name, kMaxAnchors - anchors_->count, kMaxAnchors));
  for (const X509Ptr& certificate : certificates) {
    X509_STORE_add_cert(anchors_->store.get(), certificate.get());
  }
  anchors_->count = CountObjects(anchors_->store.get());
  return certificates.size();
}

Result<size_t> TrustStore::AddRevocationLists(Bytes bytes, std::string_view name) {
  auto& known = anchors_->revocation_lists;
  auto lists = TRY(ReadAll<RevocationListForm>(bytes, name, kMaxRevocationLists - known.size(),
                                               kMaxRevocationLists));
  for (const X509CrlPtr& list : lists) TRY_VOID(CheckIsUnderstood(list.get(), name));
  for (X509CrlPtr& list : lists) {
    const auto issuer = NameHash(X509_CRL_get_issuer(list.get()));
    known.emplace(issuer, std::move(list));
  }
  return lists.size();
}

Result<size_t> TrustStore::Disallow(Bytes bytes, std::string_view name) {
  auto& known = anchors_->disallowed;
  const auto certificates =
      TRY(ReadAll<CertificateForm>(bytes, name, kMaxDisallowed - known.size(), kMaxDisallowed));
  for (const X509Ptr& certificate : certificates) known.insert(DigestOf(certificate.get()));
  return certificates.size();
}

void TrustStore::set_weak_digests(WeakDigests weak) { anchors_->weak_digests = weak; }
WeakDigests TrustStore::weak_digests() const { return anchors_->weak_digests; }

CertificateDigest DigestOf(const X509* certificate) {
  CertificateDigest digest = {};
  X509_digest(certificate, EVP_sha256(), digest.data(), nullptr);
  return digest;
}

}  // namespace portcullis::authenticode
