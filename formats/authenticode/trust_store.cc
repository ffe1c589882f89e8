// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/trust_store.h"

#include <fmt/core.h>
#include <openssl/pem.h>

#include <vector>

#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {
namespace {

constexpr std::string_view kPemMark = "-----BEGIN ";
constexpr uint8_t kDerSequence = 0x30;

Result<std::vector<X509Ptr>> ReadDer(Bytes bytes, std::string_view name) {
  // A text, an empty file: nothing that was meant to be a certificate.
  if (bytes.empty() || bytes[0] != kDerSequence) return {};
  const uint8_t* next = bytes.data();
  std::vector<X509Ptr> certificates;
  certificates.emplace_back(d2i_X509(nullptr, &next, static_cast<long>(bytes.size())));
  if (!certificates.back() || next != bytes.data() + bytes.size()) {
    return Fail(ErrorCode::kMalformed, fmt::format("{}: neither PEM nor one DER certificate: {}",
                                                   name, TakeOpensslReason()));
  }
  return certificates;
}

// One block at a time, so that a refusal can say which certificate it was.
Result<std::vector<X509Ptr>> ReadPem(Bytes bytes, std::string_view name) {
  const BioPtr bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  std::vector<X509Ptr> certificates;
  while (true) {
    ERR_clear_error();
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    certificates.push_back(std::move(certificate));
  }
  const auto error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return Fail(ErrorCode::kMalformed, fmt::format("{}: certificate {}: {}", name,
                                                   certificates.size() + 1, TakeOpensslReason()));
  }
  ERR_clear_error();
  return certificates;
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
  if (bytes.size() > kMaxTrustBytes) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: {} bytes of certificates, at most {}",
                                                       name, bytes.size(), kMaxTrustBytes));
  }
  const bool is_pem = AsText(bytes).find(kPemMark) != std::string_view::npos;
  const auto certificates = TRY(is_pem ? ReadPem(bytes, name) : ReadDer(bytes, name));
  if (certificates.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("{}: no certificate in it", name));
  }
  if (certificates.size() > kMaxAnchors - anchors_->count) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: more than {} trust anchors", name, kMaxAnchors));
  }
  for (const X509Ptr& certificate : certificates) {
    X509_STORE_add_cert(anchors_->store.get(), certificate.get());
  }
  anchors_->count = CountObjects(anchors_->store.get());
  return certificates.size();
}

}  // namespace portcullis::authenticode
