// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/registry_tree.h"

#include <algorithm>

#include "base/utf.h"

namespace portcullis::srp {
namespace {

using Action = registry::Change::Action;

template <typename Node>
std::vector<const Node*> Ordered(const std::map<std::string, Node, std::less<>>& nodes) {
  std::vector<const Node*> ordered;
  ordered.reserve(nodes.size());
  for (const auto& [name, node] : nodes) ordered.push_back(&node);
  std::ranges::sort(ordered, {}, [](const Node* node) { return node->order; });
  return ordered;
}

}  // namespace

const TreeValue* TreeKey::Find(std::string_view upper_case_name) const {
  const auto found = values.find(upper_case_name);
  return found == values.end() ? nullptr : &found->second;
}

std::vector<const TreeValue*> TreeKey::InOrder() const { return Ordered(values); }

std::vector<const TreeKey*> RegistryTree::InOrder() const { return Ordered(keys_); }

const TreeKey* RegistryTree::Find(std::string_view upper_case_path) const {
  const auto found = keys_.find(upper_case_path);
  return found == keys_.end() ? nullptr : &found->second;
}

TreeKey& RegistryTree::Make(std::string_view key) {
  const auto [at, is_new] = keys_.try_emplace(UpperCase(key));
  if (is_new) {
    at->second.path = key;
    at->second.order = next_++;
  }
  return at->second;
}

void RegistryTree::DeleteKey(const std::string& upper_case_path) {
  keys_.erase(upper_case_path);
  // ']' follows '\' in ASCII: between the two lies all that is below the key.
  keys_.erase(keys_.lower_bound(upper_case_path + '\\'), keys_.lower_bound(upper_case_path + ']'));
}

void RegistryTree::Apply(const registry::Change& change, std::string_view key, uint32_t source) {
  const std::string name = UpperCase(change.entry.value);
  switch (change.action) {
    case Action::kSetValue:
    case Action::kSetIfAbsent: {
      TreeKey& made = Make(key);
      const auto [at, is_new] = made.values.try_emplace(name);
      if (!is_new && change.action == Action::kSetIfAbsent) return;
      const uint64_t order = is_new ? next_++ : at->second.order;
      at->second = {change.entry, source, change.place, order};
      return;
    }
    case Action::kDeleteValue:
      if (const auto found = keys_.find(UpperCase(key)); found != keys_.end()) {
        found->second.values.erase(name);
      }
      return;
    case Action::kDeleteAllValues:
      if (const auto found = keys_.find(UpperCase(key)); found != keys_.end()) {
        found->second.values.clear();
      }
      return;
    case Action::kMakeKey:
      Make(key);
      return;
    case Action::kDeleteKey:
      DeleteKey(UpperCase(key));
      return;
    case Action::kSecureKey:
    case Action::kUnknown:
      return;
  }
}

}  // namespace portcullis::srp
