// SPDX-License-Identifier: Apache-2.0
#include "identity/appx_identity.h"

#include <fmt/core.h>

#include <map>

#include "formats/zip/entry_stream.h"
#include "formats/zip/layout.h"
#include "tests/support/appx_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis {
namespace {

using testing::AppxSpec;
using testing::BuildAppx;
using testing::BuiltAppx;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::PutLe;
using testing::ToBytes;
using testing::ZipFile;

using Buffer = std::vector<uint8_t>;

constexpr int64_t kStart = 1'600'000'000;
constexpr int64_t kEnd = kStart + 1'000'000;
constexpr int64_t kInside = kStart + 1000;
constexpr const char* kSubject = "CN=Fabrikam, O=\"Fabrikam, Inc.\", C=DE";
constexpr const char* kPublisherAttribute = "CN=Fabrikam, O=&quot;Fabrikam, Inc.&quot;, C=DE";

struct World {
  Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                               .not_before = kStart,
                                               .not_after = kEnd * 2 - kStart,
                                               .is_authority = true});
  Certificate signer = Make("codeSigning");
  Certificate server = Make("serverAuth");
  TrustStore trust;

  World() { EXPECT_TRUE(trust.Add(root.Der(), "root")); }
  Certificate Make(const char* usage) const {
    return testing::MakeCertificate(
        {.subject = {{"C", "DE"}, {"O", "Fabrikam, Inc."}, {"CN", "Fabrikam"}},
         .not_before = kStart,
         .not_after = kEnd,
         .extended_key_usage = usage,
         .issuer = &root});
  }
};
const World& TheWorld() {
  static const World world;
  return world;
}

Buffer SignBy(Bytes digests, testing::SignSpec spec = {}) {
  if (spec.signer == nullptr) spec.signer = &TheWorld().signer;
  return testing::SignDigest(digests, spec);
}

AppxSpec SignedSpec() {
  AppxSpec spec;
  spec.publisher = kPublisherAttribute;
  spec.files = {{.name = "app.exe", .content = Buffer(200, 'a')},
                {.name = "Assets/my%20logo.png",
                 .content = Buffer(70'000, 'b'),
                 .is_deflated = true,
                 .descriptor = testing::DescriptorForm::kSigned64}};
  spec.sign = [](Bytes digests) { return SignBy(digests); };
  return spec;
}

FileIdentity Look(const Buffer& bytes, int64_t at = kInside, const char* name = "file.appx") {
  auto identity = Identify(MemorySource(bytes), name, {.trust = &TheWorld().trust, .at = at});
  EXPECT_TRUE(identity) << identity.error().message;
  return identity.value_or(FileIdentity{});
}

FileIdentity Look(const AppxSpec& spec) { return Look(BuildAppx(spec).zip.bytes); }

// Every claim that must not be made of a package that is not valid.
void ExpectNoPublisher(const FileIdentity& identity) {
  EXPECT_FALSE(identity.publisher);
  EXPECT_FALSE(identity.signature.is_windows_signed);
  EXPECT_NE(identity.signature.reason, "");
}

TEST(AppxIdentity, SaysAllOfASignedPackage) {
  const FileIdentity identity = Look(SignedSpec());
  EXPECT_EQ(identity.kind, FileKind::kAppx);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
  EXPECT_EQ(identity.defect, "");
  ASSERT_TRUE(identity.publisher);
  EXPECT_EQ(identity.publisher->publisher, "CN=FABRIKAM, O=\"FABRIKAM, INC.\", C=DE");
  EXPECT_EQ(identity.publisher->product, "FABRIKAM.TOOLS");
  EXPECT_EQ(identity.publisher->binary, "APPX");
  EXPECT_EQ(identity.publisher->version, FileVersion::Of(1, 2, 3, 4));
  ASSERT_TRUE(identity.package);
  EXPECT_EQ(*identity.package,
            (PackageIdentity{"Fabrikam.Tools", kSubject, FileVersion::Of(1, 2, 3, 4), "x64", "",
                             false, false}));
  EXPECT_EQ(identity.valid_until, kEnd);
  EXPECT_EQ(identity.hashes.size(), 3U);
  EXPECT_EQ(HexLower(identity.hashes[0].digest.bytes), HexLower(identity.sha256));
}

TEST(AppxIdentity, ReadsEveryFormOfPackage) {
  AppxSpec small = SignedSpec();
  small.has_zip64_end = false;
  AppxSpec with_catalog = SignedSpec();
  with_catalog.has_code_integrity = true;
  for (const AppxSpec& spec : {small, with_catalog}) {
    const FileIdentity identity = Look(spec);
    EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
  }
}

AppxSpec BundleSpec() {
  AppxSpec spec = SignedSpec();
  spec.is_bundle = true;
  spec.files = {{.name = "x64.appx", .content = BuildAppx({}).zip.bytes},
                {.name = "x86.appx", .content = BuildAppx({}).zip.bytes}};
  return spec;
}

TEST(AppxIdentity, SaysAllOfASignedBundle) {
  const FileIdentity identity = Look(BundleSpec());
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
  ASSERT_TRUE(identity.package);
  EXPECT_TRUE(identity.package->is_bundle);
  EXPECT_EQ(identity.package->architecture, "");
  ASSERT_TRUE(identity.publisher);
  EXPECT_EQ(identity.publisher->binary, "APPX");
}

TEST(AppxIdentity, GivesNoPublisherToAnUnsignedPackage) {
  AppxSpec spec = SignedSpec();
  spec.sign = {};
  const FileIdentity identity = Look(spec);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kUnsigned);
  EXPECT_THAT(identity.signature.reason, HasSubstr("no signature"));
  EXPECT_EQ(identity.defect, "");
  EXPECT_EQ(identity.package->name, "Fabrikam.Tools");
  ExpectNoPublisher(identity);
}

