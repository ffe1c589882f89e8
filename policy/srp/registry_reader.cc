// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/registry_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/utf.h"
#include "policy/srp/registry_tree.h"
#include "policy/srp/rule_keys.h"
#include "policy/srp/value_reader.h"

namespace portcullis::srp {
namespace {

using registry::Change;

enum class Hive : uint8_t { kNone, kMachine, kUser, kUsers, kOther };
struct HiveName {
  std::string_view name;
  Hive hive;
};
constexpr std::array kHives = {HiveName{"HKEY_LOCAL_MACHINE", Hive::kMachine},
                               HiveName{"HKLM", Hive::kMachine},
                               HiveName{"MACHINE", Hive::kMachine},
                               HiveName{"HKEY_CURRENT_USER", Hive::kUser},
                               HiveName{"HKCU", Hive::kUser},
                               HiveName{"CURRENT_USER", Hive::kUser},
                               HiveName{"USER", Hive::kUser},
                               HiveName{"HKEY_USERS", Hive::kUsers},
                               HiveName{"HKU", Hive::kUsers},
                               HiveName{"USERS", Hive::kUsers},
                               HiveName{"HKEY_CLASSES_ROOT", Hive::kOther},
                               HiveName{"HKCR", Hive::kOther},
                               HiveName{"CLASSES_ROOT", Hive::kOther},
                               HiveName{"HKEY_CURRENT_CONFIG", Hive::kOther},
                               HiveName{"HKCC", Hive::kOther}};

struct SplitKey {
  Hive hive = Hive::kNone;
  std::string_view path;  // below it
};

std::string_view BehindFirst(std::string_view path) {
  const size_t slash = path.find('\\');
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

SplitKey Split(std::string_view key) {
  while (key.starts_with('\\')) key.remove_prefix(1);
  while (key.ends_with('\\')) key.remove_suffix(1);
  const std::string first = UpperCase(key.substr(0, key.find('\\')));
  const auto found = std::ranges::find(kHives, std::string_view(first), &HiveName::name);
  if (found == kHives.end()) return {Hive::kNone, key};
  // Below HKEY_USERS stands the SID of an account.
  const std::string_view path = BehindFirst(key);
  return {found->hive, found->hive == Hive::kUsers ? BehindFirst(path) : path};
}

class Reader {
 public:
  explicit Reader(std::span<const RegistrySource> sources)
      : sources_(sources), values_(sources, reading_.notes) {}

  Result<RegistryReading> Read() {
    for (uint32_t i = 0; i < sources_.size(); ++i) {
      for (const Change& change : sources_[i].changes) Apply(change, i);
    }
    reading_.machine = TRY(ReadTree(machine_, Scope::kMachine));
    reading_.user = TRY(ReadTree(user_, Scope::kUser));
    values_.FinishNotes();
    return std::move(reading_);
  }

 private:
  void Apply(const Change& change, uint32_t source) {
    const SplitKey split = Split(change.entry.key);
    const bool is_ours = IsBelowRoots(UpperCase(split.path));
    // What deletes a key above the roots deletes these.
    if (!is_ours && change.action != Change::Action::kDeleteKey) return;
    if (split.hive == Hive::kUsers || split.hive == Hive::kOther) {
      if (is_ours) AddNote(change, source, split.path, "a hive that no policy is read from");
      return;
    }
    if (change.action == Change::Action::kSecureKey) {
      return AddNote(change, source, split.path, "who may write to the key is not kept");
    }
    if (change.action == Change::Action::kUnknown) {
      return AddNote(change, source, split.path, "a special name that has no meaning");
    }
    const Scope scope = split.hive == Hive::kNone      ? sources_[source].scope
                        : split.hive == Hive::kMachine ? Scope::kMachine
                                                       : Scope::kUser;
    (scope == Scope::kMachine ? machine_ : user_).Apply(change, split.path, source);
  }

  void AddNote(const Change& change, uint32_t source, std::string_view key, std::string reason) {
    values_.AddNote({sources_[source].name, values_.PlaceOf(source, change.place), std::string(key),
                     change.entry.value, std::move(reason)});
  }

  Result<std::optional<Policy>> ReadTree(const RegistryTree& tree, Scope scope) {
    Policy policy;
    policy.scope = scope;
    bool is_any = false;
    KeyInterpreter keys(tree, values_, policy);
    for (const TreeKey* key : tree.InOrder()) {
      if (TRY(keys.Read(*key))) is_any = true;
    }
    return is_any ? std::optional(std::move(policy)) : std::nullopt;
  }

  std::span<const RegistrySource> sources_;
  RegistryReading reading_;
  ValueReader values_;
  RegistryTree machine_;
  RegistryTree user_;
};

}  // namespace

Result<RegistryReading> ReadRegistry(std::span<const RegistrySource> sources) {
  return Reader(sources).Read();
}

}  // namespace portcullis::srp
