// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/manifest.h"

#include <fmt/core.h>

#include "base/byte_source.h"

namespace portcullis::appx {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPackageHead =
    R"(<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">)";

Result<Manifest> Parse(std::string_view text) {
  const MemorySource source(AsBytes(text));
  xml::SourceStream stream(source);
  return ParseManifest(stream);
}

std::string WithIdentity(std::string_view attributes) {
  return fmt::format("{}<Identity {}/></Package>", kPackageHead, attributes);
}

std::string RefusalOf(std::string_view text) {
  const auto manifest = Parse(text);
  return manifest ? "it was read" : manifest.error().message;
}

TEST(AppxManifest, SaysWhoAPackageIs) {
  const auto manifest =
      Parse(WithIdentity(R"(Name="A.b-1" Publisher="CN=&quot;X, Y&quot;" Version="1.2.3.4" )"
                         R"(ProcessorArchitecture="x64" ResourceId="en")"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_FALSE(manifest->is_bundle);
  EXPECT_EQ(manifest->name, "A.b-1");
  EXPECT_EQ(manifest->publisher, "CN=\"X, Y\"");
  EXPECT_EQ(manifest->version, "1.2.3.4");
  EXPECT_EQ(manifest->architecture, "x64");
  EXPECT_EQ(manifest->resource_id, "en");
}

TEST(AppxManifest, ListsThePackagesThatLieInABundle) {
  const auto manifest =
      Parse(R"(<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle" )"
            R"(xmlns:b5="http://schemas.microsoft.com/appx/2019/bundle">)"
            R"(<Identity Name="Test" Publisher="CN=A" Version="1.0.0.0"/><Packages>)"
            R"(<Package FileName="a.appx" Offset="53" Size="3206"/>)"
            R"(<b5:Package FileName="x\b.appx" Offset="18446744073709551615" Size="1"/>)"
            R"(<Package FileName="elsewhere.appx"/></Packages></Bundle>)");
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_TRUE(manifest->is_bundle);
  ASSERT_EQ(manifest->packages.size(), 2U);
  EXPECT_EQ(manifest->packages[0].file_name, "a.appx");
  EXPECT_EQ(manifest->packages[0].offset, 53U);
  EXPECT_EQ(manifest->packages[0].size, 3206U);
  EXPECT_EQ(manifest->packages[1].offset, UINT64_MAX);
}

TEST(AppxManifest, ReadsUtf16AndRefusesOtherEncodings) {
  const std::string text = WithIdentity(R"(Name="Abc" Publisher="CN=A" Version="1.0.0.0")");
  std::string wide = "\xFF\xFE";
  for (const char c : text) {
    wide += c;
    wide += '\0';
  }
  ASSERT_TRUE(Parse(wide));
  EXPECT_EQ(Parse(wide)->name, "Abc");
  EXPECT_THAT(RefusalOf(R"(<?xml version="1.0" encoding="windows-1252"?>)" + text),
              HasSubstr("windows-1252"));
  EXPECT_THAT(RefusalOf(R"(<?xml version="1.0" encoding="utf-16"?>)" + text), HasSubstr("utf-16"));
}

TEST(AppxManifest, RefusesWhatIsNoManifest) {
  const std::string good = R"(Name="Abc" Publisher="CN=A" Version="1.0.0.0")";
  const struct {
    std::string text;
    const char* word;
  } rows[] = {
      {"", "manifest"},
      {"<Package/>", "neither Package nor Bundle"},
      {"<Thing xmlns='http://schemas.microsoft.com/appx/'/>", "neither Package nor Bundle"},
      {fmt::format("{}</Package>", kPackageHead), "no Identity"},
      {fmt::format("{}<a><Identity {}/></a></Package>", kPackageHead, good), "no Identity"},
      {fmt::format("{}<Identity xmlns='' {}/></Package>", kPackageHead, good), "no Identity"},
      {fmt::format("{}<Identity {}/><Identity {}/></Package>", kPackageHead, good, good), "second"},
      {WithIdentity(R"(Publisher="CN=A" Version="1.0.0.0")"), "name is"},
      {WithIdentity(R"(Name="A\B" Publisher="CN=A")"), "name is"},
      {WithIdentity(R"(Name="Abc" Version="1.0.0.0")"), "no Publisher"},
      {WithIdentity(good + R"( ResourceId="a b")"), "no resource id"},
      {WithIdentity(good) + "<", "line 1"},
      {"<!DOCTYPE a>" + WithIdentity(good), "manifest"},
  };
  for (const auto& row : rows) EXPECT_THAT(RefusalOf(row.text), HasSubstr(row.word)) << row.text;
}

TEST(AppxManifest, RefusesAPackageOfABundleWithoutAPlace) {
  for (const char* package : {R"(FileName="a" Offset="x" Size="1")", R"(FileName="a" Offset="1")",
                              R"(Offset="1" Size="1")", R"(FileName="a" Offset="-1" Size="1")",
                              R"(FileName="a" Offset="18446744073709551616" Size="1")"}) {
    const std::string text =
        fmt::format(R"(<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle">)"
                    R"(<Identity Name="Abc" Publisher="CN=A" Version="1.0.0.0"/>)"
                    R"(<Packages><Package {}/></Packages></Bundle>)",
                    package);
    EXPECT_THAT(RefusalOf(text), HasSubstr("FileName, Size and Offset")) << package;
  }
}

