// SPDX-License-Identifier: Apache-2.0
// AppLocker's own meaning of a condition: a file's attributes as an access check asks for them.
//
// Shape:   APPID://PATH      ==, Contains, Any_of: patterns with `*` (and `?`), which a spelling of
//                            the file matches. Only a claimed one matches: unknown. `*` alone
//                            matches a file without a path too, and nothing else matches that.
//          APPID://FQBN      ==, <, <=, >, >= {"P\Q\B", version}: publisher and product `*` or
//                            literal, the binary name with wildcards, then the version as 64 bits
//                            without a sign. Another name: false.
//          APPID://...HASH   ==, Contains, Any_of: any of the file's digests of that type
//          and the Not_ forms of these.
//          What could not be found out is unknown, under Exists as well. So three-valued logic says
//          what docs/semantics.md says: a doubt denies in a deny rule, does not allow in an allow
//          rule, cancels an allow rule as an exception and no deny rule.
// Lifetime: borrows the attributes.
// Threads: immutable.
// Source:  docs/semantics.md; sections 2, 3.5, 4 and 5.1 of the reference.
#pragma once

#include <optional>

#include "policy/matching_settings.h"
#include "policy/request.h"
#include "security/condition_evaluator.h"

namespace portcullis::reference {

class FileFacts final : public SpecialAttributes {
 public:
  // `publisher_only`: the file has no path and no hash, as packages are seen.
  enum class Sees : uint8_t { kEverything, kPublisherOnly };
  FileFacts(const FileAttributes& file, const MatchingSettings& settings, Sees sees)
      : file_(file), settings_(settings), sees_(sees) {}

  bool Has(const ConditionAttribute& attribute) const override;
  Truth Exists(const ConditionAttribute& attribute) const override;
  std::optional<Truth> Relate(const ConditionAttribute& attribute, ConditionOperator op,
                              const ConditionOperand& right) const override;

 private:
  bool HasPaths() const { return sees_ == Sees::kEverything && !file_.paths.empty(); }
  Truth MatchPath(const std::string& pattern) const;
  Truth ExistsHash(HashType type) const;
  Truth MatchHash(HashType type, const std::string& digest) const;
  std::optional<Truth> ComparePublisher(ConditionOperator op, const ConditionOperand& right) const;

  const FileAttributes& file_;
  const MatchingSettings& settings_;
  Sees sees_;
};

}  // namespace portcullis::reference
