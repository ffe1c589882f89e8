// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/srp_generator.h"

#include <algorithm>
#include <string>
#include <utility>

namespace portcullis::testing {

using srp::CertificateCondition;
using srp::HashAlgorithm;
using srp::HashCondition;
using srp::kLevels;
using srp::PathCondition;
using srp::Policy;
using srp::PolicyScope;
using srp::Rule;
using srp::Scope;
using srp::TransparentEnabled;
using srp::UrlZone;
using srp::UrlZoneCondition;

namespace {

const std::vector<std::string> kComponents = {"A",     "b",       "Bin",     "x.exe",
                                              "y.vbs", "a.b.exe", "\xC3\xA4"};

std::string AnyPath(Choices& choices) {
  const bool is_host = choices.OneIn(2);
  std::string path;
  if (!is_host) path = choices.Of<std::string>({"C:", "D:", "\\\\srv\\share"});
  for (size_t i = 0; i <= choices.Below(4); ++i) {
    path += is_host ? '/' : '\\';
    path += choices.Of(kComponents);
  }
  return path;
}

// A path with some components replaced, cut at its end, or its name alone.
std::string AnyPattern(Choices& choices) {
  if (choices.OneIn(20)) return std::string("*");
  std::string pattern = AnyPath(choices);
  for (size_t i = 0; i < choices.Below(3); ++i) {
    const size_t at = choices.Below(pattern.size());
    if (pattern[at] == '\\' || pattern[at] == '/') continue;
    const size_t length = std::min<size_t>(choices.Below(pattern.size() - at), 3);
    std::string changed = pattern.substr(0, at);
    changed += choices.Of<std::string>({"*", "?", "**", "*?"});
    changed += pattern.substr(at + length);
    pattern = std::move(changed);
  }
  if (choices.OneIn(4)) pattern = pattern.substr(pattern.find_last_of("\\/") + 1);
  if (choices.OneIn(6)) pattern += '\\';
  if (choices.OneIn(10)) pattern = std::string("%two%\\") + pattern;
  return pattern;
}

template <typename Digest>
void FillDigest(Choices& choices, Digest& digest) {
  digest.fill(0);
  digest[choices.OneIn(2) ? 0 : digest.size() - 1] = static_cast<uint8_t>(choices.Below(3));
}

Rule AnyRule(Choices& choices) {
  Rule rule;
  rule.level = kLevels.at(choices.Below(kLevels.size()));
  switch (choices.Below(10)) {
    case 0: {
      HashCondition hash;
      hash.algorithm = choices.Of<HashAlgorithm>(
          {HashAlgorithm::kMd5, HashAlgorithm::kSha1, HashAlgorithm::kSha256});
      hash.size = choices.Below(2);
      const size_t size = DigestSize(hash.algorithm);
      hash.digest[choices.OneIn(2) ? 0 : size - 1] = static_cast<uint8_t>(choices.Below(3));
      if (choices.OneIn(2)) FillDigest(choices, hash.sha256.emplace());
      rule.condition = hash;
      break;
    }
    case 1: {
      CertificateCondition certificate;
      FillDigest(choices, certificate.thumbprint);
      rule.condition = certificate;
      break;
    }
    case 2:
      rule.condition = UrlZoneCondition{static_cast<UrlZone>(choices.Below(5))};
      break;
    default:
      rule.condition = PathCondition{AnyPattern(choices)};
  }
  return rule;
}

}  // namespace

Policy GenerateSrpPolicy(Choices& choices, Scope scope) {
  std::vector<Rule> rules;
  for (size_t i = 0; i < choices.Below(30); ++i) rules.push_back(AnyRule(choices));
  Policy policy = SrpPolicyOf(kLevels.at(choices.Below(kLevels.size())), std::move(rules), scope);
  if (choices.OneIn(10)) policy.default_level.reset();
  policy.transparent_enabled = static_cast<TransparentEnabled>(choices.Below(3));
  policy.authenticode_enabled = !choices.OneIn(4);
  if (choices.OneIn(4)) policy.policy_scope = PolicyScope::kAllButAdministrators;
  return policy;
}

FileAttributes GenerateSrpFile(Choices& choices) {
  FileIdentity identity;
  identity.kind = choices.OneIn(3) ? FileKind::kMsi : FileKind::kPe;
  identity.size = choices.Below(2);
  FillDigest(choices, identity.sha256);
  if (!choices.OneIn(4)) FillDigest(choices, identity.flat_md5.emplace());
  if (!choices.OneIn(4)) FillDigest(choices, identity.flat_sha1.emplace());
  identity.signature.status = static_cast<SignatureStatus>(choices.Below(7));
  if (choices.OneIn(2)) FillDigest(choices, identity.signature.signer_thumbprint.emplace());
  identity.unknown = {choices.OneIn(8), choices.OneIn(8)};
  std::vector<PathSpelling> spellings;
  for (size_t i = 0; i < choices.Below(4); ++i) {
    spellings.push_back({AnyPath(choices), !choices.OneIn(3), choices.OneIn(2)});
    // Case belongs to paths of this host alone.
    if (KindOfPath(spellings.back().text) == PathKind::kWindows)
      spellings.back().case_sensitive = false;
  }
  FileAttributes file = MakeFileAttributes(identity, spellings);
  if (choices.OneIn(2)) file.srp.zone = static_cast<UrlZone>(choices.Below(5));
  return file;
}

srp::Environment GeneratedSrpEnvironment() {
  srp::Environment environment;
  environment.Set("two", {"C:\\A", "/A"});
  return environment;
}

AccessToken GenerateSrpToken(Choices& choices) {
  AccessToken token;
  if (choices.OneIn(3)) {
    token.groups = {{well_known_sids::kAdministrators,
                     choices.OneIn(2) ? GroupUse::kEnabled : GroupUse::kDenyOnly}};
  }
  if (choices.OneIn(20)) token.user = well_known_sids::kLocalSystem;
  return token;
}

}  // namespace portcullis::testing
