// SPDX-License-Identifier: Apache-2.0
// Second opinions on Windows Installer files: packages that msibuild made, read by msiinfo and
// signed by osslsigncode, and our own packages as these two see them.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <ctime>

#include "identity/identify.h"
#include "tests/support/msi_builder.h"
#include "tests/support/tool_folder.h"

namespace portcullis {
namespace {

using testing::Buffer;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::MsiMetadataUse;
using testing::ToolOutput;

constexpr const char* kMsitoolsAbsent = "msitools absent";
class ToolsTest : public ::testing::Test {
 protected:
  ToolsTest() {
    const auto now = static_cast<int64_t>(std::time(nullptr));
    root_ = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                      .not_before = now - 1000,
                                      .not_after = now + 1'000'000,
                                      .is_authority = true,
                                      .key = testing::KeyKind::kRsa2048});
    signer_ = testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                                        .not_before = now - 1000,
                                        .not_after = now + 1'000'000,
                                        .extended_key_usage = "codeSigning",
                                        .issuer = &root_,
                                        .key = testing::KeyKind::kRsa2048});
    at_ = now;
    EXPECT_TRUE(trust_.Add(root_.Der(), "root"));
    folder_.Write("root.pem", root_.Pem());
    folder_.Write("signer.pem", signer_.Pem());
    folder_.WriteKey("signer.key", signer_);
  }

  // A package by msibuild, with a large and a small stream; over 64 KiB in all.
  void MakePackage(const std::string& name) const {
    folder_.Write("Property.idt",
                  "Property\tValue\r\ns72\tl0\r\nProperty\tProperty\r\n"
                  "ProductName\tFoo & Bar\r\n"
                  "ProductCode\t{01234567-89AB-CDEF-0123-456789ABCDEF}\r\n"
                  "ProductVersion\t020.000.1621\r\nManufacturer\tMaker\r\n");
    std::string large(100'000, '\0');
    for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 1000);
    folder_.Write("large.bin", large);
    folder_.Write("small.bin", "small");
    folder_.MustRun(
        fmt::format("msibuild {} -s Name Maker 'Intel;1033' "
                    "'{{00000000-0000-0000-0000-000000000001}}'",
                    name));
    folder_.MustRun(fmt::format("msibuild {} -i Property.idt", name));
    folder_.MustRun(fmt::format("msibuild {} -a large.bin large.bin", name));
    folder_.MustRun(fmt::format("msibuild {} -a small.bin small.bin", name));
  }

  FileIdentity Look(const Buffer& bytes) const {
    auto identity = Identify(MemorySource(bytes), "x.msi", {.trust = &trust_, .at = at_});
    EXPECT_TRUE(identity);
    return identity.value_or(FileIdentity{});
  }
  ToolOutput Sign(const std::string& from, const std::string& to,
                  const std::string& options) const {
    return folder_.Run(
        fmt::format("osslsigncode sign -certs signer.pem -key signer.key {} -in {} -out {}",
                    options, from, to));
  }
  ToolOutput Verify(const std::string& name) const {
    return folder_.Run(
        fmt::format("osslsigncode verify -CAfile root.pem -TSA-CAfile root.pem -in {}", name));
  }

  testing::ToolFolder folder_;
  Certificate root_;
  Certificate signer_;
  TrustStore trust_;
  int64_t at_ = 0;
};

TEST_F(ToolsTest, ReadsAPackageThatMsibuildMade) {
  if (!testing::HasProgram("msibuild")) GTEST_SKIP() << kMsitoolsAbsent;
  MakePackage("a.msi");
  const FileIdentity identity = Look(folder_.Read("a.msi"));
  EXPECT_EQ(identity.kind, FileKind::kMsi);
  EXPECT_EQ(identity.defect, "");
  EXPECT_EQ(identity.signature.status, SignatureStatus::kUnsigned);
  ASSERT_TRUE(identity.version_info);
  EXPECT_EQ(identity.version_info->product_name, "Foo & Bar");
  EXPECT_EQ(identity.version_info->original_filename, "{01234567-89AB-CDEF-0123-456789ABCDEF}");
  EXPECT_EQ(identity.version_info->file_version, FileVersion::Of(20, 0, 1621, 0));
}

