// SPDX-License-Identifier: Apache-2.0
// Second opinions on catalogs: what osslsigncode and openssl say of those that the tests build.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "formats/catalog/catalog.h"
#include "identity/identify.h"
#include "tests/support/catalog_builder.h"
#include "tests/support/pe_builder.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using testing::BuildTrustList;
using testing::CatalogBytes;
using testing::Certificate;
using ::testing::HasSubstr;

bool HasProgram(const std::string& name) {
  return std::system(("command -v " + name + " > /dev/null 2>&1").c_str()) == 0;
}

class CatalogTools : public ::testing::Test {
 protected:
  CatalogTools() {
    std::string pattern = (fs::temp_directory_path() / "portcullis-cat-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    now_ = static_cast<int64_t>(std::time(nullptr));
    root_ = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                      .not_before = now_ - 1000,
                                      .not_after = now_ + 1'000'000,
                                      .is_authority = true,
                                      .key = testing::KeyKind::kRsa2048});
    signer_ = testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                                        .not_before = now_ - 1000,
                                        .not_after = now_ + 1'000'000,
                                        .extended_key_usage = "codeSigning",
                                        .issuer = &root_,
                                        .key = testing::KeyKind::kRsa2048});
    EXPECT_TRUE(trust_.Add(root_.Der(), "root"));
    Write("root.pem", AsBytes(root_.Pem()));
    Write("signer.pem", AsBytes(signer_.Pem()));
    FILE* const file = fopen((folder_ / "signer.key").c_str(), "w");
    EXPECT_EQ(PEM_write_PrivateKey(file, signer_.key.get(), nullptr, nullptr, 0, nullptr, nullptr),
              1);
    EXPECT_EQ(fclose(file), 0);
  }
  ~CatalogTools() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void Write(const std::string& name, Bytes bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << AsText(bytes);
  }
  CatalogBytes Read(const std::string& name) const {
    std::ifstream stream(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  // The status and both streams.
  std::pair<int, std::string> Run(const std::string& command) const {
    FILE* const pipe =
        popen(fmt::format("cd '{}' && {} 2>&1", folder_.string(), command).c_str(), "r");
    if (pipe == nullptr) return {-1, ""};
    std::string text;
    std::array<char, 4096> piece;
    while (const size_t size = fread(piece.data(), 1, piece.size(), pipe)) {
      text.append(piece.data(), size);
    }
    return {pclose(pipe), text};
  }
  testing::BuiltPe WritePe(const std::string& name, uint8_t fill) const {
    testing::BuiltPe pe = testing::BuildPe({.text = testing::Buffer(4096, fill)});
    Write(name, pe.bytes);
    return pe;
  }
  CatalogBytes ListOf(const testing::BuiltPe& pe, int version) const {
    const char* algorithm = version == 1 ? "SHA1" : "SHA256";
    const CatalogBytes digest = testing::TakeDigest(algorithm, testing::AuthenticodeContent(pe));
    return BuildTrustList({.version = version, .members = {{.digest = digest}}});
  }

  fs::path folder_;
  int64_t now_ = 0;
  Certificate root_;
  Certificate signer_;
  TrustStore trust_;
};

TEST_F(CatalogTools, OsslsigncodeFindsTheMemberAndNoOtherInOurCatalogs) {
  if (!HasProgram("osslsigncode")) GTEST_SKIP() << "osslsigncode absent";
  const testing::BuiltPe pe = WritePe("in.exe", 1);
  WritePe("out.exe", 2);
  for (const int version : {1, 2}) {
    Write("our.cat", testing::SignCatalog(ListOf(pe, version), {.signer = &signer_}));
    const auto [member, said] =
        Run("osslsigncode verify -CAfile root.pem -catalog our.cat -in in.exe");
    EXPECT_EQ(member, 0) << version << "\n" << said;
    const auto [stranger, also] =
        Run("osslsigncode verify -CAfile root.pem -catalog our.cat -in out.exe");
    EXPECT_NE(stranger, 0) << version << "\n" << also;
  }
}

TEST_F(CatalogTools, OsslsigncodesSignatureOfAnUnsignedCatalogIsValid) {
  if (!HasProgram("osslsigncode")) GTEST_SKIP() << "osslsigncode absent";
  const testing::BuiltPe pe = WritePe("in.exe", 1);
  Write("bare.cat", testing::WrapUnsigned(ListOf(pe, 2)));
  const auto [status, said] = Run(
      "osslsigncode sign -certs signer.pem -key signer.key -h sha256 -in bare.cat -out signed.cat");
  ASSERT_EQ(status, 0) << said;
  const CatalogBytes bytes = Read("signed.cat");
  const auto identity = Identify(MemorySource(bytes), "signed.cat", {.trust = &trust_, .at = now_});
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->signature.status, SignatureStatus::kValid) << identity->signature.reason;
  EXPECT_EQ(identity->signature.subject, "C=DE, O=Maker");
  EXPECT_EQ(identity->catalog, (CatalogSummary{2, 1, 1}));
}

TEST_F(CatalogTools, OpensslReadsTheSameList) {
  if (!HasProgram("openssl")) GTEST_SKIP() << "openssl absent";
  const testing::BuiltPe pe = WritePe("in.exe", 1);
  Write("our.cat", testing::SignCatalog(ListOf(pe, 2), {.signer = &signer_}));
  const auto [status, text] = Run("openssl asn1parse -inform DER -in our.cat");
  EXPECT_EQ(status, 0) << text;
  EXPECT_THAT(text, HasSubstr("1.3.6.1.4.1.311.12.1.3"));
  EXPECT_THAT(text,
              HasSubstr(HexUpper(testing::TakeDigest("SHA256", testing::AuthenticodeContent(pe)))));
}

}  // namespace
}  // namespace portcullis