TEST(AppxIdentity, JudgesTheChainAsOfEveryFile) {
  const Buffer package = BuildAppx(SignedSpec()).zip.bytes;
  EXPECT_EQ(Look(package, kEnd + 1).signature.status, SignatureStatus::kExpired);
  const auto untrusted = Identify(MemorySource(package), "a.appx", {.at = kInside});
  ASSERT_TRUE(untrusted);
  EXPECT_EQ(untrusted->signature.status, SignatureStatus::kUntrusted);
  ExpectNoPublisher(*untrusted);
  AppxSpec wrong_usage = SignedSpec();
  wrong_usage.sign = [](Bytes digests) { return SignBy(digests, {.signer = &TheWorld().server}); };
  EXPECT_EQ(Look(wrong_usage).signature.status, SignatureStatus::kUntrusted);
  AppxSpec stamped = SignedSpec();
  static const Certificate authority =
      testing::MakeCertificate({.subject = {{"CN", "Stamps"}},
                                .not_before = kStart,
                                .not_after = kEnd * 2 - kStart,
                                .extended_key_usage = "timeStamping",
                                .issuer = &TheWorld().root});
  stamped.sign = [](Bytes digests) {
    return SignBy(digests, {.stamp = testing::StampSpec{.authority = &authority, .time = kInside}});
  };
  const FileIdentity late = Look(BuildAppx(stamped).zip.bytes, kEnd + 1);
  EXPECT_EQ(late.signature.status, SignatureStatus::kValid) << late.signature.reason;
  EXPECT_EQ(late.signature.timestamp, kInside);
}

// What is wrong, the status and a word of the reason.
struct BadCase {
  const char* word;
  SignatureStatus status;
  AppxSpec spec;
};

void ExpectBad(const BadCase& bad) {
  const FileIdentity identity = Look(bad.spec);
  EXPECT_EQ(identity.signature.status, bad.status) << bad.word << ": " << identity.signature.reason;
  EXPECT_THAT(identity.signature.reason, HasSubstr(bad.word));
  ExpectNoPublisher(identity);
}

template <typename Change>
AppxSpec Changed(Change change, AppxSpec spec = SignedSpec()) {
  change(spec);
  return spec;
}

