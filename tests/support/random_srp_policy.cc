// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_srp_policy.h"

#include <algorithm>
#include <random>

#include "formats/authenticode/digest.h"

namespace portcullis::srp {
namespace {

class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  Policy Make() {
    Policy policy;
    policy.scope = Coin() ? Scope::kMachine : Scope::kUser;
    Settings(policy);
    for (size_t i = random_() % 8; i > 0; --i) {
      Rule rule = MakeRule();
      rule.scope = policy.scope;
      policy.rules.push_back(std::move(rule));
    }
    return policy;
  }

 private:
  bool Coin() { return random_() % 2 == 0; }
  template <typename Enum, size_t kCount>
  Enum One(const std::array<Enum, kCount>& values) {
    return values[random_() % kCount];
  }
  std::string Text(size_t least) {
    static const std::vector<std::string> pieces = {"a",   "\\", "%TMP%",      "\u00DF", "\"", "*",
                                                    "<&>", "; ", "\U0001F600", "C:",     "\n", ","};
    std::string text;
    for (size_t i = least + random_() % 8; i > 0; --i) text += pieces[random_() % pieces.size()];
    return text;
  }
  uint64_t Number() { return uint64_t{random_()} << 32 | random_(); }
  template <size_t kSize>
  void Fill(std::array<uint8_t, kSize>& bytes, size_t size) {
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(random_());
  }

  void Settings(Policy& policy) {
    // A policy that sets nothing at all would not be seen in a registry.
    policy.default_level = One(kLevels);
    if (Coin()) policy.transparent_enabled = One(kTransparentEnabled);
    if (Coin()) policy.policy_scope = One(kPolicyScopes);
    if (Coin()) policy.executable_types.emplace(random_() % 3, Text(1));
    if (Coin()) policy.authenticode_enabled = Coin();
    if (Coin()) policy.levels = static_cast<uint32_t>(random_());
    if (Coin()) policy.authenticode_flags = static_cast<uint32_t>(random_());
    if (Coin()) policy.log_file_name = Text(0);
  }

  Rule MakeRule() {
    Rule rule;
    Fill(rule.id.bytes, 16);
    rule.level = One(kLevels);
    rule.description = Text(0);
    rule.safer_flags = Coin() ? 0 : static_cast<uint32_t>(random_());
    if (Coin()) rule.last_modified = Number();
    switch (random_() % 4) {
      case 0:
        rule.condition = PathCondition{Text(1), Coin()};
        break;
      case 1:
        rule.condition = UrlZoneCondition{One(kUrlZones)};
        break;
      case 2:
        rule.condition = Hash();
        break;
      default:
        Certificate(rule);
    }
    return rule;
  }

  HashCondition Hash() {
    HashCondition hash;
    hash.algorithm = One(kHashAlgorithms);
    Fill(hash.digest, DigestSize(hash.algorithm));
    hash.size = Number();
    if (Coin()) Fill(hash.sha256.emplace(), 32);
    hash.friendly_name = Text(0);
    return hash;
  }

  void Certificate(Rule& rule) {
    rule.id = {};
    rule.safer_flags = 0;
    rule.level = Coin() ? Level::kDisallowed : Level::kUnrestricted;
    CertificateCondition certificate;
    Fill(certificate.thumbprint, 20);
    if (Coin()) {
      certificate.certificate.resize(1 + random_() % 50, static_cast<uint8_t>(random_()));
      auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha1).value();
      digest.Update(certificate.certificate);
      std::ranges::copy(digest.Finish(), certificate.thumbprint.begin());
    }
    rule.condition = certificate;
  }

  std::mt19937 random_;
};

}  // namespace

Policy RandomSrpPolicy(uint32_t seed) { return Maker(seed).Make(); }

}  // namespace portcullis::srp
