// SPDX-License-Identifier: Apache-2.0
// A hostile script in each form, the first byte says which. What is found lies within the file and
// its limits, a digest is the same the second time, and text behind a block is never passed over.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "formats/script/signature_block.h"

namespace {

using namespace portcullis;
using script::SignatureForm;

void Require(bool holds) {
  if (!holds) std::abort();
}

constexpr SignatureForm kForms[] = {SignatureForm::kPowerShell,    SignatureForm::kPowerShellXml,
                                    SignatureForm::kManagedObject, SignatureForm::kVbScript,
                                    SignatureForm::kJScript,       SignatureForm::kWindowsScript};

void RequireTextBehindIsRefused(Bytes bytes, SignatureForm form) {
  std::vector<uint8_t> longer(bytes.begin(), bytes.end());
  for (const char c : {'\n', '\0', 'x', '\0'}) longer.push_back(static_cast<uint8_t>(c));
  const MemorySource source(longer);
  const auto block = script::FindSignatureBlock(source, form);
  Require(!block || !block->has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const SignatureForm form = kForms[data[0] % std::size(kForms)];
  const Bytes bytes = Bytes(data, size).subspan(1);
  const MemorySource source(bytes);
  const auto block = script::FindSignatureBlock(source, form);
  if (!block || !*block) return 0;
  Require((*block)->begin < (*block)->end && (*block)->end <= bytes.size());
  Require((*block)->der.size() <= script::kMaxSignatureBytes);
  const auto take = [&] {
    return script::TakeTextDigests(source, **block, authenticode::DigestAlgorithm::kSha1);
  };
  const auto digests = take();
  Require(digests && digests->size() <= 2 && *digests == *take());
  Require((*block)->mark || !digests->empty());
  if (form != SignatureForm::kWindowsScript) RequireTextBehindIsRefused(bytes, form);
  return 0;
}
