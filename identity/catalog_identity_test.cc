// SPDX-License-Identifier: Apache-2.0
// What catalogs add to the identity of a file, and the identity of catalogs themselves.
#include "identity/catalog_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "formats/catalog/catalog.h"
#include "tests/support/catalog_builder.h"
#include "tests/support/pe_builder.h"

namespace portcullis {
namespace {

using testing::AttachCertificates;
using testing::AuthenticodeContent;
using testing::Buffer;
using testing::BuildPe;
using testing::BuildTrustList;
using testing::BuiltPe;
using testing::CatalogSpec;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::SignCatalog;
using testing::SignSpec;
using testing::TakeDigest;

constexpr int64_t kStart = 1'600'000'000;
constexpr int64_t kEnd = kStart + 1'000'000;
constexpr int64_t kInside = kStart + 1000;

struct World {
  Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                               .not_before = kStart,
                                               .not_after = kEnd * 2 - kStart,
                                               .is_authority = true});
  Certificate maker = Signer("Maker", &root, kEnd, 2);
  Certificate other = Signer("Other", &root, kEnd - 5000, 3);
  Certificate stranger = Signer("Stranger", nullptr, kEnd, 4);
  TrustStore trust;

  World() { EXPECT_TRUE(trust.Add(root.Der(), "root")); }
  static Certificate Signer(const char* name, const Certificate* issuer, int64_t end,
                            int64_t serial) {
    return testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", name}},
                                     .not_before = kStart,
                                     .not_after = end,
                                     .extended_key_usage = "codeSigning",
                                     .issuer = issuer,
                                     .serial = serial});
  }
};
const World& TheWorld() {
  static const World world;
  return world;
}

// A store in memory: what is in `files` when the catalog is asked, by the index made of it before.
class Shelf {
 public:
  void PutBytes(const std::string& name, Buffer bytes) { files[name] = std::move(bytes); }
  void Put(const std::string& name, const std::vector<Buffer>& digests,
           const Certificate& signer = TheWorld().maker, int version = 2) {
    CatalogSpec spec{.version = version};
    for (const Buffer& digest : digests) spec.members.push_back({.digest = digest});
    PutBytes(name, SignCatalog(BuildTrustList(spec), {.signer = &signer}));
  }
  CatalogStore Open() {
    catalog::IndexContent content;
    for (const auto& [name, bytes] : files) {
      const auto number = static_cast<uint32_t>(content.catalogs.size());
      catalog::IndexedCatalog& entry = content.catalogs.emplace_back();
      entry.name = name;
      std::ranges::copy(TakeDigest("SHA256", bytes), entry.sha256.begin());
      const auto parsed = catalog::Catalog::Parse(bytes);
      EXPECT_TRUE(parsed);
      parsed->list().ForEachMember([&](const catalog::Member& member) {
        const auto add = [&](auto& entries) {
          std::ranges::copy(member.digest, entries.emplace_back().digest.begin());
          entries.back().catalog = number;
        };
        member.digest.size() == 20 ? add(content.sha1) : add(content.sha256);
      });
    }
    auto index = std::make_shared<const Buffer>(catalog::BuildIndex(std::move(content)).value());
    const Bytes bytes = *index;
    return CatalogStore::Create(
               "shelf", {std::move(index), bytes},
               [this](size_t, const catalog::IndexedCatalog& entry) { return Load(entry.name); })
        .value();
  }

  std::map<std::string, Buffer> files;
  int loads = 0;

 private:
  Result<HeldBytes> Load(const std::string& name) {
    ++loads;
    const auto file = files.find(name);
    if (file == files.end()) return Fail(ErrorCode::kNotFound, "No such file or directory");
    auto owner = std::make_shared<const Buffer>(file->second);
    const Bytes bytes = *owner;
    return HeldBytes{std::move(owner), bytes};
  }
};

FileIdentity Look(const Buffer& bytes, const CatalogStore* catalogs, IdentifyOptions options = {},
                  std::string_view name = "file.exe") {
  options.trust = &TheWorld().trust;
  options.catalogs = catalogs;
  if (options.at == 0) options.at = kInside;
  auto identity = Identify(MemorySource(bytes), name, options);
  EXPECT_TRUE(identity) << identity.error().message;
  return identity.value_or(FileIdentity{});
}

