// SPDX-License-Identifier: Apache-2.0
#include "formats/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/catalog_builder.h"

namespace portcullis::catalog {
namespace {

using authenticode::DigestAlgorithm;
using authenticode::Judgement;
using authenticode::TrustStore;
using authenticode::Verification;
using testing::BuildTrustList;
using testing::CatalogBytes;
using testing::CatalogMember;
using testing::CatalogSpec;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::MakeCertificate;
using testing::SignCatalog;
using testing::SignSpec;

constexpr int64_t kDay = 86400;
constexpr int64_t kStart = 1'600'000'000;  // 2020-09-13
constexpr int64_t kEnd = kStart + 365 * kDay;
constexpr int64_t kInside = kStart + 30 * kDay;
constexpr int64_t kAfter = kEnd + 30 * kDay;

struct World {
  Certificate root = MakeCertificate({.subject = {{"CN", "Root"}},
                                      .not_before = kStart - kDay,
                                      .not_after = kStart + 3650 * kDay,
                                      .is_authority = true});
  Certificate signer = Make("codeSigning", 2);
  Certificate web_server = Make("serverAuth", 4);
  Certificate stamper = MakeCertificate({.subject = {{"CN", "Stamper"}},
                                         .not_before = kStart,
                                         .not_after = kStart + 3650 * kDay,
                                         .extended_key_usage = "critical,timeStamping",
                                         .issuer = &root,
                                         .serial = 3});
  TrustStore trust;

  World() { EXPECT_TRUE(trust.Add(AsBytes(root.Pem()), "root.pem")); }
  Certificate Make(const char* usage, int64_t serial) const {
    return MakeCertificate({.subject = {{"C", "US"}, {"O", "Acme"}},
                            .not_before = kStart,
                            .not_after = kEnd,
                            .extended_key_usage = usage,
                            .issuer = &root,
                            .serial = serial});
  }
};
const World& TheWorld() {
  static const World world;
  return world;
}

CatalogSpec TwoFiles(int version) {
  const char* algorithm = version == 1 ? "SHA1" : "SHA256";
  CatalogSpec spec{.version = version};
  for (const char* content : {"one", "two"}) {
    spec.members.push_back({.digest = testing::TakeDigest(algorithm, AsBytes(content))});
  }
  return spec;
}

CatalogBytes Signed(const CatalogSpec& spec) {
  return SignCatalog(BuildTrustList(spec), {.signer = &TheWorld().signer});
}

Verification Judge(const SignSpec& sign, int64_t at) {
  const auto catalog = Catalog::Parse(SignCatalog(BuildTrustList(TwoFiles(2)), sign));
  EXPECT_TRUE(catalog) << catalog.error().message;
  if (!catalog || catalog->signature() == nullptr) return {};
  return catalog->signature()->VerifyOwnContent({.trust = &TheWorld().trust, .at = at});
}

Error RefusalOf(const CatalogSpec& spec) {
  const auto list = TrustList::Parse(BuildTrustList(spec));
  EXPECT_FALSE(list);
  return list ? Error{} : list.error();
}

TEST(Catalog, ListsTheDigestsOfItsMembersInBothVersions) {
  for (const int version : {1, 2}) {
    const CatalogSpec spec = TwoFiles(version);
    const CatalogBytes der = Signed(spec);
    const auto catalog = Catalog::Parse(der);
    ASSERT_TRUE(catalog) << catalog.error().message;
    EXPECT_EQ(catalog->list().version(), version);
    EXPECT_EQ(catalog->list().members(), 2U);
    EXPECT_EQ(catalog->list().digests(), 2U);
    std::vector<CatalogBytes> digests;
    catalog->list().ForEachMember([&](const Member& member) {
      digests.emplace_back(member.digest.begin(), member.digest.end());
      EXPECT_EQ(member.algorithm, version == 1 ? DigestAlgorithm::kSha1 : DigestAlgorithm::kSha256);
    });
    EXPECT_EQ(digests, (std::vector{spec.members[0].digest, spec.members[1].digest}));
  }
}

TEST(Catalog, CountsTheDigestThatIsSignedForTheFileAndNotTheTag) {
  CatalogSpec spec = TwoFiles(2);
  spec.members.resize(1);
  spec.members[0].tag = {'f', 0, 'o', 0, 'o', 0};
  const CatalogBytes content = BuildTrustList(spec);
  const auto list = TrustList::Parse(content);
  ASSERT_TRUE(list) << list.error().message;
  list->ForEachMember([&](const Member& member) {
    EXPECT_TRUE(std::ranges::equal(member.digest, spec.members[0].digest));
    EXPECT_EQ(member.tag.size(), 6U);
  });
}

TEST(Catalog, CountsAMemberWithoutIndirectDataForNothing) {
  CatalogSpec spec = TwoFiles(2);
  spec.members[1].has_indirect_data = false;
  const CatalogBytes content = BuildTrustList(spec);
  const auto list = TrustList::Parse(content);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->members(), 2U);
  EXPECT_EQ(list->digests(), 1U);
}

TEST(Catalog, IsReadWithoutASigner) {
  const CatalogBytes der = testing::WrapUnsigned(BuildTrustList(TwoFiles(1)));
  const auto catalog = Catalog::Parse(der);
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(catalog->signature(), nullptr);
  EXPECT_EQ(catalog->list().members(), 2U);
}

TEST(Catalog, MayHoldNothingAndExtensions) {
  for (const bool has_extensions : {false, true}) {
    const auto list = TrustList::Parse(BuildTrustList({.has_extensions = has_extensions}));
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->members(), 0U);
  }
}