TEST(AppxIdentity, RefusesASignatureThatIsNotThisPackages) {
  const Buffer other = testing::PartDigestsOf(BuildAppx({}).zip, BuildAppx({}).parts);
  const BadCase cases[] = {
      {"publisher \"CN=Somebody\" is not the signer's", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.publisher = "CN=Somebody"; })},
      {"is not the signer's", SignatureStatus::kMalformed, Changed([](AppxSpec& s) {
         s.publisher = "CN=FABRIKAM, O=&quot;Fabrikam, Inc.&quot;, C=DE";
       })},
      {"the files, the central directory", SignatureStatus::kBadDigest,
       Changed([&](AppxSpec& s) { s.sign = [&](Bytes) { return SignBy(other); }; })},
      {"does not hold", SignatureStatus::kBadDigest, Changed([](AppxSpec& s) {
         s.sign = [](Bytes d) { return SignBy(d, {.break_signature = true}); };
       })},
      {"not over a package", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.sign = [](Bytes) { return SignBy(Buffer(32)); }; })},
      {"not PKCS#7", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.sign = [](Bytes) { return ToBytes("nothing"); }; })},
      {"no digest of CodeIntegrity", SignatureStatus::kMalformed, Changed([](AppxSpec& s) {
         s.has_code_integrity = true;
         s.sign = [](Bytes d) { return SignBy(d.first(d.size() - 36)); };
       })},
  };
  for (const BadCase& bad : cases) ExpectBad(bad);
}

TEST(AppxIdentity, RefusesASignedPackageThatContradictsItself) {
  const std::string map = testing::BlockMapOf(SignedSpec().files);
  const BadCase cases[] = {
      {"does not name", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.unmapped = {{.name = "extra.dll"}}; })},
      {"other content", SignatureStatus::kBadDigest, Changed([](AppxSpec& s) {
         auto files = SignedSpec().files;
         files[0].content[0] ^= 1;
         s.block_map = testing::BlockMapOf(files);
       })},
      {"does not name \"AppxManifest.xml\"", SignatureStatus::kMalformed,
       Changed([&](AppxSpec& s) { s.block_map = map; })},
      {"not in the package", SignatureStatus::kMalformed, Changed([](AppxSpec& s) {
         auto files = SignedSpec().files;
         files.push_back({.name = "gone"});
         s.block_map = testing::BlockMapOf(files);
       })},
      {"block map, line 1", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.block_map = "no XML"; })},
      {"leads out", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.unmapped = {{.name = "../x"}}; })},
      {"twice", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.unmapped = {{.name = "APP.EXE"}}; })},
      {"and a bundle's manifest", SignatureStatus::kMalformed, Changed([](AppxSpec& s) {
         s.unmapped = {{.name = "AppxMetadata/AppxBundleManifest.xml"}};
       })},
      {"manifest, line", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.manifest = "<Package>"; })},
      {"of the other kind", SignatureStatus::kMalformed, Changed([](AppxSpec& s) {
         s.manifest = R"(<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle">)"
                      R"(<Identity Name="abc" Publisher="CN=A"/></Bundle>)";
       })},
      {"version", SignatureStatus::kMalformed, Changed([](AppxSpec& s) { s.version = "1.2.3"; })},
      {"is not where", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.files[1].is_deflated = true; }, BundleSpec())},
      {"named and not in it", SignatureStatus::kMalformed,
       Changed(
           [](AppxSpec& s) {
             s.manifest = R"(<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle">)"
                          R"(<Identity Name="abc" Publisher="CN=A" Version="1.0.0.0"/><Packages>)"
                          R"(<Package FileName="z.appx" Offset="1" Size="1"/></Packages></Bundle>)";
           },
           BundleSpec())},
      {"does not name \"extra.appx\"", SignatureStatus::kMalformed,
       Changed([](AppxSpec& s) { s.unmapped = {{.name = "extra.appx"}}; }, BundleSpec())},
  };
  for (const BadCase& bad : cases) ExpectBad(bad);
}