BuiltPe VersionedPe() {
  const testing::VersionSpec version{
      .file_version = {3, 2, 1, 0},
      .tables = {{"040904b0", {{"ProductName", "My Product"}, {"OriginalFilename", "my.exe"}}}},
      .translations = {{0x0409, 0x04B0}}};
  return BuildPe({.resources = testing::BuildResourceSection(
                      {{.bytes = testing::BuildVersionResource(version)}})});
}
Buffer DigestOf(const BuiltPe& unsigned_pe, const char* name = "SHA256") {
  return TakeDigest(name, AuthenticodeContent(unsigned_pe));
}
BuiltPe SignedPe(const Certificate& signer) {
  BuiltPe pe = VersionedPe();
  AttachCertificates(pe, {testing::Sign(AuthenticodeContent(pe), {.signer = &signer})});
  return pe;
}
Buffer Text(std::string_view text) { return {text.begin(), text.end()}; }

TEST(AskCatalogs, GivesAnUnsignedFileTheSignerOfItsCatalog) {
  const BuiltPe pe = VersionedPe();
  Shelf shelf;
  shelf.Put("drivers.cat", {DigestOf(pe)});
  const CatalogStore store = shelf.Open();
  const FileIdentity identity = Look(pe.bytes, &store);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
  EXPECT_EQ(identity.signature.catalog, "drivers.cat");
  EXPECT_EQ(identity.signature.subject, "C=DE, O=Maker");
  EXPECT_EQ(identity.signature.issuer, "CN=Root");
  ASSERT_TRUE(identity.publisher);
  EXPECT_EQ(identity.publisher->publisher, "O=MAKER, C=DE");
  EXPECT_EQ(identity.publisher->product, "MY PRODUCT");
  EXPECT_EQ(identity.publisher->binary, "MY.EXE");
  EXPECT_EQ(identity.publisher->version.ToString(), "3.2.1.0");
  EXPECT_EQ(identity.valid_until, kEnd);
  EXPECT_FALSE(Look(pe.bytes, nullptr).publisher);
}

TEST(AskCatalogs, KnowsAnyOtherFileByAllItsBytes) {
  const Buffer script = Text("echo hello\n");
  Shelf shelf;
  shelf.Put("a.cat", {TakeDigest("SHA256", script)});
  const CatalogStore store = shelf.Open();
  const FileIdentity identity = Look(script, &store, {}, "x.ps1");
  ASSERT_TRUE(identity.publisher) << identity.signature.reason;
  EXPECT_EQ(identity.publisher->publisher, "O=MAKER, C=DE");
  EXPECT_EQ(identity.publisher->product, "");
  EXPECT_FALSE(Look(Text("echo hallo\n"), &store, {}, "x.ps1").publisher);
}

TEST(AskCatalogs, PrefersTheSignatureInTheFile) {
  const BuiltPe pe = SignedPe(TheWorld().other);
  Shelf shelf;
  shelf.Put("a.cat", {DigestOf(VersionedPe())});
  const CatalogStore store = shelf.Open();
  const FileIdentity identity = Look(pe.bytes, &store);
  EXPECT_EQ(identity.signature.subject, "C=DE, O=Other");
  EXPECT_EQ(identity.signature.catalog, "");
  EXPECT_EQ(shelf.loads, 0);
}

TEST(AskCatalogs, HelpsAFileWhoseOwnSignatureIsNotTrusted) {
  const BuiltPe pe = SignedPe(TheWorld().stranger);
  EXPECT_EQ(Look(pe.bytes, nullptr).signature.status, SignatureStatus::kUntrusted);
  Shelf shelf;
  shelf.Put("a.cat", {DigestOf(VersionedPe())});
  const CatalogStore store = shelf.Open();
  const FileIdentity identity = Look(pe.bytes, &store);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid);
  EXPECT_EQ(identity.signature.subject, "C=DE, O=Maker");
  EXPECT_EQ(identity.signature.catalog, "a.cat");
  EXPECT_EQ(identity.signature.reason, "");
}

TEST(AskCatalogs, TakesTheFirstCatalogByNameAlone) {
  const BuiltPe pe = VersionedPe();
  Shelf shelf;
  shelf.Put("b.cat", {DigestOf(pe)});
  shelf.Put("a.cat", {DigestOf(pe)}, TheWorld().other);
  EXPECT_EQ(Look(pe.bytes, &static_cast<const CatalogStore&>(shelf.Open())).signature.subject,
            "C=DE, O=Other");
  // Not the next one that would do: as Windows.
  shelf.Put("a.cat", {DigestOf(pe)}, TheWorld().stranger);
  const CatalogStore store = shelf.Open();
  const FileIdentity identity = Look(pe.bytes, &store);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kUnsigned);
  EXPECT_EQ(identity.signature.subject, "");
  EXPECT_THAT(identity.signature.reason,
              HasSubstr("the catalog a.cat, which lists it, is untrusted"));
}

