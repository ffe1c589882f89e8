// SPDX-License-Identifier: Apache-2.0
#include "identity/msi_identity.h"

#include <set>

#include "formats/authenticode/digest.h"
#include "tests/support/msi_builder.h"

namespace portcullis {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using testing::Buffer;
using testing::BuildCfb;
using testing::BuiltCfb;
using testing::Certificate;
using testing::CfbNode;
using testing::CfbOrder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeMsi;
using testing::MsiClass;
using testing::MsiMetadataUse;
using testing::SignMsi;
using testing::SignSpec;

constexpr int64_t kStart = 1'600'000'000;
constexpr int64_t kEnd = kStart + 1'000'000;
constexpr int64_t kInside = kStart + 1000;

struct World {
  Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                               .not_before = kStart,
                                               .not_after = kEnd * 2 - kStart,
                                               .is_authority = true});
  Certificate signer = testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                                                 .not_before = kStart,
                                                 .not_after = kEnd,
                                                 .extended_key_usage = "codeSigning",
                                                 .issuer = &root});
  TrustStore trust;
  World() { EXPECT_TRUE(trust.Add(root.Der(), "root")); }
};
const World& TheWorld() {
  static const World world;
  return world;
}

FileIdentity Look(const Buffer& bytes, int64_t at = kInside) {
  auto identity = Identify(MemorySource(bytes), "a.msi", {.trust = &TheWorld().trust, .at = at});
  EXPECT_TRUE(identity) << identity.error().message;
  return identity.value_or(FileIdentity{});
}
FileIdentity LookAt(const CfbNode& root) { return Look(BuildCfb({.root = root}).bytes); }

// Besides the database a stream of either size and a storage.
CfbNode Package(MsiClass kind = MsiClass::kPackage) {
  CfbNode storage{.name = u"storage", .is_storage = true, .state_bits = 3, .created = 4};
  storage.children = {{.name = u"inner", .content = Buffer(70, 1), .modified = 2}};
  return MakeMsi({.kind = kind,
                  .others = {{.name = u"large", .content = Buffer(4100, 7)},
                             {.name = u"small", .content = Buffer(77, 8)},
                             storage}});
}

CfbNode Signed(MsiMetadataUse metadata, SignSpec spec = {.signer = &TheWorld().signer}) {
  CfbNode root = Package();
  SignMsi(root, spec, metadata);
  return root;
}

std::string HexOf(DigestAlgorithm algorithm, Bytes bytes) {
  Digest digest = Digest::Create(algorithm).value();
  digest.Update(bytes);
  return HexLower(digest.Finish());
}

TEST(IdentifyMsi, SaysAllOfASignedPackage) {
  for (const MsiMetadataUse metadata : {MsiMetadataUse::kNone, MsiMetadataUse::kSigned}) {
    for (const char* digest : {"SHA256", "SHA1", "SHA512"}) {
      const FileIdentity identity =
          LookAt(Signed(metadata, {.signer = &TheWorld().signer, .digest_name = digest}));
      EXPECT_EQ(identity.kind, FileKind::kMsi);
      EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
      ASSERT_TRUE(identity.publisher);
      EXPECT_EQ(identity.publisher->publisher, "O=MAKER, C=DE");
      EXPECT_EQ(identity.publisher->product, "MY PRODUCT");
      EXPECT_EQ(identity.publisher->binary, "{01234567-89AB-CDEF-0123-456789ABCDEF}");
      EXPECT_EQ(identity.publisher->version, FileVersion::Of(1, 2, 3, 0));
      ASSERT_TRUE(identity.version_info);
      EXPECT_EQ(identity.version_info->product_name, "My Product");
      EXPECT_EQ(identity.valid_until, kEnd);
      EXPECT_EQ(identity.defect, "");
      EXPECT_FALSE(identity.is_program);
    }
  }
}

TEST(IdentifyMsi, ListsTheFlatHashFirstAndTheSignedOneSecond) {
  const CfbNode root = Signed(MsiMetadataUse::kSigned);
  const Buffer bytes = BuildCfb({.root = root}).bytes;
  std::vector<std::string> lines;
  for (const FileHashCandidate& hash : Look(bytes).hashes) {
    lines.push_back(std::string(ToString(hash.digest.type)) + " " + ToString(hash.form) + " " +
                    HexLower(Bytes(hash.digest.bytes).first(hash.digest.size())));
  }
  const std::string flat = HexOf(DigestAlgorithm::kSha256, bytes);
  EXPECT_THAT(lines, ElementsAre("SHA256 flat " + flat,
                                 "SHA256 authenticode " + HexOf(DigestAlgorithm::kSha256,
                                                                testing::MsiContent(Package())),
                                 "SHA256Flat flat " + flat,
                                 "SHA1 flat " + HexOf(DigestAlgorithm::kSha1, bytes)));
}

