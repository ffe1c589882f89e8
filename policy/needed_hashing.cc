// SPDX-License-Identifier: Apache-2.0
#include "policy/needed_hashing.h"

namespace portcullis {

Hashing NeededHashing(const PolicySet& policies) {
  using srp::HashAlgorithm;
  const srp::CompiledPolicy* const srp = policies.srp();
  if (srp != nullptr &&
      (srp->NeedsHash(HashAlgorithm::kMd5) || srp->NeedsHash(HashAlgorithm::kSha1))) {
    return Hashing::kAllAndWeakFlat;
  }
  return policies.HoldsHash(HashType::kSha1) ? Hashing::kAll : Hashing::kWithoutSha1;
}

}  // namespace portcullis
