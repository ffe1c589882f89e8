// SPDX-License-Identifier: Apache-2.0
// The keys of a registry below a few roots, after changes were applied in order.
//
// Shape:   keys in the order in which they came to be, values in the order in which they were set.
//          Names ignore case as Windows does; a key is spelled as it first came.
// Limits:  those of the files behind it; a key or value is found in logarithmic time.
// Lifetime: a KeyView views the tree.
// Threads: one thread changes it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/registry/registry_change.h"

namespace portcullis::srp {

struct TreeValue {
  registry::Entry entry;
  uint32_t source = 0;  // an index of the caller's
  uint32_t place = 0;
  uint64_t order = 0;
};

struct TreeKey {
  std::string path;  // as first written
  uint64_t order = 0;
  std::map<std::string, TreeValue, std::less<>> values;  // by upper-case name

  const TreeValue* Find(std::string_view upper_case_name) const;
  std::vector<const TreeValue*> InOrder() const;
};

class RegistryTree {
 public:
  // `key` is the change's key without the hive. kSecureKey and kUnknown change nothing.
  void Apply(const registry::Change& change, std::string_view key, uint32_t source);

  // In the order in which they came.
  std::vector<const TreeKey*> InOrder() const;
  const TreeKey* Find(std::string_view upper_case_path) const;

 private:
  TreeKey& Make(std::string_view key);
  void DeleteKey(const std::string& upper_case_path);

  std::map<std::string, TreeKey, std::less<>> keys_;  // by upper-case path
  uint64_t next_ = 0;
};

}  // namespace portcullis::srp