TEST(IdentifyMsi, KnowsPatchesAndTransformsWhichNameNoProduct) {
  for (const auto& [kind, expected] :
       {std::pair{MsiClass::kPatch, FileKind::kMsp}, {MsiClass::kTransform, FileKind::kMst}}) {
    CfbNode root = Package(kind);
    SignMsi(root, {.signer = &TheWorld().signer}, MsiMetadataUse::kNone);
    const FileIdentity identity = LookAt(root);
    EXPECT_EQ(identity.kind, expected);
    EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
    EXPECT_FALSE(identity.version_info);
    EXPECT_EQ(identity.publisher, (FullyQualifiedBinaryName{"O=MAKER, C=DE", "", "", {}}));
  }
}

TEST(IdentifyMsi, StaysSignedWhereverItsSectorsStand) {
  const CfbNode root = Signed(MsiMetadataUse::kSigned);
  for (const uint16_t version : {uint16_t{3}, uint16_t{4}}) {
    for (const CfbOrder order : {CfbOrder::kInARow, CfbOrder::kBackwards}) {
      const BuiltCfb built = BuildCfb({.root = root, .version = version, .order = order});
      EXPECT_EQ(Look(built.bytes).signature.status, SignatureStatus::kValid);
    }
  }
}

TEST(IdentifyMsi, GivesNoPublisherToASignatureThatDoesNotHold) {
  const auto add = [](CfbNode root, const std::u16string& name, Buffer content) {
    root.children.push_back({.name = name, .content = std::move(content)});
    return root;
  };
  const auto without = [](CfbNode root, const std::u16string& name) {
    std::erase_if(root.children, [&](const CfbNode& node) { return node.name == name; });
    return root;
  };
  const CfbNode plain = Signed(MsiMetadataUse::kNone);
  const CfbNode with_metadata = Signed(MsiMetadataUse::kSigned);
  CfbNode in_a_storage = Package();
  in_a_storage.children.push_back(
      {.name = u"s", .is_storage = true, .children = {plain.children.back()}});
  const struct {
    const char* what;
    CfbNode root;
    SignatureStatus status;
    const char* reason;
  } rows[] = {
      {"unsigned", Package(), SignatureStatus::kUnsigned, "no embedded signature"},
      {"signature in a storage", in_a_storage, SignatureStatus::kUnsigned, "no embedded"},
      {"more content", add(plain, u"more", Buffer(1)), SignatureStatus::kBadDigest, "changed"},
      {"less content", without(plain, u"small"), SignatureStatus::kBadDigest, "changed"},
      {"an empty stream more", add(with_metadata, u"more", {}), SignatureStatus::kBadDigest,
       "names, sizes or times"},
      {"metadata taken away", without(with_metadata, testing::kMetadataStream),
       SignatureStatus::kBadDigest, "changed"},
      {"metadata made up", add(plain, testing::kMetadataStream, Buffer(32)),
       SignatureStatus::kBadDigest, "names, sizes or times"},
      {"metadata without end", add(plain, testing::kMetadataStream, Buffer(65)),
       SignatureStatus::kMalformed, "at most 64"},
      {"no PKCS#7", add(Package(), testing::kSignatureStream, Buffer(100)),
       SignatureStatus::kMalformed, "not PKCS#7"},
      {"an empty signature", add(Package(), testing::kSignatureStream, {}),
       SignatureStatus::kMalformed, "not PKCS#7"},
  };
  for (const auto& row : rows) {
    const FileIdentity identity = LookAt(row.root);
    EXPECT_EQ(identity.signature.status, row.status) << row.what;
    EXPECT_THAT(identity.signature.reason, HasSubstr(row.reason)) << row.what;
    EXPECT_FALSE(identity.publisher) << row.what;
    EXPECT_TRUE(identity.version_info) << row.what;
    EXPECT_EQ(identity.defect.empty(), row.status != SignatureStatus::kMalformed) << row.what;
  }
  const Buffer bytes = BuildCfb({.root = plain}).bytes;
  EXPECT_EQ(Look(bytes, kEnd + 1).signature.status, SignatureStatus::kExpired);
  const auto untrusted = Identify(MemorySource(bytes), "", {.at = kInside});
  EXPECT_EQ(untrusted->signature.status, SignatureStatus::kUntrusted);
  EXPECT_EQ(untrusted->signature.publisher_name, "O=MAKER, C=DE");
}

