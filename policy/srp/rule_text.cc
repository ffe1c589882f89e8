// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/rule_text.h"

#include <fmt/core.h>

#include "base/bytes.h"

namespace portcullis::srp {

std::string IdText(const Rule& rule) {
  if (const auto* signer = std::get_if<CertificateCondition>(&rule.condition)) {
    return HexLower(signer->thumbprint);
  }
  return GuidText(rule);
}

std::string GuidText(const Rule& rule) {
  const std::string braced = rule.id.ToString();
  return braced.substr(1, braced.size() - 2);
}

std::string TargetText(const Rule& rule) {
  if (const auto* path = std::get_if<PathCondition>(&rule.condition)) return path->path;
  if (const auto* hash = std::get_if<HashCondition>(&rule.condition)) {
    const Bytes digest(hash->digest.data(), DigestSize(hash->algorithm));
    return fmt::format("{} 0x{} of {} bytes", ToString(hash->algorithm), HexUpper(digest),
                       hash->size);
  }
  if (const auto* zone = std::get_if<UrlZoneCondition>(&rule.condition)) {
    return ToString(zone->zone);
  }
  return HexUpper(std::get<CertificateCondition>(rule.condition).thumbprint);
}

}  // namespace portcullis::srp
