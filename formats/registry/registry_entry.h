// SPDX-License-Identifier: Apache-2.0
// One value of a registry as a file brings it: a key's path, a name, a type and bytes.
//
// Shape:   paths and names are UTF-8, components end at '\', without the hive's name where the file
//          has none; data is as stored. What a text, a list or a number means is read from it.
// Errors:  kMalformed where the data has not the form of its type.
// Threads: values and pure functions.
// Source:  MS-GPREG 2.2.1; MS-RRP 3.1.1.5 (types); docs/formats/regpol.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portcullis::registry {

// A file may hold any other number: it is kept.
enum class Type : uint32_t {
  kNone = 0,
  kSz = 1,
  kExpandSz = 2,
  kBinary = 3,
  kDword = 4,
  kDwordBigEndian = 5,
  kLink = 6,
  kMultiSz = 7,
  kResourceList = 8,
  kFullResourceDescriptor = 9,
  kResourceRequirementsList = 10,
  kQword = 11,
};
// "REG_SZ"; empty for a number that has no name.
std::string_view NameOf(Type type);

struct Entry {
  std::string key;
  std::string value;  // the name; empty for the key's default value
  Type type = Type::kNone;
  std::vector<uint8_t> data;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// REG_SZ, REG_EXPAND_SZ, REG_LINK: up to the first NUL, which may be missing; an odd last byte is
// passed over.
Result<std::string> TextOf(const Entry& entry);
// REG_MULTI_SZ: up to the first empty text.
Result<std::vector<std::string>> TextsOf(const Entry& entry);
// REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_QWORD: exactly four or eight bytes.
Result<uint64_t> NumberOf(const Entry& entry);

// What a value's name asks for in place of setting a value. Such names begin with two asterisks.
struct Special {
  enum class Action : uint8_t {
    kDeleteValue,   // **Del.NAME
    kDeleteAll,     // **DelVals.: every value of the key
    kDeleteValues,  // **DeleteValues: those that the data lists, by ';'
    kDeleteKeys,    // **DeleteKeys: the keys below this one that the data lists, by ';'
    kSecureKey,     // **SecureKey: 1 leaves the key to administrators, 0 takes that back
    kSoft,          // **Soft.NAME: set only where it is not there
  };
  Action action;
  std::string name;  // of kDeleteValue and kSoft
};
const char* ToString(Special::Action action);  // "delete-value", ...
// Names ignore case. Nothing for any other name.
std::optional<Special> SpecialOf(std::string_view value_name);

}  // namespace portcullis::registry
