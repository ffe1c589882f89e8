// SPDX-License-Identifier: Apache-2.0
// Second opinions on Windows Installer files: packages that msibuild made, read by msiinfo and
// signed by osslsigncode, and our own packages as these two see them.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "identity/identify.h"
#include "tests/support/msi_builder.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using testing::Buffer;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::MsiMetadataUse;

constexpr const char* kMsitoolsAbsent = "msitools absent";
constexpr const char* kOsslsigncodeAbsent = "osslsigncode absent";

bool HasProgram(const std::string& name) {
  return std::system(("command -v " + name + " > /dev/null 2>&1").c_str()) == 0;
}

struct Output {
  int status = -1;
  std::string text;  // of both streams
};

class ToolsTest : public ::testing::Test {
 protected:
  ToolsTest() {
    std::string pattern = (fs::temp_directory_path() / "portcullis-msi-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
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
    Write("root.pem", root_.Pem());
    Write("signer.pem", signer_.Pem());
    WriteKey();
  }
  ~ToolsTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void Write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void WriteKey() const {
    FILE* const file = fopen((folder_ / "signer.key").c_str(), "w");
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(PEM_write_PrivateKey(file, signer_.key.get(), nullptr, nullptr, 0, nullptr, nullptr),
              1);
    EXPECT_EQ(fclose(file), 0);
  }

  Output Run(const std::string& command) const {
    Output output;
    FILE* const pipe =
        popen(fmt::format("cd '{}' && {} 2>&1", folder_.string(), command).c_str(), "r");
    if (pipe == nullptr) return output;
    std::array<char, 4096> piece;
    while (const size_t size = fread(piece.data(), 1, piece.size(), pipe)) {
      output.text.append(piece.data(), size);
    }
    output.status = pclose(pipe);
    return output;
  }
  void MustRun(const std::string& command) const {
    const Output output = Run(command);
    ASSERT_EQ(output.status, 0) << command << "\n" << output.text;
  }

  // A package by msibuild, with a large and a small stream; over 64 KiB in all.
  void MakePackage(const std::string& name) const {
    Write("Property.idt",
          "Property\tValue\r\ns72\tl0\r\nProperty\tProperty\r\n"
          "ProductName\tFoo & Bar\r\n"
          "ProductCode\t{01234567-89AB-CDEF-0123-456789ABCDEF}\r\n"
          "ProductVersion\t020.000.1621\r\nManufacturer\tMaker\r\n");
    std::string large(100'000, '\0');
    for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 1000);
    Write("large.bin", large);
    Write("small.bin", "small");
    MustRun(
        fmt::format("msibuild {} -s Name Maker 'Intel;1033' "
                    "'{{00000000-0000-0000-0000-000000000001}}'",
                    name));
    MustRun(fmt::format("msibuild {} -i Property.idt", name));
    MustRun(fmt::format("msibuild {} -a large.bin large.bin", name));
    MustRun(fmt::format("msibuild {} -a small.bin small.bin", name));
  }

  Buffer Read(const std::string& name) const {
    std::ifstream stream(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  FileIdentity Look(const Buffer& bytes) const {
    auto identity = Identify(MemorySource(bytes), "x.msi", {.trust = &trust_, .at = at_});
    EXPECT_TRUE(identity);
    return identity.value_or(FileIdentity{});
  }
  Output Sign(const std::string& from, const std::string& to, const std::string& options) const {
    return Run(fmt::format("osslsigncode sign -certs signer.pem -key signer.key {} -in {} -out {}",
                           options, from, to));
  }
  Output Verify(const std::string& name) const {
    return Run(
        fmt::format("osslsigncode verify -CAfile root.pem -TSA-CAfile root.pem -in {}", name));
  }

  fs::path folder_;
  Certificate root_;
  Certificate signer_;
  TrustStore trust_;
  int64_t at_ = 0;
};

TEST_F(ToolsTest, ReadsAPackageThatMsibuildMade) {
  if (!HasProgram("msibuild")) GTEST_SKIP() << kMsitoolsAbsent;
  MakePackage("a.msi");
  const FileIdentity identity = Look(Read("a.msi"));
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
  if (!HasProgram("msiinfo")) GTEST_SKIP() << kMsitoolsAbsent;
  for (const bool has_long_references : {false, true}) {
    const auto built =
        testing::BuildCfb({.root = testing::MakeMsi({.has_long_references = has_long_references})});
    Write("ours.msi", {reinterpret_cast<const char*>(built.bytes.data()), built.bytes.size()});
    const Output output = Run("msiinfo export ours.msi Property");
    EXPECT_EQ(output.status, 0) << output.text;
    EXPECT_THAT(output.text, HasSubstr("ProductName\tMy Product"));
    EXPECT_THAT(output.text, HasSubstr("ProductVersion\t1.2.3"));
  }
}

TEST_F(ToolsTest, AgreesWithWhatOsslsigncodeSigned) {
  if (!HasProgram("msibuild")) GTEST_SKIP() << kMsitoolsAbsent;
  if (!HasProgram("osslsigncode")) GTEST_SKIP() << kOsslsigncodeAbsent;
  MakePackage("a.msi");
  const auto unsigned_hashes = Look(Read("a.msi")).hashes;
  for (const char* options : {"-h sha256", "-h sha256 -add-msi-dse", "-h sha1 -add-msi-dse",
                              "-h sha512", "-h sha384 -add-msi-dse"}) {
    fs::remove(folder_ / "signed.msi");
    const Output made = Sign("a.msi", "signed.msi", options);
    ASSERT_EQ(made.status, 0) << made.text;
    const FileIdentity identity = Look(Read("signed.msi"));
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
  if (!HasProgram("osslsigncode")) GTEST_SKIP() << kOsslsigncodeAbsent;
  for (const MsiMetadataUse metadata : {MsiMetadataUse::kNone, MsiMetadataUse::kSigned}) {
    testing::CfbNode root =
        testing::MakeMsi({.others = {{.name = u"large", .content = Buffer(9000, 7)},
                                     {.name = u"dir",
                                      .is_storage = true,
                                      .children = {{.name = u"in", .content = Buffer(9, 1)}}}}});
    SignMsi(root, {.signer = &signer_}, metadata);
    testing::BuiltCfb built = testing::BuildCfb({.root = root});
    const auto write = [&] {
      Write("ours.msi", {reinterpret_cast<const char*>(built.bytes.data()), built.bytes.size()});
    };
    write();
    const Output good = Verify("ours.msi");
    EXPECT_EQ(good.status, 0) << good.text;
    EXPECT_EQ(Look(built.bytes).signature.status, SignatureStatus::kValid);
    built.bytes[built.ContentOffset(u"large", 9000, 8999)] ^= 1;
    write();
    const Output changed = Verify("ours.msi");
    EXPECT_NE(changed.status, 0) << changed.text;
    EXPECT_EQ(Look(built.bytes).signature.status, SignatureStatus::kBadDigest);
  }
}

}  // namespace
}  // namespace portcullis
