// SPDX-License-Identifier: Apache-2.0
// Reads Software Restriction Policies from what files do to a registry.
//
// Shape:   sources in the order in which they apply, of one machine and one user; out come the
//          policy of each scope, where there is one, and notes. A key says its scope by its hive
//          (HKEY_LOCAL_MACHINE, HKLM, MACHINE; HKEY_CURRENT_USER, HKCU, USER, CURRENT_USER); one
//          without a hive is of its source's scope. What counts is what stands in the registry
//          after all changes.
// Limits:  policy/srp/model.h and check.h; kMaxNotes.
// Errors:  one broken setting or rule refuses all: source, entry or line, key, value, found and
//          allowed. What is not understood below the keys of these policies is a note.
// Threads: a pure function.
// Source:  docs/formats/srp-registry.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/registry/registry_change.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

// After so many one more note says how many there were beyond.
inline constexpr size_t kMaxNotes = 1000;

struct RegistrySource {
  std::string name;  // of the file, for messages
  Scope scope = Scope::kMachine;
  std::string place_word = "entry";  // what a change's place counts: "entry", "line"
  std::vector<registry::Change> changes;
};

// Something below the keys of these policies that has no part in them.
struct Note {
  std::string source;
  std::string place;  // "entry 3"; empty where it is not at one
  std::string key;    // without the hive
  std::string value;  // the name
  std::string reason;

  friend bool operator==(const Note&, const Note&) = default;
};
// "Registry.pol: entry 3: KEY: value "NAME": reason", in one line.
std::string ToString(const Note& note);

// Absent: nothing of such a policy stands in that hive.
struct RegistryReading {
  std::optional<Policy> machine;
  std::optional<Policy> user;
  std::vector<Note> notes;

  // Those that there are, the machine's first.
  std::vector<Policy> policies() const {
    std::vector<Policy> all;
    if (machine) all.push_back(*machine);
    if (user) all.push_back(*user);
    return all;
  }
};

Result<RegistryReading> ReadRegistry(std::span<const RegistrySource> sources);

}  // namespace portcullis::srp
