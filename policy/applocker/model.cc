// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/model.h"

#include <algorithm>

namespace portcullis::applocker {
namespace {

constexpr std::array<size_t, 4> kHyphens = {8, 13, 18, 23};
constexpr size_t kGuidLength = 36;

char ToLowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualIgnoringAsciiCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ToLowerAscii, ToLowerAscii);
}

bool IsHyphenPlace(size_t i) { return std::ranges::find(kHyphens, i) != kHyphens.end(); }

}  // namespace

const char* ToString(CollectionType type) {
  switch (type) {
    case CollectionType::kExe:
      return "Exe";
    case CollectionType::kDll:
      return "Dll";
    case CollectionType::kScript:
      return "Script";
    case CollectionType::kMsi:
      return "Msi";
    case CollectionType::kAppx:
      return "Appx";
    case CollectionType::kManagedInstaller:
      return "ManagedInstaller";
  }
  return "";
}

std::optional<CollectionType> ParseCollectionType(std::string_view text) {
  for (size_t i = 0; i < kCollectionTypes; ++i) {
    const auto type = static_cast<CollectionType>(i);
    if (EqualIgnoringAsciiCase(text, ToString(type))) return type;
  }
  return std::nullopt;
}

const char* ToString(EnforcementMode mode) {
  switch (mode) {
    case EnforcementMode::kNotConfigured:
      return "NotConfigured";
    case EnforcementMode::kEnabled:
      return "Enabled";
    case EnforcementMode::kAuditOnly:
      return "AuditOnly";
  }
  return "";
}

const char* ToString(Action action) { return action == Action::kAllow ? "Allow" : "Deny"; }

const char* ToString(ServicesEnforcement mode) {
  switch (mode) {
    case ServicesEnforcement::kNotConfigured:
      return "NotConfigured";
    case ServicesEnforcement::kEnabled:
      return "Enabled";
    case ServicesEnforcement::kServicesOnly:
      return "ServicesOnly";
  }
  return "";
}

std::optional<RuleId> RuleId::Parse(std::string_view text) {
  if (text.size() != kGuidLength) return std::nullopt;
  RuleId id;
  size_t digit = 0;
  for (size_t i = 0; i < kGuidLength; ++i) {
    const char c = text[i];
    if (IsHyphenPlace(i)) {
      if (c != '-') return std::nullopt;
      continue;
    }
    unsigned value = 0;
    if (c >= '0' && c <= '9') {
      value = static_cast<unsigned>(c - '0');
    } else if (ToLowerAscii(c) >= 'a' && ToLowerAscii(c) <= 'f') {
      value = static_cast<unsigned>(ToLowerAscii(c) - 'a' + 10);
      if (c <= 'F') id.upper_case_digits |= 1U << digit;
    } else {
      return std::nullopt;
    }
    id.bytes[digit / 2] = static_cast<uint8_t>(id.bytes[digit / 2] * 16U + value);
    ++digit;
  }
  return id;
}

std::string RuleId::ToString() const {
  std::string text;
  text.reserve(kGuidLength);
  for (size_t digit = 0; digit < 32; ++digit) {
    if (IsHyphenPlace(text.size())) text.push_back('-');
    const unsigned value = digit % 2 == 0 ? bytes[digit / 2] >> 4 : bytes[digit / 2] & 15U;
    const bool is_capital = (upper_case_digits >> digit & 1) != 0;
    text.push_back((is_capital ? "0123456789ABCDEF" : "0123456789abcdef")[value]);
  }
  return text;
}

const RuleCollection* AppLockerPolicy::Find(CollectionType type) const {
  const auto found = std::ranges::find(collections, std::optional(type), &RuleCollection::type);
  return found == collections.end() ? nullptr : &*found;
}

}  // namespace portcullis::applocker
