// SPDX-License-Identifier: Apache-2.0
// Catalogs at the command line: the index is made, then files in a catalog have its signer.
#include "cli/test_io.h"
#include "tests/support/catalog_builder.h"

namespace portcullis::cli {
namespace {

using testing::CatalogBytes;
using ::testing::HasSubstr;

constexpr int64_t kStart = 1'600'000'000;  // 2020-09-13
constexpr const char* kInside = "2020-09-14T00:00:00Z";

class CatalogCommand : public ::testing::Test {
 protected:
  CatalogCommand() {
    folder_.Write("trust.pem", signer_.Pem());
    folder_.Write("store/README", "not a catalog");
    folder_.Write("tool.ps1", "echo tool\n");
    WriteCatalog("a.cat", "echo tool\n");
  }
  void WriteCatalog(const std::string& name, std::string_view file) {
    const CatalogBytes digest = testing::TakeDigest("SHA256", AsBytes(file));
    const CatalogBytes bytes = testing::SignCatalog(
        testing::BuildTrustList({.members = {{.digest = digest}}}), {.signer = &signer_});
    folder_.Write("store/" + name, AsText(bytes));
  }
  std::string Store() const { return folder_ / "store"; }
  Ran Index() const {
    return RunCli({"catalog", "index", "--catalogs", Store(), "--format", "json"});
  }
  Ran Inspect(const std::string& format) const {
    return RunCli({"inspect", "--format", format, "--at", kInside, "--trust", folder_ / "trust.pem",
                   "--catalogs", Store(), folder_ / "tool.ps1"});
  }

  Folder folder_;
  testing::Certificate signer_ = testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                                                           .not_before = kStart,
                                                           .not_after = kStart + 1'000'000,
                                                           .extended_key_usage = "codeSigning"});
};

TEST_F(CatalogCommand, MakesTheIndexAndSaysWhatIsInIt) {
  const Ran first = Index();
  EXPECT_EQ(first.status, ExitStatus::kDone) << first.err;
  ASSERT_EQ(first.objects().size(), 1U);
  EXPECT_EQ(TextOf(first.objects()[0], "catalogs"), "1");
  EXPECT_EQ(TextOf(first.objects()[0], "digests"), "1");
  EXPECT_EQ(TextOf(first.objects()[0], "written"), "true");
  const Ran second = Index();
  EXPECT_EQ(TextOf(second.objects()[0], "unchanged"), "1");
  EXPECT_EQ(TextOf(second.objects()[0], "written"), "false");
}

TEST_F(CatalogCommand, NamesWhatItLeavesOutAndEndsWithOne) {
  folder_.Write("store/b.cat", "0");
  const Ran ran = Index();
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.err, HasSubstr("b.cat: left out"));
}

TEST_F(CatalogCommand, CanNotIndexWhatIsNotThere) {
  const Ran ran = RunCli({"catalog", "index", "--catalogs", folder_ / "absent"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("absent"));
}

TEST_F(CatalogCommand, LetsInspectNameTheCatalogAndItsSigner) {
  ASSERT_EQ(Index().status, ExitStatus::kDone);
  const Ran json = Inspect("json");
  EXPECT_EQ(json.status, ExitStatus::kDone) << json.err;
  EXPECT_THAT(json.out, HasSubstr(R"("catalog":"a.cat")"));
  EXPECT_THAT(json.out, HasSubstr(R"("publisher":"O=MAKER, C=DE")"));
  EXPECT_THAT(Inspect("table").out, HasSubstr("catalog     a.cat"));
}

TEST_F(CatalogCommand, SaysThatTheIndexMustBeMadeFirst) {
  const Ran ran = Inspect("json");
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("portcullis catalog index"));
}

TEST_F(CatalogCommand, ShowsACatalogItself) {
  const Ran ran = RunCli({"inspect", "--format", "json", "--at", kInside, "--trust",
                          folder_ / "trust.pem", folder_ / "store/a.cat"});
  EXPECT_THAT(ran.out, HasSubstr(R"("kind":"catalog")"));
  EXPECT_THAT(ran.out, HasSubstr(R"("catalog":{"version":2,"members":1,"digests":1})"));
  EXPECT_THAT(ran.out, HasSubstr(R"("status":"valid")"));
}

}  // namespace
}  // namespace portcullis::cli
