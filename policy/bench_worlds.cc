// SPDX-License-Identifier: Apache-2.0
#include "policy/bench_worlds.h"

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <utility>

#include "policy/applocker/limits.h"

namespace portcullis::bench {
namespace {

using namespace applocker;  // NOLINT(google-build-using-namespace)

constexpr uint64_t kSeed = 20261124;
constexpr size_t kSids = 10;
constexpr size_t kFirstMiss = 1'000'000;  // files from here on are of no rule
constexpr CollectionType kTypes[] = {CollectionType::kExe, CollectionType::kDll,
                                     CollectionType::kScript, CollectionType::kMsi};
constexpr const char* kPublisherForm = "O=VENDOR {} SOFTWARE CORPORATION, L=CITY {}, S=STATE, C=US";

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}
  size_t Below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }
  uint64_t Bits() { return random_(); }

 private:
  std::mt19937_64 random_;
};

Sid RuleSid(size_t i) {
  if (i == 0) return well_known_sids::kEveryone;
  if (i == 1) return well_known_sids::kUsers;
  return Sid{5, {21, 3'623'811'015, 3'361'044'348, 30'300'820, static_cast<uint32_t>(1100 + i)}};
}

size_t SidOfRule(size_t n) { return n / 4 * 7 % kSids; }
// The token holds every other SID.
bool IsInToken(size_t sid) { return sid % 2 == 0; }

FileDigest MakeDigest(HashType type, uint64_t n) {
  FileDigest digest;
  digest.type = type;
  Draw draw(n * 3 + static_cast<uint64_t>(type));
  for (size_t i = 0; i < digest.size(); ++i) {
    digest.bytes[i] = static_cast<uint8_t>(draw.Bits() >> 13);
  }
  return digest;
}

std::string Publisher(size_t n) { return fmt::format(fmt::runtime(kPublisherForm), n, n % 50); }

// The path of rule n below a folder macro, without its end.
std::string Folder(size_t n) {
  return fmt::format("Vendor {}\\Product {}\\Release {}", n % 997, n % 7919, n);
}

Condition PrefixCondition(size_t n) {
  return FilePathCondition{fmt::format("%PROGRAMFILES%\\{}\\*", Folder(n))};
}

Condition PublisherCondition(size_t n) {
  FilePublisherCondition condition;
  condition.publisher_name = Publisher(n % 5000);
  condition.product_name = n % 4 == 0 ? "*" : fmt::format("PRODUCT {}", n % 7919);
  condition.binary_name = n % 3 == 0 ? "*" : fmt::format("TOOL{}.EXE", n);
  if (n % 5 == 0) condition.binary_version_range.low_section = FileVersion::Of(1, 0, 0, 0);
  return condition;
}

Condition BinaryWildcardCondition(size_t n) {
  std::string binary = n % 3 == 0   ? fmt::format("SETUP{}*.EXE", n)
                       : n % 3 == 1 ? fmt::format("*{}HELPER.EXE", n)
                                    : fmt::format("A*TOOL{}X*.EXE", n);
  return FilePublisherCondition{Publisher(1), std::string(1, '*'), std::move(binary), {}};
}

Condition VersionCondition(size_t n) {
  FilePublisherCondition condition;
  condition.publisher_name = condition.product_name = condition.binary_name = "*";
  const auto major = static_cast<uint16_t>(10 + n % 60000);
  condition.binary_version_range = {FileVersion::Of(major, 0, 0, 0),
                                    FileVersion::Of(major, 1, 0, 0)};
  return condition;
}

Condition MixCondition(size_t n) {
  const size_t kind = n * 37 % 100;
  if (kind < 40) return PrefixCondition(n);
  if (kind < 43) return FilePathCondition{fmt::format("*\\TOOL{}.EXE", n)};
  if (kind < 45) {
    return FilePathCondition{fmt::format("%OSDRIVE%\\Users\\*\\AppData\\Local\\App {}\\*", n)};
  }
  if (kind < 75) return PublisherCondition(n);
  return FileHashCondition{{{MakeDigest(HashType::kSha256, n), "tool.exe", "30367"}}};
}

