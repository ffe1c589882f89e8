// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/registry_entry.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/utf.h"

namespace portcullis::registry {
namespace {

constexpr std::array<std::string_view, 12> kTypeNames = {
    "REG_NONE",
    "REG_SZ",
    "REG_EXPAND_SZ",
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_RESOURCE_LIST",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_QWORD",
};

Unexpected Malformed(const Entry& entry, std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("{}\\{}: {}", entry.key, entry.value, what));
}

// The units in front of the first NUL, or all there are.
Bytes UntilNul(Bytes units) {
  size_t size = 0;
  while (size + 2 <= units.size() && (units[size] != 0 || units[size + 1] != 0)) size += 2;
  return units.first(size);
}

Result<std::string> Decode(const Entry& entry, Bytes units) {
  auto text = Utf16LeToUtf8(units);
  if (!text) return Malformed(entry, fmt::format("its data is not text: {}", text.error().message));
  return text;
}

constexpr std::string_view kDeletePrefix = "**DEL.";
constexpr std::string_view kSoftPrefix = "**SOFT.";

}  // namespace

std::string_view NameOf(Type type) {
  const auto number = static_cast<uint32_t>(type);
  return number < kTypeNames.size() ? kTypeNames[number] : std::string_view();
}

Result<std::string> TextOf(const Entry& entry) {
  if (entry.type != Type::kSz && entry.type != Type::kExpandSz && entry.type != Type::kLink) {
    return Malformed(entry, "its type is not one of texts");
  }
  return Decode(entry, UntilNul(entry.data));
}

Result<std::vector<std::string>> TextsOf(const Entry& entry) {
  if (entry.type != Type::kMultiSz) return Malformed(entry, "its type is not REG_MULTI_SZ");
  std::vector<std::string> texts;
  Bytes left = entry.data;
  while (left.size() >= 2) {
    const Bytes text = UntilNul(left);
    if (text.empty()) break;
    texts.push_back(TRY(Decode(entry, text)));
    left = left.subspan(std::min(left.size(), text.size() + 2));
  }
  return texts;
}

Result<uint64_t> NumberOf(const Entry& entry) {
  const bool is_quad = entry.type == Type::kQword;
  if (!is_quad && entry.type != Type::kDword && entry.type != Type::kDwordBigEndian) {
    return Malformed(entry, "its type is not one of numbers");
  }
  const size_t wanted = is_quad ? 8 : 4;
  if (entry.data.size() != wanted) {
    return Malformed(
        entry, fmt::format("a number of {} bytes, where {} are wanted", entry.data.size(), wanted));
  }
  std::vector<uint8_t> bytes = entry.data;
  if (entry.type != Type::kDwordBigEndian) std::ranges::reverse(bytes);
  uint64_t number = 0;
  for (const uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

const char* ToString(Special::Action action) {
  switch (action) {
    case Special::Action::kDeleteValue:
      return "delete-value";
    case Special::Action::kDeleteAll:
      return "delete-all-values";
    case Special::Action::kDeleteValues:
      return "delete-values";
    case Special::Action::kDeleteKeys:
      return "delete-keys";
    case Special::Action::kSecureKey:
      return "secure-key";
    case Special::Action::kSoft:
      return "set-if-absent";
  }
  return "";
}

std::optional<Special> SpecialOf(std::string_view value_name) {
  using Action = Special::Action;
  if (!value_name.starts_with("**")) return std::nullopt;
  // Upper-casing a longer name than these would change nothing about it.
  const std::string upper = UpperCase(value_name.substr(0, 16));
  if (upper.starts_with("**DELVALS")) return Special{Action::kDeleteAll, ""};
  if (upper == "**DELETEVALUES") return Special{Action::kDeleteValues, ""};
  if (upper == "**DELETEKEYS") return Special{Action::kDeleteKeys, ""};
  if (upper == "**SECUREKEY") return Special{Action::kSecureKey, ""};
  for (const auto& [prefix, action] :
       {std::pair(kDeletePrefix, Action::kDeleteValue), std::pair(kSoftPrefix, Action::kSoft)}) {
    if (upper.starts_with(prefix)) {
      return Special{action, std::string(value_name.substr(prefix.size()))};
    }
  }
  return std::nullopt;
}

}  // namespace portcullis::registry