TEST(AppxIdentity, RefusesABundleWhosePackagesLieElsewhere) {
  const auto bundle = [](size_t offset, size_t size) {
    AppxSpec spec = BundleSpec();
    spec.files = {{.name = "a.appx", .content = ToBytes("0123456789")}};
    spec.manifest =
        fmt::format(R"(<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle">)"
                    R"(<Identity Name="abc" Publisher="{}" Version="1.0.0.0"/><Packages>)"
                    R"(<Package FileName="a.appx" Offset="{}" Size="{}"/></Packages></Bundle>)",
                    kPublisherAttribute, offset, size);
    return spec;
  };
  constexpr size_t kOffset = 30 + 6;  // behind its local header
  EXPECT_EQ(Look(bundle(kOffset, 10)).signature.status, SignatureStatus::kValid);
  for (const AppxSpec& spec : {bundle(kOffset + 1, 10), bundle(kOffset, 9)}) {
    ExpectBad({"is not where", SignatureStatus::kMalformed, spec});
  }
}

TEST(AppxIdentity, SaysWhatIsWrongWithAnUnsignedPackage) {
  AppxSpec spec = SignedSpec();
  spec.sign = {};
  spec.unmapped = {{.name = "extra.dll"}};
  const FileIdentity identity = Look(spec);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kUnsigned);
  EXPECT_THAT(identity.defect, HasSubstr("does not name"));
}

TEST(AppxIdentity, CallsAPackageThatIsNoArchiveMalformed) {
  Buffer no_end = BuildAppx(SignedSpec()).zip.bytes;
  no_end.resize(no_end.size() - 1);
  const FileIdentity identity = Look(no_end);
  EXPECT_EQ(identity.kind, FileKind::kAppx);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_THAT(identity.defect, HasSubstr("end-of-central-directory"));
  EXPECT_EQ(identity.hashes.size(), 3U);
  ExpectNoPublisher(identity);
}

TEST(AppxIdentity, RefusesABombBeforeItUnpacks) {
  BuiltAppx package = BuildAppx(SignedSpec());
  PutLe(package.zip.bytes, package.zip.files[0].record + 24, 0xFFFF'FFF0, 4);
  const FileIdentity identity = Look(package.zip.bytes);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  EXPECT_THAT(identity.signature.reason, HasSubstr("unpacks to more than 100 times"));
}

TEST(AppxIdentity, RefusesASignatureThatIsNotTheLastPart) {
  BuiltAppx package = BuildAppx(SignedSpec());
  const auto signature = package.parts.files.back();
  package.parts.files.insert(package.parts.files.begin(), signature);
  package.parts.files.pop_back();
  const FileIdentity identity = Look(testing::BuildZip(package.parts).bytes);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kBadDigest);
  EXPECT_THAT(identity.defect, HasSubstr("not its last part"));
}

TEST(AppxIdentity, NamesEncryptedPackages) {
  for (const char* magic : {"EXPH", "EXSH", "EXBH"}) {
    const FileIdentity identity = Look(ToBytes(magic + std::string(20, '\0')), kInside, "a");
    EXPECT_EQ(identity.kind, FileKind::kAppx);
    ASSERT_TRUE(identity.package);
    EXPECT_TRUE(identity.package->is_encrypted);
    EXPECT_EQ(identity.package->is_bundle, magic == std::string_view("EXBH"));
    EXPECT_EQ(identity.signature.status, SignatureStatus::kUnsigned);
    EXPECT_THAT(identity.signature.reason, HasSubstr("encrypted"));
    EXPECT_EQ(identity.hashes.size(), 3U);
  }
}

