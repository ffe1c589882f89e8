// SPDX-License-Identifier: Apache-2.0
// One thing that a file asks a registry to do, whichever of the forms it came in.
//
// Shape:   an action, and an Entry whose key and value name say where; type and data count where a
//          value is set, and are empty else. `place` is the number of the entry in a Registry.pol,
//          of the line in a text, from 1.
// Threads: values and pure functions.
// Source:  MS-GPREG 3.2.5.1; docs/formats/regpol.md, docs/formats/reg.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "formats/registry/registry_entry.h"

namespace portcullis::registry {

struct Change {
  enum class Action : uint8_t {
    kSetValue,
    kSetIfAbsent,
    kDeleteValue,
    kDeleteAllValues,  // of the key
    kMakeKey,
    kDeleteKey,  // and all below it
    kSecureKey,  // no value: who may write to the key
    kUnknown,    // a special name that has no meaning here; the entry as it was
  };
  Action action = Action::kSetValue;
  Entry entry;
  uint32_t place = 0;

  friend bool operator==(const Change&, const Change&) = default;
};
const char* ToString(Change::Action action);  // "set-value", ...

// What the entries of a Registry.pol ask for. One that lists several values or keys becomes several
// changes.
// Errors:  kMalformed where such a list is no text.
// Limits:  kMaxListed names a list.
Result<std::vector<Change>> ChangesOf(std::span<const Entry> entries);
inline constexpr size_t kMaxListed = 10'000;

// Data of these types, as a registry holds it.
std::vector<uint8_t> TextData(std::string_view text);  // with its NUL
std::vector<uint8_t> TextsData(std::span<const std::string> texts);
std::vector<uint8_t> DwordData(uint32_t number);
std::vector<uint8_t> QwordData(uint64_t number);

}  // namespace portcullis::registry
