// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/rule_sddl.h"

#include <gtest/gtest.h>

namespace portcullis::applocker {
namespace {

Rule RuleFor(Condition condition, Action action = Action::kAllow) {
  Rule rule;
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.action = action;
  rule.condition = std::move(condition);
  return rule;
}

FilePublisherCondition Publisher(std::optional<FileVersion> low, std::optional<FileVersion> high) {
  return {.publisher_name = "O=Acme, C=de",
          .product_name = "Tool",
          .binary_name = "*",
          .binary_version_range = {low, high}};
}

FileHash Hash(HashType type, uint8_t byte) {
  FileHash hash;
  hash.digest.type = type;
  for (size_t i = 0; i < hash.digest.size(); ++i) hash.digest.bytes.at(i) = byte;
  return hash;
}

constexpr FileVersion kOne = FileVersion::Of(1, 0, 0, 0);
constexpr FileVersion kTwo = FileVersion::Of(2, 0, 0, 1);

// Texts that Windows wrote into its events for rules whose XML is known.
TEST(RuleToSddl, IsWhatRealEventsHold) {
  struct Case {
    Rule rule;
    std::string sddl;
  };
  const FilePublisherCondition any = {"*", "*", "*", {FileVersion(), std::nullopt}};
  const Case cases[] = {
      {RuleFor(FilePathCondition{"%WINDIR%\\*"}),
       R"(D:(XA;;FX;;;S-1-1-0;(APPID://PATH Contains "%WINDIR%\*")))"},
      {RuleFor(FilePathCondition{"*"}), R"(D:(XA;;FX;;;S-1-1-0;(APPID://PATH Contains "*")))"},
      {RuleFor(FilePathCondition{"%OSDRIVE%\\Users\\thor\\Documents\\*"}, Action::kDeny),
       R"(D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains "%OSDRIVE%\USERS\THOR\DOCUMENTS\*")))"},
      {RuleFor(any),
       R"(D:(XA;;FX;;;S-1-1-0;((Exists APPID://FQBN) && ((APPID://FQBN) >= ({"*\*\*",0})))))"},
      {RuleFor(
           FilePublisherCondition{
               "CN=24803d75-212c-471a-bc57-9ef86ab91435", "5319275A.WhatsAppDesktop", "*", {}},
           Action::kDeny),
       R"(D:(XD;;FX;;;S-1-1-0;((Exists APPID://FQBN) && ((APPID://FQBN) >= )"
       R"(({"CN=24803D75-212C-471A-BC57-9EF86AB91435\5319275A.WHATSAPPDESKTOP\*",0})))))"},
  };
  for (const Case& one : cases) EXPECT_EQ(RuleToSddl(one.rule).value(), one.sddl);
}

TEST(RuleToSddl, TestsTheEndsOfAVersionRangeThatAreGiven) {
  const auto condition = [](std::optional<FileVersion> low, std::optional<FileVersion> high) {
    return RuleToSddl(RuleFor(Publisher(low, high))).value();
  };
  const std::string begin = "D:(XA;;FX;;;S-1-1-0;((Exists APPID://FQBN)";
  const std::string low = R"( && ((APPID://FQBN) >= ({"O=ACME, C=DE\TOOL\*",281474976710656})))";
  const std::string high = R"( && ((APPID://FQBN) <= ({"O=ACME, C=DE\TOOL\*",562949953421313})))";
  EXPECT_EQ(condition(kOne, std::nullopt), begin + low + "))");
  EXPECT_EQ(condition(std::nullopt, kTwo), begin + high + "))");
  EXPECT_EQ(condition(kOne, kTwo), begin + low + high + "))");
}

TEST(RuleToSddl, GroupsDigestsByTheirType) {
  const std::string ones(64, '1');
  EXPECT_EQ(RuleToSddl(RuleFor(FileHashCondition{
                           {Hash(HashType::kSha256, 0x11), Hash(HashType::kSha256, 0xAB)}}))
                .value(),
            "D:(XA;;FX;;;S-1-1-0;((Exists APPID://SHA256HASH) && (APPID://SHA256HASH Any_of {#" +
                ones + ", #" + "abababababababababababababababababababababababababababababababab" +
                "})))");
  EXPECT_EQ(
      RuleToSddl(RuleFor(FileHashCondition{
                     {Hash(HashType::kSha1, 0x22), Hash(HashType::kSha256Flat, 0x11)}}))
          .value(),
      "D:(XA;;FX;;;S-1-1-0;(((Exists APPID://SHA256FLATHASH) && (APPID://SHA256FLATHASH Any_of {#" +
          ones + "})) || ((Exists APPID://SHA1HASH) && (APPID://SHA1HASH Any_of {#" +
          std::string(40, '2') + "}))))");
}

TEST(RuleToSddl, NegatesEachException) {
  Rule rule = RuleFor(FilePathCondition{"%WINDIR%\\*"});
  rule.user_or_group_sid = well_known_sids::kAdministrators;
  rule.exceptions = {FilePathCondition{"%windir%\\Temp\\*"}, Publisher(std::nullopt, std::nullopt)};
  EXPECT_EQ(
      RuleToSddl(rule).value(),
      R"(D:(XA;;FX;;;S-1-5-32-544;((APPID://PATH Contains "%WINDIR%\*"))"
      R"( && (!(APPID://PATH Contains "%WINDIR%\TEMP\*")))"
      R"( && (!((Exists APPID://FQBN) && ((APPID://FQBN) >= ({"O=ACME, C=DE\TOOL\*",0})))))))");
}

TEST(RuleToSddl, RefusesAQuotationMark) {
  Rule rule = RuleFor(FilePathCondition{"*"});
  rule.exceptions = {FilePathCondition{"/tmp/\"))(XA;;FX;;;WD;(\"*"}};
  const auto sddl = RuleToSddl(rule);
  ASSERT_FALSE(sddl);
  EXPECT_EQ(sddl.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(sddl.error().message, ::testing::HasSubstr("quotation mark"));
}

}  // namespace
}  // namespace portcullis::applocker
