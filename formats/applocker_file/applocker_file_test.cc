// SPDX-License-Identifier: Apache-2.0
#include "formats/applocker_file/applocker_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/applocker_file_builder.h"

namespace portcullis::applocker_file {
namespace {

using portcullis::testing::AppLockerFileParts;
using portcullis::testing::BuildAppLockerFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kGuid = "921cc481-6e17-4653-8f75-050b80acca20";

AppLockerFileParts Parts() {
  AppLockerFileParts parts;
  parts.rules = 1;
  parts.flags = 1;
  parts.descriptor = std::string(20, '\x01');
  parts.texts = {{kGuid, "All of Windows", "D:(XA;;FX;;;S-1-1-0;(APPID://PATH Contains \"*\"))"}};
  return parts;
}

void Put(std::string& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

Error RefusalOf(const std::string& bytes) {
  const auto file = Parse(AsBytes(bytes));
  return file ? Error{ErrorCode::kIo, "accepted"} : file.error();
}

TEST(AppLockerFile, GivesWhatIsKnownOfTheHeader) {
  AppLockerFileParts parts = Parts();
  parts.flags = 1 | 2U << 2 | 0x20;
  const std::string bytes = BuildAppLockerFile(parts);
  const auto file = Parse(AsBytes(bytes));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->rules, 1U);
  EXPECT_EQ(AsText(file->descriptor), parts.descriptor);
  EXPECT_EQ(file->descriptor_offset, 28U);
  EXPECT_TRUE(file->enforces);
  EXPECT_EQ(file->service_mode, 2);
  EXPECT_TRUE(file->allows_windows);
  EXPECT_EQ(file->unknown_flags, 0U);
  EXPECT_THAT(file->notes, IsEmpty());
}

TEST(AppLockerFile, FindsTheTextsOfRules) {
  AppLockerFileParts parts = Parts();
  parts.rules = 2;
  std::string long_sddl = "D:(XA;;FX;;;BA;(";
  long_sddl.append(300, 'x');
  parts.texts.emplace_back().sddl = std::move(long_sddl);
  const std::string bytes = BuildAppLockerFile(parts);
  const auto file = Parse(AsBytes(bytes));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->texts.size(), 2U);
  EXPECT_EQ(file->texts[0].guid, kGuid);
  EXPECT_EQ(file->texts[0].name, "All of Windows");
  EXPECT_THAT(file->texts[0].sddl, HasSubstr("Contains \"*\"))"));
  EXPECT_FALSE(file->texts[0].is_cut);
  EXPECT_EQ(file->texts[1].guid, "");
  EXPECT_EQ(file->texts[1].sddl.size(), kCutAt);
  EXPECT_TRUE(file->texts[1].is_cut);
  EXPECT_THAT(file->notes, IsEmpty());
}

TEST(AppLockerFile, SaysWhatItDoesNotUnderstand) {
  AppLockerFileParts parts = Parts();
  parts.unknown_4 = 3;
  parts.unknown_8 = 4;
  parts.flags = 0x80000002;
  parts.rules = 5;
  const auto file = Parse(AsBytes(BuildAppLockerFile(parts)));
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->enforces);
  EXPECT_THAT(file->notes,
              ElementsAre(HasSubstr("offset 4 is 0x3"), HasSubstr("offset 8 is 0x4"),
                          HasSubstr("0x80000002"), HasSubstr("5 rules by the header")));
}

TEST(AppLockerFile, RefusesWhatIsNone) {
  EXPECT_EQ(RefusalOf("").code, ErrorCode::kTruncated);
  EXPECT_EQ(RefusalOf("ApPF").code, ErrorCode::kTruncated);
  EXPECT_THAT(RefusalOf(std::string(100, 'x')).message, HasSubstr("no \"ApPF\""));
  EXPECT_TRUE(LooksLikeAppLockerFile(AsBytes("ApPF...")));
  EXPECT_FALSE(LooksLikeAppLockerFile(AsBytes("ApP")));
}

TEST(AppLockerFile, RefusesADescriptorThatIsNotThere) {
  std::string bytes = BuildAppLockerFile(Parts());
  Put(bytes, 16, static_cast<uint32_t>(bytes.size()) + 1);
  EXPECT_EQ(RefusalOf(bytes).code, ErrorCode::kTruncated);
  Put(bytes, 16, UINT32_MAX);
  EXPECT_EQ(RefusalOf(bytes).code, ErrorCode::kTruncated);
  Put(bytes, 16, 27);
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("inside of the header"));
  Put(bytes, 16, 28);
  Put(bytes, 20, UINT32_MAX);
  EXPECT_EQ(RefusalOf(bytes).code, ErrorCode::kTruncated);
}

TEST(AppLockerFile, TakesAsManyRulesAsWindows) {
  std::string bytes = BuildAppLockerFile(Parts());
  Put(bytes, 12, kMaxRules);
  EXPECT_TRUE(Parse(AsBytes(bytes)));
  Put(bytes, 12, kMaxRules + 1);
  EXPECT_EQ(RefusalOf(bytes).code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("65534 rules at offset 12; at most 65533"));
}

TEST(AppLockerFile, TakesTextsUpToTheirLimits) {
  AppLockerFileParts parts = Parts();
  parts.texts[0].name = std::string(kMaxTextCharacters, 'n');
  EXPECT_EQ(Parse(AsBytes(BuildAppLockerFile(parts)))->texts[0].name, parts.texts[0].name);
  parts.texts[0].name += 'n';
  EXPECT_EQ(Parse(AsBytes(BuildAppLockerFile(parts)))->texts[0].name, "");

  parts.texts.clear();
  std::string bytes = BuildAppLockerFile(parts);
  for (size_t i = 0; i < kMaxTexts; ++i) bytes.append("x\0y\0\0\0", 6);
  EXPECT_TRUE(Parse(AsBytes(bytes)));
  bytes.append("x\0y\0\0\0", 6);
  EXPECT_EQ(RefusalOf(bytes).code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("more than 262132 texts"));
}

}  // namespace
}  // namespace portcullis::applocker_file
