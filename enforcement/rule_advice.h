// SPDX-License-Identifier: Apache-2.0
// Which rule lets a file run that a policy denies.
//
// Shape:   an allow rule for this one file by its place, where no rule allows it; an exception to
//          each deny rule that matches it, or its hash taken out of a rule of hashes. Allow and
//          exceptions name verified places alone, as the engine wants it.
// Errors:  none.
// Threads: pure functions.
// Source:  docs/semantics.md: exceptions of a hash rule do not exist.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "identity/file_identity.h"
#include "policy/applocker/model.h"
#include "policy/request.h"

namespace portcullis::enforcement {

struct RuleAdvice {
  enum class Kind : uint8_t { kAddRule, kAddException, kTakeOutHash, kAddSrpRule };
  Kind kind = Kind::kAddRule;
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  applocker::Rule rule;              // kAddRule: the one to add; else the one to change
  applocker::Condition condition{};  // the exception, or the hashes to take out
  srp::Rule srp{};                   // kAddSrpRule: the one to add; nothing else is set

  std::string ToWords() const;  // one line
  std::string ToXml() const;    // what to add; of hashes what to take out

  friend bool operator==(const RuleAdvice&, const RuleAdvice&) = default;
};

// A file as advice sees it.
struct AdvisedFile {
  std::string path;  // its real one
  const FileIdentity* identity = nullptr;
  const std::vector<PathSpelling>* spellings = nullptr;
};

// An allow rule for `who` about this file, or about all of `folder` where that is not empty (then
// with the spellings of the folder).
RuleAdvice AdviseAllow(const AdvisedFile& file, applocker::CollectionType collection,
                       const Sid& who, bool is_folder);
// For Software Restriction Policies: an Unrestricted path rule about this file, which is more
// specific than all but a hash or a certificate.
RuleAdvice AdviseSrp(const AdvisedFile& file);
// How `deny`, which matches the file, would leave it alone.
RuleAdvice AdviseException(const AdvisedFile& file, applocker::CollectionType collection,
                           const applocker::Rule& deny);
// The policy with what was advised; a rule of Software Restriction Policies is no part of it.
void Apply(const RuleAdvice& advice, applocker::AppLockerPolicy& policy);

// The pattern that matches this file alone as a rule writes it: `%SYSTEM32%\sshd`. Empty where
// there is none: a name that holds `*` or `?`, say.
std::string PatternOf(const std::vector<PathSpelling>& spellings);

}  // namespace portcullis::enforcement
