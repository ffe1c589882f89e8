// SPDX-License-Identifier: Apache-2.0
// Certificate rules: they stand in the certificate stores of group policy, not among the others.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "base/utf.h"
#include "formats/registry/certificate_blob.h"
#include "policy/srp/check.h"
#include "policy/srp/registry_names.h"
#include "policy/srp/rule_keys.h"

namespace portcullis::srp {
namespace {

using registry::CertificateProperty;

const CertificateProperty* Find(const std::vector<CertificateProperty>& properties, uint32_t id) {
  const auto found = std::ranges::find(properties, id, &CertificateProperty::id);
  return found == properties.end() ? nullptr : &*found;
}

constexpr std::array kUsed = {registry::kSha1Property, registry::kDescriptionProperty,
                              registry::kDateStampProperty, registry::kCertificateProperty};

std::string OtherProperties(const std::vector<CertificateProperty>& properties) {
  std::string others;
  for (const CertificateProperty& property : properties) {
    const bool is_used = std::ranges::find(kUsed, property.id) != kUsed.end();
    if (is_used || registry::FollowsFromCertificate(property.id)) continue;
    others += fmt::format("{}{}", others.empty() ? "" : ", ", property.id);
  }
  return others;
}

Result<std::string> TextOfProperty(Bytes data) {
  registry::Entry entry;
  entry.type = registry::Type::kSz;
  entry.data.assign(data.begin(), data.end());
  auto text = registry::TextOf(entry);
  if (text) return text;
  return Fail(ErrorCode::kMalformed, "a description that is not UTF-16");
}

Result<void> ReadProperties(const std::vector<CertificateProperty>& properties, Rule& rule) {
  auto& condition = std::get<CertificateCondition>(rule.condition);
  if (const auto* der = Find(properties, registry::kCertificateProperty)) {
    condition.certificate.assign(der->data.begin(), der->data.end());
    if (der->data.empty()) return Fail(ErrorCode::kMalformed, "an empty certificate");
  }
  const auto* sha1 = Find(properties, registry::kSha1Property);
  if (sha1 != nullptr && !std::ranges::equal(sha1->data, condition.thumbprint)) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("SHA-1 {} in it, where its key is {}",
                            HexUpper(sha1->data.first(std::min<size_t>(sha1->data.size(), 20))),
                            HexUpper(condition.thumbprint)));
  }
  if (const auto* text = Find(properties, registry::kDescriptionProperty)) {
    rule.description = TRY(TextOfProperty(text->data));
  }
  if (const auto* stamp = Find(properties, registry::kDateStampProperty)) {
    if (stamp->data.size() != 8) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("a date stamp of {} bytes, where 8 are wanted", stamp->data.size()));
    }
    rule.last_modified = TRY(ByteReader(stamp->data, "date stamp").Read<le64>()).value();
  }
  return {};
}

}  // namespace

// Certificates\<thumbprint>; and of TrustedPublisher Safer.
Result<bool> KeyInterpreter::ReadBelowStore(const TreeKey& key, const Parts& parts, Level level) {
  if (parts.size() == 2 && parts[0] == UpperCase(kCertificatesKey)) {
    if (key.values.empty()) return false;
    return ReadCertificate(key, level, parts[1]);
  }
  const bool is_safer = parts.size() == 1 && parts[0] == UpperCase(kPublisherSaferKey) &&
                        level == Level::kUnrestricted;
  const TreeValue* const flags = is_safer ? key.Find(UpperCase(kAuthenticodeFlags)) : nullptr;
  if (flags == nullptr) {
    NoteAll(key);
    return false;
  }
  policy_.authenticode_flags = TRY(values_.Dword(key, *flags));
  values_.NoteUnknown(key, std::array{kAuthenticodeFlags});
  return true;
}

Result<bool> KeyInterpreter::ReadCertificate(const TreeKey& key, Level level,
                                             std::string_view thumbprint) {
  const TreeValue& value = *TRY(Required(key, kBlob));
  const auto digits = FromHex(thumbprint);
  if (!digits || digits->size() != 20) {
    return values_.Refuse(key, value,
                          fmt::format("a certificate whose key is named {}, where the 40 "
                                      "hexadecimal digits of its SHA-1 are wanted",
                                      Quote(thumbprint)));
  }
  Rule rule;
  rule.level = level;
  auto& condition = rule.condition.emplace<CertificateCondition>();
  std::ranges::copy(AsBytes(*digits), condition.thumbprint.begin());
  const auto properties = registry::ParseCertificateBlob(TRY(values_.Binary(key, value)));
  if (!properties) return values_.Refuse(key, value, properties.error().message);
  if (const auto read = ReadProperties(*properties, rule); !read) {
    return values_.Refuse(key, value, read.error().message);
  }
  if (std::get<CertificateCondition>(rule.condition).certificate.empty()) {
    values_.AddNote(key, value, "no certificate is in it: its thumbprint alone counts");
  }
  if (const std::string others = OtherProperties(*properties); !others.empty()) {
    values_.AddNote(key, value, fmt::format("properties of no meaning here: {}", others));
  }
  values_.NoteUnknown(key, std::array{kBlob});
  TRY_VOID(AddRule(key, std::move(rule)));
  return true;
}

}  // namespace portcullis::srp