TEST(AskCatalogs, FindsBySha1WhatNoSha256Finds) {
  const BuiltPe pe = VersionedPe();
  Shelf shelf;
  shelf.Put("a.cat", {DigestOf(pe, "SHA1")}, TheWorld().other, 1);
  {
    const CatalogStore store = shelf.Open();
    const FileIdentity identity = Look(pe.bytes, &store, {.hashing = Hashing::kWithoutSha1});
    EXPECT_EQ(identity.signature.subject, "C=DE, O=Other");
    // Of use to the search alone.
    for (const auto& hash : identity.hashes) EXPECT_NE(hash.digest.type, HashType::kSha1);
  }
  shelf.Put("b.cat", {DigestOf(pe)});
  const CatalogStore store = shelf.Open();
  EXPECT_EQ(Look(pe.bytes, &store).signature.subject, "C=DE, O=Maker");
}

TEST(AskCatalogs, DoesNotGoBySha1WhereThatIsRefused) {
  const BuiltPe pe = VersionedPe();
  Shelf shelf;
  shelf.Put("a.cat", {DigestOf(pe, "SHA1")}, TheWorld().maker, 1);
  const CatalogStore store = shelf.Open();
  TrustStore trust;
  ASSERT_TRUE(trust.Add(TheWorld().root.Der(), "root"));
  const IdentifyOptions options{.trust = &trust, .catalogs = &store, .at = kInside};
  EXPECT_TRUE(Identify(MemorySource(pe.bytes), "x.exe", options)->publisher);
  trust.set_weak_digests(authenticode::WeakDigests::kRefuseSha1);
  const auto identity = Identify(MemorySource(pe.bytes), "x.exe", options);
  EXPECT_FALSE(identity->publisher);
  EXPECT_THAT(identity->signature.reason, HasSubstr("weak-digests refuses"));
}

TEST(AskCatalogs, EndsWithItsCatalogUnlessThatIsStamped) {
  const BuiltPe pe = VersionedPe();
  Shelf shelf;
  shelf.Put("a.cat", {DigestOf(pe)});
  const CatalogStore store = shelf.Open();
  EXPECT_TRUE(Look(pe.bytes, &store).publisher);
  const FileIdentity late = Look(pe.bytes, &store, {.at = kEnd + 10});
  EXPECT_FALSE(late.publisher);
  EXPECT_THAT(late.signature.reason, HasSubstr("a.cat, which lists it, is expired"));
  // The clock may go back as well.
  EXPECT_TRUE(Look(pe.bytes, &store, {.at = kInside + 1}).publisher);
}

TEST(AskCatalogs, JudgesACatalogOnceForManyFiles) {
  const BuiltPe pe = VersionedPe();
  Shelf shelf;
  shelf.Put("a.cat", {DigestOf(pe)});
  const CatalogStore store = shelf.Open();
  for (int64_t at = kInside; at < kInside + 10; ++at) Look(pe.bytes, &store, {.at = at});
  EXPECT_EQ(shelf.loads, 1);
  const TrustStore nobody;
  const auto finding = store.Find(DigestOf(pe), {}, {.trust = &nobody, .at = kInside});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->verification.judgement, authenticode::Judgement::kUntrusted);
}

TEST(AskCatalogs, DoesNotUseACatalogThatIsGoneOrWasChanged) {
  const BuiltPe pe = VersionedPe();
  Shelf shelf;
  shelf.Put("a.cat", {DigestOf(pe)});
  const CatalogStore changed = shelf.Open();
  const CatalogStore gone = shelf.Open();
  // As good as the former, but not what was indexed.
  shelf.Put("a.cat", {DigestOf(pe), Buffer(32, 1)});
  const FileIdentity after_change = Look(pe.bytes, &changed);
  EXPECT_EQ(after_change.signature.status, SignatureStatus::kUnsigned);
  EXPECT_THAT(after_change.signature.reason,
              HasSubstr("a.cat, which lists it, is not used: it was changed"));
  shelf.files.clear();
  EXPECT_THAT(Look(pe.bytes, &gone).signature.reason, HasSubstr("No such file"));
}

