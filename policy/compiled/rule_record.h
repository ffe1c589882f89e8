// SPDX-License-Identifier: Apache-2.0
// One rule as bytes, and back: what a compiled file keeps beside the tables that decide.
//
// Shape:   integers little-endian; a text is its length (u32) and its bytes. See
//          docs/formats/compiled-policy.md.
// Limits:  those of policy/applocker/limits.h, texts in bytes: four a character.
// Errors:  kTruncated, kMalformed and kLimitExceeded with the offset in the record.
// Lifetime: values; nothing of the bytes is kept.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::compiled {

std::string WriteRuleRecord(const applocker::Rule& rule);
// All of `record` is the rule.
Result<applocker::Rule> ReadRuleRecord(Bytes record);

// ---- For what else a compiled file says in texts and numbers.

void AppendNumber(std::string& bytes, uint64_t number, size_t size);
void AppendText(std::string& bytes, std::string_view text);
// One of at most `limit` bytes.
Result<std::string> ReadText(ByteReader& reader, size_t limit);
// A byte that is 0 or 1.
Result<bool> ReadFlag(ByteReader& reader);
// A byte that is at most `last`.
Result<uint8_t> ReadByteUpTo(ByteReader& reader, uint8_t last);

}  // namespace portcullis::compiled
