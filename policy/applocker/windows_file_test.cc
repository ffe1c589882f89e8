// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/windows_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/applocker/descriptor/compiler.h"
#include "security/sddl.h"
#include "tests/support/applocker_file_builder.h"

namespace portcullis::applocker {
namespace {

using portcullis::testing::AppLockerFileParts;
using portcullis::testing::BuildAppLockerFile;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kGuid = "921cc481-6e17-4653-8f75-050b80acca20";
constexpr const char* kDeny = "(XD;;FX;;;BU;(APPID://PATH Contains \"%OSDRIVE%\\TEMP\\*\"))";
constexpr const char* kAllow = "(XA;;FX;;;WD;(APPID://PATH Contains \"%WINDIR%\\*\"))";

std::string Descriptor(const std::string& entries) {
  const auto descriptor = ParseSddl("D:" + entries);
  EXPECT_TRUE(descriptor) << descriptor.error().message;
  return descriptor->Serialize().value();
}

AppLockerFileParts Parts() {
  AppLockerFileParts parts;
  parts.rules = 2;
  parts.descriptor = Descriptor(std::string(kDeny) + kAllow);
  parts.texts = {{"", "No temporary files", std::string("D:") + kDeny},
                 {kGuid, "All of Windows", std::string("D:") + kAllow}};
  return parts;
}

Result<WindowsFile> Read(const AppLockerFileParts& parts) {
  return ReadWindowsFile(AsBytes(BuildAppLockerFile(parts)), CollectionType::kExe);
}

TEST(WindowsFile, GivesTheRulesOfItsDescriptorWithTheirNames) {
  const auto file = Read(Parts());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->notes, IsEmpty());
  EXPECT_EQ(file->collection.type, CollectionType::kExe);
  EXPECT_EQ(file->collection.mode(), EnforcementMode::kEnabled);
  ASSERT_EQ(file->collection.rules.size(), 2U);
  const Rule& deny = file->collection.rules[0];
  EXPECT_EQ(deny.action, Action::kDeny);
  EXPECT_EQ(deny.user_or_group_sid, well_known_sids::kUsers);
  EXPECT_EQ(deny.name, "No temporary files");
  const Rule& allow = file->collection.rules[1];
  EXPECT_EQ(allow.condition, Condition(FilePathCondition{"%WINDIR%\\*"}));
  EXPECT_EQ(allow.name, "All of Windows");
  EXPECT_EQ(allow.id.ToString(), kGuid);
}

TEST(WindowsFile, GivesNoNamesThatMayBeOfOtherRules) {
  AppLockerFileParts parts = Parts();
  std::swap(parts.texts[0], parts.texts[1]);
  const auto file = Read(parts);
  ASSERT_TRUE(file);
  EXPECT_NE(file->collection.rules[0].name, "All of Windows");
  EXPECT_THAT(file->notes, Contains(HasSubstr("can not be told which rules the names")));
}

// One whole text that agrees says nothing of the others.
TEST(WindowsFile, HoldsTheBeginningOfACutTextAgainstItsRule) {
  const auto path = [](const char* type, char letter) {
    return std::string("(") + type + ";;FX;;;S-1-1-0;(APPID://PATH Contains \"%OSDRIVE%\\" +
           std::string(300, letter) + "\"))";
  };
  AppLockerFileParts parts;
  parts.rules = 3;
  parts.descriptor = Descriptor(path("XD", 'C') + path("XA", 'B') + kAllow);
  parts.texts = {{"", "All of C", "D:" + path("XD", 'C')},
                 {"", "All of B", "D:" + path("XA", 'B')},
                 {kGuid, "Windows", std::string("D:") + kAllow}};
  EXPECT_EQ(Read(parts)->collection.rules[0].name, "All of C");
  std::swap(parts.texts[0], parts.texts[1]);
  EXPECT_NE(Read(parts)->collection.rules[0].name, "All of B");
  EXPECT_THAT(Read(parts)->notes, Contains(HasSubstr("can not be told which rules the names")));
}

TEST(WindowsFile, SaysWhatItDidNotRead) {
  AppLockerFileParts parts = Parts();
  parts.flags = 2U << 2;
  parts.descriptor = Descriptor(std::string(kDeny) + "(A;;FX;;;BA)" + kAllow);
  const auto file = Read(parts);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->collection.rules.size(), 2U);
  EXPECT_EQ(file->collection.mode(), EnforcementMode::kAuditOnly);
  EXPECT_THAT(file->notes, Contains(HasSubstr("entry 1 of the descriptor, at offset")));
  EXPECT_THAT(file->notes, Contains(HasSubstr("the mode for services is 2")));
  parts.rules = 9;
  EXPECT_THAT(Read(parts)->notes, Contains(HasSubstr("9 rules by the header, 2 were read")));
}

TEST(WindowsFile, RefusesADescriptorThatIsNone) {
  AppLockerFileParts parts = Parts();
  parts.descriptor = std::string(40, '\x55');
  const auto file = Read(parts);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("AppLocker file: the descriptor at offset 28: "));
}

TEST(WindowsFile, KnowsItsCollectionByItsName) {
  EXPECT_EQ(TypeOfWindowsFile("/mnt/AppLocker/Exe.AppLocker"), CollectionType::kExe);
  EXPECT_EQ(TypeOfWindowsFile("script.applocker"), CollectionType::kScript);
  EXPECT_EQ(TypeOfWindowsFile("ManagedInstaller.AppLocker"), CollectionType::kManagedInstaller);
  EXPECT_EQ(TypeOfWindowsFile("Exe.AppLocker/other"), std::nullopt);
  EXPECT_EQ(TypeOfWindowsFile("Exe.xml"), std::nullopt);
}

}  // namespace
}  // namespace portcullis::applocker
