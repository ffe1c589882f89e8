// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/parts.h"

#include "tests/support/zip_builder.h"

namespace portcullis::appx {
namespace {

using ::testing::HasSubstr;

zip::Directory DirectoryOf(const std::vector<std::string>& names) {
  testing::ZipSpec spec;
  for (const std::string& name : names) spec.files.push_back({.name = name});
  auto directory = zip::Directory::Read(MemorySource(testing::BuildZip(spec).bytes));
  EXPECT_TRUE(directory);
  return *std::move(directory);
}

std::string RefusalOf(const std::vector<std::string>& names) {
  const zip::Directory directory = DirectoryOf(names);
  const auto parts = Parts::Index(directory);
  return parts ? "" : parts.error().message;
}

TEST(AppxParts, FindsAFileByEitherSeparatorInAnyCase) {
  const zip::Directory directory = DirectoryOf({"Assets/", "Assets/my%20Logo.png", "b"});
  const auto parts = Parts::Index(directory);
  ASSERT_TRUE(parts) << parts.error().message;
  EXPECT_EQ(parts->Find("assets\\MY logo.PNG"), &directory.entries()[1]);
  EXPECT_EQ(parts->Find("Assets/my Logo.png"), &directory.entries()[1]);
  EXPECT_EQ(parts->Find("Assets/my%20Logo.png"), nullptr);
  EXPECT_EQ(parts->files().size(), 2U);
}

TEST(AppxParts, RefusesNamesThatLeadAstray) {
  const struct {
    std::string name;
    const char* word;
  } rows[] = {
      {"", "is empty"},
      {std::string("a\0b", 3), "NUL"},
      {"a%00b", "NUL"},
      {"../a", "leads out"},
      {"a/../b", "leads out"},
      {"a/..", "leads out"},
      {"a/%2e%2E/b", "leads out"},
      {"./a", "leads out"},
      {"/a", "absolute"},
      {"a//b", "empty folder"},
      {"a\\b", "a \\ or a :"},
      {"a%5Cb", "a \\ or a :"},
      {"c:a", "a \\ or a :"},
      {"a%2", "two digits"},
      {"a%zz", "two digits"},
      {"\xFF", "not UTF-8"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(RefusalOf({"ok", row.name}), HasSubstr(row.word)) << row.name;
  }
}

TEST(AppxParts, KnowsAnEncryptedPackageByWordAndNumbers) {
  const auto is_encrypted = [](std::string_view head) { return IsEncrypted(AsBytes(head)); };
  for (const std::string word : {"EXPH", "EXSH", "EXBH"}) {
    const std::string head = word + std::string(10, '\0');
    EXPECT_TRUE(is_encrypted(head));
    EXPECT_TRUE(is_encrypted(head + "more"));
    EXPECT_EQ(IsEncryptedBundle(AsBytes(head)), word == "EXBH");
    EXPECT_FALSE(is_encrypted(head.substr(0, kEncryptedHeadBytes - 1)));
    EXPECT_FALSE(is_encrypted(word + "=1; echo text"));
  }
  EXPECT_FALSE(is_encrypted(std::string(14, '\0')));
}

TEST(AppxParts, RefusesTwoFilesOfOneName) {
  EXPECT_THAT(RefusalOf({"a/b", "A/B"}), HasSubstr("twice"));
  EXPECT_THAT(RefusalOf({"a b", "a%20b"}), HasSubstr("twice"));
  EXPECT_EQ(RefusalOf({"a/b", "a"}), "");
}

}  // namespace
}  // namespace portcullis::appx
