// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/digest.h"

#include <fmt/core.h>

#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {
namespace {

constexpr std::array kAlgorithms = {DigestAlgorithm::kMd5, DigestAlgorithm::kSha1,
                                    DigestAlgorithm::kSha256, DigestAlgorithm::kSha384,
                                    DigestAlgorithm::kSha512};

// Fetched once: looking an algorithm up costs more than digesting a small file.
struct FetchedDigests {
  std::array<DigestTypePtr, kAlgorithms.size()> types;

  FetchedDigests() {
    for (size_t i = 0; i < types.size(); ++i) {
      types[i].reset(EVP_MD_fetch(nullptr, OBJ_nid2sn(DigestNid(kAlgorithms[i])), nullptr));
    }
  }
};

}  // namespace

const char* ToString(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kMd5:
      return "MD5";
    case DigestAlgorithm::kSha1:
      return "SHA-1";
    case DigestAlgorithm::kSha256:
      return "SHA-256";
    case DigestAlgorithm::kSha384:
      return "SHA-384";
    case DigestAlgorithm::kSha512:
      return "SHA-512";
  }
  return "unknown";
}

int DigestNid(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kMd5:
      return NID_md5;
    case DigestAlgorithm::kSha1:
      return NID_sha1;
    case DigestAlgorithm::kSha256:
      return NID_sha256;
    case DigestAlgorithm::kSha384:
      return NID_sha384;
    case DigestAlgorithm::kSha512:
      return NID_sha512;
  }
  return NID_undef;
}

std::optional<DigestAlgorithm> DigestFromNid(int nid) {
  for (const DigestAlgorithm algorithm : kAlgorithms) {
    if (DigestNid(algorithm) == nid) return algorithm;
  }
  return std::nullopt;
}

const EVP_MD* DigestType(DigestAlgorithm algorithm) {
  static const FetchedDigests fetched;
  return fetched.types[static_cast<size_t>(algorithm)].get();
}

Result<Digest> Digest::Create(DigestAlgorithm algorithm) {
  const EVP_MD* type = DigestType(algorithm);
  std::unique_ptr<evp_md_ctx_st, Free> context(EVP_MD_CTX_new());
  if (type == nullptr || !context || EVP_DigestInit_ex2(context.get(), type, nullptr) != 1) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("OpenSSL offers no {}: {}", ToString(algorithm), TakeOpensslReason()));
  }
  return Digest(std::move(context));
}

void Digest::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

void Digest::Update(Bytes bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

std::vector<uint8_t> Digest::Finish() {
  std::vector<uint8_t> digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
  digest.resize(size);
  return digest;
}

}  // namespace portcullis::authenticode