Condition MakeCondition(RuleMix mix, size_t n) {
  switch (mix) {
    case RuleMix::kMix:
    case RuleMix::kDenyAtTheEnd:
      return MixCondition(n);
    case RuleMix::kPrefix:
    case RuleMix::kTenExceptions:
      return PrefixCondition(n);
    case RuleMix::kSuffix:
      return FilePathCondition{fmt::format("*\\TOOL{}.EXE", n)};
    case RuleMix::kInfix:
      return FilePathCondition{fmt::format("%OSDRIVE%\\Users\\*\\AppData\\Local\\App {}\\*", n)};
    case RuleMix::kBinaryWildcards:
      return BinaryWildcardCondition(n);
    case RuleMix::kSameInfix:
      return FilePathCondition{"*\\V*\\*"};
    case RuleMix::kDistinctInfix:
      return FilePathCondition{fmt::format("*\\V{}*\\*", n)};
    case RuleMix::kAllButSid:
    case RuleMix::kAllButException:
      return FilePathCondition{fmt::format("%OSDRIVE%\\*{}", n % 2 == 0 ? "" : "*")};
    case RuleMix::kAllButVersion:
      return VersionCondition(n);
  }
  return FilePathCondition{"*"};
}

Rule MakeRule(RuleMix mix, size_t n) {
  Rule rule;
  for (size_t i = 0; i < 8; ++i) rule.id.bytes[15 - i] = static_cast<uint8_t>(n >> (8 * i));
  rule.name = fmt::format("Rule {} of the software team", n);
  rule.user_or_group_sid = RuleSid(SidOfRule(n));
  rule.action = n * 61 % 10 == 0 ? Action::kDeny : Action::kAllow;
  rule.condition = MakeCondition(mix, n);
  if (mix == RuleMix::kAllButSid) rule.user_or_group_sid = Sid{5, {21, 9, 9, 9, 77}};
  if (mix == RuleMix::kAllButException) {
    rule.exceptions.push_back(FilePathCondition{"%OSDRIVE%\\Program*"});
    rule.user_or_group_sid = well_known_sids::kEveryone;
  }
  if (mix == RuleMix::kTenExceptions) {
    for (size_t i = 0; i < 10; ++i) {
      rule.exceptions.push_back(
          FilePathCondition{fmt::format("%PROGRAMFILES%\\{}\\excluded{}\\*", Folder(n), i)});
    }
  }
  return rule;
}

void AddFinalDeny(RuleCollection& collection) {
  Rule rule = MakeRule(RuleMix::kMix, 0);
  rule.action = Action::kDeny;
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.condition = FilePathCondition{"%OSDRIVE%\\*"};
  if (collection.rules.size() == kMaxRulesPerCollection) collection.rules.pop_back();
  collection.rules.push_back(std::move(rule));
}

// A file that rule n matches, as far as its kind goes; a miss has a number no rule has.
FileIdentity MakeIdentity(RuleMix mix, size_t n, Draw& draw) {
  FileIdentity identity;
  identity.kind = FileKind::kPe;
  for (const HashType type : {HashType::kSha256, HashType::kSha256Flat, HashType::kSha1}) {
    identity.hashes.push_back({MakeDigest(type, n), HashForm::kAuthenticode});
  }
  const bool is_miss = n >= kFirstMiss;
  if (is_miss && draw.Below(4) == 0 && mix == RuleMix::kMix) return identity;  // unsigned
  // Of a publisher that rules know, but not by a rule for all its products.
  const size_t publisher = mix == RuleMix::kBinaryWildcards ? 1
                           : is_miss                        ? n % 1250 * 4 + 1
                                                            : n % 5000;
  const std::string binary = mix != RuleMix::kBinaryWildcards ? fmt::format("TOOL{}.EXE", n)
                             : n % 3 == 0                     ? fmt::format("SETUP{}64.EXE", n)
                             : n % 3 == 1                     ? fmt::format("MY{}HELPER.EXE", n)
                                                              : fmt::format("ABTOOL{}XY.EXE", n);
  identity.publisher =
      FullyQualifiedBinaryName{Publisher(publisher), fmt::format("PRODUCT {}", n % 7919), binary,
                               FileVersion::Of(2, 1, 0, 0)};
  return identity;
}

