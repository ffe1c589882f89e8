// SPDX-License-Identifier: Apache-2.0
// Any bytes at all are something: Identify never fails on what it can read, a publisher stands with
// a valid signature alone, and the answer is the same the second time.
#include <cstdint>
#include <cstdlib>

#include "identity/identify.h"

namespace {

using namespace portcullis;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemorySource source(Bytes(data, size));
  const IdentifyOptions options{.at = 1'700'000'000, .max_threads = 1};
  const auto first = Identify(source, "file.ps1", options);
  Require(first.has_value());
  Require(first->publisher.has_value() == (first->signature.status == SignatureStatus::kValid));
  Require(!(first->is_library && first->is_program));
  Require(first->hashes.empty() == (size == 0));
  const auto second = Identify(source, "file.ps1", options);
  Require(second && second->sha256 == first->sha256 &&
          second->signature.status == first->signature.status);
  return 0;
}