TEST(AppxIdentity, RefusesASignatureOfTenThousandCertificates) {
  AppxSpec spec = SignedSpec();
  spec.sign = [](Bytes digests) {
    testing::SignSpec sign;
    for (size_t i = 0; i < 10'000; ++i) sign.others.push_back(&TheWorld().root);
    return SignBy(digests, sign);
  };
  const FileIdentity identity = Look(spec);
  EXPECT_EQ(identity.signature.status, SignatureStatus::kMalformed);
  ExpectNoPublisher(identity);
}

// The bytes of a signed package, by what covers them.
enum class Region : uint8_t { kFiles, kSignature, kDirectory, kSignatureRecord };

Region RegionOf(const BuiltAppx& package, size_t offset) {
  const auto& signature = package.zip.files.back();
  if (offset < signature.local) return Region::kFiles;
  if (offset < package.zip.directory) return Region::kSignature;
  // The signature's record is the directory's last.
  const bool is_record = offset >= signature.record && offset < package.zip.end64;
  return is_record ? Region::kSignatureRecord : Region::kDirectory;
}

// Fields of the signature's own headers that nothing reads: versions, time, attributes.
bool IsUnread(const BuiltAppx& package, size_t offset) {
  const auto& signature = package.zip.files.back();
  const auto within = [&](size_t start, size_t from, size_t to) {
    return offset >= start + from && offset < start + to;
  };
  return within(signature.local, 4, 6) || within(signature.local, 10, 14) ||
         within(signature.record, 4, 8) || within(signature.record, 12, 16) ||
         within(signature.record, 34, 42);
}

// Deflate has bits that only fill a byte: the signature unpacks to the same with any in them.
bool UnpacksToTheSame(const Buffer& bytes, const BuiltAppx& package) {
  const MemorySource source(bytes);
  const auto directory = zip::Directory::Read(source);
  if (!directory) return false;
  const zip::Entry* entry = directory->Find("AppxSignature.p7x");
  if (entry == nullptr || !zip::CheckLayout(source, *directory)) return false;
  return zip::ReadWhole(source, *entry, 1 << 20) == package.parts.files.back().content;
}

TEST(AppxIdentity, TellsEveryChangedByteThatTheSignatureCovers) {
  AppxSpec spec = SignedSpec();
  spec.files[1].content.resize(500);
  const BuiltAppx package = BuildAppx(spec);
  ASSERT_EQ(Look(package.zip.bytes).signature.status, SignatureStatus::kValid);
  std::map<SignatureStatus, size_t> in_directory;
  size_t still_valid = 0;
  for (size_t offset = 0; offset < package.zip.bytes.size(); ++offset) {
    Buffer bytes = package.zip.bytes;
    bytes[offset] ^= static_cast<uint8_t>(1 << (offset % 8));
    const FileIdentity identity = Look(bytes);
    const SignatureStatus status = identity.signature.status;
    // Where the first four bytes change it is no package any more, but for its name.
    switch (RegionOf(package, offset)) {
      case Region::kFiles:
        if (offset >= 4) {
          EXPECT_EQ(status, SignatureStatus::kBadDigest) << offset << identity.signature.reason;
        }
        break;
      case Region::kDirectory:
        ++in_directory[status];
        EXPECT_TRUE(status == SignatureStatus::kBadDigest || status == SignatureStatus::kMalformed)
            << offset << ToString(status);
        break;
      case Region::kSignature:
      case Region::kSignatureRecord:
        EXPECT_EQ(status == SignatureStatus::kValid,
                  IsUnread(package, offset) || UnpacksToTheSame(bytes, package))
            << offset << " " << ToString(status);
        still_valid += status == SignatureStatus::kValid;
        break;
    }
    EXPECT_EQ(identity.publisher.has_value(), status == SignatureStatus::kValid);
  }
  EXPECT_LE(still_valid, 32U);  // 22 bytes that nothing reads, and some of deflate
  // Only what leads to the signature, and what bounds unpacking, can hide that it is another.
  EXPECT_GT(in_directory[SignatureStatus::kBadDigest], in_directory[SignatureStatus::kMalformed]);
}

TEST(AppxIdentity, NamesAFamilyAsWindowsDoes) {
  PackageIdentity package;
  package.name = "Microsoft.WindowsCalculator";
  package.publisher =
      "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US";
  EXPECT_EQ(PackageFamilyName(package), "Microsoft.WindowsCalculator_8wekyb3d8bbwe");
}

}  // namespace
}  // namespace portcullis
