// SPDX-License-Identifier: Apache-2.0
// What a key of the registry says of a policy. For registry_reader.cc.
//
// Shape:   reads one key after the other into a Policy.
// Errors:  as registry_reader.h has them.
// Threads: one thread a KeyInterpreter.
#pragma once

#include <string_view>
#include <vector>

#include "policy/srp/model.h"
#include "policy/srp/registry_tree.h"
#include "policy/srp/value_reader.h"

namespace portcullis::srp {

class KeyInterpreter {
 public:
  KeyInterpreter(const RegistryTree& tree, ValueReader& values, Policy& policy)
      : tree_(tree), values_(values), policy_(policy) {}

  // Any key below the roots of these policies. True where it holds something of the policy.
  Result<bool> Read(const TreeKey& key);

 private:
  using Parts = std::vector<std::string>;  // of a path, upper case

  Result<bool> ReadBelowIdentifiers(const TreeKey& key, const Parts& parts);
  Result<bool> ReadSettings(const TreeKey& key);
  Result<bool> ReadRule(const TreeKey& key, Level level, const Parts& parts);
  Result<bool> ReadSha256(const TreeKey& key, std::string_view upper_path);
  Result<Condition> ReadCondition(const TreeKey& key, std::string_view kind);
  Result<HashCondition> ReadHash(const TreeKey& key);
  Result<void> ReadSha256Key(const TreeKey& key, HashCondition& condition);
  Result<PathCondition> ReadPath(const TreeKey& key);
  Result<UrlZoneCondition> ReadUrlZone(const TreeKey& key);
  Result<void> ReadCommonValues(const TreeKey& key, Rule& rule);

  Result<bool> ReadBelowStore(const TreeKey& key, const Parts& parts, Level level);
  Result<bool> ReadCertificate(const TreeKey& key, Level level, std::string_view thumbprint);

  Result<void> AddRule(const TreeKey& key, Rule rule);
  Result<const TreeValue*> Required(const TreeKey& key, std::string_view name) const;
  void NoteAll(const TreeKey& key) { values_.NoteUnknown(key, {}); }

  const RegistryTree& tree_;
  ValueReader& values_;
  Policy& policy_;
};

// Where the key, in upper case, stands below one of the roots; is one of them, too.
bool IsBelowRoots(std::string_view upper_path);

}  // namespace portcullis::srp