std::vector<PathSpelling> MakeSpellings(RuleMix mix, size_t n) {
  const bool is_user_file = mix == RuleMix::kInfix || (mix == RuleMix::kMix && n * 37 % 100 == 43);
  const std::string rest =
      is_user_file
          ? fmt::format("Users\\user{}\\AppData\\Local\\App {}\\bin\\TOOL{}.EXE", n % 100, n, n)
          : fmt::format("Program Files\\{}\\bin\\TOOL{}.EXE", Folder(n), n);
  std::vector<PathSpelling> spellings = {
      {"\\DEVICE\\HARDDISKVOLUME3\\" + rest}, {"C:\\" + rest}, {"%OSDRIVE%\\" + rest}};
  if (!is_user_file) spellings.push_back({"%PROGRAMFILES%\\" + rest.substr(14)});
  return spellings;
}

AccessToken MakeToken() {
  AccessToken token;
  token.user = Sid{5, {21, 3'623'811'015, 3'361'044'348, 30'300'820, 1001}};
  for (size_t i = 0; i < kSids; ++i) {
    if (IsInToken(i)) token.groups.push_back({RuleSid(i), GroupUse::kEnabled});
  }
  for (uint32_t i = 0; i < 7; ++i) {
    token.groups.push_back({Sid{5, {21, 3'623'811'015, 3'361'044'348, 30'300'820, 5000 + i}}});
  }
  return token;
}

}  // namespace

AppLockerPolicy MakePolicy(RuleMix mix, size_t rules) {
  AppLockerPolicy policy;
  const size_t types = mix == RuleMix::kMix ? std::size(kTypes) : 2;
  for (size_t i = 0; i < types; ++i) {
    RuleCollection collection;
    collection.type = kTypes[i];
    collection.type_text = applocker::ToString(kTypes[i]);
    collection.enforcement_mode = EnforcementMode::kEnabled;
    policy.collections.push_back(std::move(collection));
  }
  for (size_t n = 0; n < rules; ++n) {
    policy.collections[n % types].rules.push_back(MakeRule(mix, n));
  }
  if (mix == RuleMix::kDenyAtTheEnd) {
    for (RuleCollection& collection : policy.collections) AddFinalDeny(collection);
  }
  return policy;
}

World MakeWorld(RuleMix mix, size_t rules, size_t requests, Hits hits) {
  AppLockerPolicy policy = MakePolicy(mix, rules);
  const size_t types = policy.collections.size();
  PolicySet::Builder builder;
  builder.AddMergedLayer({NamedPolicy{"bench", std::move(policy)}});
  World world{std::move(builder.Build().value()), MakeToken(), {}, {}};
  Draw draw(kSeed);
  std::vector<CollectionType> collections;
  for (size_t i = 0; i < requests; ++i) {
    const bool is_hit = hits == Hits::kHalf && i % 2 == 0;
    size_t n = kFirstMiss + draw.Below(1'000'000'000);
    while (is_hit && (n >= kFirstMiss || !IsInToken(SidOfRule(n)))) n = draw.Below(rules);
    world.files.push_back(MakeFileAttributes(MakeIdentity(mix, n, draw), MakeSpellings(mix, n)));
    collections.push_back(kTypes[n % types]);
  }
  for (size_t i = 0; i < requests; ++i) {
    Request request;
    request.collection = collections[i];
    request.file = &world.files[i];
    world.requests.push_back(request);
  }
  return world;
}

}  // namespace portcullis::bench
