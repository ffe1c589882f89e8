// SPDX-License-Identifier: Apache-2.0
#include "host/catalog_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "identity/trust_store.h"
#include "tests/support/catalog_builder.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using testing::BuildTrustList;
using testing::CatalogBytes;
using testing::Certificate;
using ::testing::HasSubstr;

constexpr int64_t kStart = 1'600'000'000;

CatalogBytes DigestOf(std::string_view text) {
  return testing::TakeDigest("SHA256", AsBytes(text));
}

class CatalogFiles : public ::testing::TestWithParam<CatalogAccess> {
 protected:
  CatalogFiles() {
    std::string pattern = (fs::temp_directory_path() / "portcullis-cat-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    EXPECT_TRUE(trust_.Add(signer_.Der(), "signer"));
  }
  ~CatalogFiles() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void Write(const std::string& name, const CatalogBytes& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  CatalogBytes Read(const std::string& name) const {
    std::ifstream stream(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void WriteCatalog(const std::string& name, std::initializer_list<std::string_view> files) const {
    testing::CatalogSpec spec;
    for (const std::string_view file : files) spec.members.push_back({.digest = DigestOf(file)});
    Write(name, testing::SignCatalog(BuildTrustList(spec), {.signer = &signer_}));
  }
  CatalogIndexing Index() const {
    auto report = IndexCatalogs(folder_.string());
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(CatalogIndexing{});
  }
  // The catalog that vouches for the file, or what is wrong with it.
  std::string Find(std::string_view file) const {
    const auto store = LoadCatalogs(folder_.string(), GetParam());
    EXPECT_TRUE(store) << store.error().message;
    return store ? Find(**store, file) : "";
  }
  std::string Find(const CatalogStore& store, std::string_view file) const {
    const auto finding = store.Find(DigestOf(file), {}, {.trust = &trust_, .at = kStart + 1});
    if (!finding) return "none";
    if (!finding->problem.empty()) return finding->problem;
    EXPECT_EQ(finding->verification.judgement, authenticode::Judgement::kValid);
    return finding->name;
  }

  fs::path folder_;
  Certificate signer_ = testing::MakeCertificate({.subject = {{"CN", "Signer"}},
                                                  .not_before = kStart,
                                                  .not_after = kStart + 1'000'000,
                                                  .extended_key_usage = "codeSigning"});
  TrustStore trust_;
};

INSTANTIATE_TEST_SUITE_P(BothWays, CatalogFiles,
                         ::testing::Values(CatalogAccess::kWhenNeeded, CatalogAccess::kMapped));

TEST_P(CatalogFiles, AreIndexedAndFound) {
  WriteCatalog("b.cat", {"one", "two"});
  WriteCatalog("A.CAT", {"two", "three"});
  Write("readme.txt", {1, 2, 3});
  const CatalogIndexing report = Index();
  EXPECT_EQ(report.catalogs, 2U);
  EXPECT_EQ(report.digests, 4U);
  EXPECT_TRUE(report.is_written);
  EXPECT_TRUE(report.left_out.empty());
  EXPECT_EQ(Find("one"), "b.cat");
  EXPECT_EQ(Find("two"), "A.CAT");
  EXPECT_EQ(Find("four"), "none");
}

TEST_P(CatalogFiles, AreNotReadAgainUntilTheyChange) {
  WriteCatalog("a.cat", {"one"});
  WriteCatalog("b.cat", {"one", "two"});
  EXPECT_EQ(Index().unchanged, 0U);
  CatalogIndexing again = Index();
  EXPECT_EQ(again.unchanged, 2U);
  EXPECT_FALSE(again.is_written);

  // What stood before the others moves their numbers.
  WriteCatalog("0.cat", {"three"});
  again = Index();
  EXPECT_EQ(again.unchanged, 2U);
  EXPECT_TRUE(again.is_written);
  EXPECT_EQ(Find("one"), "a.cat");
  EXPECT_EQ(Find("three"), "0.cat");

  WriteCatalog("new", {"four"});
  fs::rename(folder_ / "new", folder_ / "a.cat");
  again = Index();
  EXPECT_EQ(again.unchanged, 2U);
  EXPECT_EQ(Find("one"), "b.cat");
  EXPECT_EQ(Find("four"), "a.cat");

  fs::remove(folder_ / "b.cat");
  again = Index();
  EXPECT_EQ(again.catalogs, 2U);
  EXPECT_EQ(Find("one"), "none");
  EXPECT_EQ(Read(kCatalogIndexName), [&] {
    fs::remove(folder_ / kCatalogIndexName);
    Index();
    return Read(kCatalogIndexName);
  }()) << "what grew step by step is what is made at once";
}

TEST_P(CatalogFiles, AreLeftOutWhenTheyAreOfNoUse) {
  WriteCatalog("a.cat", {"one"});
  Write("broken.cat", {0x30, 0x03, 1, 2, 3});
  Write("unsigned.cat", testing::WrapUnsigned(BuildTrustList({})));
  fs::create_directory(folder_ / "folder.cat");
  const CatalogIndexing report = Index();
  EXPECT_EQ(report.catalogs, 1U);
  ASSERT_EQ(report.left_out.size(), 3U);
  EXPECT_EQ(report.left_out[0].name, "broken.cat");
  EXPECT_THAT(report.left_out[1].reason, HasSubstr("directory"));
  EXPECT_THAT(report.left_out[2].reason, HasSubstr("no signature"));
}

TEST_P(CatalogFiles, AreNotUsedOnceChangedOrGone) {
  WriteCatalog("a.cat", {"one"});
  WriteCatalog("b.cat", {"two"});
  Index();
  WriteCatalog("new", {"one", "two"});
  fs::rename(folder_ / "new", folder_ / "a.cat");
  fs::remove(folder_ / "b.cat");
  EXPECT_THAT(Find("one"), HasSubstr("it was changed since it was indexed"));
  EXPECT_THAT(Find("two"), HasSubstr("No such file"));
}

TEST_P(CatalogFiles, HaveAnIndexThatIsRefusedWithItsNameWhenDamaged) {
  WriteCatalog("a.cat", {"one"});
  Index();
  const CatalogBytes good = Read(kCatalogIndexName);
  CatalogBytes bad = good;
  bad.back() ^= 1;
  Write(kCatalogIndexName, bad);
  const auto damaged = LoadCatalogs(folder_.string(), GetParam());
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().message, HasSubstr("catalog.index: catalog index: its checksum"));
  bad = good;
  bad[8] = 9;
  Write(kCatalogIndexName, bad);
  EXPECT_THAT(LoadCatalogs(folder_.string(), GetParam()).error().message,
              HasSubstr("version 9 at offset 8, 1 is read"));
  bad.resize(10);
  Write(kCatalogIndexName, bad);
  EXPECT_EQ(LoadCatalogs(folder_.string(), GetParam()).error().code, ErrorCode::kTruncated);

  const CatalogIndexing report = Index();
  EXPECT_THAT(report.former_problem, HasSubstr("catalog.index"));
  EXPECT_EQ(Find("one"), "a.cat");
  EXPECT_EQ(Read(kCatalogIndexName), good);
}

TEST_P(CatalogFiles, MustBeIndexedFirstWhereTheyAreAskedFor) {
  WriteCatalog("a.cat", {"one"});
  const auto store = LoadCatalogs(folder_.string(), GetParam());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(store.error().message, HasSubstr("portcullis catalog index --catalogs"));
  EXPECT_EQ(IndexCatalogs((folder_ / "absent").string()).error().code, ErrorCode::kNotFound);
}

TEST_P(CatalogFiles, SurviveInAProcessWhenReplaced) {
  WriteCatalog("a.cat", {"one"});
  Index();
  const auto store = LoadCatalogs(folder_.string(), GetParam());
  ASSERT_TRUE(store) << store.error().message;
  if (GetParam() == CatalogAccess::kMapped) {
    fs::remove(folder_ / "a.cat");
    EXPECT_GE(MappedBytes(**store), 36U);
    EXPECT_EQ(Find(**store, "one"), "a.cat");
  } else {
    EXPECT_EQ(Find(**store, "one"), "a.cat");
    fs::remove(folder_ / "a.cat");
    EXPECT_EQ(Find(**store, "one"), "a.cat") << "what was found out is kept";
  }
}

}  // namespace
}  // namespace portcullis
