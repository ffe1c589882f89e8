// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/model.h"

#include <algorithm>

#include "base/bytes.h"
#include "security/ascii.h"

namespace portcullis::srp {
namespace {

constexpr std::string_view kGuidShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

// The letters and digits, upper case: "Basic User" and "basic-user" are one.
std::string Letters(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c != ' ' && c != '-' && c != '_') letters.push_back(AsciiUpper(c));
  }
  return letters;
}

template <typename Enum, size_t kCount>
std::optional<Enum> Among(const std::array<Enum, kCount>& values, uint64_t number) {
  for (const Enum value : values) {
    if (static_cast<uint64_t>(value) == number) return value;
  }
  return std::nullopt;
}

}  // namespace

const char* ToString(Level level) {
  return level == Level::kBasicUser ? "BasicUser" : DisplayName(level);
}

const char* DisplayName(Level level) {
  switch (level) {
    case Level::kDisallowed:
      return "Disallowed";
    case Level::kUntrusted:
      return "Untrusted";
    case Level::kConstrained:
      return "Constrained";
    case Level::kBasicUser:
      return "Basic User";
    case Level::kUnrestricted:
      return "Unrestricted";
  }
  return "";
}

std::optional<Level> LevelOf(uint64_t number) { return Among(kLevels, number); }

std::optional<Level> ParseLevel(std::string_view text) {
  const std::string letters = Letters(text);
  if (letters == "NORMALUSER") return Level::kBasicUser;
  for (const Level level : kLevels) {
    if (letters == Letters(ToString(level))) return level;
  }
  return std::nullopt;
}

const char* ToString(Scope scope) { return scope == Scope::kMachine ? "Machine" : "User"; }

const char* ToString(TransparentEnabled value) {
  switch (value) {
    case TransparentEnabled::kNone:
      return "None";
    case TransparentEnabled::kAllButLibraries:
      return "AllButLibraries";
    case TransparentEnabled::kAll:
      return "All";
  }
  return "";
}

const char* ToString(PolicyScope value) {
  return value == PolicyScope::kAllUsers ? "AllUsers" : "AllButAdministrators";
}

std::optional<Guid> Guid::Parse(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}') && text.size() > 2) {
    text = text.substr(1, text.size() - 2);
  }
  if (text.size() != kGuidShape.size()) return std::nullopt;
  Guid guid;
  size_t digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kGuidShape[i] == '-') {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = HexDigitValue(text[i]);
    if (value < 0) return std::nullopt;
    uint8_t& byte = guid.bytes[digits++ / 2];
    byte = static_cast<uint8_t>(byte << 4 | value);
  }
  return guid;
}

std::string Guid::ToString() const {
  std::string text = HexLower(bytes);
  for (const size_t dash : {20U, 16U, 12U, 8U}) text.insert(dash, 1, '-');
  return "{" + text + "}";
}

const char* ToString(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kMd5:
      return "MD5";
    case HashAlgorithm::kSha1:
      return "SHA1";
    case HashAlgorithm::kSha256:
      return "SHA256";
  }
  return "";
}

size_t DigestSize(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kMd5:
      return 16;
    case HashAlgorithm::kSha1:
      return 20;
    case HashAlgorithm::kSha256:
      return 32;
  }
  return 0;
}

std::optional<HashAlgorithm> HashAlgorithmOf(uint64_t number) {
  return Among(kHashAlgorithms, number);
}

const char* ToString(UrlZone zone) {
  switch (zone) {
    case UrlZone::kMyComputer:
      return "MyComputer";
    case UrlZone::kIntranet:
      return "Intranet";
    case UrlZone::kTrusted:
      return "Trusted";
    case UrlZone::kInternet:
      return "Internet";
    case UrlZone::kRestricted:
      return "Restricted";
  }
  return "";
}

std::optional<UrlZone> UrlZoneOf(uint64_t number) { return Among(kUrlZones, number); }

const char* ToString(RuleKind kind) {
  switch (kind) {
    case RuleKind::kHash:
      return "hash";
    case RuleKind::kCertificate:
      return "certificate";
    case RuleKind::kPath:
      return "path";
    case RuleKind::kUrlZone:
      return "zone";
  }
  return "";
}

const std::vector<std::string>& DefaultExecutableTypes() {
  static const std::vector<std::string> types = {
      "ADE", "ADP", "BAS", "BAT", "CHM", "CMD", "COM", "CPL", "CRT", "EXE", "HLP",
      "HTA", "INF", "INS", "ISP", "LNK", "MDB", "MDE", "MSC", "MSI", "MSP", "MST",
      "OCX", "PCD", "PIF", "REG", "SCR", "SHS", "URL", "VB",  "WSC"};
  return types;
}

}  // namespace portcullis::srp
