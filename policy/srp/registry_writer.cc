// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/registry_writer.h"

#include <fmt/core.h>

#include "formats/registry/certificate_blob.h"
#include "formats/registry/reg_text.h"
#include "formats/registry/registry_change.h"
#include "formats/registry/regpol.h"
#include "formats/registry/security_template.h"
#include "policy/srp/check.h"
#include "policy/srp/registry_names.h"

namespace portcullis::srp {
namespace {

using registry::Change;
using registry::Entry;
using registry::Type;

class EntryWriter {
 public:
  void WriteSettings(const Policy& policy) {
    key_ = kCodeIdentifiersKey;
    if (policy.default_level) PutNumber(kDefaultLevel, *policy.default_level);
    if (policy.transparent_enabled) {
      PutNumber(kTransparentEnabledValue, *policy.transparent_enabled);
    }
    if (policy.policy_scope) PutNumber(kPolicyScope, *policy.policy_scope);
    if (policy.executable_types) {
      Put(kExecutableTypes, Type::kMultiSz, registry::TextsData(*policy.executable_types));
    }
    if (policy.authenticode_enabled) PutNumber(kAuthenticodeEnabled, *policy.authenticode_enabled);
    if (policy.levels) PutNumber(kLevelsValue, *policy.levels);
    if (policy.log_file_name) {
      Put(kLogFileName, Type::kSz, registry::TextData(*policy.log_file_name));
    }
    if (!policy.authenticode_flags) return;
    key_ = fmt::format("{}\\{}", kTrustedPublisherKey, kPublisherSaferKey);
    PutNumber(kAuthenticodeFlags, *policy.authenticode_flags);
  }

  void WriteRule(const Rule& rule) {
    std::visit([&](const auto& condition) { Write(rule, condition); }, rule.condition);
  }

  std::vector<Entry> Take() { return std::move(entries_); }

 private:
  void Put(std::string_view name, Type type, std::vector<uint8_t> data) {
    entries_.push_back({key_, std::string(name), type, std::move(data)});
  }
  template <typename Number>
  void PutNumber(std::string_view name, Number number) {
    Put(name, Type::kDword, registry::DwordData(static_cast<uint32_t>(number)));
  }

  void OpenRule(const Rule& rule, std::string_view kind) {
    key_ = fmt::format("{}\\{}\\{}\\{}", kCodeIdentifiersKey, static_cast<uint32_t>(rule.level),
                       kind, rule.id.ToString());
    if (rule.last_modified) {
      Put(kLastModified, Type::kQword, registry::QwordData(*rule.last_modified));
    }
    Put(kDescription, Type::kSz, registry::TextData(rule.description));
    PutNumber(kSaferFlags, rule.safer_flags);
  }

  void Write(const Rule& rule, const PathCondition& condition) {
    OpenRule(rule, kPathsKey);
    Put(kItemData, condition.expandable ? Type::kExpandSz : Type::kSz,
        registry::TextData(condition.path));
  }

  void Write(const Rule& rule, const UrlZoneCondition& condition) {
    OpenRule(rule, kUrlZonesKey);
    PutNumber(kItemData, condition.zone);
  }

  void Write(const Rule& rule, const HashCondition& condition) {
    OpenRule(rule, kHashesKey);
    const auto digest = Bytes(condition.digest).first(DigestSize(condition.algorithm));
    Put(kFriendlyName, Type::kSz, registry::TextData(condition.friendly_name));
    PutNumber(kHashAlg, condition.algorithm);
    Put(kItemData, Type::kBinary, {digest.begin(), digest.end()});
    Put(kItemSize, Type::kQword, registry::QwordData(condition.size));
    if (!condition.sha256) return;
    key_ = fmt::format("{}\\{}", key_, kSha256Key);
    PutNumber(kHashAlg, HashAlgorithm::kSha256);
    Put(kItemData, Type::kBinary, {condition.sha256->begin(), condition.sha256->end()});
  }

  void Write(const Rule& rule, const CertificateCondition& condition) {
    key_ = fmt::format("{}\\{}\\{}",
                       rule.level == Level::kDisallowed ? kDisallowedKey : kTrustedPublisherKey,
                       kCertificatesKey, HexUpper(condition.thumbprint));
    const std::vector<uint8_t> text = registry::TextData(rule.description);
    const std::vector<uint8_t> stamp = registry::QwordData(rule.last_modified.value_or(0));
    std::vector<registry::CertificateProperty> properties = {
        {registry::kSha1Property, condition.thumbprint}};
    if (!rule.description.empty()) properties.push_back({registry::kDescriptionProperty, text});
    if (rule.last_modified) properties.push_back({registry::kDateStampProperty, stamp});
    if (!condition.certificate.empty()) {
      properties.push_back({registry::kCertificateProperty, condition.certificate});
    }
    Put(kBlob, Type::kBinary, registry::BuildCertificateBlob(properties));
  }

  std::string key_;
  std::vector<Entry> entries_;
};

Result<void> AddChanges(const Policy& policy, std::vector<Change>& changes) {
  const std::string_view hive =
      policy.scope == Scope::kMachine ? "HKEY_LOCAL_MACHINE" : "HKEY_CURRENT_USER";
  for (Entry& entry : TRY(BuildEntries(policy))) {
    entry.key = fmt::format("{}\\{}", hive, entry.key);
    changes.push_back({Change::Action::kSetValue, std::move(entry), 0});
  }
  return {};
}

}  // namespace

Result<std::vector<Entry>> BuildEntries(const Policy& policy) {
  TRY_VOID(CheckPolicy(policy));
  EntryWriter writer;
  writer.WriteSettings(policy);
  for (const Rule& rule : policy.rules) writer.WriteRule(rule);
  return writer.Take();
}

Result<std::string> BuildRegistryPol(const Policy& policy) {
  return registry::BuildRegistryPol(TRY(BuildEntries(policy)));
}

Result<std::string> BuildRegText(std::span<const Policy> policies) {
  std::vector<Change> changes;
  for (const Policy& policy : policies) TRY_VOID(AddChanges(policy, changes));
  return registry::BuildRegText(changes);
}

Result<std::string> BuildSecurityTemplate(const Policy& policy) {
  if (policy.scope != Scope::kMachine || !policy.authenticode_enabled) {
    return Fail(ErrorCode::kUnsupported,
                "a security template holds AuthenticodeEnabled of the machine, which this policy "
                "does not set");
  }
  return registry::BuildSecurityTemplate(std::vector<Change>{
      {Change::Action::kSetValue,
       {fmt::format("MACHINE\\{}", kCodeIdentifiersKey), std::string(kAuthenticodeEnabled),
        Type::kDword, registry::DwordData(*policy.authenticode_enabled ? 1 : 0)},
       0}});
}

}  // namespace portcullis::srp