TEST(AskCatalogs, LeavesAFileThatCouldNotBeReadInDoubt) {
  const Buffer text = Text("plain");
  Shelf shelf;
  const CatalogStore empty = shelf.Open();
  shelf.Put("a.cat", {TakeDigest("SHA256", text)});
  const CatalogStore store = shelf.Open();
  IdentifyOptions options{.trust = &TheWorld().trust, .at = kInside, .max_hashed_bytes = 1};
  EXPECT_FALSE(IdentifyOrUnknown(MemorySource(text), "x", options).unknown.publisher);
  options.catalogs = &empty;
  EXPECT_FALSE(IdentifyOrUnknown(MemorySource(text), "x", options).unknown.publisher);
  options.catalogs = &store;
  EXPECT_TRUE(IdentifyOrUnknown(MemorySource(text), "x", options).unknown.publisher);
}

TEST(IdentifyCatalog, SaysWhoSignedItAndHowMuchItLists) {
  CatalogSpec spec;
  spec.members = {{.digest = Buffer(32, 1)}, {.digest = Buffer(20, 1), .has_indirect_data = false}};
  const Buffer bytes = SignCatalog(BuildTrustList(spec), {.signer = &TheWorld().maker});
  const FileIdentity identity = Look(bytes, nullptr, {}, "x.cat");
  EXPECT_EQ(identity.kind, FileKind::kCatalog);
  EXPECT_EQ(identity.catalog, (CatalogSummary{2, 2, 1}));
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
  EXPECT_EQ(identity.signature.subject, "C=DE, O=Maker");
  EXPECT_EQ(identity.valid_until, kEnd);
  ASSERT_FALSE(identity.hashes.empty());
  EXPECT_EQ(identity.hashes.front().form, HashForm::kFlat);
  EXPECT_EQ(Look(bytes, nullptr, {.at = kEnd + 1}, "x.cat").signature.status,
            SignatureStatus::kExpired);
}

TEST(IdentifyCatalog, ShowsItsSignatureAndThoseNestedInIt) {
  const Buffer list = BuildTrustList({.members = {{.digest = Buffer(32, 1)}}});
  const SignSpec by_stranger{.signer = &TheWorld().stranger};
  const Buffer bytes = SignCatalog(
      list, {.signer = &TheWorld().maker,
             .nested = {SignCatalog(list, by_stranger), testing::Sign(Buffer(1), by_stranger)}});
  EXPECT_TRUE(Look(bytes, nullptr, {}, "x.cat").signatures.empty()) << "nobody asked";
  const auto signatures =
      Look(bytes, nullptr, {.details = Details::kSignatures}, "x.cat").signatures;
  ASSERT_EQ(signatures.size(), 3U);
  EXPECT_EQ(signatures[0].report.status, SignatureStatus::kValid);
  EXPECT_EQ(signatures[0].digest_algorithm, "") << "a list says itself all that is signed";
  ASSERT_EQ(signatures[0].description.chain.size(), 2U);
  EXPECT_EQ(signatures[0].description.chain[1].subject, "CN=Root");
  // The two stand in a set, in no order of ours.
  EXPECT_THAT(
      (std::vector{signatures[1].report.status, signatures[2].report.status}),
      ::testing::UnorderedElementsAre(SignatureStatus::kUntrusted, SignatureStatus::kMalformed));
}

TEST(IdentifyCatalog, TellsUnsignedFromMalformed) {
  const Buffer list = BuildTrustList({.members = {{.digest = Buffer(32, 1)}}});
  const FileIdentity unsigned_one = Look(testing::WrapUnsigned(list), nullptr, {}, "x.cat");
  EXPECT_EQ(unsigned_one.signature.status, SignatureStatus::kUnsigned);
  EXPECT_EQ(unsigned_one.catalog, (CatalogSummary{2, 1, 1}));
  const Buffer other = testing::WrapUnsigned(BuildTrustList({.usage = "1.3.6.1.4.1.311.10.3.9"}));
  const FileIdentity malformed = Look(other, nullptr, {}, "x.cat");
  EXPECT_EQ(malformed.signature.status, SignatureStatus::kMalformed);
  EXPECT_THAT(malformed.defect, HasSubstr("another usage"));
  EXPECT_FALSE(malformed.catalog);
}

}  // namespace
}  // namespace portcullis