// What our builder makes is a package to others, or the tests of our reader would prove little.
TEST_F(ToolsTest, MakesPackagesThatMsiinfoReads) {
  if (!testing::HasProgram("msiinfo")) GTEST_SKIP() << kMsitoolsAbsent;
  for (const bool has_long_references : {false, true}) {
    const auto built =
        testing::BuildCfb({.root = testing::MakeMsi({.has_long_references = has_long_references})});
    folder_.Write("ours.msi", built.bytes);
    const ToolOutput output = folder_.Run("msiinfo export ours.msi Property");
    EXPECT_EQ(output.status, 0) << output.text;
    EXPECT_THAT(output.text, HasSubstr("ProductName\tMy Product"));
    EXPECT_THAT(output.text, HasSubstr("ProductVersion\t1.2.3"));
  }
}

TEST_F(ToolsTest, AgreesWithWhatOsslsigncodeSigned) {
  if (!testing::HasProgram("msibuild")) GTEST_SKIP() << kMsitoolsAbsent;
  if (!testing::HasProgram("osslsigncode")) GTEST_SKIP() << testing::kOsslsigncodeAbsent;
  MakePackage("a.msi");
  const auto unsigned_hashes = Look(folder_.Read("a.msi")).hashes;
  for (const char* options : {"-h sha256", "-h sha256 -add-msi-dse", "-h sha1 -add-msi-dse",
                              "-h sha512", "-h sha384 -add-msi-dse"}) {
    folder_.Remove("signed.msi");
    const ToolOutput made = Sign("a.msi", "signed.msi", options);
    ASSERT_EQ(made.status, 0) << made.text;
    const FileIdentity identity = Look(folder_.Read("signed.msi"));
    EXPECT_EQ(identity.signature.status, SignatureStatus::kValid)
        << options << ": " << identity.signature.reason;
    ASSERT_TRUE(identity.publisher) << options;
    EXPECT_EQ(identity.publisher->product, "FOO & BAR");
    // What a signature covers is the same with and without one.
    ASSERT_GE(identity.hashes.size(), 2U);
    EXPECT_EQ(identity.hashes[1].digest, unsigned_hashes[1].digest) << options;
  }
}

TEST_F(ToolsTest, SignsInTestsAsOsslsigncodeVerifies) {
  if (!testing::HasProgram("osslsigncode")) GTEST_SKIP() << testing::kOsslsigncodeAbsent;
  for (const MsiMetadataUse metadata : {MsiMetadataUse::kNone, MsiMetadataUse::kSigned}) {
    testing::CfbNode root =
        testing::MakeMsi({.others = {{.name = u"large", .content = Buffer(9000, 7)},
                                     {.name = u"dir",
                                      .is_storage = true,
                                      .children = {{.name = u"in", .content = Buffer(9, 1)}}}}});
    SignMsi(root, {.signer = &signer_}, metadata);
    testing::BuiltCfb built = testing::BuildCfb({.root = root});
    const auto write = [&] { folder_.Write("ours.msi", built.bytes); };
    write();
    const ToolOutput good = Verify("ours.msi");
    EXPECT_EQ(good.status, 0) << good.text;
    EXPECT_EQ(Look(built.bytes).signature.status, SignatureStatus::kValid);
    built.bytes[built.ContentOffset(u"large", 9000, 8999)] ^= 1;
    write();
    const ToolOutput changed = Verify("ours.msi");
    EXPECT_NE(changed.status, 0) << changed.text;
    EXPECT_EQ(Look(built.bytes).signature.status, SignatureStatus::kBadDigest);
  }
}

}  // namespace
}  // namespace portcullis