TEST(AppxManifest, TakesEachLengthAtItsLimitAndNoMore) {
  const auto identity = [](size_t name, size_t publisher, size_t word) {
    return WithIdentity(fmt::format(R"(Name="{}" Publisher="{}" ResourceId="{}")",
                                    std::string(name, 'n'), std::string(publisher, 'p'),
                                    std::string(word, 'w')));
  };
  EXPECT_TRUE(Parse(identity(kMinNameCharacters, 1, 0)));
  EXPECT_TRUE(Parse(identity(kMaxNameCharacters, kMaxPublisherBytes, kMaxWordCharacters)));
  EXPECT_FALSE(Parse(identity(kMinNameCharacters - 1, 1, 0)));
  EXPECT_FALSE(Parse(identity(kMaxNameCharacters + 1, 1, 0)));
  EXPECT_EQ(Parse(identity(3, kMaxPublisherBytes + 1, 0)).error().code, ErrorCode::kLimitExceeded);
  EXPECT_FALSE(Parse(identity(3, 1, kMaxWordCharacters + 1)));
}

std::string BundleOf(size_t packages, size_t name_bytes) {
  std::string text = R"(<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle">)"
                     R"(<Identity Name="Abc" Publisher="CN=A" Version="1.0.0.0"/><Packages>)";
  for (size_t i = 0; i < packages; ++i) {
    text += fmt::format(R"(<Package FileName="{}" Offset="1" Size="1"/>)",
                        std::string(name_bytes, 'f'));
  }
  return text + "</Packages></Bundle>";
}

TEST(AppxManifest, TakesItsLimitOfPackagesAndNoMore) {
  EXPECT_EQ(Parse(BundleOf(kMaxBundlePackages, 1))->packages.size(), kMaxBundlePackages);
  EXPECT_EQ(Parse(BundleOf(kMaxBundlePackages + 1, 1)).error().code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE(Parse(BundleOf(1, kMaxFileNameBytes)));
  EXPECT_FALSE(Parse(BundleOf(1, kMaxFileNameBytes + 1)));
}

// Both are in the names of packages that every Windows carries.
TEST(AppxManifest, KnowsThePublisherIdsOfMicrosoft) {
  EXPECT_EQ(PublisherId("CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, "
                        "S=Washington, C=US"),
            "8wekyb3d8bbwe");
  EXPECT_EQ(PublisherId("CN=Microsoft Windows, O=Microsoft Corporation, L=Redmond, S=Washington, "
                        "C=US"),
            "cw5n1h2txyewy");
}

}  // namespace
}  // namespace portcullis::appx