TEST(IdentifyMsi, ExplainsADamagedFileAndHashesItFlat) {
  BuiltCfb built = BuildCfb({.root = Signed(MsiMetadataUse::kNone)});
  testing::WriteLe(built.bytes, built.FatOffset(built.chains.at(u"large")[1]), 0xFFFFFFFE, 4);
  const FileIdentity identity = Look(built.bytes);
  EXPECT_EQ(identity.kind, FileKind::kMsi);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_THAT(identity.defect, HasSubstr("a chain from"));
  EXPECT_FALSE(identity.version_info);
  ASSERT_EQ(identity.hashes.size(), 3U);
  EXPECT_EQ(identity.hashes[0].form, HashForm::kFlat);
  EXPECT_EQ(identity.hashes[1].digest.type, HashType::kSha256Flat);
}

TEST(IdentifyMsi, ExplainsADamagedDatabaseAndJudgesItsSignature) {
  CfbNode no_such_string = MakeMsi({});
  Buffer& table = std::ranges::find(no_such_string.children, testing::PackedName("Property", true),
                                    &CfbNode::name)
                      ->content;
  testing::WriteLe(table, 0, 0x7000, 2);
  const struct {
    const char* what;
    CfbNode root;
    const char* defect;
  } rows[] = {
      {"no database", CfbNode{.is_storage = true}, "no stream _StringPool"},
      {"no such string", no_such_string, "string 28672"},
  };
  for (const auto& row : rows) {
    CfbNode root = row.root;
    SignMsi(root, {.signer = &TheWorld().signer}, MsiMetadataUse::kNone);
    const FileIdentity identity = LookAt(root);
    EXPECT_THAT(identity.defect, HasSubstr(row.defect)) << row.what;
    EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << row.what;
    ASSERT_TRUE(identity.publisher) << row.what;
    EXPECT_EQ(identity.publisher->version, FileVersion()) << row.what;
  }
}

TEST(IdentifyMsi, ReadsAProductsVersion) {
  const struct {
    const char* text;
    FileVersion version;
  } rows[] = {
      {"1.2.3.4", FileVersion::Of(1, 2, 3, 4)},
      {"020.000.1621", FileVersion::Of(20, 0, 1621, 0)},
      {"1", FileVersion::Of(1, 0, 0, 0)},
      {"", FileVersion()},
      {"1.2.3.4.5", FileVersion::Of(1, 2, 3, 4)},
      {"1.2b.3", FileVersion::Of(1, 2, 0, 0)},
      {"1..3", FileVersion::Of(1, 0, 3, 0)},
      {"x.2", FileVersion()},
      {"-1.2", FileVersion()},
      {"65535.65535", FileVersion::Of(65535, 65535, 0, 0)},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ParseProductVersion(row.text), row.version) << row.text;
  }
  for (const char* text : {"65536", "1.2.3.65536", "1.99999999999999999999"}) {
    EXPECT_EQ(ParseProductVersion(text), FileVersion()) << text;
  }
}

// Notes the largest piece that is asked for at once.
class MeasuringSource final : public ByteSource {
 public:
  explicit MeasuringSource(Bytes bytes) : source_(bytes) {}
  uint64_t size() const override { return source_.size(); }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override {
    largest_ = std::max(largest_, out.size());
    return source_.ReadAt(offset, out);
  }
  size_t largest() const { return largest_; }

 private:
  MemorySource source_;
  mutable size_t largest_ = 0;
};

TEST(IdentifyMsi, NeverHoldsALargeStream) {
  const auto built =
      BuildCfb({.root = MakeMsi({.others = {{.name = u"large", .content = Buffer(5 << 20, 7)}}})});
  const MeasuringSource source(built.bytes);
  ASSERT_TRUE(Identify(source, "a.msi", {.max_threads = 1}));
  EXPECT_LE(source.largest(), size_t{256} << 10);
}

