// SPDX-License-Identifier: Apache-2.0
// Message digests, taken piece by piece.
//
// Shape:   DigestAlgorithm names what signatures of this field use; Digest is one being taken.
// Errors:  kUnsupported where the machine's OpenSSL does not offer the algorithm.
// Threads: a Digest belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct evp_md_ctx_st;

namespace portcullis::authenticode {

enum class DigestAlgorithm : uint8_t { kMd5, kSha1, kSha256, kSha384, kSha512 };
const char* ToString(DigestAlgorithm algorithm);  // "MD5", "SHA-1", "SHA-256", ...

class Digest {
 public:
  static Result<Digest> Create(DigestAlgorithm algorithm);

  void Update(Bytes bytes);
  // Once, at the end.
  std::vector<uint8_t> Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  explicit Digest(std::unique_ptr<evp_md_ctx_st, Free> context) : context_(std::move(context)) {}
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace portcullis::authenticode