TEST(Catalog, RefusesAListOfAnotherUse) {
  CatalogSpec spec = TwoFiles(2);
  spec.usage = "1.3.6.1.4.1.311.10.3.9";
  EXPECT_THAT(RefusalOf(spec).message, HasSubstr("another usage"));
  spec = TwoFiles(2);
  spec.member_kind = "1.3.6.1.4.1.311.12.1.4";
  EXPECT_THAT(RefusalOf(spec).message, HasSubstr("unknown kind"));
}

TEST(Catalog, RefusesAMemberThatSaysTwoThings) {
  CatalogSpec spec = TwoFiles(2);
  spec.members[0].copies_of_indirect_data = 2;
  EXPECT_THAT(RefusalOf(spec).message, HasSubstr("two SpcIndirectData"));
  spec = TwoFiles(2);
  spec.members[0].digest.pop_back();
  EXPECT_THAT(RefusalOf(spec).message, HasSubstr("31 bytes, not 32"));
}

TEST(Catalog, ReadsATagAndAttributesUpToTheirLimits) {
  CatalogSpec spec = TwoFiles(2);
  spec.members[0].tag = CatalogBytes(kMaxTagBytes, 0x41);
  EXPECT_TRUE(TrustList::Parse(BuildTrustList(spec)));
  spec.members[0].tag.push_back(0x41);
  EXPECT_EQ(RefusalOf(spec).code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(RefusalOf(spec).message, HasSubstr("tag of 1025 bytes, at most 1024"));

  spec = TwoFiles(2);
  spec.members[0].other_attributes = kMaxMemberAttributes - 2;
  EXPECT_TRUE(TrustList::Parse(BuildTrustList(spec)));
  ++spec.members[0].other_attributes;
  EXPECT_EQ(RefusalOf(spec).code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(RefusalOf(spec).message, HasSubstr("at most 64"));
}

TEST(Catalog, ReadsAsManyMembersAsAreAllowed) {
  CatalogSpec spec;
  spec.version = 1;
  spec.members.assign(kMaxMembers, CatalogMember{.digest = {0}, .has_indirect_data = false});
  const CatalogBytes most = BuildTrustList(spec);
  const auto list = TrustList::Parse(most);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->members(), kMaxMembers);
  spec.members.push_back(spec.members.front());
  EXPECT_EQ(RefusalOf(spec).code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(RefusalOf(spec).message, HasSubstr("at most 500000"));
}

TEST(Catalog, RefusesOneByteTooManyBeforeLookingAtAny) {
  CatalogBytes bytes(kMaxCatalogBytes, 0);
  EXPECT_EQ(Catalog::Parse(bytes).error().code, ErrorCode::kMalformed);
  bytes.push_back(0);
  EXPECT_EQ(Catalog::Parse(bytes).error().code, ErrorCode::kLimitExceeded);
}

TEST(Catalog, ReadsSoMuchBesidesTheListAndNoMore) {
  const CatalogBytes list = BuildTrustList(TwoFiles(2));
  CatalogBytes bytes = SignCatalog(list, {.signer = &TheWorld().signer});
  bytes.resize(list.size() + kMaxSignatureBytes, 0);
  EXPECT_TRUE(Catalog::Parse(bytes));
  bytes.push_back(0);
  EXPECT_EQ(Catalog::Parse(bytes).error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(Catalog::Parse(bytes).error().message, HasSubstr("besides the list"));
}

TEST(Catalog, RefusesWhatIsCutShort) {
  const CatalogBytes der = Signed(TwoFiles(2));
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(Catalog::Parse(Bytes(der).first(size))) << size;
  }
}

TEST(Catalog, IsNotTakenForTheSignatureOfOneFileNorTheOtherWayRound) {
  const CatalogBytes der = Signed(TwoFiles(2));
  EXPECT_THAT(authenticode::SignedData::Parse(der).error().message, HasSubstr("another type"));
  const auto of_a_file = testing::Sign(AsBytes("file"), {.signer = &TheWorld().signer});
  EXPECT_THAT(Catalog::Parse(of_a_file).error().message, HasSubstr("no certificate trust list"));

  const auto signed_data = authenticode::SignedData::Parse(of_a_file);
  ASSERT_TRUE(signed_data);
  const auto own = signed_data->VerifyOwnContent({.trust = &TheWorld().trust, .at = kInside});
  EXPECT_EQ(own.judgement, Judgement::kBadDigest);
  const auto catalog = Catalog::Parse(der);
  ASSERT_TRUE(catalog);
  const auto empty = catalog->signature()->Verify({}, {.trust = &TheWorld().trust, .at = kInside});
  EXPECT_EQ(empty.judgement, Judgement::kBadDigest);
}

TEST(CatalogSignature, IsValidWhileItsChainIs) {
  const auto inside = Judge({.signer = &TheWorld().signer}, kInside);
  EXPECT_EQ(inside.judgement, Judgement::kValid) << inside.reason;
  EXPECT_EQ(inside.changes_at, kEnd);
  EXPECT_EQ(Judge({.signer = &TheWorld().signer}, kAfter).judgement, Judgement::kExpired);
}

TEST(CatalogSignature, OutlivesItsCertificateByATimeStamp) {
  for (const auto form : {testing::StampForm::kRfc3161, testing::StampForm::kCounterSignature}) {
    const testing::StampSpec stamp{.form = form, .authority = &TheWorld().stamper, .time = kInside};
    const auto stamped = Judge({.signer = &TheWorld().signer, .stamp = stamp}, kAfter);
    EXPECT_EQ(stamped.judgement, Judgement::kValid) << stamped.reason;
    EXPECT_EQ(stamped.time_stamp, kInside);
  }
}

TEST(CatalogSignature, NeedsARootThatIsTrustedAndTheRightUsage) {
  EXPECT_EQ(Judge({.signer = &TheWorld().web_server}, kInside).judgement, Judgement::kUntrusted);
  const auto catalog = Catalog::Parse(Signed(TwoFiles(2)));
  ASSERT_TRUE(catalog);
  const TrustStore nobody;
  const auto verdict = catalog->signature()->VerifyOwnContent({.trust = &nobody, .at = kInside});
  EXPECT_EQ(verdict.judgement, Judgement::kUntrusted);
}

TEST(CatalogSignature, HoldsNoMoreWhenItsSignatureIsBroken) {
  EXPECT_EQ(Judge({.signer = &TheWorld().signer, .break_signature = true}, kInside).judgement,
            Judgement::kBadDigest);
}

// Every bit of what is signed counts; that bytes elsewhere may change is docs/formats/
// authenticode.md's matter.
TEST(CatalogSignature, IsNeverValidWhenABitOfTheListChanged) {
  const CatalogBytes list = BuildTrustList(TwoFiles(2));
  const CatalogBytes der = SignCatalog(list, {.signer = &TheWorld().signer});
  const auto place = std::search(der.begin(), der.end(), list.begin(), list.end()) - der.begin();
  std::mt19937 random(20251130);
  size_t parsed = 0;
  for (int round = 0; round < 3000; ++round) {
    CatalogBytes changed = der;
    const size_t at = static_cast<size_t>(place) + random() % list.size();
    changed[at] ^= static_cast<uint8_t>(1U << (random() % 8));
    const auto catalog = Catalog::Parse(changed);
    if (!catalog || catalog->signature() == nullptr) continue;
    ++parsed;
    const auto verdict =
        catalog->signature()->VerifyOwnContent({.trust = &TheWorld().trust, .at = kInside});
    EXPECT_NE(verdict.judgement, Judgement::kValid) << at;
  }
  EXPECT_GT(parsed, 500U);  // else the test shows nothing
}

}  // namespace
}  // namespace portcullis::catalog