// ---- Every byte of a signed file, each with one bit turned.

struct Regions {
  std::set<size_t> covered;    // by the digest: a turned bit must make it bad
  std::set<size_t> signature;  // the two streams
};

void AddStream(std::set<size_t>& region, const BuiltCfb& built, const CfbNode& node) {
  for (size_t i = 0; i < node.content.size(); ++i) {
    region.insert(built.ContentOffset(node.name, node.content.size(), i));
  }
}

void AddField(std::set<size_t>& region, const BuiltCfb& built, const std::u16string& name,
              size_t offset, size_t size) {
  for (size_t i = 0; i < size; ++i) region.insert(built.entries.at(name) + offset + i);
}

void AddRegions(Regions& regions, const BuiltCfb& built, const CfbNode& storage,
                MsiMetadataUse metadata) {
  const bool is_root = storage.name.empty();
  AddField(regions.covered, built, storage.name, 80, 16);  // class
  for (const CfbNode& child : storage.children) {
    if (is_root &&
        (child.name == testing::kSignatureStream || child.name == testing::kMetadataStream)) {
      AddStream(regions.signature, built, child);
      continue;
    }
    if (metadata == MsiMetadataUse::kSigned) AddField(regions.covered, built, child.name, 96, 20);
    if (child.is_storage) {
      AddRegions(regions, built, child, metadata);
    } else {
      AddStream(regions.covered, built, child);
    }
  }
  if (is_root && metadata == MsiMetadataUse::kSigned) AddField(regions.covered, built, u"", 96, 4);
}

// What turning bits did, by status.
struct Tally {
  size_t valid_in_signature = 0;
  size_t valid_elsewhere = 0;
  size_t not_valid_elsewhere = 0;
};

constexpr size_t kStepElsewhere = 5;  // outside of what is signed, to save time

Tally TurnEveryByte(MsiMetadataUse metadata) {
  const CfbNode root = Signed(metadata);
  BuiltCfb built = BuildCfb({.root = root});
  Regions regions;
  AddRegions(regions, built, root, metadata);
  const FileIdentity original = Look(built.bytes);
  EXPECT_EQ(original.signature.status, SignatureStatus::kValid);
  Tally tally;
  size_t elsewhere = 0;
  for (size_t i = 0; i < built.bytes.size(); ++i) {
    const bool is_covered = regions.covered.contains(i);
    const bool is_signature = regions.signature.contains(i);
    if (!is_covered && !is_signature && ++elsewhere % kStepElsewhere != 0) continue;
    const auto bit = static_cast<uint8_t>(1U << (i % 8));
    built.bytes[i] ^= bit;
    const FileIdentity identity = Look(built.bytes);
    built.bytes[i] ^= bit;
    const SignatureStatus status = identity.signature.status;
    const bool is_valid = status == SignatureStatus::kValid;
    if (is_covered) {
      EXPECT_EQ(status, SignatureStatus::kBadDigest) << "offset " << i;
    } else if (is_signature) {
      tally.valid_in_signature += is_valid ? 1 : 0;
    } else {
      ++(is_valid ? tally.valid_elsewhere : tally.not_valid_elsewhere);
    }
    // What is still valid may not be called something else, but for the names that a signature
    // without metadata does not cover.
    if (is_valid && (is_signature || metadata == MsiMetadataUse::kSigned)) {
      EXPECT_EQ(identity.publisher, original.publisher) << "offset " << i;
    }
  }
  return tally;
}

void ExpectUsual(const Tally& tally) {
  // Of the signature what docs/formats/authenticode.md lists as not signed.
  EXPECT_LE(tally.valid_in_signature, 40U);
  // Elsewhere: free sectors, the rest of a stream's last sector, times of the root and the like.
  EXPECT_GT(tally.valid_elsewhere, 400U);
  EXPECT_GT(tally.not_valid_elsewhere, 50U);
}

TEST(IdentifyMsi, SeesEveryByteThatIsChangedInTheContentThatIsSigned) {
  ExpectUsual(TurnEveryByte(MsiMetadataUse::kNone));
}

TEST(IdentifyMsi, SeesEveryByteThatIsChangedInTheMetadataThatAreSigned) {
  ExpectUsual(TurnEveryByte(MsiMetadataUse::kSigned));
}

}  // namespace
}  // namespace portcullis
