// SPDX-License-Identifier: Apache-2.0
// Packages that the tests make, as unzip and osslsigncode see them; and packages that osslsigncode
// signs, as we do.
#include <gtest/gtest.h>

#include <ctime>

#include "identity/identify.h"
#include "tests/support/appx_builder.h"
#include "tests/support/test_signer.h"
#include "tests/support/tool_folder.h"

namespace portcullis {
namespace {

using Buffer = std::vector<uint8_t>;
using testing::ToolFolder;
using testing::ToolOutput;

constexpr std::string_view kNoUnzip = "unzip is not installed";
constexpr std::string_view kNoAppxSigner = "osslsigncode here can not sign packages";

// 2.9 is the first that signs packages.
bool CanSignPackages() { return testing::IsOsslsigncode(2, 9); }

// Valid from yesterday: osslsigncode judges by the clock.
struct World {
  int64_t now = time(nullptr);
  testing::Certificate root = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                                        .not_before = now - 86'400,
                                                        .not_after = now + 864'000,
                                                        .is_authority = true,
                                                        .key = testing::KeyKind::kRsa2048});
  testing::Certificate signer =
      testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Fabrikam"}, {"CN", "Fabrikam"}},
                                .not_before = now - 86'400,
                                .not_after = now + 864'000,
                                .extended_key_usage = "codeSigning",
                                .issuer = &root,
                                .key = testing::KeyKind::kRsa2048});
  TrustStore trust;
  World() { EXPECT_TRUE(trust.Add(root.Der(), "root")); }
};
const World& TheWorld() {
  static const World world;
  return world;
}

FileIdentity Look(const Buffer& bytes) {
  const auto identity =
      Identify(MemorySource(bytes), "a.msix", {.trust = &TheWorld().trust, .at = TheWorld().now});
  EXPECT_TRUE(identity);
  return identity.value_or(FileIdentity{});
}

testing::AppxSpec Spec(bool is_bundle) {
  testing::AppxSpec spec;
  spec.publisher = "CN=Fabrikam, O=Fabrikam, C=DE";
  spec.is_bundle = is_bundle;
  spec.has_code_integrity = !is_bundle;
  spec.files = {{.name = "a.appx", .content = Buffer(100'000, 'x'), .is_deflated = !is_bundle},
                {.name = "b.appx", .content = Buffer(10, 'y')}};
  return spec;
}

TEST(AppxTools, UnzipFindsNoFaultInWhatWeTakeAndFaultsWhereWeDo) {
  if (!testing::HasProgram("unzip")) GTEST_SKIP() << kNoUnzip;
  const ToolFolder folder;
  for (const bool is_bundle : {false, true}) {
    const auto package = testing::BuildAppx(Spec(is_bundle));
    EXPECT_EQ(Look(package.zip.bytes).defect, "");
    folder.Write("a.msix", package.zip.bytes);
    const ToolOutput good = folder.Run("unzip -tq a.msix");
    EXPECT_EQ(good.status, 0) << good.text;

    Buffer changed = package.zip.bytes;
    changed[package.zip.files[2].content + 3] ^= 1;  // the manifest
    EXPECT_NE(Look(changed).defect, "");
    folder.Write("a.msix", changed);
    EXPECT_NE(folder.Run("unzip -tq a.msix").status, 0);
  }
}

TEST(AppxTools, TakesWhatOsslsigncodeSigned) {
  if (!CanSignPackages()) GTEST_SKIP() << kNoAppxSigner;
  const ToolFolder folder;
  folder.WriteKey("key.pem", TheWorld().signer);
  folder.Write("signer.pem", TheWorld().signer.Pem());
  for (const bool is_bundle : {false, true}) {
    folder.Write("in.msix", testing::BuildAppx(Spec(is_bundle)).zip.bytes);
    folder.Remove("out.msix");
    folder.MustRun("osslsigncode sign -certs signer.pem -key key.pem -in in.msix -out out.msix");
    const FileIdentity identity = Look(folder.Read("out.msix"));
    EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
    ASSERT_TRUE(identity.publisher);
    EXPECT_EQ(identity.publisher->publisher, "CN=FABRIKAM, O=FABRIKAM, C=DE");
  }
}

TEST(AppxTools, OsslsigncodeJudgesAsWeDo) {
  if (!CanSignPackages()) GTEST_SKIP() << kNoAppxSigner;
  const ToolFolder folder;
  folder.Write("root.pem", TheWorld().root.Pem());
  testing::AppxSpec spec = Spec(false);
  spec.sign = [](Bytes digests) {
    return testing::SignDigest(digests, {.signer = &TheWorld().signer});
  };
  const auto package = testing::BuildAppx(spec);
  const auto verify = [&](const Buffer& bytes) {
    folder.Write("a.msix", bytes);
    return folder.Run("osslsigncode verify -CAfile root.pem -in a.msix").status == 0;
  };
  EXPECT_TRUE(verify(package.zip.bytes));
  EXPECT_EQ(Look(package.zip.bytes).signature.status, SignatureStatus::kValid);
  // In a file, in the block map, in the directory, in the signature.
  const size_t map = package.zip.files.size() - 4;
  for (const size_t offset : {package.zip.files[0].content, package.zip.files[map].content + 5,
                              package.zip.files[0].record + 12, package.zip.directory - 200}) {
    Buffer changed = package.zip.bytes;
    changed[offset] ^= 1;
    EXPECT_FALSE(verify(changed)) << offset;
    EXPECT_NE(Look(changed).signature.status, SignatureStatus::kValid) << offset;
  }
}

}  // namespace
}  // namespace portcullis
