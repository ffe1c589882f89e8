// SPDX-License-Identifier: Apache-2.0
// Bytes of a descriptor in: the rules that are read compile again, to a descriptor from which the
// same rules are read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "policy/applocker/descriptor/compiler.h"
#include "policy/applocker/descriptor/decompiler.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis::applocker;
  const portcullis::Bytes bytes(data, size);
  const auto read = DecompileDescriptor(bytes);
  if (!read) return 0;
  for (const UnreadAce& ace : read->unread) Require(ace.offset < size && !ace.reason.empty());
  RuleCollection collection;
  collection.rules = read->rules;
  const CompileOptions as_written{.letters = LetterCase::kAsWritten};
  const auto parts = CompileCollection(collection, as_written);
  // Exceptions that were joined inside of one negation take a few bytes more each by itself.
  if (!parts) {
    Require(parts.error().code == portcullis::ErrorCode::kLimitExceeded);
    return 0;
  }
  RuleCollection again;
  for (const DescriptorPart& part : *parts) {
    const auto reread =
        DecompileDescriptor(portcullis::AsBytes(part.descriptor.Serialize().value()),
                            {.first_id = 1 + again.rules.size()});
    Require(reread.has_value() && reread->is_whole());
    again.rules.insert(again.rules.end(), reread->rules.begin(), reread->rules.end());
  }
  Require(again.rules == collection.rules);
  return 0;
}
