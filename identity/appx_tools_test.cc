// SPDX-License-Identifier: Apache-2.0
// Packages that the tests make, as unzip and osslsigncode see them; and packages that osslsigncode
// signs, as we do.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "identity/identify.h"
#include "tests/support/appx_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

using Buffer = std::vector<uint8_t>;

constexpr std::string_view kNoUnzip = "unzip is not installed";
constexpr std::string_view kNoAppxSigner = "osslsigncode here can not sign packages";

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "appx_tools_XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string Write(const char* name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  std::string operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

struct Ran {
  int status = -1;
  std::string output;
};
Ran RunShell(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return ran;
  char piece[4096];
  while (const size_t size = fread(piece, 1, sizeof(piece), pipe)) ran.output.append(piece, size);
  ran.status = WEXITSTATUS(pclose(pipe));
  return ran;
}

// 2.9 is the first that signs packages.
bool CanSignPackages() {
  const std::string output = RunShell("osslsigncode --version").output;
  int major = 0;
  int minor = 0;
  if (std::sscanf(output.c_str(), "osslsigncode %d.%d", &major, &minor) != 2) return false;
  return major > 2 || (major == 2 && minor >= 9);
}

Buffer ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

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

std::string KeyPem() {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, TheWorld().signer.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
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
  if (RunShell("unzip -v").status != 0) GTEST_SKIP() << kNoUnzip;
  const Folder folder;
  for (const bool is_bundle : {false, true}) {
    const auto package = testing::BuildAppx(Spec(is_bundle));
    EXPECT_EQ(Look(package.zip.bytes).defect, "");
    const std::string path = folder.Write("a.msix", AsText(package.zip.bytes));
    const Ran good = RunShell("unzip -tq " + path);
    EXPECT_EQ(good.status, 0) << good.output;

    Buffer changed = package.zip.bytes;
    changed[package.zip.files[2].content + 3] ^= 1;  // the manifest
    EXPECT_NE(Look(changed).defect, "");
    const Ran bad = RunShell("unzip -tq " + folder.Write("a.msix", AsText(changed)));
    EXPECT_NE(bad.status, 0);
  }
}

TEST(AppxTools, TakesWhatOsslsigncodeSigned) {
  if (!CanSignPackages()) GTEST_SKIP() << kNoAppxSigner;
  const Folder folder;
  const std::string key = folder.Write("key.pem", KeyPem());
  const std::string certificate = folder.Write("signer.pem", TheWorld().signer.Pem());
  for (const bool is_bundle : {false, true}) {
    const std::string in =
        folder.Write("in.msix", AsText(testing::BuildAppx(Spec(is_bundle)).zip.bytes));
    fs::remove(folder / "out.msix");
    const Ran ran = RunShell(fmt::format("osslsigncode sign -certs {} -key {} -in {} -out {}",
                                         certificate, key, in, folder / "out.msix"));
    ASSERT_EQ(ran.status, 0) << ran.output;
    const FileIdentity identity = Look(ReadFile(folder / "out.msix"));
    EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
    ASSERT_TRUE(identity.publisher);
    EXPECT_EQ(identity.publisher->publisher, "CN=FABRIKAM, O=FABRIKAM, C=DE");
  }
}

TEST(AppxTools, OsslsigncodeJudgesAsWeDo) {
  if (!CanSignPackages()) GTEST_SKIP() << kNoAppxSigner;
  const Folder folder;
  const std::string root = folder.Write("root.pem", TheWorld().root.Pem());
  testing::AppxSpec spec = Spec(false);
  spec.sign = [](Bytes digests) {
    return testing::SignDigest(digests, {.signer = &TheWorld().signer});
  };
  const auto package = testing::BuildAppx(spec);
  const auto verify = [&](const Buffer& bytes) {
    const std::string path = folder.Write("a.msix", AsText(bytes));
    return RunShell(fmt::format("osslsigncode verify -CAfile {} -in {}", root, path)).status == 0;
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
