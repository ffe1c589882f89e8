// SPDX-License-Identifier: Apache-2.0
// A program whose signer stands in a catalog: what the running service makes of a catalog store and
// of trust anchors that change under it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"
#include "tests/support/catalog_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis::testing {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kSeconds = 300;
constexpr uid_t kUser = 1000;

// O=Maker alone may be run.
std::string OnlyTheMakers() {
  return ExePolicy(
      "<FilePublisherRule Id=\"11111111-2222-3333-4444-555555555555\" Name=\"the maker's\" "
      "Description=\"\" UserOrGroupSid=\"S-1-1-0\" Action=\"Allow\"><Conditions>"
      "<FilePublisherCondition PublisherName=\"O=MAKER, C=DE\" ProductName=\"*\" "
      "BinaryName=\"*\"><BinaryVersionRange LowSection=\"*\" HighSection=\"*\"/>"
      "</FilePublisherCondition></Conditions></FilePublisherRule>");
}

class SignersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    root_ = *root;
    WriteProgram(root_ + "/tool", TinyProgram());
    trust_ = mounts_->scratch() + "/anchor.der";
    Write(trust_, signer_.Der());
    catalogs_ = mounts_->scratch() + "/catalogs";
    fs::create_directory(catalogs_);
    ASSERT_TRUE(Index());
    auto service = ServiceUnderTest::Start(
        *mounts_, {OnlyTheMakers(), {root_}, {}, {"--trust", trust_, "--catalogs", catalogs_}, {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }

  static void Write(const std::string& path, Bytes bytes) {
    std::ofstream(path + ".new", std::ios::binary) << AsText(bytes);
    fs::rename(path + ".new", path);
  }
  void PutCatalogOf(const std::string& program) const {
    const std::string content = ReadWholeFile(program);
    const CatalogSpec spec{.members = {{.digest = TakeDigest("SHA256", AsBytes(content))}}};
    Write(catalogs_ + "/a.cat", SignCatalog(BuildTrustList(spec), {.signer = &signer_}));
  }
  bool Index() const {
    return RunProgram({Built("cli/portcullis"), "catalog", "index", "--catalogs", catalogs_})
               .exit_status == 0;
  }
  bool Reload() const { return bool{service_->SetPolicy(OnlyTheMakers())}; }
  bool Runs() const { return RunProgram({root_ + "/tool"}, {kUser, kUser, {}}).ran(); }

  const int64_t now_ = time(nullptr);
  const Certificate signer_ = MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                                               .not_before = now_ - 1000,
                                               .not_after = now_ + 100'000,
                                               .extended_key_usage = "codeSigning"});
  const Certificate stranger_ = MakeCertificate({.subject = {{"C", "DE"}, {"O", "Stranger"}},
                                                 .not_before = now_ - 1000,
                                                 .not_after = now_ + 100'000});
  std::optional<PrivateMounts> mounts_;
  std::string root_, trust_, catalogs_;
  std::unique_ptr<ServiceUnderTest> service_;
};

TEST_F(SignersTest, AReloadTakesTheCatalogsThatAreThereNow) {
  EXPECT_FALSE(Runs()) << "no catalog lists it";
  PutCatalogOf(root_ + "/tool");
  ASSERT_TRUE(Index());
  EXPECT_FALSE(Runs()) << "the service was not asked to look";
  ASSERT_TRUE(Reload()) << service_->output();
  EXPECT_TRUE(Runs()) << service_->output();
  fs::remove(catalogs_ + "/a.cat");
  ASSERT_TRUE(Index());
  ASSERT_TRUE(Reload()) << service_->output();
  EXPECT_FALSE(Runs()) << "the catalog is gone";
}

TEST_F(SignersTest, AReloadWithABrokenIndexKeepsTheFormerCatalogs) {
  PutCatalogOf(root_ + "/tool");
  ASSERT_TRUE(Index());
  ASSERT_TRUE(Reload()) << service_->output();
  ASSERT_TRUE(Runs()) << service_->output();
  Write(catalogs_ + "/catalog.index", AsBytes(std::string("not an index")));
  ASSERT_TRUE(Reload()) << "the policy is read anew all the same";
  EXPECT_THAT(service_->output(), ::testing::HasSubstr("catalog.index"));
  EXPECT_TRUE(Runs());
  ASSERT_TRUE(Index());
  EXPECT_TRUE(Reload()) << service_->output();
  EXPECT_TRUE(Runs());
}

TEST_F(SignersTest, AReloadTakesTheAnchorsThatAreThereNow) {
  PutCatalogOf(root_ + "/tool");
  ASSERT_TRUE(Index());
  ASSERT_TRUE(Reload()) << service_->output();
  ASSERT_TRUE(Runs()) << service_->output();
  Write(trust_, stranger_.Der());
  EXPECT_TRUE(Runs()) << "the service was not asked to look";
  ASSERT_TRUE(Reload()) << service_->output();
  EXPECT_FALSE(Runs()) << "its signer is not trusted any more";
}

}  // namespace
}  // namespace portcullis::testing
