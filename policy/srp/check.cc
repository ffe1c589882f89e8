// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/utf.h"
#include "formats/authenticode/digest.h"
#include "policy/applocker/xml/values.h"

namespace portcullis::srp {
namespace {

Result<void> CheckText(std::string_view text, size_t most, std::string_view what) {
  if (!IsValidUtf8(text) || text.find('\0') != std::string_view::npos) {
    return Fail(ErrorCode::kMalformed, fmt::format("a {} with a NUL, or not UTF-8", what));
  }
  const size_t units = applocker::CountUtf16Units(text);
  if (units <= most) return {};
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("a {} of {} UTF-16 units, at most {} are allowed", what, units, most));
}

Result<void> CheckCondition(const HashCondition& condition) {
  const size_t size = DigestSize(condition.algorithm);
  if (size == 0) return Fail(ErrorCode::kMalformed, "a hash of no known algorithm");
  if (!std::ranges::all_of(Bytes(condition.digest).subspan(size),
                           [](uint8_t b) { return b == 0; })) {
    return Fail(ErrorCode::kMalformed, fmt::format("a hash longer than the {} bytes of {}", size,
                                                   ToString(condition.algorithm)));
  }
  return CheckText(condition.friendly_name, kMaxTextUnits, "friendly name");
}

Result<void> CheckCondition(const PathCondition& condition) {
  if (condition.path.empty()) return Fail(ErrorCode::kMalformed, "an empty path");
  return CheckText(condition.path, kMaxPathUnits, "path");
}

Result<void> CheckCondition(const UrlZoneCondition&) { return {}; }

Result<void> CheckThumbprint(const CertificateCondition& condition) {
  auto digest = TRY(authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha1));
  digest.Update(condition.certificate);
  const std::vector<uint8_t> found = digest.Finish();
  if (std::ranges::equal(found, condition.thumbprint)) return {};
  return Fail(ErrorCode::kMalformed, fmt::format("thumbprint {}, where the certificate's is {}",
                                                 HexUpper(condition.thumbprint), HexUpper(found)));
}

Result<void> CheckCondition(const CertificateCondition& condition) {
  if (condition.certificate.empty()) return {};
  if (condition.certificate.size() > kMaxCertificateBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a certificate of {} bytes, at most {} are allowed",
                            condition.certificate.size(), kMaxCertificateBytes));
  }
  return CheckThumbprint(condition);
}

Result<void> CheckHead(const Rule& rule) {
  if (!LevelOf(static_cast<uint64_t>(rule.level))) {
    return Fail(ErrorCode::kMalformed, "a level that is none");
  }
  if (rule.kind() != RuleKind::kCertificate) return {};
  if (rule.level != Level::kDisallowed && rule.level != Level::kUnrestricted) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("a certificate rule of level {}, where Disallowed and Unrestricted are "
                            "allowed",
                            ToString(rule.level)));
  }
  if (rule.id != Guid{} || rule.safer_flags != 0) {
    return Fail(ErrorCode::kMalformed, "a certificate rule with an id or flags");
  }
  return {};
}

}  // namespace

Result<void> CheckRule(const Rule& rule) {
  TRY_VOID(CheckHead(rule));
  TRY_VOID(CheckText(rule.description, kMaxTextUnits, "description"));
  return std::visit([](const auto& condition) { return CheckCondition(condition); },
                    rule.condition);
}

Result<void> CheckSettings(const Policy& policy) {
  if (policy.log_file_name) {
    TRY_VOID(CheckText(*policy.log_file_name, kMaxPathUnits, "log file's name"));
  }
  if (!policy.executable_types) return {};
  if (policy.executable_types->size() > kMaxDesignatedTypes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} designated types, at most {} are allowed",
                            policy.executable_types->size(), kMaxDesignatedTypes));
  }
  for (const std::string& type : *policy.executable_types) {
    if (type.empty()) return Fail(ErrorCode::kMalformed, "an empty designated type");
    TRY_VOID(CheckText(type, kMaxExtensionUnits, "designated type"));
  }
  return {};
}

Result<void> CheckPolicy(const Policy& policy) {
  TRY_VOID(CheckSettings(policy));
  if (policy.rules.size() > kMaxRules) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} rules, at most {} are allowed", policy.rules.size(), kMaxRules));
  }
  std::set<std::string> keys;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    const auto checked = CheckRule(rule);
    if (!checked) {
      return Fail(checked.error().code, fmt::format("rule {}: {}", i + 1, checked.error().message));
    }
    if (rule.scope != policy.scope) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("rule {}: of another scope than its policy", i + 1));
    }
    if (!keys.insert(KeyOf(rule)).second) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("rule {}: {} stands there already", i + 1, KeyOf(rule)));
    }
  }
  return {};
}

std::string KeyOf(const Rule& rule) {
  const auto* certificate = std::get_if<CertificateCondition>(&rule.condition);
  return fmt::format(
      "{} {} rule {}", ToString(rule.level), ToString(rule.kind()),
      certificate != nullptr ? HexUpper(certificate->thumbprint) : rule.id.ToString());
}

}  // namespace portcullis::srp
