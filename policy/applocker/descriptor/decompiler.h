// SPDX-License-Identifier: Apache-2.0
// Security descriptors read back as AppLocker's rules.
//
// Shape:   an entry is a rule when it is one that the compiler makes, or means the same: XA or XD,
//          no flags, FX, and a condition of AppLocker's shape
//          (docs/formats/applocker-descriptor.md). Read besides: `APPID://PATH ==` as Microsoft's
//          documents have it, text in any case, exceptions joined inside of one negation.
//          A descriptor holds no ids, names or hashes' files: ids count from `first_id`, a name is
//          made of the condition, the description says where the rule is from. Owner, group and
//          system ACL are not looked at.
// Limits:  those of security/ and policy/applocker/limits.h.
// Errors:  Decompile refuses bytes that are no descriptor, and a DACL that no rules could mean:
//          none, a null or an empty one, a denial behind an allowance. An entry that is no rule is
//          in `unread` with its offset and the reason; who puts the rules in force must refuse then
//          (an unread denial denies nothing). Nothing is guessed.
// Threads: pure functions.
// Source:  sections 7.2 to 7.5 of the reference; Microsoft, "AppLocker processes and interactions".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/applocker/model.h"
#include "security/security_descriptor.h"

namespace portcullis::applocker {

struct DecompileOptions {
  // The number in the id of the first rule: 00000000-0000-0000-0000-000000000001. Give each
  // collection of a policy its own range.
  uint64_t first_id = 1;
};

// An entry of the DACL that is no rule.
struct UnreadAce {
  size_t index = 0;
  uint64_t offset = 0;  // in the bytes; 0 where there are none
  std::string reason;
};

struct DecompiledDescriptor {
  std::vector<Rule> rules;           // in the order of their entries
  std::vector<size_t> rule_entries;  // the index of the entry of each rule
  std::vector<UnreadAce> unread;
  // Entries that let packaged apps pass the half of the check that is about their package: Windows
  // adds two to every collection. They are no rules.
  size_t package_entries = 0;

  bool is_whole() const { return unread.empty(); }
};

Result<DecompiledDescriptor> DecompileDescriptor(Bytes self_relative,
                                                 const DecompileOptions& options = {});
// Of one that is parsed already; offsets are 0.
Result<DecompiledDescriptor> DecompileDescriptor(const SecurityDescriptor& descriptor,
                                                 const DecompileOptions& options = {});

// One rule as text: `D:(XA;...)`, the entry alone with or without its parentheses, and an entry
// without a SID, which is for authenticated users.
Result<Rule> RuleFromSddl(std::string_view text, const DecompileOptions& options = {});

}  // namespace portcullis::applocker
