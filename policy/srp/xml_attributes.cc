// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/xml_attributes.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/quote.h"
#include "policy/srp/check.h"
#include "policy/srp/xml_values.h"

namespace portcullis::srp {
namespace {

constexpr std::array kScopes = {Scope::kMachine, Scope::kUser};
constexpr std::string_view kBools = "true and false";
constexpr std::string_view kNumbers = "decimal numbers of 32 bits";
constexpr std::string_view kSizes = "decimal numbers of 64 bits";
constexpr std::string_view kMoments = "2026-11-30T14:46:00.1234567Z and decimal numbers of 64 bits";
constexpr std::string_view kGuids = "GUIDs in braces";
constexpr std::string_view kDigests = "the hexadecimal digits of a hash";

std::optional<Guid> ParseId(std::string_view text) {
  return text.starts_with('{') ? Guid::Parse(text) : std::nullopt;
}

using ByteList = std::vector<uint8_t>;

std::optional<ByteList> ParseHex(std::string_view text) {
  const auto bytes = FromHex(text);
  if (!bytes) return std::nullopt;
  return ByteList(bytes->begin(), bytes->end());
}

template <size_t kSize>
std::optional<std::array<uint8_t, kSize>> ParseDigits(std::string_view text) {
  const auto bytes = ParseHex(text);
  if (!bytes || bytes->size() != kSize) return std::nullopt;
  std::array<uint8_t, kSize> digest;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

std::optional<ByteList> ParseCertificate(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return DecodeBase64(text);
}

Result<void> ReadHead(XmlAttributes& attributes, Rule& rule) {
  rule.level = TRY(attributes.Needed("Level", attributes.OneOf("Level", kLevels)));
  rule.description = attributes.Find("Description").value_or("");
  rule.last_modified = TRY(attributes.Optional("LastModified", ParseFileTime, kMoments));
  return {};
}

Result<void> ReadIdAndFlags(XmlAttributes& attributes, Rule& rule) {
  rule.id = TRY(attributes.Needed("Id", attributes.Optional("Id", ParseId, kGuids)));
  rule.safer_flags = TRY(attributes.Optional("SaferFlags", ParseUnsigned32, kNumbers)).value_or(0);
  return {};
}

Result<HashCondition> ReadHash(XmlAttributes& attributes) {
  HashCondition hash;
  hash.algorithm =
      TRY(attributes.Needed("Algorithm", attributes.OneOf("Algorithm", kHashAlgorithms)));
  const ByteList digest =
      TRY(attributes.Needed("Digest", attributes.Optional("Digest", ParseHex, kDigests)));
  const std::string_view text = *attributes.Find("Digest");
  if (digest.size() != DigestSize(hash.algorithm)) {
    return attributes.NotAllowed(
        "Digest", text,
        fmt::format("{} digits of {}", 2 * DigestSize(hash.algorithm), ToString(hash.algorithm)));
  }
  std::ranges::copy(digest, hash.digest.begin());
  hash.size = TRY(attributes.Needed("Size", attributes.Optional("Size", ParseUnsigned64, kSizes)));
  hash.sha256 = TRY(attributes.Optional("Sha256", ParseDigits<32>, "64 hexadecimal digits"));
  hash.friendly_name = attributes.Find("FriendlyName").value_or("");
  return hash;
}

Result<CertificateCondition> ReadCertificate(XmlAttributes& attributes) {
  CertificateCondition certificate;
  certificate.thumbprint = TRY(attributes.Needed(
      "Thumbprint", attributes.Optional("Thumbprint", ParseDigits<20>, "40 hexadecimal digits")));
  certificate.certificate =
      TRY(attributes.Optional("Certificate", ParseCertificate, "base64 without blanks"))
          .value_or(ByteList());
  return certificate;
}

Result<PathCondition> ReadPath(XmlAttributes& attributes) {
  PathCondition path;
  path.path = TRY(attributes.Required("Path"));
  path.expandable = TRY(attributes.Optional("Expandable", ParseBool, kBools)).value_or(true);
  return path;
}

}  // namespace

std::optional<std::string_view> XmlAttributes::Find(std::string_view name) {
  for (size_t i = 0; i < tag_.attributes.size(); ++i) {
    if (!tag_.attributes[i].name.Is(name)) continue;
    is_read_[i] = true;
    return tag_.attributes[i].value;
  }
  return std::nullopt;
}

Result<std::string> XmlAttributes::Required(std::string_view name) {
  const auto text = Find(name);
  if (!text) return Missing(name);
  return std::string(*text);
}

Result<void> XmlAttributes::RefuseOthers() const {
  for (size_t i = 0; i < tag_.attributes.size(); ++i) {
    if (is_read_[i]) continue;
    return At(cursor_.At(tag_.attributes[i]), fmt::format("{} has no attribute {}", tag_.name.local,
                                                          Quote(tag_.attributes[i].name.local)));
  }
  return {};
}

xml::Position XmlAttributes::PlaceOf(std::string_view name) const {
  for (const xml::Attribute& attribute : tag_.attributes) {
    if (attribute.name.Is(name)) return cursor_.At(attribute);
  }
  return cursor_.Here();
}

Unexpected XmlAttributes::NotAllowed(std::string_view name, std::string_view text,
                                     std::string_view allowed) const {
  return At(PlaceOf(name),
            fmt::format("{} is {}, where {} are allowed", name, Quote(text), allowed));
}

Unexpected XmlAttributes::Refuse(std::string_view name, const Error& error) const {
  return Fail(error.code, At(PlaceOf(name), error.message).value().message);
}

Unexpected XmlAttributes::Missing(std::string_view name) const {
  return At(cursor_.Here(), fmt::format("{} without its attribute {}", tag_.name.local, name));
}

Unexpected XmlAttributes::At(xml::Position where, std::string message) const {
  return Fail(ErrorCode::kMalformed,
              fmt::format("line {}, column {}: {}", where.line, where.column, message));
}

Result<void> ReadPolicyAttributes(XmlAttributes& attributes, Policy& policy) {
  const std::string version = TRY(attributes.Required("Version"));
  if (version != "1") return attributes.NotAllowed("Version", version, "1 alone");
  policy.scope = TRY(attributes.Needed("Scope", attributes.OneOf("Scope", kScopes)));
  policy.default_level = TRY(attributes.OneOf("DefaultLevel", kLevels));
  policy.transparent_enabled = TRY(attributes.OneOf("TransparentEnabled", kTransparentEnabled));
  policy.policy_scope = TRY(attributes.OneOf("PolicyScope", kPolicyScopes));
  policy.authenticode_enabled = TRY(attributes.Optional("AuthenticodeEnabled", ParseBool, kBools));
  policy.levels = TRY(attributes.Optional("Levels", ParseUnsigned32, kNumbers));
  policy.authenticode_flags =
      TRY(attributes.Optional("AuthenticodeFlags", ParseUnsigned32, kNumbers));
  if (const auto name = attributes.Find("LogFileName")) {
    policy.log_file_name = *name;
    if (const auto checked = CheckSettings(policy); !checked) {
      return attributes.Refuse("LogFileName", checked.error());
    }
  }
  return attributes.RefuseOthers();
}

Result<Rule> ReadRuleAttributes(std::string_view element, XmlAttributes& attributes) {
  Rule rule;
  TRY_VOID(ReadHead(attributes, rule));
  if (element == "CertificateRule") {
    rule.condition = TRY(ReadCertificate(attributes));
  } else {
    TRY_VOID(ReadIdAndFlags(attributes, rule));
    if (element == "PathRule") {
      rule.condition = TRY(ReadPath(attributes));
    } else if (element == "HashRule") {
      rule.condition = TRY(ReadHash(attributes));
    } else {
      rule.condition =
          UrlZoneCondition{TRY(attributes.Needed("Zone", attributes.OneOf("Zone", kUrlZones)))};
    }
  }
  TRY_VOID(attributes.RefuseOthers());
  return rule;
}

}  // namespace portcullis::srp
